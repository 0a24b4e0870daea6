//go:build !windows

package play

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"dejavu/ui/learn"
	"dejavu/ui/words"
)

// row is the row of the frame that a text stands in.
func (p *player) row(text string) int {
	p.t.Helper()
	g, _ := p.m.Frame()
	for y, line := range strings.Split(g.Text(), "\n") {
		if strings.Contains(line, text) {
			return y
		}
	}
	p.t.Fatalf("%q is not to be seen:\n%s", text, g.Text())
	return 0
}

// does presses a button by what it says.
func (p *player) does(what string) {
	p.t.Helper()
	all := p.m.Buttons()
	i := slices.IndexFunc(all, func(b Button) bool { return strings.HasPrefix(cmp.Or(b.Full, b.Does), what) })
	if i < 0 {
		p.t.Fatalf("no button says %q: %v", what, all)
	}
	p.press(string(all[i].Key))
}

func TestALineOfAListIsTakenByATap(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {50, 40}, {120, 40}} {
		p := start(t, Start{NoGuess: true}, size[0], size[1])
		p.send(Tap{3, p.row("The ack that never")})
		if p.m.from == nil || p.m.from.Name != "lost-ack" {
			t.Fatalf("at %v the tap opens %v", size, p.m.from)
		}
		p.press("l")
		p.send(Tap{size[0] / 2, p.row("[x] ack-first")})
		p.row("[ ] ack-first")
		p.press("esc")
		p.press("f")
		first := p.m.panel.names[1]
		p.send(Tap{size[0] / 2, p.row(first[:20])})
		if p.m.panel != nil || len(p.m.edits.With) != 1 {
			t.Errorf("at %v the tap on %q adds %v", size, first, p.m.edits.With)
		}
		p.send(Tap{1, 0}) // nothing stands there
	}
}

// The flagship by buttons alone, and what is heard on the way: what the frame says.
func TestTheFlagshipIsPlayedByButtonsAndHeard(t *testing.T) {
	p := start(t, Start{}, 50, 40)
	p.does("open")
	for range 20 {
		if p.m.at.Step >= p.m.st.Steps() {
			break
		}
		if q := p.m.guess.open; q != nil {
			if heard := strings.Join(p.m.Aloud(), "\n"); !strings.Contains(heard, q.Text) || !strings.Contains(heard, q.Choices[2].Text) {
				t.Errorf("the question %q is heard as %q", q.Text, heard)
			}
			p.does("3: ")
			if heard := p.m.Aloud(); !strings.HasPrefix(heard[0], "You say 3") {
				t.Errorf("after the answer is heard %q", heard)
			}
		}
		p.does("next")
		if len(p.m.Aloud()) == 0 {
			t.Errorf("nothing is heard of step %d", p.m.at.Step)
		}
	}
	p.does("why")
	if heard := strings.Join(p.m.Aloud(), "\n"); !strings.Contains(heard, "charged") {
		t.Errorf("of why is heard %q", heard)
	}
	p.does("close")
	p.does("undo")
	p.does("bring back")
	p.does("next story")
	if p.m.from.Name == "lost-ack-then-crash" {
		t.Error("the button for the next story leads nowhere")
	}
}

// Every button does something: it changes what is seen or what is heard.
func TestNoButtonIsIdle(t *testing.T) {
	for _, before := range [][]string{nil, {"enter"}, {"enter", "enter", "enter", "enter"}, {"enter", "enter", "f"}, {"enter", "enter", "l"}, {"enter", "enter", "?"}} {
		for i := range start(t, Start{}, 80, 24).m.Buttons() {
			p := start(t, Start{}, 80, 24)
			p.press(before...)
			all := p.m.Buttons()
			if i >= len(all) {
				continue
			}
			seen := p.picture() + strings.Join(p.m.Aloud(), "\n")
			p.press(string(all[i].Key))
			atBeginning := all[i].Does == "up" || all[i].Does == "back" && len(before) < 2
			if seen == p.picture()+strings.Join(p.m.Aloud(), "\n") && !atBeginning {
				t.Errorf("after %v the button %q does nothing", before, all[i].Does)
			}
		}
	}
}

func TestALessonIsTakenByButtonsAndHeard(t *testing.T) {
	p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
	for range 60 {
		all := p.m.Buttons()
		if slices.ContainsFunc(all, func(b Button) bool { return strings.HasPrefix(b.Full, "1: ") }) {
			q := p.m.lesson.scene.Question
			if heard := strings.Join(p.m.Aloud(), "\n"); !strings.Contains(heard, words.Wrapped(q.Choices[0].Text, 30)[0]) {
				t.Errorf("the choices are heard as %q", heard)
			}
			p.does("1: ")
		}
		if p.m.lesson.scene.Phase == learn.Over && all[0].Does == "leave" {
			return
		}
		p.press("enter")
	}
	t.Errorf("the buttons do not lead to its end: %v", p.m.Buttons())
}

func TestOnlyTheTimeLineIsDragged(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "twins"), NoGuess: true}, 80, 24)
	var line []int
	for y := range 24 {
		if p.m.Drags(40, y) {
			line = append(line, y)
		}
	}
	if len(line) != 1 || !strings.Contains(strings.Split(p.picture(), "\n")[line[0]], "0:00") {
		t.Fatalf("rows %v can be dragged:\n%s", line, p.picture())
	}
	p.press("?")
	if p.m.Drags(40, line[0]) {
		t.Error("the time line has the mouse below a panel")
	}
}
