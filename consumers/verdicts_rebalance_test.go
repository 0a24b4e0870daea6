package consumers_test

import (
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Under these a partition moves while the first delivery is at its effect. A member joins
// that has none, or the owner leaves and ends what it has in hand: both give the message to
// the other worker at once.
var rebalances = []string{"rebalance,at=500ms,join=true", "rebalance,at=500ms"}

// To a consumer it is what a slow receiver is: a second worker is at the message before the
// first has handled it, and the first is told of it too late. Only a lease does better:
// it does not run out so soon, and turns the second away until the first is done.
func TestARebalanceIsToEachConsumerWhatASlowReceiverIs(t *testing.T) {
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			want := meet(t, c, b, laterTroubles[0]).Verdicts().Of[0]
			if strings.HasPrefix(c.Name, "lease") {
				want = sim.Once
			}
			for _, text := range rebalances {
				if got := rebalanced(t, c, b, text).Verdicts().Of[0]; got != want {
					t.Errorf("%s/%s under %s: %s, want %s", c.Name, b, text, got, want)
				}
			}
		}
	}
}

// rebalanced runs a consumer on kafka with one message and one fault.
func rebalanced(t *testing.T, c sim.Consumer, b sim.Business, fault string) *sim.Run {
	t.Helper()
	f, err := sim.ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	l := sim.Lane{Consumer: c, Business: b, Plan: []sim.Fault{f}, Messages: []sim.Owed{{ID: "m1", Message: broker.Message{
		ID: "m1", Key: "order-m1", Body: "Ann m1", Seq: 1, Group: "orders", Customer: "Ann", Amount: 1200,
	}}}}
	l.Queue, _ = broker.Preset("kafka")
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
