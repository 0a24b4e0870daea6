//go:build !windows

package play

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/grid"
)

// What is said below the menu is read whole, and what is chosen is seen.
func TestTheMenuHasRoomForItsWords(t *testing.T) {
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}} {
		p := start(t, Options{Menu: scenarios.Headings(), Led: "lost-ack-then-crash", At: -1, Theme: &grid.Mono, Lessons: "dejavu learn"}, size[0], size[1])
		for i, e := range p.m.entries() {
			p.whole()
			p.reads("and whom it costs.", "step by step: dejavu learn")
			if name := e.Name[:min(len(e.Name), 20)]; p.m.entry != i || !strings.Contains(p.text(), name) {
				t.Fatalf("%v: entry %d, %s, is chosen and not to be seen:\n%s", size, i, name, p.text())
			}
			p.press("down")
		}
	}
}
