package consumers_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Who has done it remembers that it was done: the bank, or the database for stock. A
// mail server does not. The answer is out of date as soon as it is given.
func TestLookupFirstDoublesOnlyWhereTwoLookAtOnce(t *testing.T) {
	check(t, "lookup-first", map[string]outcome{
		lostAck:           mailTwice,
		beforeEffect:      once, // asked, and nothing was done yet
		afterEffect:       mailTwice,
		beforeAck:         mailTwice,
		longPause:         twice, // the second asks while the first sleeps on its answer
		failed:            once,
		noReply:           mailTwice, // it asks the one who knows
		copied:            twice,     // both ask, then both perform
		again:             mailTwice,
		newID:             mailTwice, // it asks for the order, not for the message
		lostAckThenDeploy: mailTwice,
	})
}

// A key that is new in every attempt is like no other: to the receiver all of them
// are requests of their own.
func TestGatewayKeyRandomIsNaive(t *testing.T) {
	check(t, "gateway-key-random", map[string]outcome{
		lostAck:           twice,
		beforeEffect:      once,
		afterEffect:       twice,
		beforeAck:         twice,
		longPause:         twice,
		failed:            once,
		noReply:           twice,
		copied:            twice,
		again:             twice,
		newID:             twice,
		lostAckThenDeploy: twice,
	})
}

// As inbox-and-gateway-key: the receiver's key covers the gap before the commit, the
// row covers the rest.
func TestStoredResultLeavesOneGapForMail(t *testing.T) {
	check(t, "stored-result", map[string]outcome{
		lostAck:           once, // the answer is stored
		beforeEffect:      once, // begun, and gone on with
		afterEffect:       mailTwice,
		beforeAck:         once,
		longPause:         once, // the second waits for the row lock
		failed:            once,
		noReply:           mailTwice,
		copied:            once,
		again:             once,
		newID:             once,
		lostAckThenDeploy: once,
	})
}

// The client pasted the key of its first order into the second. What asks for the same
// gets the answer of the first; what asks for something else is refused, every time,
// until the queue parks it. Nobody is charged for a coffee and given a tea.
func TestStoredResultRefusesAnotherRequestUnderAKeyThatIsTaken(t *testing.T) {
	queue := broker.Default()
	queue.MaxDeliveries = 3
	for body, want := range map[string]sim.Verdict{"one coffee": sim.Never, "one tea": sim.Parked} {
		owed := two(func(a, b *sim.Owed) { b.Key, b.Body = a.Key, body })
		v := fates(t, sim.Lane{Consumer: consumers.StoredResult, Queue: queue, Messages: owed})
		if v[0] != sim.Once || v[1] != want {
			t.Errorf("%s: %v, want once and %s", body, v, want)
		}
	}
}

// The first attempt of the order dies before it does anything; another order under
// its key comes before its retry. It is refused all the same: what was asked was
// recorded before anything else.
func TestStoredResultRefusesItEvenBeforeTheFirstHasFinished(t *testing.T) {
	queue := broker.Default()
	queue.MaxDeliveries = 2
	owed := two(func(a, b *sim.Owed) { b.Key, b.At = a.Key, 5*time.Second })
	if v := fates(t, sim.Lane{Consumer: consumers.StoredResult, Queue: queue, Messages: owed}, beforeEffect); v[0] != sim.Once || v[1] != sim.Parked {
		t.Errorf("%v, want once and parked", v)
	}
}

// A webhook and a redirect tell of one order, each in its own words. A hash of the body
// takes them for two orders; a bank that compares bodies under one key refuses the second, every
// time, though it is the same order; the business key is the same in both.
func TestASecondDoorSaysTheSameInOtherWords(t *testing.T) {
	queue := broker.Default()
	queue.MaxDeliveries = 3
	for name, want := range map[string]string{
		"inbox-hash": "twice", "stored-result": "once, and its second parked", "inbox-key": "once", "gateway-key": "once", "inbox": "twice",
	} {
		c, _ := consumers.Get(name)
		f, err := sim.ParseFault("republish:m1,later=20s,new-id=true,body=pay 40, at 10:00:21")
		if err != nil {
			t.Fatal(err)
		}
		r, err := sim.Simulate(sim.Lane{Consumer: c, Queue: queue, Messages: two(func(_, _ *sim.Owed) {})[:1], Plan: []sim.Fault{f}})
		if err != nil {
			t.Fatal(err)
		}
		w := r.World()
		got := w.Verdicts().Of[0].String()
		if w.Queue().State(1) == broker.Dead {
			got += ", and its second parked"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if body := w.Message(1).Body; body != "pay 40, at 10:00:21" {
			t.Errorf("the second says %q", body)
		}
	}
}

// Stripe compares what a request says with what the key was first used for, and so has the
// bank refuse the second door. A bank that looks at the key alone takes it for the same order.
func TestABankThatComparesBodiesRefusesTheSecondDoor(t *testing.T) {
	queue := broker.Default()
	queue.MaxDeliveries = 3
	f := sim.Fault{Kind: sim.RepublishFault, Message: "m1", Later: 20 * time.Second, NewID: true, Body: "in other words"}
	for other, want := range map[sim.OtherBody]broker.State{sim.IgnoreBody: broker.Acked, sim.RefuseBody: broker.Dead} {
		r, err := sim.Simulate(sim.Lane{
			Consumer: consumers.GatewayKey, Queue: queue, Messages: two(func(_, _ *sim.Owed) {})[:1], Plan: []sim.Fault{f}, Bank: sim.Bank{OtherBody: other},
		})
		if err != nil {
			t.Fatal(err)
		}
		if w := r.World(); w.Queue().State(1) != want || w.Verdicts().Of[0] != sim.Once {
			t.Errorf("%s: the second is %v, and m1 took effect %v", other, w.Queue().State(1), w.Verdicts().Of[0])
		}
	}
}
