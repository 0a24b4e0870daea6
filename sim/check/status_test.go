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
		{setsInTx, 2, -1, 2, nil}, // each waits for the row that the other has set
		{setsInTx, 1, 1, 2, []check.Kind{check.Copy}},
		{setsInTx, 2, 1, 2, []check.Kind{check.Crash}},
		{setsInTx, 2, 1, 2, []check.Kind{check.LoseWrites}},
		{setsCrosswise, 2, -1, 2, nil},
	} {
		o := check.Options{Messages: c.messages, Faults: c.faults, Workers: c.workers, Kinds: c.kinds}
		q := noTimer
		if c.consumer.Name == setsCrosswise.Name {
			q.MaxDeliveries, q.AtLimit = 2, broker.Drop // or whoever is aborted goes round for ever
		}
		l := sim.Lane{Consumer: c.consumer, Business: sim.Status, Queue: q, Messages: check.MessagesFor(c.consumer, sim.Status, c.messages), Processes: c.workers}
		agreesWithPlain(t, listed{fmt.Sprintf("%s, %d messages, %d faults of %v", c.consumer.Name, c.messages, c.faults, c.kinds), l, 40}, o)
	}
}

// setsInTx sets a status in a transaction of its own, and setsCrosswise does so before or
// after it writes a row, so that two of them can wait for each other.
var (
	setsInTx = sim.Consumer{Name: "sets in a transaction", Clause: "for a test", Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		if err := p.Perform(m); err != nil {
			return nil
		}
		_ = tx.Commit()
		return nil
	}}
	setsCrosswise = sim.Consumer{Name: "sets crosswise", Clause: "for a test", Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		if m.Seq == 1 {
			tx.Put("account", "a", m.ID)
		}
		if err := p.Perform(m); err != nil {
			return nil
		}
		if m.Seq == 2 {
			tx.Put("account", "a", m.ID)
		}
		_ = tx.Commit()
		return nil
	}}
)

// A row that is locked holds up who sets it, and the search finds nothing that waiting rules
// out: where one message is handed out only once the one before it has set its status.
func TestAStatusThatWaitsIsNotSetBackInASearch(t *testing.T) {
	l := sim.Lane{Consumer: setsInTx, Business: sim.Status, Queue: broker.Default(), Messages: check.MessagesFor(setsInTx, sim.Status, 2), Processes: 2}
	w := sim.New(&l, -1)
	for _, text := range []string{"publish m1", "publish m2", "deliver m1 to 1", "step 1", "step 1", "deliver m2 to 2", "step 2"} {
		a, err := w.Parse(text)
		if err != nil || !w.Can(a) {
			t.Fatalf("%s: %v", text, err)
		}
		w.Do(a)
	}
	waits, _ := w.Parse("step 2")
	restored, folded := sim.New(&l, -1), sim.New(&l, -1)
	*restored, *folded = *w.Clone(), *w.Clone()
	restored.Restore(w.AppendKey(nil))
	folded.Restore(w.AppendFoldedKey(nil))
	other, _ := w.Parse("step 1")
	switch {
	case w.Can(waits) || restored.Can(waits) || !restored.Can(other):
		t.Errorf("m2 can be set: %v, in a world that is restored %v", w.Can(waits), restored.Can(waits))
	case folded.Can(waits) == folded.Can(other):
		t.Error("in a world that is restored from a folded key, both can go on or neither")
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
