package frame

import (
	"regexp"
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/story"
)

// meterRow is the row of the chart that has a lane's name, from where the meter begins.
func meterRow(t *testing.T, text, lane string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if name, meter, cut := strings.Cut(strings.TrimLeft(line, " "), " "); cut && strings.HasPrefix(lane, strings.TrimSuffix(name, "·")) {
			return strings.TrimLeft(meter, " ")
		}
	}
	t.Fatalf("no meter of %s in\n%s", lane, text)
	return ""
}

// A run that is longer than the axis is shown whole, as charges that pile up: so that the
// end is a picture of all of it.
func TestTheChartShowsTheWholeRun(t *testing.T) {
	st := tell(t, "bad-weather", sim.Card, "naive", "inbox-and-gateway-key")
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for _, part := range []int{4, 2, 1} {
			g := New().Draw(st.View(story.Moment{Step: st.Steps() / part}), size[0], size[1], Look{})
			naive := meterRow(t, g.Text(), "naive")
			level, rises := 0, 0
			for _, r := range naive {
				at := strings.Index("═▁▂▃▄▅▆▇█", string(r))
				if at < 0 {
					break
				}
				if at < level {
					t.Errorf("%v: it falls: %s", size, naive)
				}
				if at > level {
					rises++
				}
				level = at
			}
			if !strings.HasPrefix(naive, "═══") || part == 1 && rises < 2 {
				t.Errorf("%v: %d steps, want the whole run as a staircase:\n%s", size, rises, g.Text())
			}
			if good := meterRow(t, g.Text(), "inbox-and-gateway-key"); strings.ContainsAny(good, "▁▂▃▄▅▆▇█") {
				t.Errorf("%v: the good lane is harmed: %s", size, good)
			}
		}
	}
}

// What was taken too much is written at the height at which it stands.
func TestTheFigureStandsAtTheHeightThatItLabels(t *testing.T) {
	st := tell(t, "bad-weather", sim.Card, "naive", "check-then-act")
	g := New().Draw(st.View(story.Moment{Step: st.Steps()}), 120, 40, Look{})
	for _, figure := range []string{"\\$434 too much [▁▂▃▄▅▆▇█]", "[▁▂▃▄▅▆▇█] \\$205 "} {
		if !regexp.MustCompile(figure).MatchString(g.Text()) {
			t.Errorf("%q is not in\n%s", figure, g.Text())
		}
	}
}

// A small loss does not look as large as a large excess.
func TestWhatIsLostIsDrawnToTheScaleOfWhatIsTooMuch(t *testing.T) {
	st := tell(t, "bad-weather", sim.Card, "naive", "mark-first")
	text := New().Draw(st.View(story.Moment{Step: st.Steps()}), 80, 24, Look{}).Text()
	naive, lost := meterRow(t, text, "naive"), meterRow(t, text, "mark-first")
	if !strings.Contains(naive, "█") || strings.Contains(lost, "█") || !strings.Contains(lost, "▀") {
		t.Errorf("$434 too much and $9.50 never taken are\n%s%s", naive, lost)
	}
}
