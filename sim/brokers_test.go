package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// What one preset does and no other: see presets_test.go for what they have in common.

// A consumer that starts again under its old name has its entries at once: nobody has to
// claim them. One whose process lives is not handed them twice, and where another has
// claimed an entry by then, it is gone.
func TestARedisConsumerTakesUpWhatItHeld(t *testing.T) {
	for _, c := range []struct {
		plan, times string
		worker      int8 // of the second delivery
	}{
		{"crash:m1/before-ack", "0s 3s", 0},
		{"restart,at=500ms", "0s 2.5s", 0},
		{"pause:m1,for=1m", "0s 30s", 1},
		{"lose-ack:m1", "0s 30s", 0}, // its worker lives and is idle: it asks for new entries only
	} {
		r := simulate(t, on(t, "redis-streams", 1, c.plan))
		again := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Receipt.Delivery == 2 })
		if handedOut(r, "m1") != c.times || len(again) != 1 || again[0].Worker != c.worker {
			t.Errorf("%s: delivered at %s, again to %+v; want %s, worker %d", c.plan, handedOut(r, "m1"), again, c.times, c.worker)
		}
	}
	l := on(t, "redis-streams", 1, "crash:m1/before-ack")
	l.Timing = sim.DefaultTiming()
	l.Timing.Restart = time.Minute
	if r := simulate(t, l); handedOut(r, "m1") != "0s 30s" {
		t.Errorf("claimed by the other worker before it is back: %s", handedOut(r, "m1"))
	}
	l.Queue.Resumes, l.Timing.Restart = false, 2*time.Second
	if r := simulate(t, l); handedOut(r, "m1") != "0s 30s" {
		t.Errorf("under a new name with each start: %s", handedOut(r, "m1"))
	}
}

// JetStream looks a nak up by the message, as it does an ack: the first worker, which has
// been slow and then fails, takes the message from the second, which is at work on it.
func TestAStaleNakTakesTheMessageFromWhoHasIt(t *testing.T) {
	for name, want := range map[string]string{"jetstream": "0s 30s 41.01s", "sqs-standard": "0s 30s"} {
		l := on(t, name, 1, "pause:m1,for=40s", "fail:m1", "slow:m1/2,for=25s")
		l.Processes = 3
		if got := handedOut(simulate(t, l), "m1"); got != want {
			t.Errorf("%s: delivered at %s, want %s", name, got, want)
		}
	}
}

// An ack that is refused closes the connection of its worker: what else is in flight there
// comes back, and nobody has touched it. Here a partition has moved while its owner was at
// work; where a refusal closes nothing, the other message of the batch is none the worse.
func TestABadAckReturnsWhatElseIsInFlight(t *testing.T) {
	for closes, want := range map[bool][]int32{true: {2, 1, 2}, false: {2, 1, 1}} {
		l := onKafka(t, "abc", "rebalance,at=500ms,join=true")
		l.Queue.BadAckCloses, l.Queue.Rebalance, l.Queue.AckUnit, l.Queue.CommitsBack = closes, broker.Cooperative, broker.AckEach, false
		r := simulate(t, l)
		if got := effects(r); !slices.Equal(got, want) {
			t.Errorf("closes: %v; effects %v, want %v", closes, got, want)
		}
		if again := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && r.Name(e) == "m3" }); closes != (len(again) == 1) {
			t.Errorf("closes: %v; m3 is delivered by itself: %+v", closes, again)
		}
	}
}

// RabbitMQ 4.3 counts what is rejected or comes back by itself, and not what is nacked.
func TestAFreeNackDoesNotCountTowardsTheLimit(t *testing.T) {
	for free, want := range map[bool]string{true: "once", false: "never"} {
		l := on(t, "rabbitmq-quorum", 1, "fail:m1,times=5")
		l.Queue.MaxDeliveries, l.Queue.FreeNacks = 3, free
		if got := verdicts(simulate(t, l)); got != want {
			t.Errorf("free nacks: %v; %s after five of them, want %s", free, got, want)
		}
		l.Plan = faults("crash:m1/before-effect", "fail:m1/2,times=5", "crash:m1/7/before-effect", "crash:m1/8/before-effect")
		if r := simulate(t, l); free && (verdicts(r) != "never" || r.World().Queue().Deliveries(0) != 8) {
			t.Errorf("three crashes among them: %s after %d", verdicts(r), r.World().Queue().Deliveries(0))
		}
	}
}

// A job that throws has failed at once, for attempts is 1. One whose worker dies is stalled,
// and may stall once.
func TestABullMQJobFailsBySecondStallOrFirstError(t *testing.T) {
	for _, c := range []struct {
		plan      []string
		times, is string
	}{
		{[]string{"fail:m1"}, "0s", "parked"},
		{[]string{"crash:m1/before-effect"}, "0s 1m", "once"},
		{[]string{"crash:m1/before-effect", "crash:m1/2/before-effect"}, "0s 1m", "parked"},
	} {
		if r := simulate(t, on(t, "bullmq", 1, c.plan...)); handedOut(r, "m1") != c.times || verdicts(r) != c.is {
			t.Errorf("%v: delivered at %s, and %s; want %s, %s", c.plan, handedOut(r, "m1"), verdicts(r), c.times, c.is)
		}
	}
}
