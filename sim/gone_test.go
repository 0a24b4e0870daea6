package sim_test

import (
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
)

// What a failover took back, and nobody does again, is gone with the failover, and not with
// the ack before it: until then it was done, or a row of the outbox was to bring it.
func TestWhatAFailoverTookBackIsGoneWithTheFailover(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		business sim.Business
		faults   []string
		want     sim.ActionKind
	}{
		{consumers.Naive, sim.Stock, []string{"lose-writes,at=5s"}, sim.LoseWrites},
		{consumers.Inbox, sim.Stock, []string{"lose-writes,at=5s", "slow:m1/1,for=3s"}, sim.LoseWrites},
		{consumers.Inbox, sim.Order, []string{"lose-writes,at=5s"}, sim.LoseWrites},
		{consumers.Inbox, sim.Status, []string{"lose-writes,at=5s"}, sim.LoseWrites},
		{consumers.Inbox, sim.Stock, []string{"lose-writes,at=1035ms"}, sim.Step},                           // before the ack: that decides
		{consumers.MarkFirst, sim.Mail, []string{"lose-writes,at=40s", "crash:m1/before-effect"}, sim.Step}, // it took back a mark alone
	} {
		r := simulate(t, lane(c.consumer, c.business, 1, c.faults...))
		gone := r.Gone(func(int) {})
		if len(gone) != 1 {
			t.Errorf("%s, %s, %v: gone is %v, verdicts %s", c.consumer.Name, c.business, c.faults, gone, verdicts(r))
			continue
		}
		if e := &r.Events()[gone[0].Event]; e.Kind != c.want {
			t.Errorf("%s, %s, %v: gone with %s at %s, want %s", c.consumer.Name, c.business, c.faults, e.Kind, e.At, c.want)
		}
	}
	l := lane(consumers.Outbox, sim.Mail, 2, "lose-writes,at=500ms")
	l.Messages[1].At = 100 * time.Millisecond // its row waits while the relay is at that of m1
	r := simulate(t, l)
	if gone := r.Gone(func(int) {}); len(gone) != 1 || gone[0].Debt != 1 || r.Events()[gone[0].Event].Kind != sim.LoseWrites {
		t.Errorf("gone is %v, want the row of m2, with the failover", gone)
	}
}
