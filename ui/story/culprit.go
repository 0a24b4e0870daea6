package story

import "dejavu/sim"

// Culprit returns the fault at the root of the harm that is told after n steps, if
// one is told there and a fault is at its root.
func (s *Story) Culprit(n int) (sim.Fault, bool) {
	p := s.StopAt(n)
	for k := 0; p != nil && p.Kind == AtHarm && k < len(s.Lanes); k++ {
		l := s.Lanes[k]
		for i := range l.marks {
			if m := &l.marks[i]; p.Event[k] == m.Event && p.Owed == m.Owed && m.Kind != Done {
				if c := l.whyMark(m); c.struck >= 0 {
					return *l.fault(l.event(c.struck)), true
				}
			}
		}
	}
	return sim.Fault{}, false
}

// whyMark finds what led to a harm.
func (l *Lane) whyMark(m *Mark) *causes {
	c := &causes{Lane: l, weight: map[int]int{}, struck: -1}
	if m.Kind == Again {
		c.whyAgain(m)
	} else {
		c.whyLost(m)
	}
	return c
}
