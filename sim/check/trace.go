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
	// are several. For never-stuck it is the first that stays pending.
	Owed int
	// Actions are taken one after another from the beginning. Those that break
	// never-stuck lead to the nearest place from which it cannot become quiet without
	// a further fault and, if there is one, on to where nothing goes on at all.
	Actions []sim.Action
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
	if p == sim.NeverStuck {
		way = append(way, s.deadEnd(s.first[p])...)
	}
	t := &Trace{Lane: s.lane, Property: p}
	w := s.start.Clone()
	from := uint32(0)
	for _, to := range way {
		a := s.find(w, to, s.level(to) > s.level(from))
		if w.Cost(a) > 0 {
			t.Faults++
		}
		w.Do(a)
		t.Actions = append(t.Actions, a)
		from = to
	}
	t.Owed = victim(w, p)
	return t
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

// victim returns the first thing owed of which a property is broken.
func victim(w *sim.World, p sim.Property) int {
	wanted := [...]sim.Verdict{sim.Twice, sim.Never, sim.Pending}[p]
	for i, v := range w.Verdicts().Of {
		if v == wanted {
			return i
		}
	}
	return 0 // all took effect, and yet it does not become quiet
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
