package check_test

import (
	"slices"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// mark keeps the highest sequence number of each group, and takes what is not above
// it for a duplicate.
var mark = handler(func(p *sim.Proc, m broker.Message) error {
	tx := p.DB.Begin()
	defer tx.Rollback()
	last, found := tx.Get("mark", m.Group)
	if found && last >= string(rune('0'+m.Seq)) {
		return nil
	}
	tx.Put("mark", m.Group, string(rune('0'+m.Seq)))
	if err := p.Perform(m); err != nil {
		return err
	}
	return tx.Commit()
})

// inOneGroup returns a lane whose messages share a group and count up.
func inOneGroup(c sim.Consumer, n int) sim.Lane {
	q := broker.Default()
	q.Order = broker.GroupOrder
	l := sim.Lane{Consumer: c, Business: sim.Stock, Queue: q, Messages: check.Messages(n)}
	for i := range l.Messages {
		l.Messages[i].Group, l.Messages[i].Seq = "one", i+1
	}
	return l
}

// A high-water mark turns reordering into loss. Within a group nothing is published
// out of turn unless a delay is asked for: the queue keeps the order, and so it holds.
func TestAPublishOutOfTurnIsAFaultOfItsOwn(t *testing.T) {
	calm := searchLane(t, inOneGroup(mark, 2), check.Options{Faults: 2})
	if !calm.NeverLost.Holds {
		t.Errorf("in turn: %s", shape(&calm.NeverLost))
	}
	r := searchLane(t, inOneGroup(mark, 2), check.Options{Faults: 2, Kinds: []check.Kind{check.Delay}})
	e := r.NeverLost.Counterexample
	if e == nil || e.Faults != 1 || e.Owed != 0 {
		t.Fatalf("out of turn: %s", shape(&r.NeverLost))
	}
	if plan := replays(t, "a delay", e); plan != "delay:m1,for=1m0.001s" {
		t.Errorf("the plan is %s", plan)
	}
	// In groups of their own there is no turn, and nothing to find.
	l := inOneGroup(mark, 2)
	l.Messages[1].Group = "two"
	if r := searchLane(t, l, check.Options{Faults: 1, Kinds: []check.Kind{check.Delay}}); !r.NeverLost.Holds {
		t.Errorf("two groups: %s", shape(&r.NeverLost))
	}
}

// Whoever reads the dead-letter queue back in after a lost ack does it all again,
// unless it is known by an ID that the redrive keeps.
func TestARedriveIsADuplicateOfWhatWasDone(t *testing.T) {
	q := broker.Default()
	q.MaxDeliveries = 1
	for _, c := range []struct {
		consumer sim.Consumer
		kind     check.Kind
		want     string
	}{
		{consumers.Naive, check.Redrive, "lose-ack, redrive in 8"},
		{consumers.Naive, check.RedriveAs, "lose-ack, redrive-as in 8"},
		{consumers.Inbox, check.Redrive, "holds"},
		{consumers.Inbox, check.RedriveAs, "lose-ack, redrive-as in 14"},
		{consumers.InboxKey, check.RedriveAs, "holds"},
	} {
		l := sim.Lane{Consumer: c.consumer, Business: sim.Stock, Queue: q}
		r := searchLane(t, l, check.Options{Faults: 2, Messages: 1, Kinds: []check.Kind{check.LoseAck, c.kind}})
		if got := shape(&r.NeverTwice); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.consumer.Name, c.kind, got, c.want)
		}
		if e := r.NeverTwice.Counterexample; e != nil {
			replays(t, c.consumer.Name, e)
		}
	}
	// Without a dead-letter queue there is nothing to redrive.
	r := search(t, consumers.Naive, sim.Card, check.Options{Faults: 2, Kinds: []check.Kind{check.Redrive}})
	if r.States > 1000 || !r.NeverTwice.Holds || !slices.Equal(r.NoPlace, []check.Kind{check.Redrive}) {
		t.Errorf("%d states, %s, no place for %v", r.States, shape(&r.NeverTwice), r.NoPlace)
	}
}

// The broker forgets an ack: to a handler that is a redelivery like any other. Two
// of them are two faults.
func TestAForgottenAckIsARedelivery(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		want     string
	}{
		{consumers.Naive, "forget-ack in 7"}, {consumers.Inbox, "holds"}, {consumers.MemorySet, "forget-ack in 10"},
		{consumers.BrokerWindow, "forget-ack in 7"}, // a window looks at publishes only
	} {
		r := search(t, c.consumer, sim.Stock, check.Options{Faults: 2, Messages: 1, Kinds: []check.Kind{check.ForgetAcks}})
		if got := shape(&r.NeverTwice); got != c.want {
			t.Errorf("%s: %s, want %s", c.consumer.Name, got, c.want)
		}
		if e := r.NeverTwice.Counterexample; e != nil && c.consumer.Name != consumers.MemorySet.Name { // its worker would have to be busy with another
			replays(t, c.consumer.Name, e)
		}
	}
}
