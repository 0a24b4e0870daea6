package story

import (
	"slices"

	"dejavu/sim"
)

// A collision is no duplicate: two things owed that the identity which a consumer
// goes by does not tell apart, so that the record of one stands for the other.

// writer returns the attempt that wrote the record which a look has found, if one
// did.
func (l *Lane) writer(look int) (a *attempt, known bool) {
	table, key := l.row(l.event(look))
	for i := look - 1; i >= 0; i-- {
		e := l.event(i)
		if !l.writes(e) {
			continue
		}
		if t, k := l.row(e); t == table && k == key {
			return l.by(e.Receipt)
		}
	}
	return &nobody, false
}

// collided returns the ID of what the record that a look of an attempt has found was
// written for, if that is something else than the attempt's own.
func (l *Lane) collided(a *attempt, look int) (other string, is bool) {
	w, known := l.writer(look)
	if !known || w.owed == a.owed || !l.finds(look) {
		return "", false
	}
	return l.Run.Lane.Messages[w.owed].ID, true
}

// spent returns, for an attempt whose receiver knew its key and did nothing, that key
// and the ID of what it was first used for, if that is something else.
func (l *Lane) spent(a *attempt) (key, other string, is bool) {
	at := slices.IndexFunc(a.events, func(i int) bool {
		e := l.event(i)
		return e.Kind == sim.Step && e.Op == sim.OpPerformKey && e.Answer == 0 && !e.Done
	})
	if at < 0 {
		return "", "", false
	}
	asked := a.events[at]
	key = l.Run.Key(l.event(asked))
	for i := range asked {
		if e := l.event(i); e.Op == sim.OpPerformKey && e.Done && l.Run.Key(e) == key {
			owed := l.owedOf(i)
			return key, l.Run.Lane.Messages[owed].ID, owed != a.owed
		}
	}
	return "", "", false
}

// outOfReach finds out whether something was given up because a store was out of
// reach, and tells of the outage. It reports whether it was.
func (c *causes) outOfReach(m *Mark) bool {
	for i := m.Event; i >= 0; i-- {
		e := c.event(i)
		if c.owedOf(i) != m.Owed || e.Answer >= 0 || e.Fault >= 0 || e.Op.Place() != sim.InDB && e.Op.Place() != sim.InCache {
			continue
		}
		for at := i; at >= 0; at-- {
			if o := c.event(at); o.Kind == sim.StoreDown && o.Fault >= 0 {
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

// alike says what a consumer cannot tell apart: m1 says the same.
func (l *Lane) alike(other string) string {
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
func (l *Lane) namesake(other, key string) string {
	if i := l.Consumer.Identity; i == sim.Fingerprint || i == sim.Sequence {
		return l.alike(other)
	}
	return other + " goes by the name of " + key + " as well"
}

// mistaken are the answers where a record is found that was written for something
// else.
func (o *onset) mistaken(key, other string) []claim {
	id := o.owed().ID
	return []claim{
		{key + ": " + o.alike(other), true, "it goes by its " + o.Consumer.Identity.String() + ", and there " + id + " and " + other + " are one", 0},
		{"nothing: nobody has handled " + id + " before", false, "what is looked for is not " + id + ", and " + o.alike(other), 10},
		{"nothing: the queue would have dropped a duplicate", false, id + " is no duplicate, and the queue does not look", 3},
	}
}
