package frame

import (
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/story"
)

// The ledger of the screen says beside an older status that it is outdated, once it is.
func TestTheLedgerSaysWhatIsOutdated(t *testing.T) {
	st := tell(t, "updated-before-created", sim.Status, "high-water-mark", "naive")
	screen, said := New(), 0
	for n := range st.Steps() + 1 {
		v := st.View(story.Moment{Step: n})
		text := screen.Draw(v, 120, 40, Look{}).Text()
		if got := strings.Contains(text, "= outdated"); got != v.Lanes[0].Outdated[0] {
			t.Fatalf("step %d: said %v, is %v:\n%s", n, got, v.Lanes[0].Outdated[0], text)
		} else if got {
			said++
		}
	}
	if said == 0 {
		t.Error("nothing is outdated on the screen")
	}
}
