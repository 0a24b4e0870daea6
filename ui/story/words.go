package story

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Heading is what a harm is called where it cannot be overlooked: CHARGED TWICE.
func (l *LaneStory) Heading(m *Mark) string {
	t := l.Trade(m).Words()
	switch {
	case m.Kind == Never:
		return strings.ToUpper("never " + t.Did)
	case m.Kind == Buried:
		return "PARKED"
	}
	return strings.ToUpper(t.Did + " " + l.Trade(m).Often(max(m.Nth, 2)))
}

// MessageName returns what a broker message of the lane is called.
func (l *LaneStory) MessageName(n int) string {
	if n < len(l.Run.Lane.Messages) {
		return l.Run.Lane.Messages[n].ID
	}
	for len(l.copies) <= n-len(l.Run.Lane.Messages) {
		l.copies = append(l.copies, l.Run.World().Name(len(l.Run.Lane.Messages)+len(l.copies)))
	}
	return l.copies[n-len(l.Run.Lane.Messages)]
}

// Name returns what the message of an event is called.
func (l *LaneStory) Name(e *sim.Event) string { return l.MessageName(int(e.Msg)) }

// Busy is the largest number of workers that are at work at the same time.
func (l *LaneStory) Busy() int {
	if l.busy > 0 {
		return l.busy
	}
	busy, now := map[int8]bool{}, 0
	for i := range l.Run.Events() {
		e := l.Event(i)
		switch {
		case e.Kind == sim.Restart:
			clear(busy)
		case e.Kind == sim.Deliver && !e.Held || e.Kind == sim.Begin:
			busy[e.Worker] = true
		case e.Finished:
			delete(busy, e.Worker)
		}
		now = max(now, len(busy))
	}
	l.busy = max(now, 1)
	return l.busy
}

// Delivered returns how many deliveries there were in a lane by now.
func (v *LaneView) Delivered() int {
	n, q := 0, v.World.Queue()
	for i := range q.Len() {
		if q.State(i) != broker.Unpublished {
			n += q.Deliveries(i)
		}
	}
	return n
}

// Body returns the lines of the lane's handler, as consumers.Body does. With a relay
// they are followed by the place of the ack, a heading, and the lines of the relay: as
// they stand in the file, one below the other.
func (l *LaneStory) Body() []string {
	if l.body == nil {
		l.body, l.first = consumers.Body(l.Consumer.Name)
		l.handler = len(l.body)
		if lines, _ := consumers.RelayBody(l.Consumer.Name); len(lines) > 0 {
			l.body = append(append(l.body, "ack", "relay:"), lines...)
		}
		for i, line := range l.body {
			l.body[i] = strings.NewReplacer("\t", "    ").Replace(line)
		}
	}
	return l.body
}

// AckLine is the line, after the handler's last, at which its return is reported
// to the queue: an ack is a place of its own.
func (l *LaneStory) AckLine() int { return len(l.Body()) + 1 }

// AckWord is what stands there: the relay's ack is a mark in the outbox.
func (l *LaneStory) AckWord() string {
	return words.Either(l.Consumer.Relay != nil, l.Consumer.Mark().Do, "ack")
}

// Standing returns the line of the handler at which an attempt stands after an
// event of it: where its step was asked for, the place of the ack, or 0 before the
// first line.
func (l *LaneStory) Standing(i int) int {
	e := l.Event(i)
	switch {
	case e.Kind == sim.Deliver && e.Relayed():
		l.Body()
		return l.handler + 3
	case e.Kind == sim.Deliver || e.Kind == sim.Restart:
		return 0
	case e.Op == sim.OpReturn && l.Consumer.Relay != nil && !e.Relayed():
		l.Body()
		return l.handler + 1
	case e.Op == sim.OpReturn:
		return l.AckLine()
	}
	return l.Line(i)
}

// Before returns the last step of the handler's own before an event of its attempt,
// or the event itself if it is one, or its delivery.
func (l *LaneStory) Before(i int) int {
	for k := i; k >= 0; k = int(l.Event(k).Cause) {
		e := l.Event(k)
		if e.Receipt != l.Event(i).Receipt || e.Kind == sim.Deliver {
			break
		}
		if e.Op.Asked() && e.Op != sim.OpRollback && e.Kind.TakesStep() {
			return k
		}
	}
	return i
}

