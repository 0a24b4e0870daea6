package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A frozen process sends no heartbeats. After three of them the broker closes its
// connection and hands out what it held; a slow handler's process beats on.
func TestABrokerCutsOffWhoIsSilentForThreeHeartbeats(t *testing.T) {
	for _, c := range []struct {
		interval time.Duration // 0: the server's
		fault    string
		effects  int32
		again    string // when m1 is delivered, and again
	}{
		{0, "pause:m1/before-effect,for=5m", 2, "0s 3m"},
		{0, "pause:m1/before-effect,for=45s", 1, "0s"},
		{0, "pause:m1/before-effect,for=3m", 1, "0s"},
		{0, "pause:m1/before-effect,for=181s", 2, "0s 3m"},
		{0, "slow:m1/1,for=70s", 1, "0s"},
		{0, "slow:m1/1,for=29m", 1, "0s"},
		{0, "slow:m1/1,for=1h", 2, "0s 30m"}, // its consumer timeout, though it beats on
		{10 * time.Second, "pause:m1/before-effect,for=45s", 2, "0s 30s"},
		{10 * time.Second, "pause:m1/before-effect,for=20s", 1, "0s"},
		{10 * time.Second, "slow:m1/1,for=70s", 1, "0s"},
		{0, "lose-ack:m1", 2, "0s 1.01s"}, // its connection goes with it, and not after 180 s
		{0, "crash:m1/before-ack", 2, "0s 1s"},
	} {
		l := on(t, "rabbitmq-quorum", 1, c.fault)
		if c.interval > 0 {
			l.Queue.HeartbeatInterval = c.interval
		}
		r := simulate(t, l)
		if got := effects(r)[0]; got != c.effects || handedOut(r, "m1") != c.again {
			t.Errorf("%s, heartbeats every %s: %d effects, delivered at %s; want %d, %s",
				c.fault, l.Queue.HeartbeatInterval, got, handedOut(r, "m1"), c.effects, c.again)
		}
	}
}

func TestWhoWasCutOffIsToldWithItsAck(t *testing.T) {
	r := simulate(t, on(t, "rabbitmq-quorum", 1, "pause:m1/before-ack,for=5m"))
	cut := where(r, func(e *sim.Event) bool { return e.Kind == sim.CutOff })
	if len(cut) != 1 || !cut[0].Overran || cut[0].Reply != sim.Returned || before(r, &cut[0]).Kind != sim.Nothing {
		t.Fatalf("cut off: %+v; want it for the pause", cut)
	}
	acks := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Kind == sim.Step && e.Receipt.Delivery == 1 })
	if acks[0].Reply != sim.AckRejected {
		t.Errorf("the ack: %+v", acks[0])
	}
}

// With the connection goes everything that was in flight on it, and nothing else.
func TestACutOffReturnsTheWholeBatch(t *testing.T) {
	l := on(t, "rabbitmq-quorum", 3, "pause:m1/before-effect,for=5m")
	l.Queue.Batch, l.Processes = 2, 2
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	r := simulate(t, l)
	for n, want := range []int{2, 2, 1} {
		if got := r.World().Queue().Deliveries(n); got != want {
			t.Errorf("message %d is delivered %d times, want %d", n+1, got, want)
		}
	}
	if got := handedOut(r, "m1"); got != "0s 3m" {
		t.Errorf("m1 is delivered at %s", got)
	}
}

// Nothing is cut off that holds nothing, or whose broker does not listen for it.
func TestACutOffNeedsAConnectionThatHoldsSomething(t *testing.T) {
	for name, q := range map[string]broker.Profile{"rabbitmq-quorum": preset(t, "rabbitmq-quorum"), "default": broker.Default()} {
		l := lane(consumers.AckFirst, sim.Card, 1)
		l.Queue = q
		w := world(l)
		play(t, w, "publish m1; deliver m1 to 1")
		if can(t, w, "cut-off 2") || can(t, w, "cut-off 1") != (name == "rabbitmq-quorum") {
			t.Errorf("%s: while it holds m1: %s", name, strings.Join(format(w, w.Enabled()), ", "))
		}
		play(t, w, "step 1")
		if can(t, w, "cut-off 1") {
			t.Errorf("%s: after the early ack it holds nothing", name)
		}
	}
}

// What exceeds the limit where there is no dead-letter queue is lost, and nobody can
// put it back.
func TestWhatExceedsTheLimitWithoutADeadLetterQueueIsLost(t *testing.T) {
	for _, at := range []broker.Limit{broker.Drop, broker.DeadLetter} {
		l := on(t, "rabbitmq-quorum", 1, "fail:m1,times=30", "redrive:m1,later=1h")
		l.Queue.AtLimit = at
		r := simulate(t, l)
		last := where(r, func(e *sim.Event) bool { return e.Reply == sim.Discarded || e.Reply == sim.Buried })
		redriven := where(r, func(e *sim.Event) bool { return e.Kind == sim.Redrive })
		want := map[broker.Limit]string{broker.Drop: "never", broker.DeadLetter: "once"}[at]
		if got := verdicts(r); got != want || len(last) != 1 || len(redriven) == 1 != (at == broker.DeadLetter) {
			t.Errorf("%s: %s, given up %d times, put back %d times", at, got, len(last), len(redriven))
		}
	}
}
