package consumers_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// pending is what becomes of a message that is given back for as long as the run goes on:
// nothing was done, and nothing will be.
var pending = outcome{sim.Pending, sim.Pending, sim.Pending}

// A row that is committed as in progress is closed by its writer or by nobody. A worker that dies
// or fails in between leaves it open, whether the effect was done or not.
func TestAnOpenKeyIsNeverTwiceAndMayBeForEver(t *testing.T) {
	check(t, "open-key", map[string]outcome{
		lostAck:           once,
		beforeEffect:      pending, // reserved, and nobody is there
		afterEffect:       once,    // done, and nobody can say so
		beforeAck:         once,
		longPause:         once, // the second is nacked while the first sleeps
		failed:            pending,
		noReply:           once,
		copied:            once,
		again:             once,
		newID:             once,
		lostAckThenDeploy: once,
	})
}

// The answer of the first time is the answer for ever: that the gateway was down for a
// second is told to every retry.
func TestAnErrorThatIsKeptIsToldForEver(t *testing.T) {
	check(t, "error-kept", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once, // rolled back
		afterEffect:       mailTwice,
		beforeAck:         once,
		longPause:         once, // the second waits for the row lock
		failed:            pending,
		noReply:           once, // done, and told that it failed
		copied:            once,
		again:             once,
		newID:             once,
		lostAckThenDeploy: once,
	})
}

// Where the receiver lets the second request wait, a new key after a definite error is right
// if nothing was done under the old one: here the error comes first.
func TestConflictIsErrorIsGatewayKeyWhereNothingConflicts(t *testing.T) {
	check(t, "conflict-is-error", map[string]outcome{
		lostAck:           keyOnly,
		beforeEffect:      once,
		afterEffect:       keyOnly,
		beforeAck:         keyOnly,
		longPause:         keyOnly,
		failed:            once, // the new key is for a new try
		noReply:           keyOnly,
		copied:            keyOnly,
		again:             keyOnly,
		newID:             keyOnly,
		lostAckThenDeploy: keyOnly,
	})
}

// The bank is slow, and the queue does not wait for it. The second request under the key
// hears that the first is at work. gateway-key comes again with the same key, and hears in
// the end that it is done; conflict-is-error takes that for an error, and comes again with
// a new one.
func TestAConflictThatIsTakenForAnErrorChargesTwice(t *testing.T) {
	for _, fault := range []sim.Fault{
		{Kind: sim.SlowFault, Message: "m1", Delivery: 1, For: 70 * time.Second},
		{Kind: sim.CopyFault, Message: "m1"},
	} {
		for name, want := range map[string]map[sim.InFlight]sim.Verdict{
			"gateway-key":       {sim.Wait: sim.Once, sim.Conflict: sim.Once},
			"conflict-is-error": {sim.Wait: sim.Once, sim.Conflict: sim.Twice},
		} {
			c, _ := consumers.Get(name)
			for bank, verdict := range want {
				r, err := sim.Simulate(sim.Lane{
					Consumer: c, Queue: broker.Default(), Messages: two(func(_, _ *sim.Owed) {})[:1], Plan: []sim.Fault{fault}, Bank: sim.Bank{InFlight: bank},
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := r.World().Verdicts().Of[0]; got != verdict {
					t.Errorf("%s, %s, %s: %s, want %s", name, fault, bank, got, verdict)
				}
			}
		}
	}
}
