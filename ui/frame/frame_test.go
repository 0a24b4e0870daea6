package frame

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name, got)
}

// toldAs tells a scenario as it is.
var toldAs = scenariotest.Teller(story.Tell)

// tell tells a shipped scenario, with other consumers if any are named.
func tell(t testing.TB, name string, b sim.Business, consumers ...string) *story.Story {
	t.Helper()
	s := scenariotest.Get(t, name)
	s.Business = b
	if len(consumers) > 0 {
		s.Consumers = consumers
	}
	return toldAs(t, s)
}

var someHints = []Hint{
	{Keys: "enter", Does: "next"}, {Keys: "u", Does: "undo the crash"}, {Keys: "w", Does: "why"}, {Keys: "space", Does: "play"},
	{Keys: "←→", Does: "step"}, {Keys: "f", Does: "faults"}, {Keys: "?", Does: "help", Always: true}, {Keys: "q", Does: "quit", Always: true},
}

// moments are what a frame must get right, in the order of the staging.
func moments(t testing.TB) []struct {
	name string
	st   *story.Story
	at   story.Moment
	o    Look
} {
	flagship := tell(t, "lost-ack-then-crash", sim.Card)
	loss := tell(t, "crash-before-effect", sim.Card, "naive", "mark-first")
	var harms, faults []int
	for _, p := range flagship.Stops() {
		switch p.Kind {
		case story.AtHarm:
			harms = append(harms, p.Step)
		case story.AtFault:
			faults = append(faults, p.Step)
		}
	}
	lost := 0
	for _, p := range loss.Stops() {
		if p.Kind == story.AtHarm {
			lost = p.Step
		}
	}
	q := &quiz.Questions(flagship)[0]
	all := Look{Hints: someHints}
	asking := all
	asking.Ask = q
	return []struct {
		name string
		st   *story.Story
		at   story.Moment
		o    Look
	}{
		{"calm", flagship, story.Moment{Step: flagship.Stops()[2].Step}, all},
		{"fault", flagship, story.Moment{Step: faults[0]}, all},
		{"wait", flagship, story.Moment{Step: faults[1], Toward: 0.5}, all},
		{"question", flagship, story.Moment{Step: q.Step}, asking},
		{"second-charge", flagship, story.Moment{Step: harms[len(harms)-1]}, all},
		{"loss", loss, story.Moment{Step: lost}, all},
		{"end", flagship, story.Moment{Step: flagship.Steps()}, all},
	}
}

var sizes = [][2]int{{200, 60}, {120, 40}, {80, 24}, {60, 18}, {52, 16}}

func TestEveryMomentLooksAsItsGoldenFrame(t *testing.T) {
	s := New()
	for _, m := range moments(t) {
		for _, size := range sizes {
			g := s.Draw(m.st.View(m.at), size[0], size[1], m.o)
			golden(t, fmt.Sprintf("%s-%dx%d.txt", m.name, size[0], size[1]), rightTrimmed(g.Text()))
		}
	}
}

// rightTrimmed leaves out the blanks at the ends of lines, which editors do as well.
func rightTrimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestEveryMomentLooksAsItsGoldenFrameInEveryDress(t *testing.T) {
	s := New()
	for _, m := range moments(t) {
		v := m.st.View(m.at)
		for _, size := range sizes {
			for _, dress := range []struct {
				name  string
				theme *grid.Theme
				depth grid.Depth
			}{{"dark", &grid.Dark, grid.TrueColor}, {"light", &grid.Light, grid.Basic}, {"mono", &grid.Mono, grid.NoColor}} {
				g := s.Draw(v, size[0], size[1], m.o)
				text := g.ANSI(dress.theme, dress.depth)
				if ansi.Strip(text) != g.Text() {
					t.Errorf("%s at %v in %s says something else than its text", m.name, size, dress.name)
				}
				if size == [2]int{80, 24} { // one size shows how each dress looks
					golden(t, fmt.Sprintf("%s-%s.ansi", m.name, dress.name), strings.ReplaceAll(text, "\x1b", "^")+"\n")
				}
			}
			o := m.o
			o.ASCII = true
			text := s.Draw(v, size[0], size[1], o).Text()
			golden(t, fmt.Sprintf("%s-%dx%d.ascii", m.name, size[0], size[1]), rightTrimmed(text))
			for _, r := range text {
				if r > 0x7e {
					t.Errorf("%s at %v as ASCII has %q", m.name, size, r)
				}
			}
		}
	}
}

