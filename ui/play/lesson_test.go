//go:build !windows

package play

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/story"
)

// pupil counts what is told of a lesson.
type pupil struct {
	answers  []learn.Answer
	finished int
}

func class(t testing.TB, name string, fast bool, who *pupil) *Class {
	t.Helper()
	l, ok := scenarios.GetLesson(name)
	if !ok {
		t.Fatalf("no lesson %s", name)
	}
	s, err := learn.Begin(l, fast)
	if err != nil {
		t.Fatal(err)
	}
	return &Class{
		Lesson: l, Session: s, Ending: func() []string { return []string{"what it came to"} },
		Answered: func(a learn.Answer) { who.answers = append(who.answers, a) },
		Finished: func() { who.finished++ },
	}
}

// course is all shipped lessons, beginning with one of them or, if it is "", with the
// menu.
func course(t testing.TB, first string, fast bool, who *pupil) Start {
	t.Helper()
	c := &Course{
		Chapters: func() (all []Chapter) {
			for i, h := range scenarios.LessonHeadings() {
				all = append(all, Chapter{Name: h.Name, Title: h.Title, Teaches: h.Teaches, Done: i == 0, State: "as far as it went"})
			}
			return all
		},
		Open:    func(name string) (*Class, error) { return class(t, name, fast, who), nil },
		Command: func(args ...string) string { return "dejavu " + strings.Join(args, " ") },
	}
	if first != "" {
		c.First = class(t, first, fast, who)
	}
	return Start{Course: c, At: -1, Theme: &grid.Mono}
}

// truth is the number of the choice that the run makes true: the one without a
// misconception.
func truth(q *scenarios.Quiz) int {
	return slices.IndexFunc(q.Choices, func(c scenarios.Alternative) bool { return c.Belief == 0 }) + 1
}

// reversed begins a patch of a frame that has no colours.
var reversed = regexp.MustCompile("\x1b\\[([0-9]+;)*7(;[0-9]+)*m")

// trimmed leaves out blanks at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// whole holds what is true of every frame: it fills the terminal, and a terminal
// shows it as it was drawn.
func (p *player) whole() {
	p.t.Helper()
	screen := vt.NewEmulator(p.m.w, p.m.h)
	_, _ = screen.WriteString(strings.ReplaceAll(p.view(), "\n", "\r\n"))
	if seen := ansi.Strip(screen.String()); trimmed(seen) != trimmed(p.text()) {
		p.t.Errorf("the terminal shows\n%s\nand the frame is\n%s", seen, p.text())
	}
	rows := strings.Split(p.text(), "\n")
	if len(rows) != p.m.h {
		p.t.Errorf("%d rows, want %d", len(rows), p.m.h)
	}
	for _, row := range rows {
		if n := len([]rune(row)); n != p.m.w {
			p.t.Errorf("a row of %d cells, want %d: %q", n, p.m.w, row)
		}
	}
	if n := len(reversed.FindAllString(p.view(), -1)); n > 4 {
		p.t.Errorf("%d reversed patches:\n%s", n, p.text())
	}
}

// plainly is what is to be read on the screen: the frames of panels, and the signs
// in front of lines, are no part of it.
func (p *player) plainly() string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune("│▌▸─╭╮╰╯", r) {
			return ' '
		}
		return r
	}, p.text())), " ")
}

func (p *player) reads(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if want := strings.Join(strings.Fields(text), " "); want != "" && !strings.Contains(p.plainly(), want) {
			p.t.Errorf("does not show %q:\n%s", text, p.text())
		}
	}
}

