package story

import (
	"encoding/binary"
	"slices"
	"time"

	"dejavu/sim"
)

// A harm needs a fault if it is not there without it. That cannot be read off the events:
// the record that is missing may have been kept from being written by what befell another
// attempt, or another message. So the lane is run again without the fault.

// harmed is a harm: a debt that has had its nth effect, or never will have one.
type harmed struct {
	debt, nth int // 0: never
	event     int // with which it became true
}

// needs are the faults of a harm.
type needs struct {
	faults []int // indices into Run.Faults, in the order in which they struck
	// none: without any fault the harm is there as well. alike: without any one of them it
	// is, for another does the same.
	none, alike bool
	unknown     bool // nobody knows: finding out takes too much work
}

// mostRerun is how many events, and messages, of a lane are simulated to find out what
// its harms need. They are counted and not timed, so that the answer is the same everywhere.
const mostRerun = 1_000_000

// rerun is how it goes for all that is owed without some faults.
type rerun struct {
	of      []sim.Verdict
	effects [][]time.Duration
	gone    map[int]time.Duration
}

// without runs the lane again without some of its faults. It fails if that takes more work
// than is left for it.
func (l *LaneStory) without(faults []int) (*rerun, bool) {
	if l.reruns == nil {
		l.reruns, l.rerunLeft = map[string]*rerun{}, mostRerun
	}
	if l.rerunLeft <= 0 {
		return nil, false
	}
	var name []byte
	for _, f := range faults {
		name = binary.AppendUvarint(name, uint64(f))
	}
	lane := l.Run.Lane
	lane.Plan, lane.Spared = slices.Clone(lane.Plan), slices.Clone(lane.Spared)
	for _, f := range faults {
		off := l.Run.Faults[f].Written()
		lane.Plan, lane.Spared = slices.DeleteFunc(lane.Plan, off.Same), append(lane.Spared, off)
	}
	workers := l.Run.World().Workers()
	for {
		i, err := sim.CheckPlan(lane.Plan, lane.Messages, lane.Rates, workers)
		if err == nil {
			return l.again(string(name), lane)
		}
		lane.Plan = slices.Delete(lane.Plan, i, i+1) // it struck a copy that nobody makes now
	}
}

// faultless runs the lane again without any fault, whether it struck or not.
func (l *LaneStory) faultless() (*rerun, bool) {
	lane := l.Run.Lane
	lane.Plan, lane.Rates = nil, nil
	return l.again("calm", lane)
}

// again runs another lane, once for each name.
func (l *LaneStory) again(name string, lane sim.Lane) (*rerun, bool) {
	if o, known := l.reruns[name]; known {
		return o, o != nil
	}
	l.reruns[name] = nil
	if l.rerunLeft -= len(lane.Messages) + len(lane.Plan) + len(lane.Spared) + l.Run.Len(); l.rerunLeft <= 0 {
		return nil, false
	}
	if most := 4*l.Run.Len() + 1000; lane.MaxEvents == 0 || lane.MaxEvents > most {
		lane.MaxEvents = most
	}
	run, err := sim.Simulate(lane)
	if err != nil {
		return nil, false
	}
	l.rerunLeft -= run.Len()
	o := &rerun{of: run.Verdicts().Of, gone: map[int]time.Duration{}}
	for _, events := range run.Marks(nil).Effects {
		var at []time.Duration
		for _, i := range events {
			at = append(at, run.Events()[i].At)
		}
		o.effects = append(o.effects, at)
	}
	for _, g := range run.Gone(func(int) {}) {
		o.gone[g.Debt] = run.Events()[g.Event].At
	}
	l.reruns[name] = o
	return o, true
}

// has reports whether a harm is there in a rerun, and whether it came about at other times.
func (l *LaneStory) has(o *rerun, h harmed) (stays, moved bool) {
	was := l.effects.Effects[h.debt][:h.nth]
	if h.nth == 0 {
		return o.of[h.debt] == l.verdict(h.debt), o.gone[h.debt] != l.Event(h.event).At
	}
	is := o.effects[h.debt]
	if len(is) < len(was) {
		return false, true
	}
	return true, slices.ContainsFunc(was, func(i int) bool { return !slices.Contains(is[:h.nth], l.Event(i).At) })
}

// verdict is that on a debt at the end.
func (l *LaneStory) verdict(debt int) sim.Verdict { return l.Run.Verdicts().Of[debt] }

// needs finds out which faults a harm needs. Those on the path, which led to it event by
// event, are named if it moves without them; others, if it is gone without them.
func (l *LaneStory) needs(h harmed, path map[int]bool) needs {
	on, off := l.struckBefore(h.event, path)
	all := append(slices.Clone(on), off...)
	var n needs
	if len(all) == 0 {
		return n
	}
	strict := false
	test := func(faults []int, named func(stays, moved bool) bool) {
		for _, f := range faults {
			o, ok := l.without([]int{f})
			if n.unknown = n.unknown || !ok; !ok {
				continue
			}
			stays, moved := l.has(o, h)
			strict = strict || !stays
			if named(stays, moved) {
				n.faults = append(n.faults, f)
			}
		}
	}
	test(on, func(stays, moved bool) bool { return !stays || moved })
	if !l.stays(off, h) { // else none of them matters
		test(off, func(stays, _ bool) bool { return !stays })
	}
	calm, ok := l.faultless()
	switch {
	case strict || n.unknown || !ok:
	case l.there(calm, h):
		n.none = true
		if h.nth == 0 {
			n.faults = nil // when it was lost is nobody's harm
		}
	default:
		n.alike = true
		if len(n.faults) == 0 {
			n.faults = l.fewest(all, h)
		}
	}
	slices.SortFunc(n.faults, func(a, b int) int { return l.firstStrike(a) - l.firstStrike(b) })
	return n
}

// stays reports whether a harm is there without some faults, as far as is known.
func (l *LaneStory) stays(faults []int, h harmed) bool {
	o, ok := l.without(slices.Sorted(slices.Values(faults)))
	return !ok || l.there(o, h)
}

// there reports whether a harm is there in a rerun.
func (l *LaneStory) there(o *rerun, h harmed) bool {
	stays, _ := l.has(o, h)
	return stays
}

// fewest are faults with which alone a harm is there, and of which it needs every one. Those
// that struck first are kept.
func (l *LaneStory) fewest(all []int, h harmed) []int {
	kept := slices.Clone(all)
	for i := len(kept) - 1; i >= 0; i-- {
		out := slices.DeleteFunc(slices.Clone(all), func(f int) bool { return f != kept[i] && slices.Contains(kept, f) })
		if l.stays(out, h) {
			kept = slices.Delete(kept, i, i+1)
		}
	}
	return kept
}

// struckBefore returns the faults that struck by an event: those on a path, and the others.
func (l *LaneStory) struckBefore(event int, path map[int]bool) (on, off []int) {
	for i := range event + 1 {
		f := int(l.Event(i).Fault)
		switch {
		case f < 0 || slices.Contains(on, f):
		case path[i]:
			on, off = append(on, f), slices.DeleteFunc(off, func(o int) bool { return o == f })
		case !slices.Contains(off, f):
			off = append(off, f)
		}
	}
	return on, off
}

// firstStrike returns the first event of a fault: it has struck.
func (l *LaneStory) firstStrike(fault int) int {
	return slices.IndexFunc(l.Run.Events(), func(e sim.Event) bool { return int(e.Fault) == fault })
}
