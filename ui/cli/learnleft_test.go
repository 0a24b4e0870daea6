package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
)

// answering gives the next n answers of a lesson.
func answering(c *play.Class, n int) {
	for all := c.Session.Answers(); n > 0; n-- {
		for len(c.Session.Answers()) == len(all) {
			c.Session.Do(learn.Input{Kind: learn.Go})
		}
		all = c.Session.Answers()
		c.Answered(all[len(all)-1])
	}
}

func TestALessonThatWasLeftIsGoneOnWith(t *testing.T) {
	left := 0
	s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		c := o.Course.First
		if got := len(c.Session.Answers()); got != left || c.Session.Scene().Resumed != (left > 0) {
			t.Errorf("it begins with %d answers, want %d", got, left)
		}
		if want := "You left after 1 of 3 questions. To start again: dejavu learn 1 --reset"; left == 1 && c.Left != want {
			t.Errorf("it says %q, want %q", c.Left, want)
		}
		answering(c, 1)
		if left++; left == 3 {
			toTheEnd(c)
			left = 0
		}
		return term.Exit{}, nil
	})
	take := func(f *learnFlags) {
		t.Helper()
		out.Reset()
		f.theme = "auto"
		if err := s.learn(&globals{color: "auto"}, f, []string{"1"}); err != nil {
			t.Fatal(err)
		}
	}
	take(&learnFlags{})
	if want := "Left here. What you answered is kept; go on with dejavu learn 1\n"; out.String() != want {
		t.Errorf("left with %q", out)
	}

	// In lines it goes on as well, but not through a pipe, for which it begins again.
	take(&learnFlags{plain: true})
	if got := out.String(); !strings.Contains(got, "You left after 1 of 3 questions.") || strings.Contains(got, "Stop 1 of 6") {
		t.Errorf("in lines it begins again:\n%s", got)
	}
	s.inTerminal = false
	take(&learnFlags{plain: true})
	if got := out.String(); strings.Contains(got, "You left") || !strings.Contains(got, "Stop 1 of 6") {
		t.Errorf("through a pipe it does not begin again:\n%s", got)
	}
	s.inTerminal = true
	for range 3 {
		take(&learnFlags{}) // to its end, and once more from its beginning
	}
	if left != 1 {
		t.Errorf("what is over is not begun again: %d answers are left", left)
	}
}

func TestWhereNothingIsKeptThatIsSaid(t *testing.T) {
	s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		answering(o.Course.First, 1)
		return term.Exit{}, nil
	})
	s.getenv = lookup("TERM=xterm")
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto"}, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	if want := "Left here, and nothing is kept. Begin again with dejavu learn 1\n"; out.String() != want {
		t.Errorf("left with %q, want %q", out, want)
	}
}

// A file of one's own may have the name of a chapter, and is another lesson.
func TestALessonOfOnesOwnIsNotTheChapterOfItsName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	l, _ := scenarios.GetLesson("ghost-charge")
	if err := os.WriteFile(file, []byte(l.Source()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _, state := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		toTheEnd(o.Course.First)
		return term.Exit{}, nil
	})
	if err := s.learn(&globals{color: "auto"}, &learnFlags{theme: "auto"}, []string{file}); err != nil {
		t.Fatal(err)
	}
	done, _, _ := learn.LoadProgress(filepath.Join(state, "dejavu", "progress.json"))
	if done.Lessons["keys"].Finished != 0 || done.Lessons["keys.yaml"].Finished != 1 {
		t.Errorf("kept %+v", done.Lessons)
	}
}
