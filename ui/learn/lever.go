package learn

import (
	"slices"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// A lever is how the key of a change is to be used on the screen of play.
type lever struct {
	presses int
	before  time.Duration // when it is to be pressed; 0 if it does not matter
}

// leverOf finds how often the key of a change is to be pressed, and when. The key u is
// about the last fault that has struck, and b goes from one business to the next.
func leverOf(l *scenarios.Lesson, st *story.Story) lever {
	c := l.Change
	switch {
	case c.Key == "u" && len(c.Without) > 0:
		for n := range st.Steps() + 1 {
			if f, ok := st.FaultAtStep(n); ok && f.String() == c.Without[0].String() {
				return lever{1, st.When(n)}
			}
		}
	case c.Key == "b" && c.Business != nil:
		all := sim.Businesses()
		from, to := slices.Index(all, l.Scenario.Business), slices.Index(all, *c.Business)
		return lever{presses: (to - from + len(all)) % len(all)}
	}
	return lever{presses: 1}
}
