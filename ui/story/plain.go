package story

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"dejavu/sim"
)

// WritePlain tells the story as one sentence an event, lanes merged by time, with
// no layout that a screen reader would stumble over.
func (s *Story) WritePlain(out io.Writer) error {
	w := &writer{Writer: bufio.NewWriter(out), paint: NoPaint}
	w.text(s.Scenario.Title + ".")
	w.text(s.Scenario.Teaches)
	w.text(strings.TrimSpace(s.Scenario.Story))
	w.text(s.Scenario.Question)
	w.text("")
	next, folds := make([]int, len(s.Lanes)), make([][]fold, len(s.Lanes))
	for k, l := range s.Lanes {
		folds[k] = l.foldEvents()
	}
	for {
		lane := -1
		for k, l := range s.Lanes {
			if next[k] < l.Run.Len() && (lane < 0 || l.Run.Events()[next[k]].At < s.Lanes[lane].Run.Events()[next[lane]].At) {
				lane = k
			}
		}
		if lane < 0 {
			break
		}
		l := s.Lanes[lane]
		i := next[lane]
		next[lane]++
		switch f := folds[lane][i]; {
		case f.more > 0:
			w.text(fmt.Sprintf("%s, %s: %s is delivered %s.", Clock(l.event(i).At), l.Consumer.Name, l.Run.Name(l.event(i)), goesOn(f.more, l.event(f.last).At)))
		case !f.hidden:
			w.text(l.sentence(i, &w.speaker))
		}
	}
	if s.ended() != "" {
		w.text(s.ended())
	}
	w.text("")
	for _, l := range s.Lanes {
		for _, h := range l.Harms() {
			w.text(h.headline() + " " + h.chain.Plain() + ".")
		}
	}
	for _, l := range s.Lanes {
		w.text(s.verdict(l))
	}
	return w.Flush()
}

// sentence tells one event: when, whose, and what it is.
func (l *Lane) sentence(i int, sp *speaker) string {
	return fmt.Sprintf("%s, %s: %s", Clock(l.event(i).At), l.Consumer.Name, l.said(i, sp))
}

// Sentences tells, one sentence an event, what became of some messages in a lane. Steps
// that phrases leave out are left out: a transaction that begins, or is rolled back.
func (l *Lane) Sentences(about ...string) []string {
	var all []string
	var sp speaker
	for i := range l.Run.Events() {
		e := l.event(i)
		var step Line
		if e.Kind == sim.Step {
			l.phrase(&step, i, &speaker{})
		}
		if slices.Contains(about, l.Run.Name(e)) && (e.Kind != sim.Step || len(step) > 0) {
			all = append(all, Clock(e.At)+", "+l.said(i, &sp))
		}
	}
	return all
}

