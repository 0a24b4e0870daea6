package proof

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/words"
)

// Row is one action of a counterexample, or a few that say nothing alone.
type Row struct {
	First, Last int        // the numbers of the actions, from 1
	Who         string     // worker 1, or the queue
	Message     string     // m1/2: the second delivery of m1
	What        words.Line // what came of it
	Site        string     // inbox.go:23, where the step was asked for
	Code        string     // that line
}

// Fit is the line of source or, where there is no room for so many columns, that line
// without the if around it.
func (r *Row) Fit(room int) string {
	before, code := "", r.Code
	if ansi.StringWidth(code) <= room {
		return code
	}
	if rest, cut := strings.CutPrefix(code, "before "); cut {
		before, code = "before ", rest
	}
	code = strings.TrimSuffix(strings.TrimSuffix(code, " {"), "; err != nil")
	return before + strings.TrimPrefix(strings.TrimPrefix(code, "if "), "err := ")
}

// mostRows is how long a counterexample may be told: what does not fit on a small
// terminal is not read.
const mostRows = 12

// Rows tells a counterexample, action by action.
func Rows(t *check.Trace) []Row {
	run := (&sim.Run{Lane: t.Lane}).Fork(0)
	body, first := consumers.Body(t.Lane.Consumer.Name)
	var rows []Row
	for n, a := range t.Actions {
		fault, paused := run.World().Cost(a) > 0, run.World().Overruns(a)
		late := run.World().Overtaken(a)
		before := effects(run.World(), t.Owed)
		r := Row{First: n + 1, Last: n + 1}
		if paused >= 0 {
			r.Who, r.Message = at(run.World(), paused)
		}
		run.Do(0, a)
		e := &run.Events()[n]
		if paused < 0 {
			r.Who, r.Message = who(run, e)
		}
		told := teller{run: run, event: e, business: t.Lane.Business, fault: fault, pauses: paused >= 0,
			effect: effects(run.World(), t.Owed) > before, again: before > 0}
		if late >= 0 {
			told.late = run.World().Name(late)
		}
		r.What = told.what()
		if site := run.Site(n); site.Line > 0 {
			r.Site = site.String()
			body, first := body, first
			if e.Relayed() {
				body, first = consumers.RelayBody(t.Lane.Consumer.Name)
			}
			if at := site.Line - first; at >= 0 && at < len(body) {
				r.Code = words.Either(a.Kind == sim.Crash, "before ", "") + strings.TrimSpace(body[at])
			}
		}
		rows = append(rows, r)
	}
	return short(rows)
}

// who says who acted, and on what.
func who(run *sim.Run, e *sim.Event) (who, message string) {
	switch e.Kind {
	case sim.Deliver, sim.Step, sim.Crash, sim.LoseAck, sim.LoseReply, sim.Fail:
		if e.Relayed() {
			return "relay", fmt.Sprintf("%s/%d", run.Name(e), e.Receipt.Delivery)
		}
		return fmt.Sprintf("worker %d", e.Worker+1), fmt.Sprintf("%s/%d", run.Name(e), e.Receipt.Delivery)
	case sim.Evict:
		return fmt.Sprintf("worker %d", e.Worker+1), ""
	}
	if e.Kind.OfWorld() {
		return "", ""
	}
	return "queue", run.Name(e)
}

// at says which worker it is, and at which delivery it is.
func at(w *sim.World, worker int) (who, message string) {
	r, _ := w.Handling(worker)
	return words.Either(worker == w.Relay(), "relay", fmt.Sprintf("worker %d", worker+1)), fmt.Sprintf("%s/%d", w.Name(int(r.Msg)), r.Delivery)
}

// effects counts the committed effects of a thing owed.
func effects(w *sim.World, owed int) int { return int(w.Verdicts().Effects[owed]) }

// short joins rows until they are few enough: a publish with the delivery after
// it, then the calm steps that a worker takes one after another.
func short(rows []Row) []Row {
	calm := func(r *Row) bool { return len(r.What) == 1 && r.What[0].As == words.Plain && r.Site != "" }
	for i := len(rows) - 2; i >= 0 && len(rows) > mostRows; i-- {
		a, b := &rows[i], &rows[i+1]
		arrives := a.What.Plain() == published || a.What.Plain() == waited
		published := a.Site == "" && a.Who == "queue" && arrives && b.Site == "" && strings.HasPrefix(b.Message, a.Message+"/")
		steps := calm(a) && calm(b) && a.Who == b.Who && a.Message == b.Message
		if !published && !steps {
			continue
		}
		if steps {
			b.What = words.Say(words.Plain, a.What.Plain()+", "+b.What.Plain())
		}
		b.First = a.First
		rows = append(rows[:i], rows[i+1:]...)
	}
	return rows
}

