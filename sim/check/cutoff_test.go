package check_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// Where a broker closes the connection of a frozen client, the search finds by an
// overrun what a pause of five minutes does on the timeline, and the other way round.
func TestAnOverrunIsAPauseForMoreThanThreeHeartbeats(t *testing.T) {
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	deaf := rabbit
	deaf.HeartbeatInterval, deaf.ConsumerTimeout = 0, 0
	for _, q := range []broker.Profile{rabbit, deaf} {
		for _, c := range consumers.All() {
			for _, b := range sim.Businesses() {
				l := sim.Lane{Consumer: c, Business: b, Queue: q, Messages: check.MessagesFor(c, b, 1)}
				r := searchLane(t, l, check.Options{Messages: 1, Faults: 1, Kinds: []check.Kind{check.Overrun}})
				played := false
				for _, point := range []sim.Fault{{Before: sim.PointEffect}, {After: sim.PointEffect}, {Before: sim.PointAck}} {
					point.Kind, point.Message, point.For = sim.PauseFault, l.Messages[0].ID, 5*time.Minute
					l.Plan = []sim.Fault{point}
					run, err := sim.Simulate(l)
					if err != nil {
						t.Fatal(err)
					}
					played = played || run.World().Verdicts().Of[0] == sim.Twice
				}
				if played && r.NeverTwice.Holds || q.HeartbeatInterval == 0 && played {
					t.Errorf("%s/%s, heartbeats every %s: a pause takes effect twice: %v; the search: %s", c.Name, b, q.HeartbeatInterval, played, shape(&r.NeverTwice))
				}
				if e := r.NeverTwice.Counterexample; e != nil {
					if _, ok := e.Plan(); !ok {
						t.Errorf("%s/%s: no pause plays %q", c.Name, b, e.Lines())
					}
				}
			}
		}
	}
}
