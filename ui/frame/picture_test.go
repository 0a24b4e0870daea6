package frame

import (
	"testing"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// The README shows the real screen: this test draws it, and fails when it would
// look different.
func TestThePictureOfTheReadmeIsTheScreen(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	stops := st.Stops()
	last := stops[0]
	for _, p := range stops {
		if p.Kind == story.AtHarm {
			last = p
		}
	}
	g := New().Draw(st.View(story.Moment{Step: last.Step}), 120, 40, Look{Hints: someHints})
	golden(t, "second-charge.svg", g.SVG(&grid.Dark))
}