const (
	published = "published"
	waited    = "has waited long enough"
)

// teller says what one action came to.
type teller struct {
	run      *sim.Run
	event    *sim.Event
	business sim.Business
	fault    bool   // it is something that went wrong
	late     string // what a publish overtakes
	pauses   bool   // a deadline passed while its holder was at work
	effect   bool   // what the trace is about took effect,
	again    bool   // and not for the first time
}

func line(as words.Meaning, text string) words.Line { return words.Say(as, text) }

// what says what the action came to. An effect too many is said wherever it
// happens: at the step that performs it, or at the commit.
func (t *teller) what() words.Line {
	l := t.action()
	if t.effect && t.again {
		l = append(l, words.Span{Text: t.business.Words().Did + " AGAIN", As: words.Wrong})
	}
	return l
}

func (t *teller) action() words.Line {
	e := t.event
	switch e.Kind {
	case sim.Publish:
		if t.fault {
			return line(words.Fault, "[L] "+published+" before "+t.late+", which is delayed")
		}
		return line(words.Plain, published)
	case sim.Deliver:
		return line(words.Plain, words.Either(e.Relayed(), "taken out of the outbox", "delivered"))
	case sim.TimeOut, sim.CutOff:
		text := words.Either(e.Kind == sim.TimeOut, "visible again", "cut off: its connection is closed")
		return words.Either(t.pauses, line(words.Fault, "[P] pauses: "+text), line(words.Plain, text))
	case sim.Undelay, sim.Retry:
		return line(words.Plain, waited)
	case sim.Forget:
		return line(words.Plain, "the queue forgets its message ID")
	case sim.Expire:
		return t.expired()
	case sim.Evict:
		return line(words.Fault, "forgets "+t.run.Key(e)+" to make room")
	case sim.Copy, sim.Republish, sim.RepublishAs:
		how := map[sim.Kind]string{sim.Copy: "the network made a copy", sim.Republish: "published again", sim.RepublishAs: "published again, under a new message ID"}
		return line(words.Fault, "[D] "+how[e.Kind]+words.Either(e.Reply == sim.Deduplicated, ", and dropped", ""))
	case sim.Redrive, sim.RedriveAs:
		return line(words.Fault, "[D] put back from the dead-letter queue"+words.Either(e.Kind == sim.Redrive, "", ", under a new message ID"))
	case sim.StoreDown:
		return line(words.Fault, "[O] database and cache go down")
	case sim.StoreUp:
		return line(words.Plain, "database and cache are back")
	case sim.ForgetAck:
		return line(words.Fault, "[B] the broker forgets its ack")
	case sim.LoseWrites:
		return line(words.Fault, "[W] the stores lose the newest write, for "+t.run.Name(e)+words.Either(e.Undone, ": "+t.business.Words().Did+" no more", ""))
	case sim.Restart:
		return line(words.Fault, "[X] all processes restart")
	case sim.Crash:
		return line(words.Fault, "[C] crash"+words.Either(e.Undone, ": rolled back", ""))
	case sim.Fail:
		return line(words.Fault, "[F] fails: nothing is done")
	case sim.LoseAck:
		return line(words.Fault, "[A] its "+words.Either(e.Failed, "nack", "ack")+" is lost")
	case sim.LoseReply:
		return append(t.unanswered(), words.Span{Text: "[R] but the reply is lost", As: words.Fault})
	}
	return t.step()
}

func (t *teller) expired() words.Line {
	key := t.run.Key(t.event)
	text := fmt.Sprintf("the entry %q expires", key)
	if t.event.AtBank() {
		text = fmt.Sprintf("the bank forgets the key %q", key)
	}
	if _, row, is := strings.Cut(key, "/"); is && t.event.InTable() {
		text = fmt.Sprintf("the row %q runs out", row)
	}
	switch {
	case t.pauses:
		return line(words.Fault, "[P] pauses: "+text)
	case t.fault:
		return line(words.Fault, "too early, "+text)
	}
	return line(words.Plain, text)
}

