package frame

import (
	"slices"

	"dejavu/ui/story"
)

// inView returns the lanes in view. The one in focus is one of them, and so is one
// that is harmed at this moment, or asked about: what is told must be seen.
func (s *Screen) inView(most int) []int {
	if s.o.Zoom {
		s.seen = append(s.seen, s.o.Focus)
		return s.seen
	}
	n := min(most, len(s.v.Lanes))
	first := min(max(s.o.Focus-n+1, 0), len(s.v.Lanes)-n)
	lanes := s.seen[:0]
	for k := first; k < first+n; k++ {
		lanes = append(lanes, k)
	}
	s.seen = lanes
	wanted := s.wanted(lanes)
	for k := range s.v.Lanes {
		if !s.v.Lanes[k].Harmed && k != wanted || slices.Contains(lanes, k) {
			continue
		}
		for i := n - 1; i >= 0; i-- { // in the place of the last that can go
			if l := lanes[i]; !s.v.Lanes[l].Harmed && l != wanted && (l != s.o.Focus || n == 1) {
				lanes[i] = k
				break
			}
		}
	}
	if k := s.wanted(lanes); k >= 0 && !slices.Contains(lanes, k) { // who has part in it gave way to who is harmed
		for i := n - 1; i >= 0; i-- {
			if lanes[i] != s.o.Focus || n == 1 {
				lanes[i] = k
				break
			}
		}
	}
	s.contrast(lanes)
	return lanes
}

// contrast puts a lane that is whole beside one that is harmed at this moment, where all in
// view are harmed and another is not: it is the difference that teaches. Where lanes part,
// one stands there that has gone each way.
func (s *Screen) contrast(lanes []int) {
	whole := func(l story.LaneView) bool { return !l.Harmed && l.Excess+l.Missing == 0 }
	if p := s.v.Stop; p != nil && p.Kind == story.AtParting && len(lanes) > 1 {
		done := s.v.Lanes[lanes[0]].Times[p.Owed]
		if slices.ContainsFunc(lanes, func(k int) bool { return s.v.Lanes[k].Times[p.Owed] != done }) {
			return
		}
		if k := slices.IndexFunc(s.v.Lanes, func(l story.LaneView) bool { return l.Times[p.Owed] != done }); k >= 0 {
			s.replace(lanes, k)
		}
		return
	}
	if len(lanes) < 2 || slices.ContainsFunc(lanes, func(k int) bool { return !s.v.Lanes[k].Harmed }) {
		return
	}
	k := slices.IndexFunc(s.v.Lanes, whole)
	if k < 0 {
		return
	}
	s.replace(lanes, k)
}

// replace puts a lane in view for the last that is not in focus.
func (s *Screen) replace(lanes []int, k int) {
	last := len(lanes) - 1
	if lanes[last] == s.o.Focus {
		last--
	}
	lanes[last] = k
	slices.Sort(lanes)
}

// wanted returns the lane that a question is about, or one that a teaching point is
// about where none in view has part in it; else -1.
func (s *Screen) wanted(seen []int) int {
	if s.o.Ask != nil && s.o.Ask.Lane >= 0 {
		return s.o.Ask.Lane
	}
	p := s.v.Stop
	if p == nil || s.o.Ask != nil {
		return -1
	}
	first := -1
	for k := range s.v.Lanes {
		if s.v.Reached(p, k) {
			if slices.Contains(seen, k) {
				return -1
			}
			if first < 0 {
				first = k
			}
		}
	}
	return first
}
