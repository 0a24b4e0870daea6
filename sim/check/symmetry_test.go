package check_test

import (
	"fmt"
	"math"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// Which process does what is folded together, and which of several copies. It must show nowhere but in the number
// of states: not in a verdict, not in the length of a counterexample, and not in how
// many schedules the states stand for.
func TestFoldingChangesNothingButTheNumberOfStates(t *testing.T) {
	together := broker.Default()
	together.Batch, together.AckUnit = 2, broker.AckBatch
	each := broker.Default()
	each.Batch, each.MaxDeliveries = 2, 2
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	owners := broker.Default()
	owners.Assign, owners.Order = broker.OwnerWorker, broker.PartitionOrder
	for _, b := range []struct {
		check.Options
		queue   broker.Profile
		threads int
	}{
		{check.Options{Faults: 1}, broker.Default(), 1},
		{check.Options{Messages: 1, Faults: 2}, broker.Default(), 1},
		{check.Options{Messages: 1, Workers: 3, Faults: 2}, broker.Default(), 1},
		{check.Options{Messages: 1, Workers: 4, Faults: 1}, broker.Default(), 2},
		{check.Options{Faults: 1}, together, 1},
		{check.Options{Faults: 1}, each, 1},
		{check.Options{Faults: 1}, rabbit, 1},
		{check.Options{Messages: 1, Faults: 1}, owners, 1},
	} {
		var all, left int
		for _, of := range testkit.Sample(6, pairs()) {
			l := sim.Lane{Consumer: of.c, Business: of.b, Queue: b.queue, Threads: b.threads}
			o := b.Options
			folded := searchLane(t, l, o)
			o.Plain = true
			plain := searchLane(t, l, o)
			what := fmt.Sprintf("%s/%s with %+v", of.c.Name, of.b, b.Options)
			if math.Abs(folded.Schedules-plain.Schedules) > 1e-12*plain.Schedules { // beyond 2 to the 53 a sum depends on its order
				t.Errorf("%s: %.0f schedules, plain %.0f", what, folded.Schedules, plain.Schedules)
			}
			for p := sim.NeverTwice; p <= sim.NeverStuck; p++ {
				if got, want := size(folded.Of(p)), size(plain.Of(p)); got != want {
					t.Errorf("%s: %s: %s, plain %s", what, p, got, want)
				}
			}
			fixed := b.queue.Assign == broker.OwnerWorker // who owns a partition keeps its place, and there may be nothing to fold
			if folded.States > plain.States || folded.States == plain.States && !fixed {
				t.Errorf("%s: %d states, plain %d", what, folded.States, plain.States)
			}
			all, left = all+int(plain.States), left+int(folded.States)
		}
		if left >= all {
			t.Errorf("%+v: %d states, plain %d: nothing is folded", b.Options, left, all)
		}
	}
}

// size is a verdict with the faults and actions of its counterexample.
func size(v *check.Ruling) string {
	if v.Counterexample == nil {
		return fmt.Sprintf("holds %v", v.Holds)
	}
	return fmt.Sprintf("%d faults, %d actions", v.Counterexample.Faults, len(v.Counterexample.Actions))
}
