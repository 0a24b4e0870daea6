package frame

import "slices"

// inView returns the lanes in view. The one in focus is one of them, and so is one
// that is harmed at this moment: what is told must be seen.
func (s *Screen) inView(most int) []int {
	if s.o.Zoom {
		return []int{s.o.Focus}
	}
	n := min(most, len(s.v.Lanes))
	first := min(max(s.o.Focus-n+1, 0), len(s.v.Lanes)-n)
	lanes := s.seen[:0]
	for k := first; k < first+n; k++ {
		lanes = append(lanes, k)
	}
	s.seen = lanes
	for k := range s.v.Lanes {
		if !s.v.Lanes[k].Harmed || slices.Contains(lanes, k) {
			continue
		}
		for i := n - 1; i >= 0; i-- { // in the place of the last that can go
			if l := lanes[i]; !s.v.Lanes[l].Harmed && (l != s.o.Focus || n == 1) {
				lanes[i] = k
				break
			}
		}
	}
	return lanes
}
