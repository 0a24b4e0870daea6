package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// handovers lists when a message was delivered, and to whom.
func handovers(r *sim.Run, name string) string {
	var all []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && r.Name(e) == name }) {
		all = append(all, fmt.Sprintf("%s to %d", sim.Span(e.At), e.Worker+1))
	}
	return strings.Join(all, ", ")
}

// m1 takes 10 s from 0:00 on. A restart that drains at 0:02 lets it end within its 20 s,
// and kills it at 0:07 where that is all the time it has; without drain it dies at 0:02.
func TestADrainEndsWhatEndsInTime(t *testing.T) {
	for _, c := range []struct {
		fault      string
		deliveries int
		killed     time.Duration
	}{
		{"restart,at=2s,drain=20s", 1, 0},
		{"restart,at=2s,drain=5s", 2, 7 * time.Second},
		{"restart,at=2s", 2, 0},
	} {
		r := simulate(t, lane(consumers.Naive, sim.Card, 1, "slow:m1/1,for=10s", c.fault))
		if got := r.World().Queue().Deliveries(0); got != c.deliveries || verdicts(r) != "once" {
			t.Errorf("%s: %d deliveries, %s; want %d and once", c.fault, got, verdicts(r), c.deliveries)
		}
		killed := where(r, func(e *sim.Event) bool { return e.Kind == sim.Kill })
		if c.killed == 0 && len(killed) > 0 || c.killed > 0 && (len(killed) != 1 || killed[0].At != c.killed) {
			t.Errorf("%s: killed %+v, want at %s", c.fault, killed, c.killed)
		}
	}
}

// A process that has nothing to do is replaced at once, and its successor takes what is
// published 2 s later; the one that is at work is handed nothing, not even when it has
// ended, until its own successor has started.
func TestAProcessThatDrainsIsHandedNothing(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 3, "slow:m1,for=10s", "restart,at=2s,drain=20s")
	l.Messages[1].At, l.Messages[2].At = 3*time.Second, 3*time.Second // worker 2 starts again at 4s
	r := simulate(t, l)
	if got := handovers(r, "m2") + "; " + handovers(r, "m3"); got != "4s to 2; 5.01s to 2" {
		t.Errorf("delivered at %s", got)
	}
	l.Processes = 1 // m1 is done at 10s, and its process starts again
	r = simulate(t, l)
	if got := handovers(r, "m2") + "; " + handovers(r, "m3"); got != "12.01s to 1; 13.02s to 1" {
		t.Errorf("with one worker: delivered at %s", got)
	}
}

// What has not begun of a batch goes back at once, and was delivered: with a limit of one
// delivery it is parked, though nobody has looked at it. Where the batch is acked as one,
// it is one piece of work, and is ended.
func TestADrainGivesBackWhatIsNotBegun(t *testing.T) {
	for _, c := range []struct {
		unit broker.AckUnit
		most int
		m2   string
		ends string
	}{
		{broker.AckEach, 0, "0s to 1, 2s to 2", "once once"},
		{broker.AckCumulative, 0, "0s to 1, 2s to 2", "once once"},
		{broker.AckBatch, 0, "0s to 1", "once once"},
		{broker.AckEach, 1, "0s to 1", "once parked"},
	} {
		l := lane(consumers.Naive, sim.Card, 2, "slow:m1,for=10s", "restart,at=1s,drain=30s")
		l.Queue.Batch, l.Queue.AckUnit, l.Queue.MaxDeliveries = 2, c.unit, c.most
		l.Messages[1].At, l.Timing = 0, sim.Timing{Effect: time.Second, Restart: time.Second}
		r := simulate(t, l)
		if got := verdicts(r); got != c.ends {
			t.Errorf("%s, at most %d: %s, want %s", c.unit, c.most, got, c.ends)
		}
		times := r.World().Queue().Deliveries(1)
		if want := strings.Count(c.m2, "to"); times != want {
			t.Errorf("%s, at most %d: m2 was delivered %d times, want %d", c.unit, c.most, times, want)
		}
	}
}

// Each restart that drains has a grace of its own: a process that has ended in time is not
// killed at the end of that, and one that was asked twice is killed when the first is over.
func TestEachDrainHasItsOwnGrace(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 2, "slow:m1/1,for=10s", "slow:m2/1,for=50s", "restart,at=2s,drain=1m10s", "restart,at=1m5s,drain=1m")
	l.Queue.Heartbeat = broker.HeartbeatHeld
	r := simulate(t, l)
	if n := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.Kill })); n != 0 || verdicts(r) != "once once" {
		t.Errorf("%d killed, %s: m1 has ended before 1:12, and m2 before 2:05", n, verdicts(r))
	}
	r = simulate(t, lane(consumers.Naive, sim.Card, 1, "slow:m1/1,for=50s", "restart,at=2s,drain=20s", "restart,at=10s,drain=1m"))
	killed := where(r, func(e *sim.Event) bool { return e.Kind == sim.Kill })
	if len(killed) != 1 || killed[0].At != 22*time.Second {
		t.Errorf("killed %+v, want once, at 22s", killed)
	}
}

// The memory of a process is gone when it has ended, however well it has ended.
func TestADrainedProcessForgets(t *testing.T) {
	l := lane(consumers.MemorySet, sim.Mail, 1, "lose-ack:m1", "restart,at=20s,drain=20s")
	if got := verdicts(simulate(t, l)); got != "twice" {
		t.Errorf("idle: %s", got)
	}
	l = lane(consumers.MemorySet, sim.Mail, 1, "slow:m1/1,for=10s", "lose-ack:m1", "restart,at=2s,drain=20s")
	if got := verdicts(simulate(t, l)); got != "twice" {
		t.Errorf("at work: %s", got)
	}
}

// A relay is a process of its own: it takes no row while it drains, and ends as others do.
func TestARelayDrainsAsWell(t *testing.T) {
	l := lane(consumers.Outbox, sim.Card, 2, "slow:m1,for=10s", "restart,at=2s,drain=20s")
	l.Messages[1].At = time.Second
	r := simulate(t, l)
	taken := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Relayed() })
	if len(taken) != 2 || taken[1].At < 12*time.Second || verdicts(r) != "once once" {
		t.Errorf("%s; rows taken %+v", verdicts(r), taken)
	}
}

// The menu: a drain costs a fault, and the kill at its end none. Nobody is killed who was
// not asked, nor has nothing to do.
func TestTheEndOfAGraceIsNoFaultOfItsOwn(t *testing.T) {
	w := world(lane(consumers.Naive, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1")
	if can(t, w, "kill 1") {
		t.Error("worker 1 can be killed, and nobody has asked it to end")
	}
	drain := sim.Action{Kind: sim.Drain}
	if w.Cost(drain) != 1 {
		t.Errorf("a drain costs %d", w.Cost(drain))
	}
	play(t, w, "drain")
	kill := sim.Action{Kind: sim.Kill}
	if !w.Can(kill) || w.Cost(kill) != 0 || can(t, w, "kill 2") {
		t.Errorf("after it, the menu is %v", w.Enabled())
	}
	if out := play(t, w, "step 1; step 1"); out.Reply != sim.Taken || can(t, w, "kill 1") {
		t.Errorf("worker 1 has ended: %+v", out)
	}
}
