//go:build !windows

package play

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/learn"
)

func TestALessonThatWasLeftGoesOnThereOnTheScreen(t *testing.T) {
	for _, l := range testkit.Sample(5, scenarios.Lessons()) {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			who := &pupil{}
			o := course(t, l.Name, false, who)
			c := o.Course.First
			c.Left = "You left here."
			if !c.Session.Resume([]learn.Given{{Said: 1}, {Said: 2, Sure: true}}) {
				t.Fatalf("%s cannot be gone on with", l.Name)
			}
			p := start(t, o, size[0], size[1])
			p.whole()
			p.reads("You left here.", c.Session.Scene().Text)
			for _, line := range c.Session.Scene().Verdict.Lines() {
				p.reads(line.Plain())
			}
			p.press("enter")
			p.seesNot("You left here.")
			p.take(truth)
			if want := c.Session.Questions() - 2; len(who.answers) != want || who.finished != 1 {
				t.Errorf("%s: %d answers, want %d", l.Name, len(who.answers), want)
			}
			if strings.Contains(p.text(), "You left here.") {
				t.Errorf("%s still says that it was left", l.Name)
			}
		}
	}
}
