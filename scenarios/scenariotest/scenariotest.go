// Package scenariotest is what the tests of several rooms share: shipped scenarios to
// change, faults as flags write them, scenarios drawn by rapid, and stories told of them.
//
// Only tests import this package.
package scenariotest

import (
	"cmp"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// Get returns a copy of a shipped scenario.
func Get(t testkit.T, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	c := *s
	return &c
}

// Everyone returns a copy of a scenario in which all consumers of the catalogue are told. Its
// queue parks a message after 20 deliveries, if it would bring it for ever: there are consumers
// that never take one, and 20 rounds of that show no less than 10,000.
func Everyone(s *scenarios.Scenario) *scenarios.Scenario {
	c := *s
	c.Consumers = consumers.Names()
	c.Queue.MaxDeliveries = cmp.Or(c.Queue.MaxDeliveries, 20)
	return &c
}

// Faults reads faults as flags write them.
func Faults(t testkit.T, texts ...string) []sim.Fault {
	t.Helper()
	var faults []sim.Fault
	for _, text := range texts {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatalf("%v", err)
		}
		faults = append(faults, f)
	}
	return faults
}

// Draw draws a shipped scenario, at times in another business, on another queue or with
// chance in it.
func Draw(t *rapid.T) *scenarios.Scenario {
	s := Get(t, rapid.SampledFrom(scenarios.Names()).Draw(t, "scenario"))
	s.Business = rapid.SampledFrom(sim.Businesses()).Draw(t, "business")
	all := rapid.Bool().Draw(t, "all consumers")
	if rapid.Bool().Draw(t, "chance") {
		s.Rates = sim.Rates{sim.LoseAckFault: .2, sim.CrashFault: .2, sim.PauseFault: .1, sim.LoseReplyFault: .2, sim.CopyFault: .2}
		s.Seed = rapid.Uint64Range(1, 50).Draw(t, "seed")
	}
	if rapid.Bool().Draw(t, "queue") {
		s.Queue = rapid.SampledFrom(broker.Presets()).Draw(t, "preset")
		s.Queue.Batch = rapid.IntRange(0, 3).Draw(t, "batch")
	}
	if all {
		return Everyone(s)
	}
	return s
}

// Teller tells a scenario, where tell does so, or fails the test. A room that tells
// stories hands in its own, for it cannot be imported here and test itself by this.
func Teller[Story any](tell func(*scenarios.Scenario) (Story, error)) func(testkit.T, *scenarios.Scenario) Story {
	return func(t testkit.T, s *scenarios.Scenario) Story {
		t.Helper()
		st, err := tell(s)
		if err != nil {
			t.Fatalf("%s with %v: %v", s.Name, s.Faults, err)
		}
		return st
	}
}

// Happened is an event and the fault that made it happen, if one did: faults are numbered
// otherwise once there is one more.
type Happened struct {
	sim.Event
	fault sim.Fault
}

// Past returns what happened in a run before an instant, and its first events in any case.
func Past(r *sim.Run, before time.Duration, upto int) []Happened {
	var events []Happened
	for i, e := range r.Events() {
		h := Happened{Event: e}
		if e.Fault >= 0 {
			h.Event.Fault, h.fault = 0, r.Faults[e.Fault]
		}
		if e.At < before || i < upto {
			events = append(events, h)
		}
	}
	return events
}
