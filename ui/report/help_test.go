package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/story"
)

var (
	get  = scenariotest.Get
	tell = scenariotest.Teller(story.Tell)
)

// golden compares text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name, string(got))
}

func text(t *testing.T, st *story.Story, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := st.WriteText(&b, width, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// endless is a scenario in which every perform fails, with a budget.
func endless(t *testing.T, events int) *story.Story {
	t.Helper()
	s := get(t, "quiet-day")
	s.Rates, s.MaxEvents = sim.Rates{sim.FailFault: 1}, events
	return tell(t, s)
}

// everyStory tells shipped scenarios in every business, with their own consumers and with
// all.
func everyStory(t *testing.T, f func(what string, s *story.Story)) {
	t.Helper()
	for i, s := range testkit.Sample(8, scenarios.Shipped()) {
		for k, of := range []*scenarios.Scenario{s, scenariotest.Everyone(s)} {
			for _, b := range sim.Businesses() {
				if k == testkit.Few(i%2, k) {
					c := *of
					c.Business = b
					f(fmt.Sprintf("%s, %s, %d lanes", c.Name, b, len(c.Consumers)), tell(t, &c))
				}
			}
		}
	}
}

func TestNoEventOfALongRunIsLeftOut(t *testing.T) {
	st := endless(t, 4000)
	var b bytes.Buffer
	if err := WriteEvents(st, &b); err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, l := range st.Lanes {
		all += l.Run.Len()
	}
	if n := strings.Count(b.String(), "\n"); n != all {
		t.Errorf("%d lines of events, want all %d", n, all)
	}
}
