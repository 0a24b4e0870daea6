package simtest_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/simtest"
	"dejavu/ui/token"
)

var opens = regexp.MustCompile(`to see it, in a module whose main calls cli\.Main with inbox: go run \. play (\S+) --consumers naive,inbox\n`)

// Whatever queue and messages a test asks for, the line opens the run that failed.
func TestAFailureHasTheLineThatOpensItOnTheScreen(t *testing.T) {
	own := simtest.Deliver(simtest.Message{ID: "evt-7", Key: "order-7", Body: "seven"}, simtest.Message{ID: "evt-8"})
	for what, f := range map[string]func(simtest.TB){
		"Check":                checking(consumers.Inbox),
		"Check, another queue": checking(consumers.Inbox, own, simtest.Broker("sqs-standard"), simtest.Workers(1)),
		"Sweep":                sweeping(consumers.Inbox, 100),
		"Sweep, another queue": sweeping(consumers.Inbox, 100, own, simtest.Broker("jetstream"), simtest.Visibility(45*time.Second)),
	} {
		said := run(t, nil, f).said()
		found := opens.FindStringSubmatch(said)
		if found == nil {
			t.Errorf("%s: no line opens it:\n%s", what, said)
			continue
		}
		opened, err := token.Read(found[1])
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		r, err := sim.Simulate(opened.Scenario.Lane(consumers.Inbox))
		if err != nil {
			t.Fatal(err)
		}
		if v := r.Verdicts(); !v.Breaks(sim.NeverTwice) {
			t.Errorf("%s: nothing takes effect twice in what it opens", what)
		}
		if m := opened.Scenario.Messages[0]; strings.Contains(what, "another") && (m.Message.ID != "evt-7" || m.Body != "seven") {
			t.Errorf("%s: it opens %+v", what, m)
		}
	}
	again := map[string]string{"DEJAVU_PLAN": "crash:m1/after-effect"}
	if said := run(t, again, checking(consumers.Inbox)).said(); !opens.MatchString(said) {
		t.Errorf("a plan that is played has no line that opens it:\n%s", said)
	}
}

// A line that opens something else would mislead.
func TestWhatNoScenarioCanSayHasNoLineThatOpensIt(t *testing.T) {
	unnamed := consumers.Inbox
	unnamed.Name = ""
	for what, f := range map[string]func(simtest.TB){
		"other times": sweeping(consumers.Inbox, 100, simtest.Times(sim.Timing{Store: time.Second})),
		"no name":     checking(unnamed),
	} {
		if said := run(t, nil, f).said(); !strings.Contains(said, "to repeat it: ") || strings.Contains(said, "to see it") {
			t.Errorf("%s: it should fail, and have no line that opens it:\n%s", what, said)
		}
	}
}