// take goes through a lesson to its end and looks at every scene.
func (p *player) take(answer func(q *scenarios.Quiz) int) {
	p.t.Helper()
	for range 60 {
		c := &p.m.lesson.scene
		p.whole()
		switch {
		case c.Phase == learn.Over:
			return
		case c.Question != nil:
			p.reads(c.Prompt)
			for i, choice := range c.Question.Choices {
				p.reads(fmt.Sprintf("[%d] %s", i+1, choice.Text))
			}
			n := fmt.Sprint(answer(c.Question))
			p.press("h", n)
			p.reads(c.Question.Nudge, n+" again if you are sure")
			p.whole()
			p.press(n)
			for _, line := range p.m.lesson.scene.Verdict.Lines() {
				p.reads(line.Plain())
			}
			if !p.m.lesson.scene.Brief {
				p.reads(p.m.lesson.scene.Text)
			}
			p.whole()
		default:
			p.reads(c.Text)
		}
		p.press("enter")
	}
	p.t.Errorf("%s never ends", p.m.lesson.Lesson.Name)
}

func TestEveryLessonIsTakenOnTheScreen(t *testing.T) {
	type taken struct {
		scenarios.LessonHeading
		size  [2]int
		right bool
	}
	var all []taken
	for _, h := range scenarios.LessonHeadings() {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			all = append(all, taken{h, size, true}, taken{h, size, false})
		}
	}
	wrong := func(q *scenarios.Quiz) int { return truth(q)%len(q.Choices) + 1 }
	for _, of := range testkit.Sample(7, all) {
		t.Run(fmt.Sprintf("%s right=%v %d", of.Name, of.right, of.size[0]), func(t *testing.T) {
			who := &pupil{}
			p := start(t, course(t, of.Name, false, who), of.size[0], of.size[1])
			p.reads(of.Title)
			p.seesNot(of.Teaches)
			if of.right {
				p.take(truth)
			} else {
				p.take(wrong)
			}
			p.reads(of.Title+" is done", "what it came to")
			if want := p.m.lesson.Session.Questions(); len(who.answers) != want || who.finished != 1 {
				t.Errorf("told of %d answers and %d ends, want %d and 1", len(who.answers), who.finished, want)
			}
			for _, a := range who.answers {
				if a.Right != of.right || !a.Sure || a.Hints != 1 {
					t.Errorf("answered %+v", a)
				}
			}
		})
	}
}

func TestTheFastTrackEndsWithoutTheWords(t *testing.T) {
	who := &pupil{}
	p := start(t, course(t, "three-orders", true, who), 80, 24)
	p.take(truth)
	if len(who.answers) != 3 || who.finished != 1 {
		t.Errorf("%d answers and %d ends, want 3 and 1", len(who.answers), who.finished)
	}
}

// toGuess goes on to the first question.
func (p *player) toGuess() {
	p.t.Helper()
	for range 20 {
		if p.m.asked() {
			return
		}
		p.press("enter")
	}
	p.t.Fatal("nothing is asked")
}

func TestKeysRightAfterAStopOfALessonAreDropped(t *testing.T) {
	p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
	p.toGuess()
	p.m.rested = p.now
	p.now = p.now.Add(quiet - time.Second - time.Millisecond)
	p.press("1")
	if p.m.lesson.scene.Chosen != 0 {
		t.Error("a number was taken that was typed before the question was there")
	}
	p.press("1")
	if p.m.lesson.scene.Chosen != 1 {
		t.Error("it was dropped later as well")
	}
}

func TestAQuestionStaysWholeThroughEverySize(t *testing.T) {
	p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
	p.toGuess()
	p.press("h", "h", "h", "2")
	for _, size := range [][2]int{{1, 1}, {20, 5}, {60, 18}, {200, 60}, {80, 24}, {120, 40}} {
		p.resize(size[0], size[1])
		p.whole()
		if size[0] >= 60 {
			p.reads("What does it do?", "[1] nothing", "[2] it drops m2", "[3] it delivers m2 again", "2 again if you are sure")
		}
	}
}