// Reached returns the line of the handler that an attempt had reached with an event:
// where it stands or, at its ack, the line that led there.
func (l *LaneStory) Reached(i int) int {
	if line := l.Standing(i); line < l.AckLine() {
		return line
	}
	return min(l.Standing(l.Before(i)), l.AckLine()-1)
}

// Remark says in a word or two what an event came to, to be read beside the line of
// its step.
func (l *LaneStory) Remark(i int) (string, words.Meaning) {
	e := l.Event(i)
	_, key := l.Run.Row(e)
	switch {
	case e.Kind == sim.Deliver:
		return "begins", words.Dim
	case e.Kind.Kills():
		return "✗ " + l.teller.Fault(e).Words.Short, words.Fault
	case e.Op == sim.OpPanic:
		return "✗ crash", words.Fault
	case l.Freezes(e):
		return "frozen", words.Fault
	case e.Kind.IsFault() || e.Kind == sim.Nothing:
		return l.teller.Fault(e).Words.Short, words.Fault
	case e.OutOfReach():
		return "out of reach", words.Fault
	case e.Deadlocked():
		return "deadlock", words.Fault
	case e.Aborted():
		return "aborted", words.Fault
	case l.effects.Nth[i] > 1:
		if of := l.Run.Part(e); of.Info().LastWins {
			return of.Words().Did + " " + of.Words().Often, words.Wrong
		}
		return words.Nth(l.effects.Nth[i]) + " time", words.Wrong
	case e.Fenced():
		return "token too old", words.OK
	case e.Op.Performs():
		return words.Either(e.Done, l.Run.Part(e).Words().Did, "key known"), words.Either(e.Done, words.Plain, words.OK)
	case e.Op == sim.OpRedelivered:
		return words.Either(e.Answer == 1, "flagged", "not flagged"), found(e.Answer == 1)
	case e.Op == sim.OpCacheGet && e.Answer > 0:
		return key + " " + l.Run.Answer(e), words.OK
	case e.Op == sim.OpGet && l.teller.Found(i) != voice.NoResult:
		return words.Either(l.teller.Found(i) == voice.FirstResult, "first answer", "other request"), words.Either(l.teller.Found(i) == voice.FirstResult, words.OK, words.Fault)
	case e.Op == sim.OpSwap:
		return words.Either(e.Answer == 1, "changed ", "not as it was: ") + key, words.Plain
	case e.Op == sim.OpCacheSetIf || e.Op == sim.OpCacheDeleteIf:
		return words.Either(e.Answer == 1, "changed ", "not its ") + key, found(e.Answer != 1)
	case e.Op == sim.OpLock || e.Op == sim.OpLockNoWait || e.Op == sim.OpLockSkipLocked:
		return words.Either(e.Answer == 1, key+" locked", words.Either(e.Answer < 0, key+" is held", "no "+key)), words.Plain
	case e.Op == sim.OpTryAdvisoryLock && e.Answer == 0:
		return key + " is held", words.OK
	case e.Op == sim.OpAdvisoryLock || e.Op == sim.OpTryAdvisoryLock:
		return key + " locked", words.Plain
	case e.Op == sim.OpAdvisoryUnlock:
		return words.Either(e.Answer == 1, key+" unlocked", "held no "+key), words.Plain
	case e.Op.Claims():
		return words.Either(e.Answer == 1, key+" is new", key+" found"), found(e.Answer != 1)
	case e.Op == sim.OpHas || e.Op == sim.OpGet || e.Op == sim.OpCacheGet || e.Op == sim.OpLookup:
		return words.Either(e.Answer > 0, key+" found", words.Either(key == "", "nothing there", "no "+key)), found(e.Answer > 0)
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		return said(e)
	case e.Op == sim.OpEnqueue:
		return words.Either(l.Run.Part(e) != l.Run.Lane.Business, l.Run.Part(e).Words().Effect+" ", "") + "to the outbox", words.Plain
	case e.Op.Marks():
		return "wrote " + key, words.Plain
	}
	return "", words.Plain
}

