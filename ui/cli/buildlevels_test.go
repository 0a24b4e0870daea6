package cli

import (
	"bytes"
	"strings"
	"testing"

	"dejavu/ui/build/levels"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
)

// solves are typed commands that solve the first levels of build.
var solves = []string{
	"add 1 mark in table by business key\ncheck\nquit\n",
	"add 1 look in table by business key if redelivered\nadd record in table by business key\ncheck\nquit\n",
	"add 1 mark in table by business key\nadd delete on error\ncheck\nquit\n",
}

// building runs a command line on which something is typed, and returns what it writes.
func building(t *testing.T, state, input string, args ...string) string {
	t.Helper()
	s, out, err := desk(input)
	s.getenv = lookup("XDG_STATE_HOME=" + state)
	if code := execute(s, args); code != exitOK {
		t.Fatalf("%q: exit status %d: %s", args, code, err)
	}
	return out.String()
}

// What was built is kept, is in the list of levels, and is forgotten.
func TestWhatWasBuiltIsKept(t *testing.T) {
	state := t.TempDir()
	if got := building(t, state, solves[0], "build", "1"); !strings.HasSuffix(got, "Next: dejavu build a-definite-error\n") {
		t.Errorf("left with\n%s", got)
	}
	if got := building(t, state, "quit\n", "build", "fresh-intent"); !strings.HasSuffix(got, "Try again: dejavu build fresh-intent\n") {
		t.Errorf("left with\n%s", got)
	}
	building(t, state, "nobody can\n", "build", "neither")
	building(t, state, "option 1 by business key\ncheck\n", "build", "fresh-intent")
	got := building(t, state, "", "build")
	for _, want := range []string{
		" mail: 2 lines, 1 trip; par 2, 1\n", " 7  Neither none nor two                 mail: nobody can\n", " card: 1 line changed; par 1\n",
		"Try next: dejavu build a-definite-error\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the list of levels lacks %q:\n%s", want, got)
		}
	}
	building(t, state, "", "learn", "build", "--reset")
	if got := building(t, state, "", "build"); strings.Contains(got, "1 trip") || !strings.Contains(got, "nobody can") {
		t.Errorf("forgotten is not the chapter alone:\n%s", got)
	}
	building(t, state, "", "learn", "--reset")
	if got := building(t, state, "", "build"); strings.Contains(got, "nobody can") {
		t.Errorf("not forgotten:\n%s", got)
	}
}

// The last chapter leads through the first levels of build.
func TestAChapterLeadsThroughTheFirstLevelsOfBuild(t *testing.T) {
	state := t.TempDir()
	if got := building(t, state, solves[0]+"quit\n", "learn", "9"); !strings.HasSuffix(got, "Try again: dejavu build a-definite-error\n") {
		t.Errorf("left with\n%s", got)
	}
	if got := building(t, state, "", "learn"); !strings.Contains(got, "9  Build what holds              begun, 1 of 3 levels\n") {
		t.Errorf("the chapters are\n%s", got)
	}
	if got := building(t, state, solves[1]+solves[2], "learn", "build"); !strings.HasSuffix(got, "More levels: dejavu build no-reply\nNext, say it aloud: dejavu interview\n") {
		t.Errorf("left with\n%s", got)
	}
	if got := building(t, state, "", "learn"); !strings.Contains(got, "9  Build what holds              done\n") {
		t.Errorf("the chapters are\n%s", got)
	}
}

// On a terminal the levels are a screen, with the flags of one, and what holds there is kept.
func TestTheLevelsOfBuildAreAScreen(t *testing.T) {
	s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
		w := o.Workshop
		if w.First != nil || len(w.Levels()) != len(levels.All()) || !o.ASCII || o.Theme.Name != "light" {
			t.Errorf("the screen is %+v", o)
		}
		b, err := w.Open("a-bank")
		if err != nil {
			t.Fatal(err)
		}
		w.Ended(&b.Task, learn.Built{Lines: 1})
		return term.Exit{}, nil
	})
	if code := execute(s, []string{"build", "--theme", "light", "--ascii"}); code != exitOK || out.String() != "Next: dejavu build a-bank-without-keys\n" {
		t.Errorf("exit status %d, left with\n%s", code, out)
	}
	out.Reset()
	s.play = func(o play.Start, _ term.Terminal) (term.Exit, error) {
		if due := o.Workshop.Due(); o.Course == nil || o.Workshop.First == nil || due.Name != "an-ack-gets-lost" || o.Workshop.Next("two-at-once") != "" {
			t.Errorf("the chapter is %+v", o)
		}
		return term.Exit{}, nil
	}
	if code := execute(s, []string{"learn", "build"}); code != exitOK || out.String() != "Try again: dejavu build an-ack-gets-lost\n" {
		t.Errorf("exit status %d, left with\n%s", code, out)
	}
}

func TestTheLevelsOfBuildAreListed(t *testing.T) {
	s, out, _ := desk("")
	if code := execute(s, []string{"list", "levels", "--json"}); code != exitOK {
		t.Fatalf("exit status %d", code)
	}
	for _, name := range levels.Names() {
		if !bytes.Contains(out.Bytes(), []byte(`{"name":"`+name+`"`)) {
			t.Errorf("%s is not listed", name)
		}
	}
}