func TestThePresentersFrameIsLargeAndShort(t *testing.T) {
	s := New()
	for _, m := range moments(t) {
		o := m.o
		o.Present = true
		text := rightTrimmed(s.Draw(m.st.View(m.at), 80, 24, o).Text())
		golden(t, m.name+"-present.txt", text)
		if strings.Contains(text, "seed") || strings.Contains(text, "help") {
			t.Errorf("%s shows a presenter's room what it does not need", m.name)
		}
	}
}

const allowed = "←→·–●○▸▹◂✓✗×=└─│╭╮╰╯┏┓┗┛┃━╌═┄┤┝┥█▀▄▁▂▃▄▅▆▇▌▐▮"

// check holds what is true of every frame.
func check(t testing.TB, what string, g *grid.Grid, size [2]int) {
	t.Helper()
	text := g.Text()
	w, h, lines := size[0], size[1], strings.Split(text, "\n")
	if len(lines) != h && h > 0 {
		t.Fatalf("%s: %d lines", what, len(lines))
	}
	for _, line := range lines {
		if n := ansi.StringWidth(line); n != w {
			t.Fatalf("%s: a line of %d cells: %q", what, n, line)
		}
	}
	for _, r := range text {
		if r != '\n' && (r < ' ' || r > '~') && !strings.ContainsRune(allowed, r) {
			t.Fatalf("%s: %q is not allowed\n%s", what, r, text)
		}
	}
	if n := g.Reversed(); n > maxPatches {
		t.Fatalf("%s: %d reversed patches: at most %d\n%s", what, n, maxPatches, text)
	}
}

// Every size is drawn at some step of some scenario, and every step of every
// scenario at some size, each with something that lies above it or not.
func TestEveryFrameIsExactAtEverySizeAndStep(t *testing.T) {
	type told struct {
		st, ghost *story.Story
	}
	var all []told
	for _, s := range scenarios.Shipped() {
		for _, b := range sim.Businesses() {
			st := tell(t, s.Name, b)
			ghost := tell(t, s.Name, b, append([]string{"naive"}, s.Consumers[1:]...)...)
			all = append(all, told{st, ghost})
		}
	}
	screens := make([]*Screen, len(all))
	n := 0
	draw := func(i, step, w, h int) {
		n++
		if screens[i] == nil {
			screens[i] = New()
		}
		x := all[i]
		o := Look{Hints: someHints, Focus: n % 7, Zoom: n%11 == 0, Present: n%5 == 0, Seed: "12345", ASCII: n%13 == 0}
		switch n % 6 {
		case 1:
			o.Ghost, o.Other = x.ghost, words.Say(words.Plain, "without it all is well")
		case 2:
			o.Panel = &Panel{Title: "Keys", Lines: x.st.Narrate(step).Lines, Chosen: n%3 - 1, Foot: "Esc", Low: n%2 == 0}
		case 3:
			if q := quiz.Questions(x.st); len(q) > 0 {
				o.Ask = &q[0]
			}
		}
		m := story.Moment{Step: step, Toward: float64(n%4) / 4}
		g := screens[i].Draw(x.st.View(m), w, h, o)
		check(t, fmt.Sprintf("%s %s step %d at %dx%d, drawing %d", x.st.Scenario.Name, x.st.Scenario.Business, step, w, h, n), g, [2]int{w, h})
	}
	stride := testkit.Few(17, 1)
	for i := 0; i < 240*70; i += stride {
		k := i % len(all)
		draw(k, i%(all[k].st.Steps()+1), i%240+1, i/240+1)
	}
	for k := range all {
		for step := 0; step <= all[k].st.Steps(); step += stride {
			size := sizes[(step+k)%len(sizes)]
			draw(k, step, size[0], size[1])
		}
	}
}

func TestTheSameMomentIsDrawnTheSameWhateverWasDrawnBefore(t *testing.T) {
	used := New()
	for _, m := range moments(t) {
		for _, size := range sizes {
			again := used.Draw(m.st.View(m.at), size[0], size[1], m.o).ANSI(&grid.Dark, grid.TrueColor)
			fresh := New().Draw(m.st.View(m.at), size[0], size[1], m.o).ANSI(&grid.Dark, grid.TrueColor)
			if again != fresh {
				t.Errorf("%s at %v depends on what was drawn before", m.name, size)
			}
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, size := range sizes[:3] {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			st := tell(b, "lost-ack-then-crash", sim.Card, "naive", "mark-first", "memory-set", "inbox")
			s := New()
			step := 0
			b.ReportAllocs()
			for b.Loop() {
				step = (step + 1) % (st.Steps() + 1)
				_ = s.Draw(st.View(story.Moment{Step: step}), size[0], size[1], Look{Hints: someHints}).ANSI(&grid.Dark, grid.TrueColor)
			}
		})
	}
}
