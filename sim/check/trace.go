package check

import (
	"slices"

	"dejavu/sim"
)

// Trace is a list of actions that breaks a property: a run, without times.
type Trace struct {
	// Lane is what it is a run of, within the bounds of the search.
	Lane sim.Lane
	// Property is what it breaks.
	Property sim.Property
	// Owed is the index of what takes effect twice or is lost: the first, if there
	// are several. For never-stuck it is the first that stays pending, or that comes again
	// for ever.
	Owed int
	// Part is which part of it that is, where a message has several effects.
	Part int
	// Actions are taken one after another from the beginning. Those that break
	// never-stuck lead to the nearest place from which it cannot become quiet without
	// a further fault, and on to where nothing goes on at all or, if there is no such
	// place, once round of what goes on for ever.
	Actions []sim.Action
	// Round is how many of the last actions can be taken for ever, again and again; 0 if
	// it does not come to that.
	Round int
	// Faults is how many of them are faults.
	Faults int
}

// Begin returns the world in which the first action is taken.
func (t *Trace) Begin() *sim.World {
	w := sim.New(&t.Lane, -1)
	w.KeepJournal(0) // it may lose writes
	w.KeepAcks()     // and acks
	return w
}

// trace finds the way to the first state that breaks a property.
func (s *Search) trace(p sim.Property) *Trace {
	var way []uint32
	for n := s.first[p]; n != 0; n = s.states.at(n).parent {
		way = append(way, n)
	}
	slices.Reverse(way)
	t := &Trace{Lane: *s.lane, Property: p}
	if p == sim.NeverStuck {
		on := s.deadEnd(s.first[p])
		if len(on) == 0 && s.states.at(s.first[p]).nFree > 0 {
			on, t.Round = s.round(s.first[p])
		}
		way = append(way, on...)
	}
	w, own := s.start.Clone(), t.Begin()
	from := uint32(0)
	for _, to := range way {
		a := s.find(w, to, s.level(to) > s.level(from))
		if w.Cost(a) > 0 {
			t.Faults++
		}
		t.Actions = append(t.Actions, translated(a, w, own))
		w.Do(a)
		own.Do(t.Actions[len(t.Actions)-1])
		from = to
	}
	t.Owed, t.Part = t.victim(w)
	return t
}

// translated returns an action of one world as it is in another that has come the same
// way. Tables and keys are numbered in the order in which they are met, and a search has
// met more of them.
func translated(a sim.Action, from, to *sim.World) sim.Action {
	b, err := to.Parse(from.Format(a))
	if err != nil {
		panic("check: an action of the search is none of its trace: " + err.Error())
	}
	return b
}

// deadEnd returns the shortest way on from a point of no return to where nothing
// goes on at all, so that a story shows what it comes to. It is empty if there is no
// such place: then something goes round for ever.
func (s *Search) deadEnd(from uint32) []uint32 {
	before := map[uint32]uint32{from: from}
	for queue := []uint32{from}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		st := s.states.at(n)
		if st.nFree == 0 {
			var way []uint32
			for ; n != from; n = before[n] {
				way = append(way, n)
			}
			slices.Reverse(way)
			return way
		}
		for _, to := range s.edges.span(st.free, st.nFree) {
			if _, met := before[to]; !met {
				before[to] = n
				queue = append(queue, to)
			}
		}
	}
	return nil
}

// find returns the first action that leads to a state. Keys may call workers other
// than the world does, so it is not kept which action that was: it is tried out.
func (s *Search) find(w *sim.World, to uint32, faulty bool) sim.Action {
	menu := w.AppendFree(nil)
	if faulty {
		menu = w.AppendFaults(nil)
	}
	for _, a := range menu {
		c := w.Clone()
		c.Do(a)
		s.key = s.appendKey(s.key[:0], c)
		if n, found := s.met.find(s.key); found && n == to && (!faulty || s.permits(w, a)) {
			return a
		}
	}
	panic("check: a state that was met cannot be reached again: is the handler deterministic?")
}

// level returns how many faults a state needs.
func (s *Search) level(n uint32) int {
	level := 0
	for level+1 < len(s.levels) && s.levels[level+1] <= n {
		level++
	}
	return level
}

// victim returns the first thing owed of which the property is broken in a world at the
// end of the trace. Of what is stuck it is one that did not take effect, if there is one,
// and of what goes round for ever one that does so.
func (t *Trace) victim(w *sim.World) (owed, part int) {
	round := t.turning()
	for debt, v := range w.Verdicts().Of {
		owed, part := t.Lane.Business.Owing(debt)
		if shows(t.Property, v) && (t.Round == 0 || slices.Contains(round, owed)) {
			return owed, part
		}
	}
	if len(round) > 0 {
		return round[0], 0
	}
	for n := range w.Queue().Len() { // all took effect, and yet it does not become quiet
		if !w.Queue().State(n).Settled() {
			return w.Owed(n), 0
		}
	}
	return 0, 0
}

// turning returns what comes again and again in the round of the trace.
func (t *Trace) turning() []int {
	var owed []int
	w := t.Begin()
	for i, a := range t.Actions {
		if a.Kind == sim.Deliver && i >= len(t.Actions)-t.Round {
			owed = append(owed, w.Owed(int(a.Msg)))
		}
		w.Do(a)
	}
	slices.Sort(owed)
	return slices.Compact(owed)
}

// shows reports whether a verdict is that on what a broken property is about.
func shows(p sim.Property, v sim.Verdict) bool {
	return v.Breaks(p) || p == sim.NeverStuck && v == sim.Pending
}

// Shown reports whether a run that ends in a world shows what the trace does: the same
// property is broken of the same thing owed. What is stuck may have taken effect, and
// come back all the same whenever it is handled.
func (t *Trace) Shown(w *sim.World) bool {
	if shows(t.Property, w.Verdicts().Of[t.Lane.Business.Debt(t.Owed, t.Part)]) {
		return true
	}
	if t.Property != sim.NeverStuck || w.Quiet() {
		return false
	}
	for n := range w.Queue().Len() {
		if w.Owed(n) == t.Owed && !w.Queue().State(n).Settled() {
			return true
		}
	}
	for row := range w.Outbox {
		if w.Owed(row.Msg) == t.Owed {
			return true
		}
	}
	return false
}

// Lines returns the actions as text, each with the name that its message has then.
func (t *Trace) Lines() []string {
	w := t.Begin()
	lines := make([]string, len(t.Actions))
	for i, a := range t.Actions {
		lines[i] = w.Format(a)
		w.Do(a)
	}
	return lines
}

// World returns the world at the end of the trace.
func (t *Trace) World() *sim.World {
	w := t.Begin()
	for _, a := range t.Actions {
		w.Do(a)
	}
	return w
}
