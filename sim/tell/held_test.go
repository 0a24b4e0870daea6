package tell_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/tell"
)

// heldOn returns a run of naive with a message that is published at 2 s and not begun before
// 3 h, at four workers.
func heldOn(t *testing.T, q broker.Profile, plan ...sim.Fault) (*sim.Run, *tell.Teller) {
	t.Helper()
	l := sim.Lane{Consumer: consumers.Naive, Business: sim.Mail, Queue: q, Processes: 4, Plan: plan, Messages: []sim.Owed{{
		ID: "m1", At: 2 * time.Second, NotBefore: 3 * time.Hour, Message: broker.Message{ID: "m1", Key: "m1", Group: "m1", Seq: 1, Customer: "Ann", Amount: 100},
	}}}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r, tell.Of(r, r.Marks(nil))
}

// says holds what is said of the first events of some kinds.
func says(t *testing.T, r *sim.Run, teller *tell.Teller, want map[sim.ActionKind]string) {
	t.Helper()
	for kind, want := range want {
		for i, e := range r.Events() {
			if e.Kind == kind {
				if got := teller.Event(i).Sentence(tell.Whole); got != want {
					t.Errorf("%s is told as %q, want %q", kind, got, want)
				}
				break
			}
		}
	}
}

// Who holds a message, until when, and that this is why it comes again.
func TestWhatIsHeldIsTold(t *testing.T) {
	q, _ := broker.Preset("celery-redis")
	r, teller := heldOn(t, q)
	says(t, r, teller, map[sim.ActionKind]string{
		sim.Deliver: "m1 is delivered to worker 1, which holds it until 3:00:00",
		sim.TimeOut: "m1 is visible again after 1 h, while worker 1 holds it",
		sim.Begin:   "worker 1 begins m1",
	})
	for i, e := range r.Events() {
		if e.Kind == sim.Deliver && e.Receipt.Delivery == 2 {
			if got, want := teller.Because(i).Sentence(tell.Whole), "its worker held it for its time; its 1 h ran out"; tell.Text(teller.Because(i).Spans(tell.Form{})) != want {
				t.Errorf("it comes again because %q (%q), want %q", tell.Text(teller.Because(i).Spans(tell.Form{})), got, want)
			}
		}
	}
	q, _ = broker.Preset("rabbitmq-quorum")
	q.ConsumerTimeout = 30 * time.Minute
	r, teller = heldOn(t, q)
	says(t, r, teller, map[sim.ActionKind]string{
		sim.CutOff: "the queue closes the connection of worker 1, which held a message for 30 min, m1 comes back",
	})
	// What is handed out after its time is not held.
	r, teller = heldOn(t, q, sim.Fault{Kind: sim.FailFault, Message: "m1", Delivery: 1, Times: 30})
	last := 0
	for i, e := range r.Events() {
		if e.Kind == sim.Deliver && e.At > 3*time.Hour {
			last = i
		}
	}
	if got := teller.Holds(&r.Events()[last]); last == 0 || !got.Silent() {
		t.Errorf("event %d, after its time: %q", last, got.Sentence(tell.Whole))
	}
}
