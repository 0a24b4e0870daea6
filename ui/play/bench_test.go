package play

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/grid"
)

// long is a scenario of many messages, with some trouble.
func long(messages int) *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "long", Title: "Long", Teaches: "Much of it.", Consumers: []string{"naive", "inbox"}, Workers: 2, Queue: broker.Default()}
	for i := range messages {
		id := fmt.Sprintf("m%d", i+1)
		s.Messages = append(s.Messages, sim.Owed{ID: id,
			Message: broker.Message{ID: id, Key: id, Customer: "Ann", Amount: 1500}, At: time.Duration(i) * time.Second,
		})
		if i%20 == 7 {
			s.Faults = append(s.Faults, sim.Fault{Kind: sim.LoseAckFault, Message: id})
		}
	}
	return s
}

// A fault is switched off and on again in a run of more than 10,000 events: it must
// be on the screen within a frame, which is 33 ms.
func BenchmarkEditIn10000Events(b *testing.B) {
	p := start(b, Start{Scenario: long(900), At: 300 * time.Second, NoGuess: true, Theme: &grid.Dark}, 120, 40)
	events := 0
	for _, l := range p.m.st.Lanes {
		events += l.Run.Len()
	}
	b.ReportMetric(float64(events), "events")
	b.ReportAllocs()
	for b.Loop() {
		p.press("u")
	}
}

func TestAScenarioOfTheLargestSizeIsPlayed(t *testing.T) {
	p := start(t, Start{Scenario: long(scenarios.MaxMessages), At: 5000 * time.Second, NoGuess: true}, 120, 40)
	p.sees("more", "step")
	p.press("u", "[", "]", "A", "right", "left", "w", "esc", "l", "esc", "z", "b", "end")
	p.sees("the end")
	p.press("home", "enter", "enter")
	for _, size := range [][2]int{{200, 60}, {80, 24}, {60, 18}, {20, 5}} {
		p.resize(size[0], size[1])
	}
}
