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
