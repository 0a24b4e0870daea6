package story

import (
	"testing"

	"dejavu/scenarios"
)

// What comes of something is told after it, though some lanes come to it some
// milliseconds later than others: the error before the loss, the late ack before the
// delivery that follows.
func TestNoStopIsToldBeforeWhatItFollows(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		stops := st.Stops()
		for i := range stops {
			for k := i + 1; k < len(stops); k++ {
				if o, p := &stops[i], &stops[k]; p.Kind > AtAck && o.follows(p) {
					t.Errorf("%s: %q at step %d is told before %q at step %d, which it follows",
						s.Name, st.Narrate(o.Step).Lines[0].Plain(), o.Step, st.Narrate(p.Step).Lines[0].Plain(), p.Step)
				}
			}
		}
	}
}
