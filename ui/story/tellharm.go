package story

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// tellHarm says who was harmed, and how each lane came to it or was spared.
func (s *Story) tellHarm(p *Stop) *Narration {
	l, e := s.lead(p)
	b := s.Scenario.Business
	o := &l.Run.Lane.Messages[p.Owed]
	t := &Narration{As: Wrong}
	head := ""
	switch p.Mark {
	case Never:
		t.Badge = "lost " + trade(b).Effect
		head = nameOf(o) + " will " + trade(b).Never + ": " + o.ID + " is gone."
	case Buried:
		t.Badge = "parked"
		head = o.ID + " is parked (" + terms["parked"] + "): a person has to look at it."
	default:
		n := s.nth(p)
		t.Badge = nthDeed(b, n)
		head = nameOf(o) + " " + trade(b).Has + " " + times(n) + "."
	}
	t.Lines = []Line{{{head, Strong}}}
	var reasons []string
	var who [][]string
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		reason := s.Lanes[k].excuse(p, i)
		at := slices.Index(reasons, reason)
		if at < 0 {
			at = len(reasons)
			reasons, who = append(reasons, reason), append(who, nil)
		}
		who[at] = append(who[at], strings.ToUpper(s.Lanes[k].Consumer.Name))
	}
	for i, reason := range reasons {
		t.Lines = append(t.Lines, Line{{strings.Join(who[i], ", ") + ":", Strong}, {reason, Plain}})
	}
	if e.Receipt.Delivery > 0 {
		t.Lines = append(t.Lines, s.each(p, func(lane int) bool { return p.Event[lane] >= 0 })...)
	}
	return t
}

// nth returns which effect of what is owed a stop is about.
func (s *Story) nth(p *Stop) int {
	for k, i := range p.Event {
		for _, m := range s.Lanes[k].marks {
			if i >= 0 && m.Event == i && m.Owed == p.Owed {
				return m.Nth
			}
		}
	}
	return 2
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return grouped(int64(n)) + " times"
}

// excuse says in a sentence why a lane did the harm: what it knew, and what not.
func (l *Lane) excuse(p *Stop, event int) string {
	if p.Mark != Again {
		return l.excuseLoss(p)
	}
	this, _ := l.of(event)
	if by, relayed := l.poster(this); relayed && this.receipt.Delivery == 1 {
		this = by // what it took out had been put in twice
	} else if e := l.event(this.begins()); this.relayed() {
		if !l.event(event).Op.Keyed() {
			return "still had it in the outbox, for " + whyRelayed(l.event(int(e.Cause))) + ", and " + deedAgain(l.Run.Lane.Business, &l.Run.Lane.Messages[p.Owed]) + "."
		}
	}
	o := &l.Run.Lane.Messages[p.Owed]
	again := deedAgain(l.Run.Lane.Business, o)
	asked := -1
	for _, i := range this.events {
		e := l.event(i)
		if i > event {
			break
		}
		if e.Op.Checks() || e.Op.Marks() && e.Op != sim.OpRemember {
			asked = i
			break
		}
	}
	if asked < 0 {
		if e := l.event(event); e.Op.Keyed() {
			return "sent a key that nobody here honours, and " + again + "."
		}
		if i := l.slept(this, event); i >= 0 {
			return yesNo(l.slows(l.event(i)), "was slow", "woke up") + ", knew nothing of the other worker, and " + again + "."
		}
		return l.unseen(this) + ", so " + this.name + " looked new, and " + again + "."
	}
	return l.forgot(this, asked, event) + ", and " + again + "."
}

// unseen says why an attempt was not known to be the second, in a lane that asks
// nobody: it keeps nothing, or leaves that to its queue, which keeps it for a time.
func (l *Lane) unseen(a *attempt) string {
	queue := l.Run.Lane.Profile()
	window := queue.Window()
	if a.delivery >= 0 && window > 0 && l.event(int(l.event(a.delivery).Cause)).Kind == sim.Republish {
		return "has a queue that knows a message ID for " + Length(window) + " only (" + terms["dropped"] + ")"
	}
	return "kept no record"
}

// slept returns the event with which an attempt was frozen or slow before an event
// of it, or -1.
func (l *Lane) slept(a *attempt, event int) int {
	at := slices.IndexFunc(a.events, func(i int) bool { return i < event && l.event(i).Kind == sim.Nothing })
	if at < 0 {
		return -1
	}
	return a.events[at]
}

// deedAgain is what was done once more: charged another $15.
func deedAgain(b sim.Business, o *sim.Owed) string { return forWhom(trade(b).Another, o) }

// record returns the event with which an attempt recorded something before
// another asked, or -1, and whether the attempt's process died.
func (l *Lane) record(a *attempt, before int) (wrote int, died bool) {
	wrote = -1
	for _, i := range a.events {
		e := l.event(i)
		died = died || e.Kind == sim.Crash || e.Kind == sim.Restart
		if i < before && e.Op.Marks() && e.Kind == sim.Step && e.Answer > 0 || i < before && e.Op == sim.OpRemember && e.Kind == sim.Step {
			wrote = i
		}
	}
	return wrote, died
}

// excuseLoss says why a lane lost what is owed.
func (l *Lane) excuseLoss(p *Stop) string {
	b := l.Run.Lane.Business
	if p.Mark == Buried {
		return "gave it back once too often: nothing was " + trade(b).Did + "."
	}
	if l.discards(p.Owed) {
		return "gave it back once too often, and there is no dead-letter queue: nothing was " + trade(b).Did + "."
	}
	if name := l.Run.Lane.Messages[p.Owed].ID; !l.tried(p.Owed) {
		return "was never handed " + name + ": the queue knew its message ID and dropped it."
	}
	found, early := "", false
	for k := range l.attempts {
		a := &l.attempts[k]
		if a.owed != p.Owed {
			continue
		}
		for _, i := range a.events {
			e := l.event(i)
			_, key := l.row(e)
			switch {
			case e.Op == sim.OpAck && (e.Kind == sim.Step || e.Kind == sim.LoseAck):
				early = true
			case e.Kind == sim.Step && e.Op.Claims() && e.Answer == 0,
				e.Kind == sim.Step && e.Op.Checks() && e.Answer > 0:
				found = key
				if other, is := l.collided(a, i); is {
					return "found " + key + " and took it for done, for " + l.alike(other) + "; nothing was " + trade(b).Did + "."
				}
			}
		}
		if key, other, is := l.spent(a); is {
			return "asked under the key " + key + ", which was " + other + "'s already: nothing was " + trade(b).Did + "."
		}
	}
	switch {
	case found != "" && l.takenBack(p.Owed):
		return "still knows " + found + ", but what was " + trade(b).Did + " was lost with the stores' last commit, so nothing does it again."
	case found != "":
		return "had recorded " + found + " before the effect, so the next delivery looked done, and nothing was " + trade(b).Did + "."
	case early:
		return "had acked before the effect, so the queue had nothing left to hand out again."
	}
	return "said done, though nothing was " + trade(b).Did + "."
}

// takenBack reports whether a failover of the stores has lost an effect of what is
// owed.
func (l *Lane) takenBack(owed int) bool {
	return slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool {
		return e.Kind == sim.LoseWrites && e.Undone && l.Run.World().Owed(int(e.Receipt.Msg)) == owed
	})
}

// discards reports whether the queue has dropped a message of what is owed after its
// last delivery.
func (l *Lane) discards(owed int) bool {
	w := l.Run.World()
	for n := range w.Queue().Len() {
		if w.Queue().State(n) == broker.Discarded && w.Owed(n) == owed {
			return true
		}
	}
	return false
}
