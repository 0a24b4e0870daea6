package story

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
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
			if m := &l.marks[i]; p.Event[k] == m.Event && p.Owed == m.Owed && m.Kind != Done {
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
			if o := c.Event(at); o.Kind == sim.StoreDown && o.Fault >= 0 {
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
