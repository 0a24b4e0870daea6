package check

import "dejavu/sim"

// findStuck marks the states of the level from which quiet can be reached without
// another fault, and notes the first from which it cannot. Nothing here has to wait for
// a time to pass: what turns a message away for as long as it is kept runs out without
// a fault, see sim.World.Expiry.
func (s *Search) findStuck() {
	level := s.levels[len(s.levels)-1]
	s.spread(level)
	if s.broken[sim.NeverStuck] {
		return
	}
	for n := int(level); n < s.states.len(); n++ {
		if !s.states.at(uint32(n)).calm {
			s.broken[sim.NeverStuck], s.first[sim.NeverStuck] = true, uint32(n)
			return
		}
	}
}

// spread marks the states of a level from which something quiet or calm can be
// reached without a fault. What follows from a state has mostly a higher number, so one
// sweep from the end finds nearly all.
//
//go:norace
func (s *Search) spread(level uint32) {
	for changed := true; changed; {
		changed = false
		for n := s.states.len() - 1; n >= int(level); n-- {
			st := s.states.at(uint32(n))
			if st.calm {
				continue
			}
			st.calm = st.quiet
			for _, to := range s.edges.span(st.free, st.nFree) {
				st.calm = st.calm || s.states.at(to).calm
			}
			changed = changed || st.calm
		}
	}
}
