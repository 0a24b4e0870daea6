package report

import (
	"strings"
	"testing"

	"dejavu/scenarios"
)

func TestARunThatIsCutMeetsNoExpectation(t *testing.T) {
	st := endless(t, 2000)
	e := scenarios.Expectation{Consumer: "naive", Twice: []string{}}
	if got := e.Differences(st.Lanes[0].Outcome); len(got) != 1 || !strings.Contains(got[0], "budget of events") {
		t.Errorf("differences %q", got)
	}
	r := Of(st)
	if r.Lanes[0].Ending != "out-of-events" || r.Lanes[0].OK || len(r.Lanes[0].Never) > 0 || len(r.Lanes[0].Pending) != len(st.Scenario.Messages) {
		t.Errorf("reported as %+v", r.Lanes[0])
	}
	if end := st.Narrate(st.Steps()); !strings.Contains(end.Lines[0].Plain(), "was ended after 2,000 events") {
		t.Errorf("at its end the screen says %q", end.Lines[0].Plain())
	}
}