// step says what a step of a worker was answered.
func (t *teller) step() words.Line {
	e := t.event
	key := t.run.Key(e)
	if at := strings.IndexByte(key, '/'); at >= 0 && e.Op.Place() == sim.InDB {
		key = key[at+1:]
	}
	if e.OutOfReach() {
		return line(words.Fault, "out of reach"+words.Either(e.Finished, ": given back", ""))
	}
	if e.Deadlocked() {
		return line(words.Fault, "deadlock: its transaction is aborted")
	}
	switch e.Op {
	case sim.OpPerform, sim.OpPerformKey, sim.OpPerformUnique, sim.OpPerformFenced:
		return t.performed()
	case sim.OpReturn, sim.OpAck:
		return t.replied()
	case sim.OpPanic:
		return line(words.Wrong, "panics: "+t.run.Value(e))
	case sim.OpRedelivered:
		return words.Either(e.Answer > 0, line(words.OK, "flagged as redelivered"), line(words.Plain, "not flagged"))
	case sim.OpCacheGet, sim.OpGet:
		return words.Either(e.Answer > 0, line(words.OK, "found "+t.run.Answer(e)), line(words.Plain, "not found"))
	case sim.OpHas, sim.OpLookup:
		return words.Either(e.Answer > 0, line(words.OK, "found"), line(words.Plain, "not found"))
	case sim.OpInsert, sim.OpPutIfAbsent, sim.OpCacheAdd, sim.OpRememberWithin:
		return words.Either(e.Answer == 1, line(words.Plain, key+" is new"), line(words.OK, key+" is there already"))
	case sim.OpCacheSetIf, sim.OpSwap:
		return line(words.Plain, words.Either(e.Answer == 1, "changed ", "could not change ")+key)
	case sim.OpCacheDeleteIf:
		return line(words.Plain, words.Either(e.Answer == 1, "removed ", "could not remove ")+key)
	case sim.OpAdd:
		return line(words.Plain, "counted to "+t.run.Answer(e))
	case sim.OpUnremember:
		return line(words.Plain, "forgets "+key)
	case sim.OpDelete, sim.OpCacheDelete:
		return line(words.Plain, "removed "+key)
	case sim.OpNewID:
		return line(words.Plain, "made up an ID")
	case sim.OpCommit:
		return line(words.Plain, "committed")
	case sim.OpRollback:
		return line(words.Plain, "rolled back")
	case sim.OpBegin:
		return line(words.Plain, "begins")
	case sim.OpEnqueue:
		return line(words.Plain, "put in the outbox")
	}
	if e.Op.Marks() {
		return line(words.Plain, "recorded "+key)
	}
	return line(words.Plain, e.Op.String())
}

// unanswered says what a step did whose answer nobody got to know.
func (t *teller) unanswered() words.Line {
	key := t.run.Key(t.event)
	switch t.event.Op {
	case sim.OpCacheGet:
		return line(words.Plain, "looks for "+key)
	case sim.OpLookup:
		return line(words.Plain, "asks if it is known")
	case sim.OpCacheAdd:
		return line(words.Plain, "puts "+key+" if it is new")
	case sim.OpCacheSetIf:
		return line(words.Plain, "changes "+key+" if it can")
	case sim.OpCacheDeleteIf:
		return line(words.Plain, "removes "+key+" if it can")
	}
	return t.step()
}

func (t *teller) performed() words.Line {
	did := t.business.Words().Did
	switch {
	case t.event.Fenced():
		return line(words.OK, "token too old: not "+did)
	case !t.event.Done:
		return line(words.OK, "key known: not "+did)
	case t.effect && t.again:
		return nil // said by what
	case t.business.Local() && t.event.InTx && !t.effect:
		return line(words.Plain, did+", not committed yet")
	}
	return line(words.Plain, did)
}

// replied is what the queue made of an ack or nack.
func (t *teller) replied() words.Line {
	e := t.event
	switch e.Reply {
	case sim.Taken:
		if e.Relayed() {
			return line(words.Plain, "marked sent")
		}
		switch e.Late {
		case sim.AfterDone:
			return line(words.Fault, "acked late: it was done already")
		case sim.AfterTime, sim.AfterOther:
			return line(words.Plain, "acked late, and it counts")
		}
		return line(words.Plain, words.Either(e.Op == sim.OpAck, "acked at once", "acked"))
	case sim.Returned:
		if e.Relayed() {
			return line(words.Plain, "left for later: an error")
		}
		return line(words.Plain, "given back: a nack")
	case sim.Buried:
		return line(words.Wrong, "parked: delivered too often")
	case sim.Discarded:
		return line(words.Wrong, "dropped: no dead-letter queue")
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return line(words.Fault, "acked too late")
	case sim.NotYet:
		return line(words.Plain, "waits for the rest of its batch")
	}
	return line(words.Plain, "ends")
}

// Ending says what it came to.
func Ending(t *check.Trace) string {
	id, did := t.Lane.Messages[t.Owed].ID, t.Lane.Business.Words().Did
	switch t.Property {
	case sim.NeverTwice:
		return id + " is " + did + " twice."
	case sim.NeverLost:
		return id + " is never " + did + ", and nothing of it is left to be handled."
	}
	if t.Round > 0 {
		return fmt.Sprintf("The last %s come again and again: nothing but another fault ends that.", words.Count(t.Round, "action"))
	}
	return "From here it never becomes quiet, unless something else goes wrong."
}