// said says what one event is.
func (l *Lane) said(i int, sp *speaker) string {
	e := l.event(i)
	name := l.Run.Name(e)
	switch e.Kind {
	case sim.Publish, sim.Copy, sim.Republish, sim.RepublishAs, sim.Redrive, sim.RedriveAs:
		return l.publishSentence(e, name, sp)
	case sim.Deliver:
		if e.Relayed() {
			return fmt.Sprintf("the relay takes %s out of the outbox for the %s time.", name, nth(int(e.Receipt.Delivery)))
		}
		return fmt.Sprintf("%s is delivered for the %s time, to worker %d.", name, nth(int(e.Receipt.Delivery)), e.Worker+1)
	case sim.TimeOut:
		text := fmt.Sprintf("the %s for which %s was hidden%s are over", Length(l.Run.Lane.Queue.Visibility), name, sp.term("hidden"))
		return text + endSentence(e, sp)
	case sim.CutOff:
		text := fmt.Sprintf("the queue has heard nothing of worker %d for %s, and closes its connection", e.Worker+1, Length(l.Run.Lane.Queue.Silence()))
		return text + endSentence(e, sp)
	case sim.Undelay:
		return name + " has waited long enough after it was given back" + sp.term("back") + "."
	case sim.Retry:
		return name + " has waited long enough in the outbox after an error."
	case sim.Forget:
		return "the queue forgets the message ID of " + name + "."
	case sim.Expire:
		return l.lapseSentence(e) + "."
	case sim.StoreDown:
		return "database and cache go down."
	case sim.StoreUp:
		return "database and cache can be reached again."
	case sim.ForgetAck:
		return l.failover(i, sp != nil) + yesNo(e.Reply.GivesUp(), "; it is "+ended(e)+yesNo(e.Reply == sim.Buried, sp.term("parked"), "")+".", "; it will come again.")
	case sim.LoseWrites:
		return l.failover(i, sp != nil) + yesNo(e.Undone, ", and the item with it.", ".")
	case sim.Evict:
		return fmt.Sprintf("the process of worker %d forgets %s to make room.", e.Worker+1, l.Run.Key(e))
	case sim.Restart:
		return "all processes are restarted."
	}
	worker := fmt.Sprintf("%s, %s: ", l.whom(e.Worker), name)
	var s Line
	l.phrase(&s, i, sp)
	if len(s) == 0 {
		s.add(Plain, quiet(e))
	}
	return worker + s.Plain() + "."
}

func (l *Lane) publishSentence(e *sim.Event, name string, sp *speaker) string {
	var s Line
	if e.Kind == sim.Publish {
		s.add(Plain, name+" is published")
		if e.Fault >= 0 {
			s.add(Fault, "[L] and reaches the queue "+Length(l.fault(e).For)+" late")
		}
	} else {
		l.whyPublished(&s, e)
		s[0].Text = name + ": " + s[0].Text
	}
	if e.Reply == sim.Deduplicated {
		s.add(Plain, "and dropped"+sp.term("dropped"))
	}
	return s.Plain() + "."
}

// quiet names a step that phrases leave out.
func quiet(e *sim.Event) string {
	switch e.Op {
	case sim.OpBegin:
		return "begins a transaction"
	case sim.OpRollback:
		return "rolls back"
	case sim.OpSwap:
		return "cannot change it"
	case sim.OpReturn:
		return "ends, having acked before"
	}
	return "takes the step " + e.Op.String()
}

// verdict is what it came to in one lane, as one sentence.
func (s *Story) verdict(l *Lane) string {
	b, o := s.Scenario.Business, &l.Outcome
	parts := []string{fmt.Sprintf("owed %s, %s %s, too much %s", Amount(b, o.Owed), taken(b), Amount(b, o.Taken), Amount(b, o.Excess))}
	for _, p := range []struct {
		what string
		ids  []string
	}{
		{trade(b).Did + " twice", o.Twice}, {"never " + trade(b).Did, o.Never}, {"parked", o.Parked}, {"pending", o.Pending},
	} {
		if len(p.ids) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.ids, " "))
		}
	}
	if o.OK {
		parts = append(parts, "everything once")
	}
	parts = append(parts, fmt.Sprintf("%d deliveries", l.Deliveries), l.costSentence())
	return l.Consumer.Name + ": " + strings.Join(parts, "; ") + "."
}

// ended says what became of a message that has had its last delivery.
func ended(e *sim.Event) string { return yesNo(e.Reply == sim.Discarded, "dropped", "parked") }

// endSentence ends a sentence on a message whose worker the queue has waited for.
func endSentence(e *sim.Event, sp *speaker) string {
	switch e.Reply {
	case sim.Buried:
		return "; it is parked" + yesNo(sp == nil, " (DLQ)", sp.term("parked")) + "."
	case sim.Discarded:
		return "; " + undelivered + "."
	}
	return "; it will be delivered again."
}

// undelivered says why a message is gone that nobody has acked.
const undelivered = "it is dropped: the delivery limit is reached, and there is no dead-letter queue"
