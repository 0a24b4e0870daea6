package check

import (
	"slices"

	"dejavu/sim"
)

// findStuck marks the states of the level from which quiet can be reached without
// another fault, and notes the first from which it cannot. It reports false if the
// search has ended, or begun anew, before that was known.
func (s *Search) findStuck() bool {
	level := s.levels[len(s.levels)-1]
	s.spread(level)
	if s.broken[sim.NeverStuck] {
		return true
	}
	if !s.wait(level) {
		return false
	}
	for n := int(level); n < len(s.states); n++ {
		if !s.states[n].calm {
			s.broken[sim.NeverStuck], s.first[sim.NeverStuck] = true, uint32(n)
			break
		}
	}
	return true
}

// spread marks the states of a level from which something quiet or calm can be
// reached without a fault, and reports whether there were any. What follows from a
// state has mostly a higher number, so one sweep from the end finds nearly all.
//
//go:norace
func (s *Search) spread(level uint32) bool {
	any := false
	for changed := true; changed; {
		changed = false
		for n := len(s.states) - 1; n >= int(level); n-- {
			st := &s.states[n]
			if st.calm {
				continue
			}
			st.calm = st.quiet
			for _, to := range s.edges[st.free : st.free+uint32(st.nFree)] {
				st.calm = st.calm || s.states[to].calm
			}
			changed = changed || st.calm
		}
		any = any || changed
	}
	return any
}

// later are the worlds that a level comes to if one waits until something has run out
// that is kept for longer than a message is hidden. That it runs out early is a fault,
// which the search may not be allowed; that it runs out at last is not, and so nothing
// that waits for it is stuck.
type later struct {
	*Search
	level  uint32
	states []waiting  // of the level, that are not calm and have something to wait for
	met    visited    // worlds that the search has not met,
	next   [][]follow // what follows from each,
	calm   []bool     // and whether quiet can be reached from it
}

// waiting is a state, and what follows if it waits.
type waiting struct {
	state uint32
	next  []follow
}

// follow is a state that the search has met, or a world beyond those.
type follow struct {
	n   uint32
	met bool
}

// wait marks the states of a level from which quiet can be reached in time. It reports
// false if the search has ended, or begun anew, before that was known.
func (s *Search) wait(level uint32) bool {
	l := later{Search: s, level: level, met: newVisited()}
	for n := level; n < uint32(len(s.states)); n++ {
		if s.states[n].calm {
			continue
		}
		s.from.Restore(s.met.key(n))
		s.menu = appendWaits(s.menu[:0], s.from)
		if len(s.menu) == 0 {
			continue
		}
		next, ok := l.follow()
		if !ok {
			return false
		}
		l.states = append(l.states, waiting{n, next})
	}
	for n, look := 0, 0; ; n++ {
		if n == look || n == len(l.met.at) { // mostly all are calm long before all is known
			if l.spread() || n == len(l.met.at) {
				return true
			}
			look = max(2*look, 64)
		}
		s.from.Restore(l.met.key(uint32(n)))
		s.menu = appendWaits(s.from.AppendFree(s.menu[:0]), s.from)
		next, ok := l.follow()
		if !ok {
			return false
		}
		l.next = append(l.next, next)
	}
}

// appendWaits appends what happens in time, although to happen early is a fault.
func appendWaits(menu []sim.Action, w *sim.World) []sim.Action {
	n := len(menu)
	menu = w.AppendFaults(menu)
	waits := slices.DeleteFunc(menu[n:], func(a sim.Action) bool { return !w.Outlasts(a) })
	return menu[:n+len(waits)]
}

// follow takes each action of the menu and returns what follows. It reports false if
// that ends the search, or has it begin anew.
func (l *later) follow() ([]follow, bool) {
	s := l.Search
	form := s.from.CountsDeliveries()
	next := make([]follow, 0, len(s.menu))
	for _, a := range s.menu {
		s.world.CopyFrom(s.from)
		if !s.take(s.world, a, form) {
			return nil, false
		}
		s.key = s.appendKey(s.key[:0], s.world)
		if n, found := s.met.find(s.key); found {
			next = append(next, follow{n, true})
			continue
		}
		n, isNew := l.met.add(s.key)
		if isNew {
			l.calm = append(l.calm, s.world.Quiet())
		}
		if len(l.calm) > s.opts.MaxStates || l.met.full() {
			s.done = true
			return nil, false
		}
		next = append(next, follow{n, false})
	}
	return next, true
}

// spread marks what something calm follows from, and reports whether that is now all of
// the level.
//
//go:norace
func (l *later) spread() bool {
	calm := func(f follow) bool { return f.met && l.Search.states[f.n].calm || !f.met && l.calm[f.n] }
	for changed := true; changed; {
		changed = false
		for i := len(l.next) - 1; i >= 0; i-- {
			if !l.calm[i] && slices.ContainsFunc(l.next[i], calm) {
				l.calm[i], changed = true, true
			}
		}
		for i := len(l.states) - 1; i >= 0; i-- {
			w := &l.states[i]
			if st := &l.Search.states[w.state]; !st.calm && slices.ContainsFunc(w.next, calm) {
				st.calm, changed = true, true
			}
		}
		changed = l.Search.spread(l.level) || changed
	}
	return !slices.ContainsFunc(l.Search.states[l.level:], func(st state) bool { return !st.calm })
}
