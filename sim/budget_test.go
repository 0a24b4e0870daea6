package sim_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A lane in which every step fails for ever ends with its budget: what is open is
// pending, and never lost.
func TestABudgetEndsARunThatWouldNotEnd(t *testing.T) {
	l := lane(consumers.Inbox, sim.Card, 3)
	l.Rates = sim.Rates{sim.FailFault: 1}
	l.MaxEvents = 500
	r := simulate(t, l)
	if r.Ending != sim.OutOfEvents || r.Len() != 500 {
		t.Errorf("ending %d after %d events, want it out of events after 500", r.Ending, r.Len())
	}
	v := r.Verdicts()
	if v.Ending != sim.OutOfEvents || slices.ContainsFunc(v.Of, func(of sim.Verdict) bool { return of != sim.Pending }) {
		t.Errorf("verdicts %v, ending %d: want all of them pending", v.Of, v.Ending)
	}
	if l.MaxEvents = -1; l.Validate() == nil {
		t.Error("a budget of -1 events is valid")
	}
}

// A copy of something lost that was still to come leaves it open.
func TestWhatWasStillToComeIsPending(t *testing.T) {
	for with, want := range map[string]sim.Verdict{
		"":                                  sim.Never,
		"copy:m1,later=1h":                  sim.Pending,
		"republish:m1,later=1h,new-id=true": sim.Pending,
		"forget-acks,at=1h":                 sim.Pending,
		"redrive:m1,later=1h":               sim.Never, // nothing is parked
		"copy:m2,later=1h":                  sim.Never,
		"lose-ack:m2 restart,at=2h":         sim.Never,
		"republish:m1,later=1s,new-id=true": sim.Once,
	} {
		l := lane(consumers.AckFirst, sim.Card, 2, "crash:m1/before-effect")
		l.Plan = append(l.Plan, faults(strings.Fields(with)...)...)
		l.Messages[1].At = 2 * time.Minute
		full := simulate(t, l)
		l.MaxEvents = 1 + slices.IndexFunc(full.Events(), func(e sim.Event) bool { return e.Kind == sim.Publish && e.Msg == 1 })
		r := simulate(t, l)
		if got := r.Verdicts().Of; got[0] != want || got[1] != sim.Pending || r.Ending != sim.OutOfEvents {
			t.Errorf("with %q: verdicts %v, want %v and pending", with, got, want)
		}
	}
}

// A budget cuts a run short and changes nothing before. What it leaves lost or parked
// has nothing left that could still come.
func TestABudgetOnlyCutsARun(t *testing.T) {
	stormyLanes(t, 1, func(t *testing.T, l sim.Lane) {
		full := simulate(t, l)
		if full.Ending == sim.OutOfEvents {
			return // it would go on for ever, and is cut short already
		}
		whole := full.Verdicts()
		for _, l.MaxEvents = range []int{17, full.Len() / 2, full.Len() - 1, full.Len()} {
			cut := simulate(t, l)
			n := cut.Len()
			sameEvents(t, "the run within its budget", cut.Events(), full.Events()[:n])
			if (cut.Ending == sim.OutOfEvents) != (n < full.Len()) || n < min(l.MaxEvents, full.Len()) {
				t.Errorf("ending %d after %d of %d events, with a budget of %d", cut.Ending, n, full.Len(), l.MaxEvents)
			}
			for _, e := range cut.Events()[min(l.MaxEvents, n):] {
				if e.Kind != sim.Nothing { // only the waits that belong to the last action come along
					t.Errorf("action %v beyond a budget of %d", e.Kind, l.MaxEvents)
				}
			}
			v := cut.Verdicts()
			for i, of := range v.Of {
				if (of == sim.Never || of == sim.Parked) && whole.Effects[i] > 0 {
					t.Errorf("after %d of %d events message %d is %v, and then took effect", n, full.Len(), i, of)
				}
			}
			if tally, err := sim.Tally(l); err != nil || !reflect.DeepEqual(tally, v) {
				t.Errorf("Tally %v, %v; Simulate %v", tally, err, v)
			}
		}
	})
}

// However often a heart beats while nothing else happens, no beat is taken one by one.
func TestAHeartbeatOfYearsCostsNothing(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "slow:m1,for=3650d")
	l.Queue.Heartbeat, l.Queue.Visibility, l.Until = broker.HeartbeatHeld, sim.MinSpan, sim.MaxTime
	l.Messages[0].At = time.Nanosecond
	r := simulate(t, l)
	if n := len(deliveries(r, "m1")); n != 1 || r.Ending != sim.OutOfTime {
		t.Errorf("%d deliveries, ending %d: want one that lasts for ten years", n, r.Ending)
	}
	l.Plan = faults("slow:m1,for=3600d", "crash:m1/after-effect")
	wantTimes(t, simulate(t, l), "m1", time.Nanosecond, 3600*24*time.Hour+sim.MinSpan+time.Nanosecond)
}

// A worker that extends what it holds does so while it waits for a row lock, too.
func TestAHeartbeatGoesOnWhileARowIsLocked(t *testing.T) {
	l := lane(consumers.Inbox, sim.Stock, 1, "copy:m1", "pause:m1/after-effect,for=10s")
	l.Queue.Heartbeat = broker.HeartbeatHeld
	l.Queue.Visibility = time.Minute
	r := simulate(t, l)
	if n := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.TimeOut })); n != 0 || r.Ending != sim.Quiet {
		t.Errorf("%d deadlines have passed, ending %d", n, r.Ending)
	}
}
