package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// The worker asks the receiver, and waits: the first Perform takes that long in
// place of its usual second, in every attempt and for every consumer alike.
func TestSlowAttemptPerformsLateInEveryLane(t *testing.T) {
	everyLane(func(c sim.Consumer, b sim.Business) {
		fast, slow := simulate(t, lane(c, b, 1)), simulate(t, lane(c, b, 1, "slow:m1,for=20s"))
		is := func(e *sim.Event) bool { return e.Done }
		before, after := where(fast, is), where(slow, is)
		struck, first := struckBy(slow), 0
		if c.Relay != nil && len(struck) == 1 { // what its handler performs itself asks no receiver
			first = slices.IndexFunc(after, func(e sim.Event) bool { return e.Worker == struck[0].Worker })
		}
		if len(before) != len(b.Parts()) || len(after) != len(before) || after[first].At-before[first].At != 19*time.Second {
			t.Errorf("%s/%s: performed at %v, slow at %v", c.Name, b, before, after)
			return
		}
		if len(struck) != 1 || struck[0].Kind != sim.Nothing || !struck[0].Op.Performs() || struck[0].At != after[first].At-20*time.Second {
			t.Errorf("%s/%s: the wait is told as %+v", c.Name, b, struck)
		}
	})
}

// Visibility is counted from the delivery: 30 s are over long before 70 s are, so
// naive has everybody at it, until the first that comes back late is accepted.
func TestSlowReceiverOutlastsTheVisibility(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "slow:m1,for=70s")
	l.Processes = 4
	r := simulate(t, l)
	overruns := where(r, func(e *sim.Event) bool { return e.Kind == sim.TimeOut && e.Overran })
	if len(overruns) < 2 {
		t.Fatalf("%d deadlines pass while the worker waits for the receiver", len(overruns))
	}
	for _, e := range overruns {
		if cause := r.Events()[e.Cause]; cause.Kind != sim.Nothing || cause.Fault != 0 {
			t.Errorf("the deadline at %v is blamed on %+v", e.At, cause)
		}
	}
	if got := verdicts(r); got != "twice" {
		t.Errorf("the verdict is %s", got)
	}
}

// A worker that waits is at work, so its client goes on extending the deadline. One
// that is frozen is not.
func TestHeartbeatGoesOnWhileTheReceiverIsSlow(t *testing.T) {
	for fault, want := range map[string]int{"slow:m1,for=5m": 1, "pause:m1/before-effect,for=5m": 2} {
		l := lane(consumers.Naive, sim.Card, 1, fault)
		l.Queue = preset(t, "pubsub")
		if got := simulate(t, l).World().Queue().Deliveries(0); got < want || want == 1 && got > 1 {
			t.Errorf("%s: %d deliveries", fault, got)
		}
	}
}

func TestSlowStrikesTheAttemptsThatItNames(t *testing.T) {
	for _, c := range []struct {
		fault string
		want  string // message/delivery of the attempts that were slow
	}{
		{"slow:m1,for=5s", "m1/1 m1/2"}, {"slow:m1/1,for=5s", "m1/1"}, {"slow:m1/2,for=5s", "m1/2"},
		{"slow:m2,for=5s", "m2/1"}, {"slow:m2b,for=5s", "m2b/1"}, {"slow:all,for=5s", "m1/1 m1/2 m2/1 m2b/1"},
		{"slow:all/2,for=5s", "m1/2"}, {"slow:m1,worker=2,for=5s", ""},
	} {
		r := simulate(t, lane(consumers.Naive, sim.Card, 2, "crash:m1/before-ack", "copy:m2,later=20s", c.fault))
		got := ""
		for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Nothing && e.Fault == 2 }) {
			if got != "" {
				got += " "
			}
			got += fmt.Sprintf("%s/%d", r.Name(&e), e.Receipt.Delivery)
		}
		if got != c.want {
			t.Errorf("%s: slow in %q, want %q", c.fault, got, c.want)
		}
	}
}

// An attempt that performs nothing has nothing to wait for.
func TestAttemptThatPerformsNothingIsNotSlow(t *testing.T) {
	r := simulate(t, lane(consumers.Inbox, sim.Card, 1, "lose-ack:m1", "slow:m1/2,for=5s"))
	if slow := where(r, func(e *sim.Event) bool { return e.Fault == 1 }); len(slow) > 0 {
		t.Errorf("the duplicate is slow: %+v", slow)
	}
}

// The longest wait of an attempt is before its first effect only.
func TestOnlyTheFirstEffectOfAnAttemptIsSlow(t *testing.T) {
	twice := handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Perform(m); err != nil {
			return err
		}
		return p.Perform(m)
	})
	done := where(simulate(t, lane(twice, sim.Card, 1, "slow:all,for=20s")), func(e *sim.Event) bool { return e.Done })
	if len(done) != 2 || done[0].At != 20*time.Second || done[1].At != 21*time.Second {
		t.Errorf("performed at %+v", done)
	}
}

// What strikes the same step strikes when the step is due: the slow bank whose
// answer is lost as well, and the worker that dies before it asks.
func TestSlowGetsInNobodysWay(t *testing.T) {
	for fault, want := range map[string]time.Duration{
		"lose-reply:m1": 20 * time.Second, "fail:m1": 20 * time.Second, "crash:m1/before-effect": 0,
		"pause:m1/before-effect,for=3s": 23 * time.Second,
	} {
		r := simulate(t, lane(consumers.Naive, sim.Card, 1, "slow:m1/1,for=20s", fault))
		at := where(r, func(e *sim.Event) bool { return e.Op.Performs() && e.Kind != sim.Nothing })
		if len(at) == 0 || at[0].At != want {
			t.Errorf("%s and slow: the effect is due at %v, want %v", fault, at[0].At, want)
		}
	}
	l := lane(consumers.Naive, sim.Card, 40, "slow:all,for=2s")
	l.Rates, l.Seed = sim.Rates{sim.CrashFault: .5}, 7
	if crashes := where(simulate(t, l), func(e *sim.Event) bool { return e.Kind == sim.Crash }); len(crashes) < 10 {
		t.Errorf("chance strikes %d of the attempts that are slow", len(crashes))
	}
}

func TestRateOfSlowIsDrawnForEachDelivery(t *testing.T) {
	struck := map[string][2]int{}
	for k, c := range []sim.Consumer{consumers.Naive, consumers.InboxAndGatewayKey} {
		l := lane(c, sim.Card, 200)
		l.Rates, l.Seed = sim.Rates{sim.SlowFault: .2}, 3
		r := simulate(t, l)
		for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Nothing && e.Receipt.Delivery == 1 }) {
			n := struck[r.Name(&e)]
			n[k]++
			struck[r.Name(&e)] = n
		}
	}
	if len(struck) < 20 || len(struck) > 60 {
		t.Errorf("%d of 200 first deliveries are slow at 20%%", len(struck))
	}
	for id, n := range struck {
		if n != [2]int{1, 1} {
			t.Errorf("%s is slow %v times in the two lanes", id, n)
		}
	}
}