func found(yes bool) words.Meaning { return words.Either(yes, words.OK, words.Plain) }

// said is what the queue made of what a worker said.
func said(e *sim.Event) (string, words.Meaning) {
	switch e.Reply {
	case sim.Taken:
		switch e.Late {
		case sim.InTime:
			return words.Either(e.Relayed(), "sent", "acked"), words.OK
		case sim.AfterDone:
			return "done already", words.Fault
		}
		return "acked late", words.OK
	case sim.Returned:
		return "given back", words.Plain
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return "too late", words.Fault
	case sim.Buried:
		return "parked", words.Wrong
	case sim.Discarded:
		return "dropped", words.Wrong
	}
	return "", words.Plain
}

// Struck is a fault that struck a message of the list, or a copy of it.
type Struck struct {
	Fault sim.Fault
	Step  int // the first step with which it struck, in any lane

	relay    bool // it struck the relay, and is told so
	delivery int  // which one it struck, or less than 2
}

// Text says in a few words that it has struck, such as "the ack got lost".
func (x *Struck) Text() string {
	text := struckText(&x.Fault, words.Either(x.relay, "the relay", "its worker"))
	if x.delivery > 1 {
		text += " (" + words.Nth(x.delivery) + " time)"
	}
	return text
}

// findStruck sorts the faults that struck by what they struck; those that struck
// everything come last.
func (s *Story) findStruck() {
	s.struck = make([][]Struck, len(s.Scenario.Messages)+1)
	type what struct {
		listed int
		Struck
	}
	known := map[what]int{}
	for k, l := range s.Lanes {
		for i := range l.Run.Events() {
			s.pace.did(1)
			e := l.Event(i)
			if e.Fault < 0 {
				continue
			}
			listed := len(s.Scenario.Messages)
			if !e.Kind.OfWorld() {
				listed = l.Run.World().Listed(int(e.Msg))
			}
			f := l.FaultOf(e).Written()
			x := Struck{Fault: f, relay: e.Relayed() && struckText(&f, "the relay") != struckText(&f, "its worker"), delivery: max(int(e.Receipt.Delivery), 1)}
			this := what{listed, x}
			x.Step = s.StepOf(k, i)
			if at, again := known[this]; again {
				s.struck[listed][at].Step = min(s.struck[listed][at].Step, x.Step)
			} else {
				known[this] = len(s.struck[listed])
				s.struck[listed] = append(s.struck[listed], x)
			}
		}
	}
	for _, all := range s.struck {
		sort(s.pace, all, func(a, b Struck) int { return cmp.Compare(a.Step, b.Step) })
	}
}

// struckText says in a few words that a fault has struck, and whose worker if one's.
func struckText(f *sim.Fault, worker string) string {
	point := ""
	if f.Before != "" {
		point = " before the " + f.Before
	} else if f.After != "" {
		point = " after the " + f.After
	}
	undone := ": nothing done" // of the effect, which is what fails where no step is named
	if f.Step != "" {
		undone = " at its " + f.Step
	}
	return words.Fill(f.Kind.Info().Words.Struck, f, "{worker}", worker, "{point}", point, "{undone}", undone)
}

// Struck returns the faults that have struck a message of the list by now; those that
// struck all of them for an index of -1.
func (v *View) Struck(listed int) []Struck {
	if v.struck == nil {
		v.findStruck()
	}
	if listed < 0 {
		listed = len(v.struck) - 1
	}
	all := v.struck[listed]
	n, _ := slices.BinarySearchFunc(all, v.Step+1, func(x Struck, step int) int { return cmp.Compare(x.Step, step) })
	return all[:n]
}

// WorkerName names a worker, from 0, as people count.
func WorkerName(n int) string {
	if n < len(workerNames) {
		return workerNames[n]
	}
	return "worker " + strconv.Itoa(n+1)
}

var workerNames = [...]string{"worker 1", "worker 2", "worker 3", "worker 4"}

// Title is the lane as a heading names it.
func (l *LaneStory) Title() string { return strings.ToUpper(l.Consumer.Name) }

// Cut says why the queue has given up waiting for a worker with an event.
func (l *LaneStory) Cut(e *sim.Event) voice.Cut { return l.teller.Cut(e) }
