package check_test

import (
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// BenchmarkSearch searches the inbox with two messages, two workers and three
// faults: all the work of a proof card but for its text. Its target is 500,000
// states/s and 200 bytes a state.
func BenchmarkSearch(b *testing.B) {
	l := sim.Lane{Consumer: consumers.Inbox, Business: sim.Stock, Queue: broker.Default()}
	b.ReportAllocs()
	states, bytes := 0, int64(0)
	for b.Loop() {
		s, err := check.New(l, check.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for !s.Step(1000) {
		}
		states, bytes = s.States(), s.Bytes()
	}
	b.ReportMetric(float64(states)*float64(b.N)/b.Elapsed().Seconds(), "states/s")
	b.ReportMetric(float64(bytes)/float64(states), "B/state")
}

// BenchmarkSmallCase is a verdict on two messages, two workers and one fault of any
// kind, schedules and traces included. Its target is 20 ms.
func BenchmarkSmallCase(b *testing.B) {
	for b.Loop() {
		searchLane(b, sim.Lane{Consumer: consumers.Inbox, Business: sim.Card}, check.Options{Faults: 1})
	}
}
