package story

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// parse reads faults as flags write them.
func parse(t testing.TB, texts ...string) []sim.Fault {
	t.Helper()
	var faults []sim.Fault
	for _, text := range texts {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, f)
	}
	return faults
}

// some draws a shipped scenario, at times in another business, on another queue or
// with chance in it.
func some(t *rapid.T) *scenarios.Scenario {
	s, _ := scenarios.Get(rapid.SampledFrom(scenarios.Names()).Draw(t, "scenario"))
	s.Business = rapid.SampledFrom(sim.Businesses()).Draw(t, "business")
	if rapid.Bool().Draw(t, "all consumers") {
		s.Consumers = consumers.Names()
	}
	if rapid.Bool().Draw(t, "chance") {
		s.Rates = sim.Rates{sim.LoseAckFault: .2, sim.CrashFault: .2, sim.PauseFault: .1, sim.LoseReplyFault: .2, sim.CopyFault: .2}
		s.Seed = rapid.Uint64Range(1, 50).Draw(t, "seed")
	}
	if rapid.Bool().Draw(t, "queue") {
		s.Queue = rapid.SampledFrom(broker.Presets()).Draw(t, "preset")
		s.Queue.Batch = rapid.IntRange(0, 3).Draw(t, "batch")
	}
	return s
}

func told(t *rapid.T, s *scenarios.Scenario) *Story {
	st, err := Tell(s)
	if err != nil {
		t.Fatalf("%s with %v: %v", s.Name, s.Faults, err)
	}
	return st
}

// happened is an event and the fault that made it happen, if one did: faults are
// numbered otherwise once there is one more.
type happened struct {
	sim.Event
	fault sim.Fault
}

// past returns what happened in a lane before an instant, and its first events in
// any case.
func past(l *LaneStory, before time.Duration, upto int) []happened {
	var events []happened
	for i, e := range l.Run.Events() {
		h := happened{Event: e}
		if e.Fault >= 0 {
			h.Event.Fault, h.fault = 0, *l.FaultOf(&e)
		}
		if e.At < before || i < upto {
			events = append(events, h)
		}
	}
	return events
}

// with returns a copy of a scenario with one more fault in its plan.
func with(s *scenarios.Scenario, f sim.Fault) *scenarios.Scenario {
	c := *s
	c.Faults = append(slices.Clone(s.Faults), f)
	return &c
}

// without returns a copy of a scenario in which a fault is neither planned nor drawn.
func without(s *scenarios.Scenario, f sim.Fault) *scenarios.Scenario {
	c := *s
	c.Faults = slices.DeleteFunc(slices.Clone(s.Faults), f.Same)
	c.Spared = append(slices.Clone(s.Spared), f.Written())
	return &c
}
