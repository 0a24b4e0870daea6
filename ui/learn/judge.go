package learn

import (
	"slices"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// A judge decides claims about a run after a number of steps.
type judge struct {
	*story.Story
	step int
}

// Holds reports whether claims are true of a run that is over.
func Holds(st *story.Story, claims []scenarios.Claim) bool {
	return judge{st, st.Steps()}.all(claims)
}

// all reports whether all claims are true.
func (j judge) all(claims []scenarios.Claim) bool {
	return !slices.ContainsFunc(claims, func(c scenarios.Claim) bool { return j.holds(&c) == c.Not })
}

// holds decides a claim, whether it is negated or not.
func (j judge) holds(c *scenarios.Claim) bool {
	if c.Kind == scenarios.Harmed {
		var harmed []string
		for _, l := range j.Lanes {
			if !l.Outcome.OK {
				harmed = append(harmed, l.Consumer.Name)
			}
		}
		return same(harmed, c.Names)
	}
	lane := slices.IndexFunc(j.Lanes, func(l *story.LaneStory) bool { return l.Consumer.Name == c.Lane })
	if lane < 0 {
		return false // no such lane
	}
	l := j.Lanes[lane]
	o := &l.Outcome
	switch c.Kind {
	case scenarios.EndsTwice:
		return same(o.Twice, scenarios.Debts(c.Names, o.Business))
	case scenarios.EndsNever:
		return same(o.Never, scenarios.Debts(c.Names, o.Business))
	case scenarios.EndsParked:
		return same(o.Parked, scenarios.Debts(c.Names, o.Business))
	case scenarios.EndsPending:
		return same(o.Pending, scenarios.Debts(c.Names, o.Business))
	case scenarios.HasTaken:
		return o.Taken == c.Count
	case scenarios.HasExcess:
		return o.Excess == c.Count
	case scenarios.HasMissing:
		return o.Missing == c.Count
	case scenarios.Performs, scenarios.Finds, scenarios.Waits:
		return does(l, c)
	}
	return j.holdsNow(l, lane, c)
}

// same reports whether two lists name the same.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// stands decides a claim about where a lane stands.
func (j judge) holdsNow(l *story.LaneStory, lane int, c *scenarios.Claim) bool {
	upto := j.Upto(j.step, lane)
	w := l.Run.At(upto)
	if c.Kind == scenarios.Holds {
		return holdsAll(w, c.Names)
	}
	if c.Kind == scenarios.Did {
		n := int64(0)
		for _, m := range l.Marks() {
			if m.Event < upto && m.Nth > 0 && l.Run.Lane.Messages[m.Owed].ID == c.Names[0] {
				n++
			}
		}
		return n == c.Count
	}
	state, deliveries := broker.Unpublished, 0
	for n := range w.Queue().Len() {
		if l.MessageName(n) == c.Names[0] {
			state, deliveries = w.Queue().State(n), w.Queue().Deliveries(n)
		}
	}
	if c.Kind == scenarios.Delivered {
		return int64(deliveries) == c.Count
	}
	return map[broker.State]string{
		broker.Ready: "waiting", broker.Delayed: "waiting", broker.InFlight: "hidden",
		broker.Acked: "done", broker.Dead: "parked",
	}[state] == c.State
}

// holdsAll reports whether all keys are stored and visible to others. An empty list asks
// whether nothing is stored.
func holdsAll(w *sim.World, keys []string) bool {
	var held []string
	for s := range w.Stored {
		if !s.Open {
			held = append(held, s.Key)
		}
	}
	if len(keys) == 0 {
		return len(held) == 0
	}
	return !slices.ContainsFunc(keys, func(key string) bool { return !slices.Contains(held, key) })
}

// does decides a claim about what a delivery does.
func does(l *story.LaneStory, c *scenarios.Claim) bool {
	for i := range l.Run.Events() {
		e := &l.Run.Events()[i]
		if int(e.Receipt.Delivery) != c.Delivery || !named(l, e, c.Names[0]) || e.Op == 0 {
			continue
		}
		if c.Kind == scenarios.Performs && l.Effect(i) > 0 ||
			c.Kind == scenarios.Finds && e.Kind == sim.Step && finds(e) ||
			c.Kind == scenarios.Waits && l.Waited(i) {
			return true
		}
	}
	return false
}

// finds reports whether a step found what an earlier delivery left in a store or at the
// receiver.
func finds(e *sim.Event) bool {
	switch e.Op {
	case sim.OpInsert, sim.OpInsertOrFail, sim.OpPutIfAbsent, sim.OpCacheAdd:
		return e.Taken()
	case sim.OpHas, sim.OpGet, sim.OpCacheGet, sim.OpLookup:
		return e.Answer > 0
	}
	return e.Op.Performs() && !e.Done
}
