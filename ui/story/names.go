package story

import (
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Heading is what a harm is called where it cannot be overlooked: CHARGED TWICE.
func (l *Lane) Heading(m *Mark) string {
	t := trade(l.Run.Lane.Business)
	switch {
	case m.Kind == Never:
		return strings.ToUpper("never " + t.Did)
	case m.Kind == Buried:
		return "PARKED"
	case m.Nth > 2:
		return strings.ToUpper(t.Did + " " + times(m.Nth))
	}
	return strings.ToUpper(t.Did + " twice")
}

// Nth writes a number as a place: 1st, 2nd.
func Nth(n int) string { return nth(n) }

// Ledger is what the list of effects is called.
func Ledger(b sim.Business) string {
	return trade(b).Ledger
}

// Took is the heading of what was done in all: taken, sent.
func Took(b sim.Business) string { return trade(b).Taken }

// MessageName returns what a broker message of the lane is called.
func (l *Lane) MessageName(n int) string {
	if n < len(l.Run.Lane.Messages) {
		return l.Run.Lane.Messages[n].ID
	}
	for len(l.copies) <= n-len(l.Run.Lane.Messages) {
		l.copies = append(l.copies, l.Run.World().Name(len(l.Run.Lane.Messages)+len(l.copies)))
	}
	return l.copies[n-len(l.Run.Lane.Messages)]
}

// Name returns what the message of an event is called.
func (l *Lane) Name(e *sim.Event) string { return l.MessageName(int(e.Msg)) }

// Busy is the largest number of workers that are at work at the same time.
func (l *Lane) Busy() int {
	if l.busy > 0 {
		return l.busy
	}
	busy, now := map[int8]bool{}, 0
	for i := range l.Run.Events() {
		e := l.event(i)
		switch {
		case e.Kind == sim.Restart:
			clear(busy)
		case e.Kind == sim.Deliver:
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
func (l *Lane) Body() []string {
	if l.body == nil {
		l.body, l.first = consumers.Body(l.Consumer.Name)
		l.handler = len(l.body)
		if lines, _ := consumers.RelayBody(l.Consumer.Name); len(lines) > 0 {
			l.body = append(append(l.body, "ack", "relay:"), lines...)
		}
		for i, line := range l.body {
			l.body[i] = strings.ReplaceAll(line, "\t", "    ")
		}
	}
	return l.body
}

// AckLine is the line, after the handler's last, at which its return is reported
// to the queue: an ack is a place of its own.
func (l *Lane) AckLine() int { return len(l.Body()) + 1 }

// AckWord is what stands there: the relay's ack is a mark in the outbox.
func (l *Lane) AckWord() string { return yesNo(l.Consumer.Relay != nil, "mark sent", "ack") }

// Standing returns the line of the handler at which an attempt stands after an
// event of it: where its step was asked for, the place of the ack, or 0 before the
// first line.
func (l *Lane) Standing(i int) int {
	e := l.event(i)
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
func (l *Lane) Before(i int) int {
	for k := i; k >= 0; k = int(l.event(k).Cause) {
		e := l.event(k)
		if e.Receipt != l.event(i).Receipt || e.Kind == sim.Deliver {
			break
		}
		if e.Op.Asked() && e.Op != sim.OpRollback && e.Kind != sim.Nothing && e.Kind != sim.Crash {
			return k
		}
	}
	return i
}

// Reached returns the line of the handler that an attempt had reached with an event:
// where it stands or, at its ack, the line that led there.
func (l *Lane) Reached(i int) int {
	if line := l.Standing(i); line < l.AckLine() {
		return line
	}
	return min(l.Standing(l.Before(i)), l.AckLine()-1)
}

// Remark says in a word or two what an event came to, to be read beside the line of
// its step.
func (l *Lane) Remark(i int) (string, Meaning) {
	e := l.event(i)
	_, key := l.row(e)
	switch {
	case e.Kind == sim.Deliver:
		return "begins", Dim
	case e.Kind == sim.Crash || e.Op == sim.OpPanic:
		return "✗ crash", Fault
	case e.Kind == sim.Restart:
		return "✗ restart", Fault
	case e.Kind == sim.Nothing:
		return yesNo(l.slows(e), "slow", "frozen"), Fault
	case e.OutOfReach():
		return "out of reach", Fault
	case e.Deadlocked():
		return "deadlock", Fault
	case e.Kind == sim.Fail:
		return "error", Fault
	case e.Kind == sim.LoseAck:
		return "ack lost", Fault
	case e.Kind == sim.LoseReply:
		return "reply lost", Fault
	case l.effect[i] > 1:
		return Nth(l.effect[i]) + " time", Wrong
	case e.Fenced():
		return "token too old", OK
	case e.Op.Performs():
		return yesNo(e.Done, trade(l.Run.Lane.Business).Did, "key known"), yesNo(e.Done, Plain, OK)
	case e.Op == sim.OpRedelivered:
		return yesNo(e.Answer == 1, "flagged", "not flagged"), found(e.Answer == 1)
	case e.Op == sim.OpCacheGet && e.Answer > 0:
		return key + " " + l.Run.Answer(e), OK
	case e.Op == sim.OpGet && l.stored(i) != notStored:
		return yesNo(l.stored(i) == firstResult, "first answer", "other request"), yesNo(l.stored(i) == firstResult, OK, Fault)
	case e.Op == sim.OpSwap:
		return yesNo(e.Answer == 1, "changed ", "not as it was: ") + key, Plain
	case e.Op == sim.OpCacheSetIf || e.Op == sim.OpCacheDeleteIf:
		return yesNo(e.Answer == 1, "changed ", "not its ") + key, found(e.Answer != 1)
	case e.Op.Claims():
		return yesNo(e.Answer == 1, key+" is new", key+" found"), found(e.Answer != 1)
	case e.Op == sim.OpHas || e.Op == sim.OpGet || e.Op == sim.OpCacheGet || e.Op == sim.OpLookup:
		return yesNo(e.Answer > 0, key+" found", yesNo(key == "", "nothing there", "no "+key)), found(e.Answer > 0)
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		return said(e)
	case e.Op == sim.OpEnqueue:
		return "to the outbox", Plain
	case e.Op.Marks():
		return "wrote " + key, Plain
	}
	return "", Plain
}

// said is what the queue made of what a worker said.
func said(e *sim.Event) (string, Meaning) {
	switch e.Reply {
	case sim.Taken:
		switch e.Late {
		case sim.InTime:
			return yesNo(e.Relayed(), "sent", "acked"), OK
		case sim.AfterDone:
			return "done already", Fault
		}
		return "acked late", OK
	case sim.Returned:
		return "given back", Plain
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return "too late", Fault
	case sim.Buried:
		return "parked", Wrong
	case sim.Discarded:
		return "dropped", Wrong
	}
	return "", Plain
}
