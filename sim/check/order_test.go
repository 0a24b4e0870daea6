package check_test

import (
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// A high-water mark turns disorder into loss, and only disorder: where the queue hands
// out one message of a group at a time, in order, everything holds for stock. A
// producer that publishes out of turn is beyond the queue.
func TestAHighWaterMarkIsExactWhereOrderIsKept(t *testing.T) {
	fifo, ok := broker.Preset("sqs-fifo")
	if !ok {
		t.Fatal("there is no sqs-fifo")
	}
	l := sim.Lane{Consumer: consumers.HighWaterMark, Business: sim.Stock, Queue: fifo}
	r := searchLane(t, l, check.Options{Faults: 2})
	for _, p := range properties {
		if !r.Of(p).Holds {
			t.Errorf("%s breaks: %s", p, shape(r.Of(p)))
		}
	}
	late := searchLane(t, l, check.Options{Faults: 1, Kinds: []check.Kind{check.Delay}})
	if e := late.NeverLost.Counterexample; e == nil || e.Faults != 1 || !late.NeverTwice.Holds {
		t.Errorf("a publish that is late: %s", shape(late.Of(sim.NeverLost)))
	}
}
