package sim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// posted brings m1 into the outbox: its handler has committed, and not acked yet.
const posted = "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1"

// What a transaction enqueues is handed to nobody before its commit, and to nobody at
// all after a rollback.
func TestOnlyWhatIsCommittedIsRelayed(t *testing.T) {
	w := world(lane(consumers.Outbox, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1")
	if can(t, w, "deliver m1 to relay") {
		t.Error("the relay is handed what is not committed")
	}
	play(t, w, "step 1")
	if !can(t, w, "deliver m1 to relay") || can(t, w, "deliver m1 to 2") {
		t.Error("after the commit it is for the relay, and for nobody else")
	}
	w = world(lane(consumers.Outbox, sim.Card, 1))
	if out := play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; crash 1"); !out.Undone {
		t.Error("the crash rolled nothing back")
	}
	if can(t, w, "deliver m1 to relay") {
		t.Error("what was rolled back is relayed")
	}
	w = world(lane(consumers.Outbox, sim.Card, 1))
	play(t, w, strings.TrimSuffix(posted, "step 1")+"lose-reply 1")
	if !can(t, w, "deliver m1 to relay") {
		t.Error("the commit was done, and only its reply was lost")
	}
}

// As long as a row is not marked sent something is still to come, whatever the queue
// says; and the mark cannot get lost on any way.
func TestAnUnsentRowIsPendingAndTheMarkIsTheRelaysAck(t *testing.T) {
	w := world(lane(consumers.Outbox, sim.Card, 1))
	play(t, w, posted+"; step 1")
	if v := w.Verdicts(); w.Quiet() || v.Of[0] != sim.Pending || w.Breaks(sim.NeverLost) {
		t.Errorf("acked and not sent: quiet %v, %v", w.Quiet(), v.Of)
	}
	play(t, w, "deliver m1 to relay; step relay")
	if can(t, w, "lose-ack relay") {
		t.Error("the mark can be lost by itself")
	}
	if w.Quiet() {
		t.Error("it is quiet before the row is marked sent")
	}
	if out := play(t, w, "step relay"); out.Reply != sim.Taken || !w.Quiet() || w.Verdicts().Of[0] != sim.Once {
		t.Errorf("marked sent: %v, quiet %v, %v", out.Reply, w.Quiet(), w.Verdicts().Of)
	}
}

func TestALostRelayFreesItsRowAtOnceAndAnErrorAfterTheNackDelay(t *testing.T) {
	for _, died := range []string{"crash relay", "restart"} {
		w := world(lane(consumers.Outbox, sim.Card, 1))
		play(t, w, posted+"; deliver m1 to relay; step relay; "+died)
		if !can(t, w, "deliver m1 to relay") {
			t.Errorf("after %q the row is not free", died)
		}
	}
	w := world(lane(consumers.Outbox, sim.Card, 1))
	if out := play(t, w, posted+"; deliver m1 to relay; fail relay; step relay"); out.Reply != sim.Returned {
		t.Errorf("a relay that fails is answered %v", out.Reply)
	}
	if can(t, w, "deliver m1 to relay") || !can(t, w, "retry m1") {
		t.Error("the row does not wait")
	}
	play(t, w, "retry m1; deliver m1 to relay; step relay; step relay")
	if w.Verdicts().Of[0] != sim.Once {
		t.Error("it was not sent the second time")
	}
	r := simulate(t, lane(consumers.Outbox, sim.Card, 1, "fail:m1"))
	tries := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Relayed() })
	if len(tries) != 2 || tries[1].At-tries[0].At != sim.DefaultTiming().Effect+sim.DefaultTiming().Store+broker.Default().NackDelay {
		t.Errorf("the relay tries %+v", tries)
	}
}

