package check_test

import (
	"fmt"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// The search knows of a status what a plain enumeration knows: in whose turn each was set,
// with faults that bring the older one again and with a failover that takes the newer back.
func TestTheSearchAgreesWithAPlainEnumerationOfAStatus(t *testing.T) {
	noTimer := broker.Profile{Redeliver: broker.OnDisconnect, StaleAck: broker.Ignored} // or there are too many lists
	for _, c := range []struct {
		consumer         sim.Consumer
		messages, faults int
		workers          int
		kinds            []check.Kind
	}{
		{consumers.Naive, 2, -1, 2, nil},
		{consumers.Naive, 2, 1, 1, []check.Kind{check.Copy, check.LoseAck, check.Delay}},
		{consumers.Inbox, 2, 1, 1, []check.Kind{check.Crash, check.Delay}},
		{consumers.AckFirst, 2, 1, 1, []check.Kind{check.Crash}},
		{consumers.Naive, 2, 1, 1, []check.Kind{check.LoseWrites}},
		{consumers.Inbox, 2, 1, 1, []check.Kind{check.LoseWrites}},
		{consumers.Naive, 1, 2, 1, []check.Kind{check.LoseWrites, check.Copy}},
	} {
		o := check.Options{Messages: c.messages, Faults: c.faults, Workers: c.workers, Kinds: c.kinds}
		l := sim.Lane{Consumer: c.consumer, Business: sim.Status, Queue: noTimer, Messages: check.MessagesFor(c.consumer, sim.Status, c.messages), Processes: c.workers}
		agreesWithPlain(t, listed{fmt.Sprintf("%s, %d messages, %d faults of %v", c.consumer.Name, c.messages, c.faults, c.kinds), l, 40}, o)
	}
}

// Two messages of one debt set a status in the turn of the first.
func TestADebtOfTwoMessagesIsSetInTheTurnOfTheFirst(t *testing.T) {
	l := debtLane(consumers.Naive, sim.Status, true)
	for i := range l.Messages {
		l.Messages[i].Group, l.Messages[i].Seq = "one", i+1
	}
	r := searchedLane(t, l, check.Options{Faults: -1, Workers: 2})
	if !r.Of(sim.NeverTwice).Holds || !r.Of(sim.NeverLost).Holds {
		t.Errorf("two doors for one status: %s", r)
	}
	agreesWithPlain(t, listed{"two doors for one status", l, 40}, check.Options{Faults: 1, Workers: 1, Kinds: []check.Kind{check.Copy}})
}

// Nothing that goes by the message knows what is newer; whoever compares a version does.
func TestOnlyAVersionKeepsAStatusFromBeingStale(t *testing.T) {
	for _, c := range consumers.All() {
		r := search(t, c, sim.Status, check.Options{Faults: -1})
		v := r.Of(sim.NeverTwice)
		if v.Holds != (c.Name == "high-water-mark") {
			t.Errorf("%s: never stale holds: %v", c.Name, v.Holds)
		}
		if e := v.Counterexample; e != nil && e.Owed != 0 {
			t.Errorf("%s: the trace is about %s, want the older", c.Name, e.Lane.Messages[e.Owed].ID)
		}
	}
}
