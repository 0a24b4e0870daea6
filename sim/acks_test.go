package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// forgotten returns which messages a run has forgotten the acks of, in order.
func forgotten(r *sim.Run) string {
	var names []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.ForgetAck }) {
		names = append(names, r.Name(&e))
	}
	return strings.Join(names, " ")
}

// The broker fails over to a node that has not heard of the last acks: those messages
// are ready again, the newest ack first, and come with the redelivered flag up.
func TestFailoverForgetsTheLastAcks(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 4, "forget-acks,at=2m30s,last=2")
	r := simulate(t, l)
	if got := forgotten(r); got != "m3 m2" {
		t.Errorf("forgotten: %s", got)
	}
	if got := verdicts(r); got != "once twice twice once" {
		t.Errorf("the verdicts are %s", got)
	}
	if got := handedOut(r, "m2"); got != "1m 2m30s" || r.World().Queue().Deliveries(1) != 2 {
		t.Errorf("m2 is delivered at %s", got)
	}
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.ForgetAck }) {
		if cause := r.Events()[e.Cause]; cause.Reply != sim.Taken || cause.Msg != e.Msg || e.Fault != 0 {
			t.Errorf("%s was forgotten because of %+v, by fault %d", r.Name(&e), cause, e.Fault)
		}
	}
	again := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Receipt.Delivery == 2 })
	if len(again) != 2 || r.Events()[again[0].Cause].Kind != sim.ForgetAck {
		t.Errorf("delivered again: %+v", again)
	}
}

// An ack that is forgotten twice is acked in between. Where none is left, nothing
// happens.
func TestForgottenAcksAreCountedByWhatStillStands(t *testing.T) {
	for _, c := range []struct {
		plan []string
		want string
	}{
		{[]string{"forget-acks,at=500ms,last=3"}, ""},
		{[]string{"forget-acks,at=30s,last=3"}, "m1"},
		{[]string{"forget-acks,at=30s", "forget-acks,at=40s"}, "m1 m1"},
		{[]string{"forget-acks,at=30s", "forget-acks,at=30.5s"}, "m1"},
		{[]string{"lose-ack:m1", "forget-acks,at=20s"}, ""},
		{[]string{"forget-acks,at=90s,last=2", "forget-acks,at=100s,last=2"}, "m2 m1 m2 m1"},
	} {
		if got := forgotten(simulate(t, lane(consumers.Naive, sim.Card, 2, c.plan...))); got != c.want {
			t.Errorf("%v: %q, want %q", c.plan, got, c.want)
		}
	}
}

// No handler can tell it from any other redelivery: who records what is done stands
// it, and who relies on the broker alone does not.
func TestWhoStandsAForgottenAck(t *testing.T) {
	for _, c := range consumers.All() {
		if c.Relay != nil {
			continue
		}
		again, err := sim.Simulate(lane(c, sim.Stock, 1, "lose-ack:m1"))
		if err != nil {
			t.Fatal(err)
		}
		r := simulate(t, lane(c, sim.Stock, 1, "forget-acks,at=20s"))
		if got, want := verdicts(r), verdicts(again); got != want {
			t.Errorf("%s: %s after a forgotten ack, %s after a lost one", c.Name, got, want)
		}
	}
}

// In a group its place is before what was published after it, and what waits is handed
// out when it is settled again.
func TestForgottenAckHoldsUpItsGroup(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 3, "forget-acks,at=59s", "slow:m1/2,for=20s")
	l.Queue.Order = broker.GroupOrder
	for i := range l.Messages {
		l.Messages[i].Group = "one"
	}
	r := simulate(t, l)
	if got := handedOut(r, "m2"); got != "1m19.01s" {
		t.Errorf("m2 is delivered at %s: it should wait for m1, which is back since 59s", got)
	}
	if got := verdicts(r); got != "twice once once" || r.Ending != sim.Quiet {
		t.Errorf("%s, and the ending is %d", got, r.Ending)
	}
}

// An offset that is forgotten rewinds its partition, and leaves the others alone.
func TestForgottenOffsetRewindsItsPartition(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 6, "forget-acks,at=10m,last=3")
	l.Queue = queues()[3]
	if l.Queue.AckUnit != broker.AckCumulative {
		t.Fatal("this is not the log")
	}
	r := simulate(t, l)
	if got := verdicts(r); got != "once once once twice twice twice" || r.Ending != sim.Quiet {
		t.Errorf("%s, and the ending is %d", got, r.Ending)
	}
	w := world(l)
	w.KeepAcks()
	play(t, w, "publish m1; publish m4; publish m2; deliver m1 to 1; step 1; step 1; step 1; step 1; deliver m2 to 2; step 2; step 2")
	play(t, w, "forget-ack m1")
	for n, want := range map[int]broker.State{0: broker.Ready, 3: broker.Ready, 1: broker.Acked} {
		if got := w.Queue().State(n); got != want {
			t.Errorf("m%d is %v, want %v", n+1, got, want)
		}
	}
}

// After its last delivery it is parked, though all of it was done.
func TestForgottenAckOfTheLastDeliveryIsParked(t *testing.T) {
	r := simulate(t, buried(consumers.Naive, "forget-acks,at=20s"))
	if e := where(r, func(e *sim.Event) bool { return e.Kind == sim.ForgetAck }); len(e) != 1 || e[0].Reply != sim.Buried {
		t.Errorf("%+v", e)
	}
	if got := verdicts(r); got != "once" || r.World().Queue().State(0) != broker.Dead {
		t.Errorf("%s, and it is %v", got, r.World().Queue().State(0))
	}
}

// What is acked can come back only where that is asked for: elsewhere the menu has
// nothing of it, and a key need not keep what is done.
func TestAcksAreForgottenOnlyWhereTheyAreKept(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1)
	script := "publish m1; deliver m1 to 1; step 1; step 1"
	w := world(l)
	play(t, w, script)
	if can(t, w, "forget-ack m1") {
		t.Error("a world that keeps no acks can forget one")
	}
	kept := world(l)
	kept.KeepAcks()
	play(t, kept, script)
	if !slices.Contains(format(kept, kept.Enabled()), "forget-ack m1") {
		t.Errorf("the menu is %v", format(kept, kept.Enabled()))
	}
	f := simulate(t, l).Fork(4)
	a, _ := f.World().Parse("forget-ack m1")
	if f.Do(time.Minute, a); f.World().Queue().State(0) != broker.Ready {
		t.Errorf("by hand: m1 is %v", f.World().Queue().State(0))
	}
}

func TestForgottenAcksAreDrawnForEachMessage(t *testing.T) {
	at := func(c sim.Consumer) string {
		l := lane(c, sim.Card, 100)
		l.Rates, l.Seed = sim.Rates{sim.ForgetAcksFault: .1}, 4
		var all []string
		for _, f := range simulate(t, l).Faults {
			all = append(all, fmt.Sprint(f))
		}
		return strings.Join(all, " ")
	}
	all := at(consumers.Naive)
	if n := len(strings.Fields(all)); n < 4 || n > 20 {
		t.Errorf("%d of 100 at 10%%: %s", n, all)
	}
	if got := at(consumers.InboxAndGatewayKey); got != all {
		t.Errorf("another lane draws %s, want %s", got, all)
	}
}
