package sim_test

import (
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
)

// A statement that fails has done nothing, and neither has its transaction: the handler
// never gets past it, as past an exception. The message is nacked and comes again.
func TestAStepOfTheDatabaseThatFailsEndsItsAttempt(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		fault    string
		effects  int  // at the second delivery, and before the error at the first
		undone   bool // the transaction had written something
	}{
		{consumers.Inbox, "fail:m1,step=begin", 1, false},
		{consumers.Inbox, "fail:m1,step=insert", 1, false},
		{consumers.Inbox, "fail:m1,step=mark", 1, false},
		{consumers.Outbox, "fail:m1,step=enqueue", 1, true},
		{consumers.CheckThenAct, "fail:m1,step=check", 1, false},
		{consumers.CheckThenAct, "fail:m1,step=put", 2, false}, // charged, and not recorded
		{consumers.MarkFirst, "fail:m1,step=put-if-absent", 1, false},
		{consumers.OpenKey, "fail:m1,step=put-if-absent", 1, false}, // nothing is reserved
		{consumers.SkipIfLocked, "fail:m1,step=put", 2, false},
		{consumers.UnlockEarly, "fail:m1,step=advisory-unlock", 2, false}, // the lock ends with its session
	} {
		r := simulate(t, lane(c.consumer, sim.Card, 1, c.fault))
		failed := where(r, func(e *sim.Event) bool { return e.Kind == sim.FailStatement })
		if len(failed) != 1 || !failed[0].Finished || failed[0].Undone != c.undone || failed[0].Reply != sim.Returned {
			t.Errorf("%s, %s: %+v", c.consumer.Name, c.fault, failed)
		}
		if got := len(r.World().Ledger()); got != c.effects || r.World().Queue().Deliveries(0) != 2 {
			t.Errorf("%s, %s: %d effects after %d deliveries, want %d after 2", c.consumer.Name, c.fault, got, r.World().Queue().Deliveries(0), c.effects)
		}
	}
	// The row that would close the key is not written, and nobody opens it again.
	r := simulate(t, lane(consumers.OpenKey, sim.Card, 1, "fail:m1,step=put"))
	if q := r.World().Queue(); len(r.World().Ledger()) != 1 || q.State(0).Settled() {
		t.Errorf("open-key: %d effects, and the message is %s", len(r.World().Ledger()), q.State(0))
	}
}

// A rollback that fails is a rollback: the attempt goes on to its end.
func TestARollbackCannotFail(t *testing.T) {
	if _, err := sim.ParseFault("fail:m1,step=rollback"); err == nil {
		t.Error("a rollback fails")
	}
}
