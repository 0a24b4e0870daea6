//go:build !windows

package play

import (
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/learn"
)

// twoChoices is a lesson whose question has two.
const twoChoices = `title: Two
teaches: Two.
scenario: lost-ack
stops:
  - at: delivery m2/2
    say: So.
    ask: Which?
    nudge: Think.
    where: Look.
    choices:
      - {say: this, if: naive delivered m2 2, why: so it is}
      - {say: that, if: naive delivered m2 1, why: no, belief: M2}
`

func TestTheFooterOffersTheNumbersThatThereAre(t *testing.T) {
	l, err := scenarios.ParseLesson("two.yaml", []byte(twoChoices))
	if err != nil {
		t.Fatal(err)
	}
	o := course(t, "ghost-charge", false, &pupil{})
	if o.Course.First.Session, err = learn.Begin(l, false); err != nil {
		t.Fatal(err)
	}
	o.Course.First.Lesson = l
	p := start(t, o, 80, 24)
	p.toGuess()
	p.sees("1 2 guess")
	p.seesNot("1 2 3 guess")
	p.press("3")
	if p.m.lesson.scene.Chosen != 0 {
		t.Error("a choice was taken that there is not")
	}
}

// Whether a consumer is idempotent is what is asked: its lane must not tell, and the
// word has no meaning yet.
func TestALaneKeepsItsSecretUntilTheWords(t *testing.T) {
	for _, h := range testkit.Sample(6, scenarios.LessonHeadings()) {
		p := start(t, course(t, h.Name, false, &pupil{}), 200, 60)
		for p.m.lesson.scene.Phase < learn.Words {
			for _, l := range p.m.st.Lanes {
				if strings.Contains(p.plainly(), l.Consumer.Clause) {
					t.Fatalf("%s tells that %s is %s:\n%s", h.Name, l.Consumer.Name, l.Consumer.Clause, p.text())
				}
			}
			p.press("enter")
		}
		p.press("v")
		p.reads(strings.Fields(p.m.st.Lanes[0].Consumer.Clause)[0])
	}
}

// What is spoken of is to be seen, where there is room for it.
func TestTheLanesThatAreSpokenOfAreInView(t *testing.T) {
	for _, h := range scenarios.LessonHeadings() {
		p := start(t, course(t, h.Name, false, &pupil{}), 80, 24)
		for p.m.lesson.scene.Phase != learn.Over {
			named := p.m.named(&p.m.lesson.scene)
			if len(named) == 2 && named[1]-named[0] > 1 || len(named) > 2 {
				named = nil
			}
			text := strings.NewReplacer("┏", "╭", "█", "╭", "▸", " ").Replace(p.text())
			for _, k := range named {
				if name := strings.ToUpper(p.m.st.Lanes[k].Consumer.Name); !strings.Contains(text, "╭ "+name) {
					t.Errorf("%s speaks of %s, which is not in view:\n%s", h.Name, name, p.text())
				}
			}
			p.press("enter")
		}
	}
}

func TestTheTitleOfAChapterIsWhole(t *testing.T) {
	for _, h := range scenarios.LessonHeadings() {
		p := start(t, course(t, h.Name, false, &pupil{}), 80, 24)
		for p.m.lesson.scene.Phase != learn.Over {
			if head, _, _ := strings.Cut(p.text(), "\n"); !strings.Contains(head, ". "+h.Title+" ") {
				t.Errorf("the title is cut: %q", head)
			}
			p.press("enter")
		}
	}
}

// What was missed stays a list where the program has a long name.
func TestALongLineOfTheEndIsTwo(t *testing.T) {
	p := page("", 40)
	p.exact("  dejavu learn M8   memory is no store")
	p.exact("  /home/me/dejavu learn M8   memory is no store")
	p.exact(strings.Repeat("word ", 10))
	var lines []string
	for _, l := range p.lines {
		lines = append(lines, l.Plain())
	}
	want := []string{"  dejavu learn M8   memory is no store", "  /home/me/dejavu learn M8", "    memory is no store", "word word word word word word word word", "word word"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q", lines)
	}
}

// Who passes over what is told still has to know what a question is about.
func TestOnTheFastTrackAQuestionBringsWhatWasPassedOver(t *testing.T) {
	p := start(t, course(t, "store-must-survive", true, &pupil{}), 80, 24)
	p.toGuess()
	p.press("2", "2", "enter")
	p.toGuess()
	p.reads("a new version is deployed", "Bob's order comes again")
	p.press("1", "1")
	p.seesNot("a new version is deployed")
}

// What a verdict ends with does not stand above it as well, where there is room for both.
func TestAVerdictIsReadOnce(t *testing.T) {
	p := start(t, course(t, "three-orders", false, &pupil{}), 200, 60)
	p.toGuess()
	p.press("3", "3", "enter")
	p.toGuess()
	p.press("3", "enter")
	if n := strings.Count(p.text(), "CHECK-THEN-ACT records last"); n != 1 {
		t.Errorf("it is read %d times in\n%s", n, p.text())
	}
}

// A key that a panel takes away is not offered below it.
func TestBelowAPanelThereIsOnlyTheWayBack(t *testing.T) {
	p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
	p.press("enter")
	p.sees("enter on")
	p.press("w")
	p.sees("Esc back")
	p.seesNot("enter on", "q leave")
}

// What was said of the run before the change names lanes that may be gone.
func TestAfterTheChangeNothingIsSaidOfTheRunBefore(t *testing.T) {
	p := start(t, course(t, "order-and-leases", false, &pupil{}), 80, 24)
	for p.m.lesson.scene.Phase != learn.Over {
		p.press("enter")
	}
	p.press("v")
	p.seesNot("HIGH-WATER-MARK")
}
