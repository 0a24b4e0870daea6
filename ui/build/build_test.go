package build_test

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"testing"

	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/words"
)

// session plays typed commands at a task, and returns what is said.
func session(t *testing.T, task string, typed ...string) string {
	t.Helper()
	of, ok := levels.Find(task)
	if !ok {
		t.Fatalf("there is no task %s", task)
	}
	var out strings.Builder
	sh := build.Shell{
		In: bufio.NewReader(strings.NewReader(strings.Join(typed, "\n"))), Out: &out, Layout: words.Layout{Width: 80, Paint: words.NoPaint}, Prompt: "> \n",
		Write: func(name, text string) error {
			if name == "taken.go" {
				return errors.New("there is a file taken.go already")
			}
			fmt.Fprintf(&out, "== %s\n%s", name, text)
			return nil
		},
	}
	if err := sh.Work(build.New(of)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSessions(t *testing.T) {
	for name, s := range map[string]struct {
		task  string
		typed []string
	}{
		"solved":  {"an-ack-gets-lost", []string{"check", "play", "add 1 mark in table by business key", "check", "undo", "redo", "compare mark-first", "write mine.go", "nobody can", "quit"}},
		"nobody":  {"neither", []string{"add 1 mark in table by business key", "check", "nobody can"}},
		"repair":  {"fresh-intent", []string{"help", "play", "option 1 by business key", "check"}},
		"counter": {"a-counter", []string{"lines", "add 1 insert by business key", "list", "wrap 1 2", "check", "move 2 3", "delete 9", "undo", "undo", "undo", "undo", "redo", "add perform", "change 1 ask the receiver", "check"}},
		"wrong": {"a-bank", []string{
			"", "chekc", "xyzzy", "add", "add perfrom", "add 9 perform", "change x perform", "change 3 perform", "option 1 by", "option 1 for 1h", "delete", "move 1", "redo",
			"compare inbx", "compare", "write", "write naive.go", "write taken.go", "check",
		}},
	} {
		testkit.Golden(t, "testdata/"+name+".golden", session(t, s.task, s.typed...))
	}
}

// A light that is not decided says so, and goes on in slices.
func TestLightsComeInSlices(t *testing.T) {
	task, _ := levels.Find("a-counter")
	b := build.New(task)
	if l := b.Lights().Light(sim.Stock, sim.NeverTwice); l.Is != build.Under || l.String() != "..." {
		t.Errorf("before the search the light is %v", l)
	}
	slices := 0
	for !b.Lights().Step(16) {
		slices++
	}
	if l := b.Lights().Light(sim.Stock, sim.NeverTwice); slices < 3 || l.Is != build.Broken || l.Trace == nil || b.Solved() {
		t.Errorf("after %d slices the light is %v", slices, l)
	}
	if err := b.Add(0, recipe.Block{Do: recipe.Begin}); err != nil {
		t.Fatal(err)
	}
	if l := b.Lights().Light(sim.Stock, sim.NeverTwice); b.Refusal() == nil || l.Is != build.Off || b.Solved() {
		t.Errorf("a recipe that is refused has the light %v", l)
	}
	if !b.Undo() || b.Undo() || !b.Redo() || b.Redo() {
		t.Error("there is one edit to be undone, and to be made again")
	}
}
