package sim_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

func relays(c sim.Consumer, n int, claim sim.RowClaim, plan ...string) sim.Lane {
	l := lane(c, sim.Card, 1, plan...)
	l.Relays, l.Claim = n, claim
	return l
}

// Two relays that only read have both read the row before either marks it: nothing has to
// go wrong. With a lock the second passes it over, and a key at the receiver mends both.
func TestTwoRelaysThatDoNotClaimARowBothPerform(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		relays   int
		claim    sim.RowClaim
		ends     string
	}{
		{consumers.Outbox, 1, sim.NoClaim, "once"},
		{consumers.Outbox, 2, sim.NoClaim, "twice"},
		{consumers.Outbox, 2, sim.ClaimRow, "once"},
		{consumers.OutboxAndGatewayKey, 2, sim.NoClaim, "once"},
	} {
		l := relays(c.consumer, c.relays, c.claim)
		r := simulate(t, l)
		if got := verdicts(r); got != c.ends {
			t.Errorf("%s, %d relays, claim %s: %s, want %s", c.consumer.Name, c.relays, c.claim, got, c.ends)
		}
		for range r.World().Outbox {
			t.Errorf("%s: a row is not marked at the end", c.consumer.Name)
		}
	}
}

// A row is free again when the relay that has locked it dies, and the other takes it. It is
// no doubt about the crash that is gone: the effect may have happened.
func TestALockedRowIsFreeWhenItsRelayDies(t *testing.T) {
	r := simulate(t, relays(consumers.Outbox, 2, sim.ClaimRow, "crash:m1/after-effect"))
	taken := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Relayed() })
	if len(taken) != 2 || taken[0].Worker == taken[1].Worker || taken[1].At > 2*time.Second || verdicts(r) != "twice" {
		t.Errorf("%s; taken %+v", verdicts(r), taken)
	}
}

// Who dies at a row that another is at work on as well leaves it to that.
func TestARowThatTwoRelaysReadStaysWithTheOther(t *testing.T) {
	w := world(relays(consumers.Outbox, 2, sim.NoClaim))
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1")
	play(t, w, "deliver m1 to relay; deliver m1 to relay2; crash relay")
	for row := range w.Outbox {
		if row.State != broker.InFlight {
			t.Errorf("the row is %s, and relay2 is at it", row.State)
		}
	}
	play(t, w, "step relay2; step relay2")
	for range w.Outbox {
		t.Error("relay2 has marked the row, and it is there")
	}
	if can(t, w, "deliver m1 to relay") {
		t.Error("a row that is marked can be taken again")
	}
}

// Each relay is a process of its own, whatever threads the workers have.
func TestRelaysDieOneByOne(t *testing.T) {
	l := relays(consumers.Outbox, 2, sim.NoClaim)
	l.Threads = 2
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1")
	play(t, w, "deliver m1 to relay; deliver m1 to relay2; crash relay2")
	if _, busy := w.Handling(w.Relay()); !busy {
		t.Error("relay has died with relay2")
	}
	if _, busy := w.Handling(w.Relay() + 1); busy {
		t.Error("relay2 has crashed, and is at work")
	}
}
