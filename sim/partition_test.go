package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// inGroups gives the messages of a lane groups of one letter each.
func inGroups(l sim.Lane, letters string) sim.Lane {
	for i := range l.Messages {
		l.Messages[i].Group = letters[i : i+1]
	}
	return l
}

// A batch can hold messages of several partitions, and an ack settles its own
// partition only: whoever is done with the batch acks all of them.
func TestCumulativeAckOfABatchSettlesEveryPartitionInIt(t *testing.T) {
	for _, order := range []broker.Order{broker.NoOrder, broker.GroupOrder, broker.PartitionOrder} {
		l := inGroups(together(broker.AckCumulative, 3), "abc")
		l.Queue.Order = order
		r := simulate(t, l)
		if got := effects(r); !slices.Equal(got, []int32{1, 1, 1}) || r.End > time.Minute {
			t.Errorf("order %v: effects %v and the end at %v; nothing went wrong", order, got, r.End)
		}
	}
}

// p.Ack says how far the consumer has come: what was handled before is done, in
// whichever partition, and what comes after is not.
func TestEarlyCumulativeAckSettlesTheBatchUpToIt(t *testing.T) {
	second := handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Perform(m); err != nil || m.ID != "m2" {
			return err
		}
		return p.Ack()
	})
	l := inGroups(together(broker.AckCumulative, 3, "crash:m3/before-effect"), "abc")
	l.Consumer = second
	r := simulate(t, l)
	if got := effects(r); !slices.Equal(got, []int32{1, 1, 1}) {
		t.Errorf("effects %v, want each once: m1 and m2 were acked before the crash", got)
	}
	if got := deliveries(r, "m3"); !slices.Equal(got, []time.Duration{30 * time.Second}) {
		t.Errorf("m3 heads a batch at %v, want 30s", got)
	}
}

// A rebalance moves partitions with everything in them, and what is ready in them
// is handed to the new owner at once.
func TestNewOwnerIsHandedWhatIsReady(t *testing.T) {
	l := inGroups(lane(consumers.Naive, sim.Card, 4, "pause:m2/before-effect,for=10m"), "abab")
	l.Queue.Assign = broker.OwnerWorker
	for i := range l.Messages {
		l.Messages[i].At = time.Duration(i) * time.Second
	}
	// m2 is frozen at worker 2, which owns b, and m4 waits for it. At 31 s worker 1
	// becomes the owner, and m4 has waited longer.
	r := simulate(t, l)
	wantTimes(t, r, "m4", 31*time.Second)
	wantTimes(t, r, "m2", time.Second, 32*time.Second+10*time.Millisecond)

	l = inGroups(lane(consumers.Naive, sim.Card, 4, "crash:m1/before-effect"), "abab")
	l.Queue.Assign, l.Queue.Redeliver = broker.OwnerWorker, broker.OnDisconnect
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	// Worker 1 crashes with m1 in hand and m3 in line: both are worker 2's now, after m2.
	r = simulate(t, l)
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.At > 0 }) {
		if e.Worker != 1 {
			t.Errorf("%s goes to worker %d, which lost it", r.Name(&e), e.Worker+1)
		}
	}
	for n := range r.World().Queue().Len() {
		if s := r.World().Queue().State(n); s != broker.Acked {
			t.Errorf("%s is %v at the end", r.World().Name(n), s)
		}
	}
}

// While a new owner is idle, nothing that it may be handed waits.
func TestNothingReadyWaitsForAnIdleWorker(t *testing.T) {
	moved := 0
	for _, order := range []broker.Order{broker.NoOrder, broker.GroupOrder, broker.PartitionOrder} {
		for seed := range uint64(200) {
			l := inGroups(lane(consumers.Naive, sim.Card, 6), "abcabd")
			l.Rates, l.Seed = gale, seed
			l.Queue.Assign, l.Queue.Order = broker.OwnerWorker, order
			l.Queue.Redeliver = broker.Trigger(1 + seed%3)
			l.Queue.Batch, l.Processes = int(seed%4), 3
			for i := range l.Messages {
				l.Messages[i].At = time.Duration(i%2) * time.Second
			}
			r := simulate(t, l)
			q := r.World().Queue()
			for n := range q.Len() {
				if q.Owner(n) != r.At(0).Queue().Owner(min(n, 5)) {
					moved++
				}
				if q.State(n) == broker.Ready && r.Ending == sim.Quiet {
					t.Errorf("order %v, seed %d: quiet, and %s is ready", order, seed, r.World().Name(n))
				}
			}
		}
	}
	if moved < 100 {
		t.Errorf("only %d messages have moved: the test shows little", moved)
	}
}
