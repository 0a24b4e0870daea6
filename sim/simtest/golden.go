package simtest

import (
	"path/filepath"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
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
	testkit.Golden(t, "testdata/"+name+".golden", told(runs))
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
