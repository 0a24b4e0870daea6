package frame

import (
	"fmt"
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/story"
)

// A lane alone has room for what its strategy has cost by now.
func TestALaneAloneShowsItsCosts(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		g := New().Draw(st.View(story.Moment{Step: st.Steps()}), size[0], size[1], Look{Hints: someHints, Zoom: true, Focus: 1})
		golden(t, fmt.Sprintf("zoom-%dx%d.txt", size[0], size[1]), rightTrimmed(g.Text()))
	}
	early := New().Draw(st.View(story.Moment{Step: st.Stops()[2].Step}), 120, 40, Look{Zoom: true, Focus: 1})
	if row := remembering(t, early.Text()); !strings.Contains(row, " 1 id, 52 B  3 round trips  +30 ms") {
		t.Errorf("after the first message: %q", row)
	}
}

// Keys come before costs: what of these there is no room for is left out, and
// nothing is written over anything. All of it takes 65 columns, a few keys 16, the
// word before them 10 and the box 4.
func TestCostsLeaveRoomForKeys(t *testing.T) {
	st := tell(t, "bad-weather", sim.Card, "inbox-and-gateway-key")
	for w := compactW; w <= 130; w++ {
		row := remembering(t, New().Draw(st.View(story.Moment{Step: st.Steps()}), w, 40, Look{}).Text())
		if !strings.Contains(row, "m39 m40 ") || !strings.Contains(row, " 40 ids, 2,111 B") {
			t.Errorf("at %d columns: %q", w, row)
		}
		if wide := strings.Contains(row, "160 round trips  +21.7 s  the bank keeps 40 keys"); wide != (w >= 95) {
			t.Errorf("at %d columns: %q", w, row)
		}
	}
}

// remembering is the row of a frame that says what a lane remembers.
func remembering(t *testing.T, frame string) string {
	t.Helper()
	for line := range strings.Lines(frame) {
		if strings.Contains(line, "remembers ") {
			return line
		}
	}
	t.Fatalf("no lane says what it remembers:\n%s", frame)
	return ""
}
