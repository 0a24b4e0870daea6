//go:build !windows

package play

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
)

// What is chosen is seen, and what it teaches is read whole, however narrow its line in
// the list; the list stays where it is.
func TestTheMenuHasRoomForItsWords(t *testing.T) {
	for _, size := range testkit.Sample(2, [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}}) {
		p := start(t, Start{Menu: scenarios.Headings(), Led: "lost-ack-then-crash", At: -1, Theme: &grid.Mono, Lessons: "dejavu learn"}, size[0], size[1])
		for i, e := range p.m.entries() {
			p.whole()
			if i == 0 {
				p.reads("and whom it costs.", "step by step: dejavu learn")
			} else {
				h := scenarios.Headings()[i-1]
				p.reads(h.Teaches + " It answers: " + h.Question)
			}
			if name := e.Name[:min(len(e.Name), 20)]; p.m.menu.chosen != i || !strings.Contains(p.text(), name) {
				t.Fatalf("%v: entry %d, %s, is chosen and not to be seen:\n%s", size, i, name, p.text())
			}
			p.press("down")
		}
	}
}
