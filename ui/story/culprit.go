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

// finds reports whether a step found that something is done or recorded already.
func finds(e *sim.Event) bool {
	switch {
	case e.Op.Claims():
		return e.Kind == sim.Step && e.Answer == 0
	case e.Op.Keyed():
		return e.Kind == sim.Step && !e.Done
	}
	return e.Kind == sim.Step && (e.Op.Checks() || e.Op == sim.OpLookup) && e.Answer > 0
}
