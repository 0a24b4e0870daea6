package simtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// Golden plays a scenario for some consumers, for those that it names if none are
// given, and compares what is told of it with testdata/NAME.golden beside the test.
// NAME is the name of the scenario, followed by those of the consumers that are given.
// DEJAVU_UPDATE=1 rewrites the file; then read what changed, as a diff.
func Golden(t TB, s *scenarios.Scenario, of ...sim.Consumer) {
	t.Helper()
	name := s.Name
	for _, c := range of {
		name += "-" + c.Name
	}
	if len(of) == 0 {
		for _, called := range s.Consumers {
			c, ok := consumers.Get(called)
			if !ok {
				t.Fatalf("simtest.Golden: no consumer is called %q: hand it to Golden, or name one of %s", called, strings.Join(consumers.Names(), ", "))
				return
			}
			of = append(of, c)
		}
	}
	var runs []*sim.Run
	for _, c := range of {
		run, err := sim.Simulate(s.Lane(c))
		if err != nil {
			t.Fatalf("simtest.Golden: %v", err)
			return
		}
		runs = append(runs, run)
	}
	GoldenRuns(t, name, runs...)
}

// GoldenRuns compares what is told of runs, a line an event in plain words, with
// testdata/NAME.golden beside the test. DEJAVU_UPDATE=1 rewrites the file.
func GoldenRuns(t TB, name string, runs ...*sim.Run) {
	t.Helper()
	if name == "" || !filepath.IsLocal(name) || len(runs) == 0 {
		t.Fatalf("simtest: nothing to compare under the name %q: give a name for a file in testdata, and at least one run", name)
		return
	}
	rewrite, err := updating()
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	file := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	got := told(runs)
	before, err := os.ReadFile(file)
	want := strings.ReplaceAll(string(before), "\r\n", "\n")
	switch {
	case err == nil && want == got:
	case rewrite:
		if err := write(file, got); err != nil {
			t.Fatalf("%v", err)
			return
		}
		t.Logf("%s is written: read what changed, as a diff", file)
	case err != nil:
		t.Fatalf("%v\nto write it: %s\nthen read it, line by line", err, again(t, "DEJAVU_UPDATE", "1"))
	default:
		t.Errorf("%s differs from what happened:\n%sif that is as it should be: %s\nthen read what changed, as a diff", file, differences(want, got), again(t, "DEJAVU_UPDATE", "1"))
	}
}

// updating reports whether DEJAVU_UPDATE asks for new files.
func updating() (bool, error) {
	text := os.Getenv("DEJAVU_UPDATE")
	if text == "" {
		return false, nil
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("DEJAVU_UPDATE=%s: want DEJAVU_UPDATE=1 to rewrite golden files, or nothing", quote(text))
	}
	return yes, nil
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// told tells runs one after another, each under a heading that says what it is of.
func told(runs []*sim.Run) string {
	parts := make([]string, len(runs))
	for i, r := range runs {
		head := "# " + r.Lane.Consumer.Name + ", " + r.Lane.Business.String()
		if struck := blows(r, everything); len(struck) > 0 {
			head += ": " + strings.Join(struck, " ")
		}
		parts[i] = head + "\n" + strings.Join(conversation(r, everything), "\n") + "\n"
	}
	return strings.Join(parts, "\n")
}

// shown is how many lines of a difference are shown.
const shown = 5

// differences shows two texts from the first line on that is not the same.
func differences(want, got string) string {
	old, now := strings.Split(want, "\n"), strings.Split(got, "\n")
	same := 0
	for same < len(old) && same < len(now) && old[same] == now[same] {
		same++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  line %d:\n", same+1)
	for _, side := range []struct {
		sign  string
		lines []string
	}{{"-", old[same:]}, {"+", now[same:]}} {
		for _, line := range side.lines[:min(shown, len(side.lines))] {
			b.WriteString("  " + side.sign + " " + line + "\n")
		}
	}
	return b.String()
}
