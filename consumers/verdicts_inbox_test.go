package consumers_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// What is published again under a new message ID still says the same.
func TestInboxHashStandsANewMessageID(t *testing.T) {
	check(t, "inbox-hash", inbox(once))
}

// The mark is moved in the transaction of the effect, so it is an inbox for all that a
// single message can meet. What is published again under a new ID has a new number.
func TestHighWaterMarkIsAnInboxForASingleMessage(t *testing.T) {
	check(t, "high-water-mark", inbox(twice))
}

// two are two things owed, a minute apart unless one overtakes the other.
func two(change func(first, second *sim.Owed)) []sim.Owed {
	owed := []sim.Owed{
		{ID: "m1", Message: broker.Message{ID: "m1", Key: "order-1", Body: "one coffee", Seq: 1, Group: "orders", Amount: 400}},
		{ID: "m2", At: time.Minute, Message: broker.Message{ID: "m2", Key: "order-2", Body: "one tea", Seq: 2, Group: "orders", Amount: 400}},
	}
	change(&owed[0], &owed[1])
	return owed
}

// fates returns the verdicts of a consumer on what is owed, under a list of faults.
func fates(t *testing.T, l sim.Lane, faults ...string) []sim.Verdict {
	t.Helper()
	for _, text := range faults {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		l.Plan = append(l.Plan, f)
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r.World().Verdicts().Of
}

// Two customers buy the same, word by word: the second is taken for a duplicate.
func TestInboxHashNeverChargesTheSecondCoffee(t *testing.T) {
	owed := two(func(a, b *sim.Owed) { b.Body = a.Body })
	if v := fates(t, sim.Lane{Consumer: consumers.InboxHash, Queue: broker.Default(), Messages: owed}); v[0] != sim.Once || v[1] != sim.Never {
		t.Errorf("%v, want once and never", v)
	}
}

// Number 2 is published first. When number 1 comes, the mark is past it.
func TestHighWaterMarkLosesWhatIsOvertaken(t *testing.T) {
	owed := two(func(a, b *sim.Owed) { a.At, b.At = b.At, a.At })
	if v := fates(t, sim.Lane{Consumer: consumers.HighWaterMark, Queue: broker.Default(), Messages: owed}); v[0] != sim.Never || v[1] != sim.Once {
		t.Errorf("%v, want never and once", v)
	}
}

// Number 1 fails and comes again 5 s later, after number 2, which follows in the next
// second: lost. A queue that keeps order within a group holds number 2 back.
func TestHighWaterMarkNeedsAQueueThatKeepsOrder(t *testing.T) {
	fifo, ok := broker.Preset("sqs-fifo")
	if !ok {
		t.Fatal("there is no sqs-fifo")
	}
	owed := two(func(_, b *sim.Owed) { b.At = 2 * time.Second })
	for want, queue := range map[sim.Verdict]broker.Profile{sim.Never: broker.Default(), sim.Once: fifo} {
		v := fates(t, sim.Lane{Consumer: consumers.HighWaterMark, Queue: queue, Messages: owed}, "fail:m1")
		if v[0] != want || v[1] != sim.Once {
			t.Errorf("%s: %v, want %s and once", queue.Name, v, want)
		}
	}
}

// Two workers look at the mark at the same instant, and only one of them moves it: the
// other waits for its row, sees it moved, and is nacked. Without the comparison stock
// would be taken twice.
func TestHighWaterMarkIsMovedByOneOfTwoWorkers(t *testing.T) {
	r := run(t, consumers.HighWaterMark, sim.Stock, copied)
	swaps, taken := 0, 0
	for _, e := range r.Events() {
		if e.Op == sim.OpSwap {
			swaps++
			taken += int(e.Answer)
		}
	}
	if v := r.World().Verdicts(); swaps != 2 || taken != 1 || v.Effects[0] != 1 {
		t.Errorf("%d tried to move the mark, %d did, %d effects: want 2, 1, 1", swaps, taken, v.Effects[0])
	}
}
