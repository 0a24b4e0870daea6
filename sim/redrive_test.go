package sim_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// buried is a lane whose messages are dead-lettered after one delivery that is not
// acked.
func buried(c sim.Consumer, plan ...string) sim.Lane {
	l := lane(c, sim.Card, 1, plan...)
	l.Queue.MaxDeliveries = 1
	return l
}

// An operator puts back what lies in the dead-letter queue: as a broker message of
// its own, with a delivery count of its own.
func TestRedriveBringsBackWhatIsDead(t *testing.T) {
	r := simulate(t, buried(consumers.Naive, "crash:m1/before-effect", "redrive:m1"))
	if got := verdicts(r); got != "once" {
		t.Errorf("the verdict is %s", got)
	}
	back := where(r, func(e *sim.Event) bool { return e.Kind == sim.Redrive })
	if len(back) != 1 || back[0].At != 8*day || r.Name(&back[0]) != "m1b" || back[0].Fault != 1 {
		t.Fatalf("redriven as %+v", back)
	}
	if cause := r.Events()[back[0].Cause]; cause.Kind != sim.TimeOut || cause.Reply != sim.Buried {
		t.Errorf("because of %+v, and not of what buried it", cause)
	}
	q := r.World().Queue()
	if q.State(0) != broker.Redriven || q.State(1) != broker.Acked || q.Deliveries(1) != 1 {
		t.Errorf("m1 is %v, m1b %v after %d deliveries", q.State(0), q.State(1), q.Deliveries(1))
	}
	if got := r.World().Message(1).ID; got != "m1" {
		t.Errorf("its message ID is %s", got)
	}
}

// What is not in the dead-letter queue by then is left alone.
func TestRedriveOfWhatIsNotDeadDoesNothing(t *testing.T) {
	for _, plan := range [][]string{{"redrive:m1"}, {"redrive:m1,later=1s", "crash:m1/before-effect"}} {
		r := simulate(t, buried(consumers.Naive, plan...))
		if back := where(r, func(e *sim.Event) bool { return e.Kind == sim.Redrive || e.Kind == sim.RedriveAs }); len(back) > 0 {
			t.Errorf("%v: %+v", plan, back)
		}
	}
	r := simulate(t, buried(consumers.Naive, "redrive:m1,later=1s", "crash:m1/before-effect"))
	if got := verdicts(r); got != "parked" {
		t.Errorf("the verdict is %s", got)
	}
}

// A copy lies there under its own name, and counts for the original. Of several the
// first comes back, and each redrive brings one.
func TestRedriveFindsCopiesAsWell(t *testing.T) {
	r := simulate(t, buried(consumers.Naive, "copy:m1,later=5s", "crash:m1b/before-effect", "redrive:m1,later=1d", "redrive:m1,later=2d"))
	back := where(r, func(e *sim.Event) bool { return e.Kind == sim.Redrive })
	if len(back) != 1 || r.Name(&back[0]) != "m1c" || r.World().Queue().State(1) != broker.Redriven {
		t.Errorf("redriven: %+v", back)
	}
	if got := verdicts(r); got != "twice" {
		t.Errorf("the verdict is %s", got)
	}
}

// The operator's tool may keep the message ID or give a new one. An inbox that keys on
// it tells a redrive from news in the one case only.
func TestRedriveUnderANewIDIsNewToAnInbox(t *testing.T) {
	for fault, want := range map[string]string{"redrive:m1": "once", "redrive:m1,new-id=true": "twice"} {
		r := simulate(t, buried(consumers.Inbox, "lose-ack:m1", fault))
		if got := verdicts(r); got != want {
			t.Errorf("%s after a lost ack: %s, want %s", fault, got, want)
		}
	}
	r := simulate(t, buried(consumers.InboxKey, "lose-ack:m1", "redrive:m1,new-id=true"))
	if got := verdicts(r); got != "once" {
		t.Errorf("by business key: %s", got)
	}
}

// Redrive is an action of the broker's operator, behind the dedup window.
func TestRedrivePassesTheDedupWindow(t *testing.T) {
	l := buried(consumers.Naive, "crash:m1/before-effect", "redrive:m1,later=1m")
	l.Queue.DedupWindow = time.Hour
	if got := verdicts(simulate(t, l)); got != "once" {
		t.Errorf("the verdict is %s", got)
	}
}

// By hand and in a search: only what is dead, and a copy of a copy keeps its ID.
func TestRedriveIsOfferedForWhatIsDead(t *testing.T) {
	l := buried(consumers.Naive)
	l.Queue.DedupWindow = time.Hour
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1")
	if can(t, w, "redrive m1") {
		t.Error("m1 is at work, and can be redriven")
	}
	play(t, w, "crash 1; time-out m1; republish-as m1; deliver m1b to 1; crash 1; time-out m1b; redrive m1b")
	if got := w.Message(2).ID; got != "m1b" {
		t.Errorf("m1b redriven has the message ID %s", got)
	}
	play(t, w, "redrive-as m1")
	if got := w.Message(3).ID; got != "m1d" {
		t.Errorf("m1 redriven under a new ID has the message ID %s", got)
	}
	other := w.Clone()
	other.Restore(w.AppendKey(nil))
	if a, b := fmt.Sprint(format(w, w.Enabled())), fmt.Sprint(format(other, other.Enabled())); a != b {
		t.Errorf("restored, the menu is\n%s, it was\n%s", b, a)
	}
}
