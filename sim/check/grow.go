package check

import (
	"cmp"
	"slices"

	"dejavu/sim"
)

// growth is what a search needs that takes as many messages of a lane as it can: it
// begins with two, and when all is known about those, it begins again with one more.
// What does not come to its end is given up, for what was known with one less. How
// long that takes decides nothing: the same lane gives the same result everywhere.
type growth struct {
	from    sim.Lane // with as many messages as it may come to
	of      []sim.Owed
	opts    Options
	memory  *Budget
	smaller *Search // with one message less: all that was asked for is known of it
	on      bool
}

// first returns the search to begin with.
func (g growth) first() *Search {
	g.on = true
	return g.search(DefaultMessages, g.opts.MaxStates)
}

// search returns the search of so many messages.
func (g growth) search(n, most int) *Search {
	l, o := g.from, g.opts
	if len(g.of) > 0 {
		l.Messages = Related(g.of, n)
	}
	o.Messages = n
	s := newSearch(l, o, most, g.memory)
	s.grows = g
	for i := range g.of {
		if !slices.ContainsFunc(l.Messages, func(m sim.Owed) bool { return m.ID == g.of[i].ID }) {
			s.left = append(s.left, g.of[i].ID)
		}
	}
	return s
}

// grow goes on with one message more, or back to one less.
func (s *Search) grow() {
	g := s.grows
	most := min(g.opts.MaxStates, g.opts.GrowStates)
	switch {
	case !g.on || s.err != nil:
	case !s.finished && g.smaller != nil:
		kept := *g.smaller
		for p := range sim.Property(propertyCount) {
			if s.broken[p] && !kept.broken[p] {
				kept.beyond[p] = s.trace(p) // found, if not to the end
			}
		}
		s.hold.release()
		*s = kept
	case s.finished && s.opts.Messages < g.opts.Messages && s.states.len() <= most/2: // there will be twice as many at least
		if g.smaller != nil {
			g.smaller.hold.release()
		}
		smaller := *s
		g.smaller = &smaller
		*s = *g.search(s.opts.Messages+1, most)
	}
}

// Related returns n messages of a list, in its order: first those that have the most
// in common with another, for what is alike is what a consumer confuses. That is, in
// this order: a debt, a message ID, a key, a body, a place in a group, a group. One that owes
// an earlier message never comes without it.
func Related(all []sim.Owed, n int) []sim.Owed {
	if n >= len(all) {
		return slices.Clone(all)
	}
	type mark struct {
		text string
		seq  int
	}
	taken := make([]bool, len(all))
	for _, of := range []func(*sim.Owed) mark{
		func(m *sim.Owed) mark { return mark{text: cmp.Or(m.Owes, m.ID)} },
		func(m *sim.Owed) mark { return mark{text: m.Message.ID} },
		func(m *sim.Owed) mark { return mark{text: m.Key} },
		func(m *sim.Owed) mark { return mark{text: m.Body} },
		func(m *sim.Owed) mark { return mark{m.Group, m.Seq} },
		func(m *sim.Owed) mark { return mark{text: m.Group} },
		func(m *sim.Owed) mark { return mark{} }, // and then the rest
	} {
		alike := map[mark][]int{}
		for i := range all {
			m := of(&all[i])
			alike[m] = append(alike[m], i)
		}
		for i := range all {
			m := of(&all[i])
			for _, k := range alike[m] {
				if i != k && n > 0 && !taken[k] && (k > i || taken[i]) {
					if !taken[i] {
						taken[i], n = true, n-1
					}
					if n > 0 {
						taken[k], n = true, n-1
					}
				}
			}
			if taken[i] {
				delete(alike, m) // so are all that are alike, or there is no more room
			}
		}
	}
	var some []sim.Owed
	for i := range all {
		if taken[i] {
			some = append(some, all[i])
		}
	}
	return some
}
