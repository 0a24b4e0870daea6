package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/story"
)

func TestTheSameStoryIsToldTwiceToTheByte(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, write := range []func(*story.Story, *bytes.Buffer) error{
			func(st *story.Story, b *bytes.Buffer) error { return st.WriteText(b, 120, nil) },
			func(st *story.Story, b *bytes.Buffer) error { return st.WritePlain(b) },
			func(st *story.Story, b *bytes.Buffer) error { return WriteJSON(st, b) },
			func(st *story.Story, b *bytes.Buffer) error { return WriteEvents(st, b) },
		} {
			var a, b bytes.Buffer
			if err := write(tell(t, s), &a); err != nil {
				t.Fatal(err)
			}
			if err := write(tell(t, s), &b); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s: told differently the second time", s.Name)
			}
		}
	}
}

func TestReportAndLedgerAgree(t *testing.T) {
	type stage struct {
		s *scenarios.Scenario
		b sim.Business
	}
	var all []stage
	for _, s := range scenarios.Shipped() {
		for _, b := range sim.Businesses() {
			all = append(all, stage{s, b})
		}
	}
	for _, of := range testkit.Sample(24, all) {
		c := scenariotest.Everyone(of.s)
		if c.Business = of.b; of.s.Name == "bank-503" || of.s.Name == "crash-after-effect" {
			c.Queue = of.s.Queue // some never take a message, and it brings that for ever
		}
		for i, lane := range Of(tell(t, c)).Lanes {
			checkReport(t, of.s.Name, of.b, lane)
			if lane.Consumer != c.Consumers[i] {
				t.Errorf("%s: lane %d is %s", of.s.Name, i, lane.Consumer)
			}
		}
	}
}

func checkReport(t *testing.T, name string, b sim.Business, l LaneReport) {
	t.Helper()
	if b.Info().LastWins { // to set it again is done once, and one that a newer outdates need not be done
		if n := int64(len(l.Outdated)); len(l.Pending) == 0 && l.Done != l.Owed-l.Missing-n || int64(l.Effects) < l.Done {
			t.Errorf("%s, %s, %s: done %d by %d effects is not owed %d - missing %d - outdated %d", name, b, l.Consumer, l.Done, l.Effects, l.Owed, l.Missing, n)
		}
	} else if len(l.Pending) == 0 && l.Done != l.Owed+l.Excess-l.Missing {
		t.Errorf("%s, %s, %s: done %d is not owed %d + excess %d - missing %d", name, b, l.Consumer, l.Done, l.Owed, l.Excess, l.Missing)
	}
	if l.OK != (len(l.Twice)+len(l.Never)+len(l.Parked)+len(l.Pending)+len(l.Unsettled) == 0) {
		t.Errorf("%s, %s, %s: ok is %v", name, b, l.Consumer, l.OK)
	}
	if (l.TakenCents == nil) != (b != sim.Card) || b == sim.Card && *l.TakenCents != l.Done {
		t.Errorf("%s, %s, %s: the cents do not go with the business", name, b, l.Consumer)
	}
	if b != sim.Card && !b.Info().LastWins && int64(l.Effects) != l.Done {
		t.Errorf("%s, %s, %s: %d effects, %d done", name, b, l.Consumer, l.Effects, l.Done)
	}
}

func TestEventLinesAreJSONWithCausesThatComeBefore(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	var b bytes.Buffer
	if err := WriteEvents(st, &b); err != nil {
		t.Fatal(err)
	}
	faults := []string{}
	for line := range strings.Lines(b.String()) {
		var e EventLine
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Cause >= e.N {
			t.Errorf("event %d of %s is caused by %d", e.N, e.Lane, e.Cause)
		}
		if e.Step != "" && e.Source == "" {
			t.Errorf("a step without a source line: %s", line)
		}
		if e.Fault != "" {
			faults = append(faults, e.Lane+" "+e.Fault)
		}
	}
	want := []string{"naive lose-ack:m2", "naive crash:m3/before-ack", "inbox lose-ack:m2", "inbox crash:m3/before-ack"}
	if !slices.Equal(faults, want) {
		t.Errorf("faults struck: %q, want %q", faults, want)
	}
}

// One relay has no number. Of two, each event says which it was.
func TestAnEventSaysWhichOfSeveralRelaysItIsOf(t *testing.T) {
	for name, want := range map[string]string{"two-relays": "[1 2]", "number-two-first": "[0]"} {
		seen := map[int]bool{}
		for e := range Events(tell(t, get(t, name))) {
			if e.Relay && e.Step != "" {
				seen[e.Worker] = true
			}
		}
		if got := fmt.Sprint(slices.Sorted(maps.Keys(seen))); got != want {
			t.Errorf("%s: events of the relays %s, want %s", name, got, want)
		}
	}
}
