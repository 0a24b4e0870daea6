package check_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// heldLane is a lane with one message that is not to be begun before 3 h.
func heldLane(t *testing.T, c sim.Consumer, queue string, workers int) sim.Lane {
	t.Helper()
	q, ok := broker.Preset(queue)
	if !ok {
		t.Fatal("no preset ", queue)
	}
	l := sim.Lane{Consumer: c, Business: sim.Mail, Queue: q, Messages: check.Messages(1), Processes: workers}
	l.Messages[0].NotBefore = 3 * time.Hour
	return l
}

// What a worker holds is in the keys of the search: it takes every list that there is, with
// a second worker that is handed what comes back, and with one that holds it twice.
func TestTheSearchAgreesWithAPlainEnumerationOfWhatIsHeld(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox} {
		for _, b := range []check.Options{{Workers: 1, Faults: 1}, {Workers: 1, Faults: 2}, {Workers: 2, Faults: 1}} {
			b.Kinds = []check.Kind{check.Overrun, check.Crash, check.Restart}
			l := heldLane(t, c, "celery-redis", b.Workers)
			what := fmt.Sprintf("%s with %+v", c.Name, b)
			agreesWithPlain(t, what, l, b)
		}
	}
}

// One deadline that passes while m1 is held is enough to mail twice, whether another worker
// is handed it then or the only one there is. It comes by itself where the time is beyond the
// visibility timeout; where it is not, that is what is in the way.
func TestADeadlineThatPassesWhileAMessageIsHeldIsAnOverrun(t *testing.T) {
	for _, workers := range []int{1, 2} {
		l := heldLane(t, consumers.Naive, "celery-redis", workers)
		l.Queue.LateAck = broker.Accepted // or a deadline that passes under work is as short a way
		o := check.Options{Workers: workers, Faults: 1, Kinds: []check.Kind{check.Overrun}}
		x := searchedLane(t, l, o).Of(sim.NeverTwice).Counterexample
		if x == nil || x.Faults != 1 {
			t.Fatalf("%d workers: never twice holds", workers)
		}
		// With one worker it is the deadline of what is held. With two, as short a way is that it
		// passes under work, which a pause shows.
		if plan, ok := x.Plan(); !ok || len(plan.Plan) != workers-1 {
			t.Errorf("%d workers: a plan %v, %v: %s", workers, plan.Plan, ok, x.Obstacle())
		}
		l.Messages[0].NotBefore = 10 * time.Minute
		x = searchedLane(t, l, o).Of(sim.NeverTwice).Counterexample
		if x == nil {
			t.Fatal("times are left out of a search, so it finds the same")
		}
		if _, ok := x.Plan(); !ok {
			if got, want := x.Obstacle(), "m1 begins at 10m, and the queue waits for its ack for 1h"; got != want {
				t.Errorf("%d workers: %q, want %q", workers, got, want)
			}
		}
		if r := searchedLane(t, heldLane(t, consumers.Inbox, "celery-redis", workers), o); !r.Of(sim.NeverTwice).Holds {
			t.Errorf("%d workers: an inbox mails twice by an overrun", workers)
		}
	}
}