func TestAWrongAnswerIsRefutedInTwoLanesOnTheSpot(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	s.Consumers = []string{"broker-window", "inbox"}
	told, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	o := course(t, "ghost-charge", false, &pupil{})
	o.Course.First.Refute = func(m scenarios.Misconception) (*Disproof, error) {
		return &Disproof{Story: told, Belief: "belief " + m.String(), So: "It came again."}, nil
	}
	p := start(t, o, 80, 24)
	p.toGuess()
	p.press("3", "3", "y")
	p.seesNot("Refuted", "see it refuted")
	p.press("enter")
	p.toGuess()
	p.press("3", "3")
	p.sees("see it refuted")
	step := p.m.at.Step
	p.now = p.now.Add(time.Second)
	p.send(named("y"))
	p.sees("Refuted: belief M2", "BROKER-WINDOW", "INBOX", "Esc back to the lesson")
	p.seesNot("╭─ Not so", "It came again.")
	if wall := p.rest(); wall < time.Second || wall >= 10*time.Second {
		t.Errorf("it plays for %v", wall)
	}
	p.sees("It came again.", "CHARGED TWICE", "enter back")
	p.press("esc")
	p.sees("You were sure, so remember this one", "NAIVE")
	if p.seesNot("Refuted"); p.m.at.Step != step {
		t.Errorf("back at step %d, not at %d", p.m.at.Step, step)
	}
	p.press("y")
	p.sees("It came again.")
	p.press("enter")
	p.sees("You were sure, so remember this one")
	p.press("y", "esc", "enter")
	p.seesNot("Refuted")
}

// Nothing moves between two stops for longer than anybody waits.
func TestNoStopOfALessonIsFarFromTheLast(t *testing.T) {
	for _, h := range scenarios.LessonHeadings() {
		p := start(t, course(t, h.Name, false, &pupil{}), 80, 24)
		for p.m.lesson.scene.Phase != learn.Over {
			if wall := p.press("enter"); wall > 9*time.Second {
				t.Errorf("%s waits %v before stop %d", h.Name, wall, p.m.lesson.scene.Stop)
			}
		}
	}
}

func TestTheKeyOfTheChangeOpensThePlaygroundOnIt(t *testing.T) {
	for _, h := range testkit.Sample(6, scenarios.LessonHeadings()) {
		p := start(t, course(t, h.Name, false, &pupil{}), 120, 40)
		for p.m.lesson.scene.Phase != learn.Changed {
			p.press("enter")
		}
		scene := p.m.lesson.scene
		p.press(scene.Key)
		if p.taughtNot(); p.m.st.Lanes[0].Outcome.Taken != scene.Story.Lanes[0].Outcome.Taken || p.m.st.Steps() != scene.Story.Steps() {
			t.Errorf("%s: the playground is not on what was changed", h.Name)
		}
		p.press("home", "enter", "q")
		if !p.m.taught() || p.m.left || p.m.st != scene.Story {
			t.Fatalf("%s: q does not lead back to the lesson", h.Name)
		}
		p.press("enter")
		p.reads("is done")
	}
}

func (p *player) taughtNot() {
	p.t.Helper()
	if p.m.taught() {
		p.t.Fatalf("the lesson still has the keys:\n%s", p.text())
	}
}

func TestTheChaptersAreAMenu(t *testing.T) {
	p := start(t, course(t, "", false, &pupil{}), 80, 24)
	p.sees("✓ 1 The ghost charge", "7 Order and leases", "as far as it went", "enter open")
	if p.m.menu.chosen != 1 {
		t.Errorf("entry %d is chosen, want the first that is not done", p.m.menu.chosen)
	}
	p.whole()
	p.press("down", "enter")
	p.reads("3. Three wrong orders", "MARK-FIRST")
	p.press("m")
	p.sees("7 Order and leases")
	p.press("q")
	if !p.m.left {
		t.Error("q does not leave")
	}
}

// Who closes a remedy with one Esc too many must not lose the lesson.
func TestEscNeverLeavesALesson(t *testing.T) {
	p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
	p.press("enter", "esc", "esc")
	if stop := p.m.lesson.scene.Stop; p.m.left || stop != 1 {
		t.Errorf("Esc leads to stop %d, and has left: %v", stop, p.m.left)
	}
}
