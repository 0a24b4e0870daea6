package whatif

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
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

func told(t *rapid.T, s *scenarios.Scenario) *story.Story {
	st, err := story.Tell(s)
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
func past(l *story.LaneStory, before time.Duration, upto int) []happened {
	var events []happened
	for i, e := range l.Run.Events() {
		h := happened{Event: e}
		if e.Fault >= 0 {
			h.Event.Fault, h.fault = 0, l.Run.Faults[e.Fault]
		}
		if e.At < before || i < upto {
			events = append(events, h)
		}
	}
	return events
}

func tell(t *testing.T, s *scenarios.Scenario) *story.Story {
	t.Helper()
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func get(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	c := *s
	return &c
}
