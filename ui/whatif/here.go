package whatif

import (
	"slices"

	"dejavu/sim"
	"dejavu/ui/story"
)

// Here returns the crash or the pause that strikes whoever is at work after n steps,
// before the next step, and changes nothing of what has happened.
func Here(s *story.Story, kind sim.FaultKind, n int) (sim.Fault, bool) {
	for k, l := range s.Lanes {
		upto := s.Upto(n, k)
		for i := range l.Attempts {
			a := &l.Attempts[i]
			next := slices.IndexFunc(a.Events, func(e int) bool { return e >= upto })
			if a.Begins() >= upto || next < 0 {
				continue
			}
			last := sim.Op(0) // it was only delivered
			if next > 0 {
				last = l.Event(a.Events[next-1]).Op
			}
			f := sim.Fault{Kind: kind, Message: a.Name, Delivery: int(a.Receipt.Delivery)}
			if kind == sim.PauseFault {
				f.For = overrun(s)
			}
			for _, f := range between(f, last, l.Event(a.Events[next]).Op) {
				f = f.Normal()
				u := imagine(s, f, n)
				if u == nil {
					continue
				}
				strikes := slices.IndexFunc(u.runs[k].Events(), func(e sim.Event) bool { return e.Fault == u.fault })
				if strikes >= 0 && strikes <= a.Events[next] {
					return f, true
				}
			}
		}
	}
	return sim.Fault{}, false
}

// between returns a fault at each point that names the place between two steps, those
// that every consumer has first.
func between(f sim.Fault, last, next sim.Op) []sim.Fault {
	var all []sim.Fault
	before := func(point string) { g := f; g.Before = point; all = append(all, g) }
	after := func(point string) { g := f; g.After = point; all = append(all, g) }
	switch {
	case next.Performs():
		before(sim.PointEffect)
	case last.Performs():
		after(sim.PointEffect)
	case next == sim.OpReturn || next == sim.OpAck:
		before(sim.PointAck)
	}
	if next.Asked() {
		before(next.String())
	}
	if last.Asked() {
		after(last.String())
	}
	return all
}