// A crash of the relay is not one of a worker, and the other way round.
func TestTheRelayIsAProcessOfItsOwn(t *testing.T) {
	l := lane(consumers.Outbox, sim.Card, 2)
	l.Threads = 2
	w := world(l)
	if w.Workers() != 5 || w.Relay() != 4 {
		t.Fatalf("%d workers, the relay is %d", w.Workers(), w.Relay())
	}
	play(t, w, posted+"; deliver m1 to relay; crash 1")
	if _, busy := w.Handling(w.Relay()); !busy {
		t.Error("a worker that died took the relay along")
	}
	play(t, w, "publish m2; deliver m2 to 3; crash relay")
	if _, busy := w.Handling(2); !busy {
		t.Error("the relay took a worker along")
	}
}

// Whose transaction enqueues twice has two rows, and each of them is sent.
func TestEachRowIsSentOnItsOwn(t *testing.T) {
	twice := sim.Consumer{Name: "twice", Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.Enqueue(m)
		tx.Enqueue(m)
		return tx.Commit()
	}, Relay: func(p *sim.Proc, m broker.Message) error { return p.Perform(m) }}
	r := simulate(t, lane(twice, sim.Card, 1, "crash:m1/after-effect"))
	if v := r.World().Verdicts(); v.Effects[0] != 3 {
		t.Errorf("%d effects, want one for each row and one more for the crash: the plan strikes one attempt", v.Effects[0])
	}
}

// The relay may ack early like any handler: then a crash loses what it was to do.
func TestARelayThatMarksFirstLoses(t *testing.T) {
	hasty := consumers.Outbox
	hasty.Relay = func(p *sim.Proc, m broker.Message) error {
		_ = p.Ack()
		return p.Perform(m)
	}
	r := simulate(t, lane(hasty, sim.Card, 1, "crash:m1/before-effect"))
	if v := r.World().Verdicts(); v.Of[0] != sim.Never {
		t.Errorf("marked and never performed: %v", v.Of)
	}
}

// The relay's steps are told as its own, with their cause and their place.
func TestEventsOfTheRelaySayWhatLedToThem(t *testing.T) {
	r := simulate(t, lane(consumers.Outbox, sim.Card, 1, "crash:m1/after-effect"))
	events := r.Events()
	tries := 0
	for i := range events {
		e := &events[i]
		if e.Relayed() != (int(e.Worker) == r.World().Relay() && e.Kind != sim.Publish) {
			t.Errorf("event %d: relayed %v by worker %d", i, e.Relayed(), e.Worker)
		}
		if e.Kind != sim.Deliver || !e.Relayed() {
			continue
		}
		tries++
		cause := &events[e.Cause]
		if tries == 1 && cause.Op != sim.OpCommit || tries == 2 && cause.Kind != sim.Crash {
			t.Errorf("try %d was caused by %+v", tries, cause)
		}
	}
	at := slices.IndexFunc(events, func(e sim.Event) bool { return e.Op == sim.OpPerform })
	if site := r.Site(at); tries != 2 || site.File != "outbox.go" {
		t.Errorf("%d tries, performed at %v", tries, site)
	}
}

func TestWhatCannotBeEnqueuedIsSaid(t *testing.T) {
	enqueue := func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.Enqueue(m)
		return tx.Commit()
	}
	for rule, c := range map[string]sim.Consumer{
		"give the consumer a Relay": {Name: "no relay", Handle: enqueue},
		"enqueued from the relay":   {Name: "loop", Handle: enqueue, Relay: enqueue},
		"enqueued a message that it was not handed": {Name: "other", Relay: enqueue, Handle: func(p *sim.Proc, m broker.Message) error {
			m.ID = "another"
			return enqueue(p, m)
		}},
	} {
		_, err := sim.Simulate(lane(c, sim.Card, 1))
		var broken *sim.HandlerError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), rule) {
			t.Errorf("%s: %v, want %q", c.Name, err, rule)
		}
	}
}

// A pause of the relay holds its row, for as long as it takes: no timer runs.
func TestNoTimerRunsOverARow(t *testing.T) {
	r := simulate(t, lane(consumers.Outbox, sim.Card, 1, "pause:m1/before-effect,for=2h"))
	if v := r.World().Verdicts(); v.Of[0] != sim.Once || r.End < 2*time.Hour {
		t.Errorf("%v at %v", v.Of, r.End)
	}
}
