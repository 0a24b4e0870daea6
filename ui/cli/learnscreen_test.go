package cli

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
)

// onPaper are streams that take themselves for a terminal, with a screen that does
// what a test wants.
func onPaper(t *testing.T, screen func(play.Start, term.Terminal) (term.Exit, error)) (s *streams, out *bytes.Buffer, state string) {
	t.Helper()
	out, state = &bytes.Buffer{}, t.TempDir()
	s = &streams{
		in: strings.NewReader(""), out: out, err: out, screen: io.Discard, width: 80, start: "dejavu", play: screen,
		inTerminal: true, outTerminal: true, errTerminal: true,
		getenv: lookup("XDG_STATE_HOME="+state, "TERM=xterm"),
	}
	return s, out, state
}

// toTheEnd goes through a lesson without a guess.
func toTheEnd(c *play.Class) {
	for c.Session.Scene().Phase != learn.Over {
		before := len(c.Session.Answers())
		c.Session.Do(learn.Input{Kind: learn.Go})
		if all := c.Session.Answers(); len(all) > before {
			c.Answered(all[before])
		}
	}
	c.Finished()
}

func TestTheScreenKeepsProgressAndSaysHowToGoOn(t *testing.T) {
	s, out, state := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		if done := o.Course.Chapters(); len(done) < 7 || done[0].Done || !done[2].Apart {
			t.Errorf("the menu is %+v", done)
		}
		toTheEnd(o.Course.First)
		if first := o.Course.Chapters()[0]; !first.Done || first.State != "done, 0 of 3 right" {
			t.Errorf("afterwards it says %+v", first)
		}
		_, err := o.Course.Open(o.Course.First.Next)
		return term.Exit{}, err
	})
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto"}, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	if want := "Left here. Begin again with dejavu learn where-from\n"; out.String() != want {
		t.Errorf("left with %q, want %q", out, want)
	}
	done, _, _ := learn.LoadProgress(filepath.Join(state, "dejavu", "progress.json"))
	if got := done.Lessons["ghost-charge"]; got.Finished != 1 || got.Asked != 3 {
		t.Errorf("kept %+v", done)
	}
}

func TestALessonOnTheScreenEndsWithTheOneThatFollows(t *testing.T) {
	s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		toTheEnd(o.Course.First)
		return term.Exit{Signal: 15}, nil
	})
	err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto", fast: true}, []string{"2"})
	if want := signalled(15); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if !strings.Contains(out.String(), "0 of ") || !strings.Contains(out.String(), "Next, Three wrong orders: dejavu learn three-orders\n") {
		t.Errorf("left with\n%s", out)
	}
}

// Where progress cannot be kept, that is said once, while the terminal is as it was.
func TestNothingIsWrittenAcrossTheScreen(t *testing.T) {
	s, out, state := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) { return term.Exit{}, nil })
	s.play = func(o play.Start, _ term.Terminal) (term.Exit, error) {
		before := out.Len()
		toTheEnd(o.Course.First)
		if out.Len() > before {
			t.Errorf("across the screen is written %q", out.String()[before:])
		}
		return term.Exit{}, nil
	}
	s.getenv = lookup("XDG_STATE_HOME="+state+"\x00", "TERM=xterm")
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto"}, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "not kept"); n != 1 {
		t.Errorf("that nothing is kept is said %d times:\n%s", n, out)
	}
}

func TestAScreenOfLessonsTakesTheFlagsOfAScreen(t *testing.T) {
	s, _, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		if o.Theme != &grid.Light || !o.ASCII || !o.ReducedMotion {
			t.Errorf("theme %s, ASCII %v, reduced motion %v", o.Theme.Name, o.ASCII, o.ReducedMotion)
		}
		return term.Exit{}, nil
	})
	c := newLearn(s, &globals{color: "never"})
	c.SetArgs([]string{"1", "--theme", "light", "--ascii", "--reduced-motion"})
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	c = newLearn(s, &globals{color: "auto"})
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs([]string{"--theme", "drak"})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), `did you mean "dark"?`) {
		t.Errorf("a theme that there is not: %v", err)
	}
}

// What was missed is asked again on the screen as well, lesson by lesson, and nothing else of
// them is begun again.
func TestWhatWasMissedIsAskedAgainOnTheScreen(t *testing.T) {
	var asked []int
	s, out, state := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		for c := o.Course.First; ; {
			before := len(c.Session.Answers())
			toTheEnd(c)
			asked = append(asked, len(c.Session.Answers())-before)
			if c.Next == "" {
				break
			}
			var err error
			if c, err = o.Course.Open(c.Next); err != nil {
				return term.Exit{}, err
			}
		}
		return term.Exit{}, nil
	})
	path := filepath.Join(state, "dejavu", "progress.json")
	missing, _, _ := learn.LoadProgress(path)
	missing.Lessons = map[string]learn.Done{"ghost-charge": {Finished: 1, Right: 1, Asked: 3, Of: 3}}
	for name, most := range map[string]int{"ghost-charge": 2, "keys": 1} {
		l, _ := scenarios.GetLesson(name)
		for i := range l.Stops {
			if l.Stops[i].Question != nil && most > 0 {
				missing.Review(name, &learn.Answer{Stop: i, Said: 1})
				most--
			}
		}
	}
	if err := missing.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto", missed: true}, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []int{2, 1}) || !strings.HasPrefix(out.String(), "3 questions left: ") {
		t.Errorf("asked %v, and left with\n%s", asked, out)
	}
	if done, _, _ := learn.LoadProgress(path); done.Lessons["ghost-charge"].Right != 1 || done.Lessons["keys"].Asked != 0 {
		t.Errorf("kept %+v", done.Lessons)
	}
}

func TestTheLastLessonLeadsToTheAttack(t *testing.T) {
	s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		toTheEnd(o.Course.First)
		return term.Exit{}, nil
	})
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto"}, []string{"7"}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "Next, You are the network: dejavu learn attack\n") {
		t.Errorf("left with\n%s", out)
	}
}

// What somebody believes who answers wrong is refuted on the screen, within ten seconds.
func TestEveryMisconceptionIsRefutedOnTheScreen(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		for _, m := range scenarios.Misconceptions() {
			f, err := play.Disprove(m, l)
			if err != nil || len(f.Story.Lanes) != 2 || f.Belief != m.Text() || f.So == "" {
				t.Errorf("%s, %s: %+v, %v", l.Name, m, f, err)
			}
		}
	}
}
