package frame

import (
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// Lane draws one lane of a moment alone, as wide as asked for and as high as its code and
// its ledger need: for a page, which puts lanes side by side or below each other by
// itself. It is good until the screen draws again.
func (s *Screen) Lane(v *story.View, lane, w int) *grid.Grid {
	s.begin(v, w, s.height(v), Look{Zoom: true, Focus: -1})
	s.lane(lane, rect{0, 0, s.g.W, s.g.H}, true)
	return s.g
}

// height is the same for all lanes of a story, at any moment.
func (s *Screen) height(v *story.View) int {
	const border, queue, remembers, head, totals = 2, 1, 2, 1, 4
	code, busy := 0, 1
	for _, l := range v.Story.Lanes {
		code, busy = max(code, len(l.Body())+1), max(busy, l.Busy())
	}
	return border + queue + 2*min(busy, 2) + min(code, 16) + remembers + head + min(len(v.Scenario.Messages), 6) + totals
}
