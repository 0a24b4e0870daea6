package story

import (
	"fmt"
	"slices"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// cut returns the event that ended an attempt before its ack, if a fault did, or that
// lost what the attempt had written, or -1. It can take back the record of what the
// attempt has done, and so be why another does it again.
func (l *LaneStory) cut(event int) int {
	a, known := l.of(event)
	if !known {
		return -1
	}
	if end := a.Events[len(a.Events)-1]; end > event && l.Run.Events()[end].Undone {
		return end
	}
	return l.lostBy(a.Receipt, event, l.Run.Len())
}

// lostBy returns the event between two with which a failover lost what an attempt had
// written, or -1.
func (l *LaneStory) lostBy(attempt broker.Receipt, from, to int) int {
	for _, i := range l.effects.Losses {
		if i >= from && i < to && l.Event(i).Receipt == attempt {
			return i
		}
	}
	return -1
}

// foundBy returns what wrote the records that were found on a path, which may be older
// than the message that they kept from being done, and what kept the writer from doing it.
func (l *LaneStory) foundBy(path []int) []int {
	var all []int
	for _, i := range path {
		if !finds(l.Event(i)) {
			continue
		}
		wrote := l.teller.Wrote(i)
		if wrote < 0 {
			continue
		}
		all = append(all, wrote)
		writer, _ := l.of(wrote)
		for _, k := range writer.Events {
			if k > wrote && l.Event(k).Fault >= 0 && l.OwedBy(wrote) == l.OwedBy(i) {
				all = append(all, k)
			}
		}
	}
	return all
}

// Culprit returns the fault at the root of the harm that is told after n steps, if
// one is told there and a fault is at its root.
func (s *Story) Culprit(n int) (sim.Fault, bool) {
	p := s.StopAt(n)
	for k := 0; p != nil && p.Kind == AtHarm && k < len(s.Lanes); k++ {
		l := s.Lanes[k]
		for i := range l.marks {
			if m := &l.marks[i]; p.Event[k] == m.Event && p.Owed == m.Owed && p.Part == m.Part && m.Kind != Done {
				if c := l.whyMark(m); c.struck >= 0 {
					return *l.FaultOf(l.Event(c.struck)), true
				}
			}
		}
	}
	return sim.Fault{}, false
}

// whyMark finds what led to a harm.
func (l *LaneStory) whyMark(m *Mark) *causes {
	c := &causes{LaneStory: l, weight: map[int]int{}, struck: -1}
	if m.Kind == Again {
		c.whyAgain(m)
	} else {
		c.whyLost(m)
	}
	c.decide(l.harm(m))
	return c
}

// decide puts a fault at the root without which there is no such harm, or none.
func (c *causes) decide(h *Harm) {
	n := &h.needs
	if n.unknown {
		return
	}
	c.alike = n.alike
	switch {
	case n.none || len(n.faults) == 0:
		if c.struck >= 0 {
			c.struck, c.none = -1, "no fault: without any it would have come to the same"
		}
	case c.struck < 0 || !h.named(int(c.Event(c.struck).Fault)):
		last := n.faults[len(n.faults)-1]
		c.struck = c.firstStrike(last)
		c.tell(c.struck, atRoot)
	}
}

// finds reports whether a step found that something is done or recorded already.
func finds(e *sim.Event) bool {
	switch {
	case e.Op.Claims():
		return e.Taken()
	case e.Op.Keyed():
		return e.Kind == sim.Step && !e.Done
	}
	return e.Kind == sim.Step && (e.Op.Checks() || e.Op == sim.OpLookup) && e.Answer > 0
}

// A collision is no duplicate: two things owed that the identity which a consumer
// goes by does not tell apart, so that the record of one stands for the other.

// writer returns the attempt that wrote the record which a look has found, if one
// did.
func (l *LaneStory) writer(look int) (a *Attempt, known bool) {
	table, key := l.Run.Row(l.Event(look))
	for i := look - 1; i >= 0; i-- {
		e := l.Event(i)
		if !voice.Writes(e) {
			continue
		}
		if t, k := l.Run.Row(e); t == table && k == key {
			return l.by(e.Receipt)
		}
	}
	return &Nobody, false
}

// Collided returns the ID of what the record that a look of an attempt has found was
// written for, if that is something else than the attempt's own.
func (l *LaneStory) Collided(a *Attempt, look int) (other string, is bool) {
	w, known := l.writer(look)
	if !known || w.Owed == a.Owed || !l.Finds(look) {
		return "", false
	}
	return l.Run.Lane.Messages[w.Owed].ID, true
}

// spent returns, for an attempt whose receiver knew its key and did nothing, that key
// and the ID of what it was first used for, if that is something else.
func (l *LaneStory) spent(a *Attempt) (key, other string, is bool) {
	at := slices.IndexFunc(a.Events, func(i int) bool {
		e := l.Event(i)
		return e.Kind == sim.Step && e.Op == sim.OpPerformKey && e.Answer == 0 && !e.Done
	})
	if at < 0 {
		return "", "", false
	}
	asked := a.Events[at]
	key = l.Run.Key(l.Event(asked))
	for i := range asked {
		if e := l.Event(i); e.Op == sim.OpPerformKey && e.Done && l.Run.Key(e) == key {
			owed := l.OwedBy(i)
			return key, l.Run.Lane.Messages[owed].ID, owed != a.Owed
		}
	}
	return "", "", false
}

// outOfReach finds out whether something was given up because a store was out of
// reach, and tells of the outage. It reports whether it was.
func (c *causes) outOfReach(m *Mark) bool {
	for i := m.Event; i >= 0; i-- {
		e := c.Event(i)
		if c.OwedBy(i) != m.Owed || e.Answer >= 0 || e.Fault >= 0 || e.Op.Place() != sim.InDB && e.Op.Place() != sim.InCache {
			continue
		}
		for at := i; at >= 0; at-- {
			if o := c.Event(at); o.Kind.Hides(e.Op.Place()) && o.Fault >= 0 {
				c.struck = at
				c.tell(at, atRoot)
				c.tell(i, telling)
				return true
			}
		}
		return false
	}
	return false
}

// Alike says what a consumer cannot tell apart: m1 says the same.
func (l *LaneStory) Alike(other string) string {
	switch l.Consumer.Identity {
	case sim.Fingerprint:
		return other + " says the same"
	case sim.Sequence:
		return other + " has moved the mark past it"
	case sim.BusinessKey, sim.ReceiverKey:
		return other + " has the same key"
	}
	return other + " has the same ID"
}

// namesake says that something else goes by a key as well, in words where the key is
// none that a reader would know.
func (l *LaneStory) namesake(other, key string) string {
	if i := l.Consumer.Identity; i == sim.Fingerprint || i == sim.Sequence {
		return l.Alike(other)
	}
	return other + " goes by the name of " + key + " as well"
}

// excuseStale says why a lane has set an older status over a newer.
func (l *LaneStory) excuseStale(event int, who string) string {
	newer := "what is newer"
	if at := l.setBefore(event); at >= 0 {
		newer = "what " + l.Run.Name(l.Event(at)) + " says"
	}
	return "had set " + newer + ", and does not look which is newer, so " + who + " set it back"
}

// Excuse says why a lane did the harm: what it knew, and what not. It names the lane as
// it is told.
func (l *LaneStory) Excuse(p *Stop, event int, who string) string {
	if p.Mark != Again {
		return l.excuseLoss(p)
	}
	if l.part(p.Part).Info().LastWins {
		return l.excuseStale(event, who)
	}
	again := ", so " + who + " " + words.ForWhom(l.part(p.Part).Words().Another, &l.Run.Lane.Messages[p.Owed])
	this, _ := l.of(event)
	if by, relayed := l.poster(this); relayed && this.Receipt.Delivery == 1 {
		this = by // what it took out had been put in twice
	} else if this.Relayed() && !l.Event(event).Op.Keyed() {
		return "still had it in the outbox: " + l.teller.Because(this.Delivery).Sentence(voice.Form{}) + again
	}
	asked := l.askedFor(this, event)
	if asked >= 0 {
		return l.forgot(this, asked, event) + again
	}
	if e := l.Event(event); e.Op.Keyed() {
		return "sent a key that nobody here honours" + again
	}
	if i := l.slept(this, event); i >= 0 {
		return words.Either(l.teller.Slows(l.Event(i)), "was slow", "woke up") + " and knew nothing of the other worker" + again
	}
	return l.unseen(this) + ": " + this.Name + " looked new" + again
}

// askedFor returns the first event with which an attempt asked, before an effect of it,
// whether that was done already, or -1. What was asked before a commit was asked of another
// effect, if there are several.
func (l *LaneStory) askedFor(a *Attempt, effect int) int {
	asked, several := -1, len(l.Run.Lane.Business.Parts()) > 1
	commits := false
	for _, i := range a.Events {
		e := l.Event(i)
		if i > effect {
			break
		}
		commits = commits || several && e.Op == sim.OpCommit
		if asks := e.Op.Checks() || e.Op.Marks() && e.Op != sim.OpRemember; asks && (asked < 0 || commits) {
			asked, commits = i, false
		}
	}
	return asked
}

// AsksOf reports whether what an attempt asks first, with a look, decides about one part of
// what it handles: there may be a record for each part.
func (l *LaneStory) AsksOf(a *Attempt, look, part int) bool {
	if len(l.Run.Lane.Business.Parts()) == 1 {
		return true
	}
	for _, i := range a.Events {
		if e := l.Event(i); l.effects.Nth[i] > 0 && int(e.Part) == part {
			return l.askedFor(a, i) == look
		}
	}
	return false
}

// unseen says why an attempt was not known to be the second, in a lane that asks
// nobody: it keeps nothing, or leaves that to its queue, which keeps it for a time.
func (l *LaneStory) unseen(a *Attempt) string {
	queue := l.Run.Lane.Profile()
	window := queue.Window()
	if a.Delivery >= 0 && window > 0 && l.Event(int(l.Event(a.Delivery).Cause)).Kind == sim.Republish {
		return "has a queue that knows a message ID for " + words.Length(window) + " only (" + voice.Dropped.Term() + ")"
	}
	return "keeps no record"
}

// slept returns the event with which an attempt was frozen or slow before an event
// of it, or -1.
func (l *LaneStory) slept(a *Attempt, event int) int {
	at := slices.IndexFunc(a.Events, func(i int) bool { return i < event && l.Event(i).Kind == sim.Nothing })
	if at < 0 {
		return -1
	}
	return a.Events[at]
}

// record returns the event with which an attempt recorded something before
// another asked, or -1, and whether the attempt's process died.
func (l *LaneStory) record(a *Attempt, before int) (wrote int, died bool) {
	wrote = -1
	for _, i := range a.Events {
		e := l.Event(i)
		died = died || e.Kind.Kills()
		if i < before && e.Op.Marks() && e.Kind == sim.Step && e.Answer > 0 || i < before && e.Op == sim.OpRemember && e.Kind == sim.Step {
			wrote = i
		}
	}
	return wrote, died
}

// excuseLoss says why a lane lost what is owed.
func (l *LaneStory) excuseLoss(p *Stop) string {
	b := l.part(p.Part)
	if p.Mark == Buried {
		return l.tooOften(p.Owed) + ": nothing was " + b.Words().Did
	}
	if l.discards(p.Owed) {
		return l.tooOften(p.Owed) + ", and there is no dead-letter queue: nothing was " + b.Words().Did
	}
	if name := l.Run.Lane.Messages[p.Owed].ID; !l.tried(p.Owed) {
		return "was never handed " + name + ": the queue knew its message ID and dropped it"
	}
	found, early := "", false
	for k := range l.Attempts {
		a := &l.Attempts[k]
		if a.Owed != p.Owed {
			continue
		}
		for _, i := range a.Events {
			e := l.Event(i)
			_, key := l.Run.Row(e)
			switch {
			case e.Op == sim.OpAck && (e.Kind == sim.Step || e.Kind == sim.LoseAck):
				early = true
			case e.Taken(),
				e.Kind == sim.Step && e.Op.Checks() && e.Answer > 0:
				found = key
				if other, is := l.Collided(a, i); is {
					return "found " + key + " and took it for done, for " + l.Alike(other) + "; nothing was " + b.Words().Did
				}
			}
		}
		if key, other, is := l.spent(a); is {
			return "asked under the key " + key + ", which was " + other + "'s already: nothing was " + b.Words().Did
		}
	}
	switch {
	case found != "" && l.TakenBack(p.Owed, p.Part):
		return "still knows " + found + ", but what was " + b.Words().Did + " was lost with the stores' last commit, so nothing does it again"
	case found != "":
		return "had recorded " + found + " before the effect, so the next delivery looked done, and nothing was " + b.Words().Did
	case early:
		return "had acked before the effect, so the queue had nothing left to hand out again"
	}
	if by := l.settledWith(p.Owed); len(by) > 0 {
		return fmt.Sprintf("had %s at work when the ack of %s settled it too (%s ack), and nothing was %s",
			l.Run.Lane.Messages[p.Owed].ID, l.Run.Name(l.Event(by[0])), l.Run.Lane.Queue.AckUnit, b.Words().Did)
	}
	return "said done, though nothing was " + b.Words().Did
}

// tooOften says what a lane did with something owed until the queue gave that up: it gave it
// back, or was stopped each time.
func (l *LaneStory) tooOften(owed int) string {
	var last *Attempt
	for k := range l.Attempts {
		if a := &l.Attempts[k]; a.Owed == owed {
			last = a
		}
	}
	if last == nil {
		return "never began it"
	}
	if n := len(last.Events); n > 0 && l.Event(last.Events[n-1]).Op == sim.OpReturn && l.Event(last.Events[n-1]).Failed {
		return words.Either(l.Event(last.Events[n-1]).Rejects, "rejected it for good", "gave it back once too often")
	}
	return "came to no ack in " + words.Count(int(last.Receipt.Delivery), "delivery")
}

// TakenBack reports whether a failover of the stores has lost an effect of one part of what
// is owed.
func (l *LaneStory) TakenBack(owed, part int) bool {
	debt := l.Run.Lane.Business.Debt(owed, part)
	return slices.ContainsFunc(l.effects.TakenBack, func(b sim.TakenBack) bool { return b.Debt == debt })
}

// discards reports whether the queue has dropped a message of what is owed after its
// last delivery.
func (l *LaneStory) discards(owed int) bool {
	w := l.Run.World()
	for n := range w.Queue().Len() {
		if w.Queue().State(n) == broker.Discarded && w.Owed(n) == owed {
			return true
		}
	}
	return false
}
