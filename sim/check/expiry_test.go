package check_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// claimFor takes something for a time and turns away whoever comes meanwhile.
func claimFor(take func(p *sim.Proc, m broker.Message) bool) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		if !take(p, m) {
			return sim.ErrUnavailable
		}
		return p.Perform(m)
	})
}

// A crash between the effect and the end leaves the claim behind. The message comes
// again until that has run out, whatever the lengths: no length makes it safe.
func TestNoLengthOfAClaimMakesACrashSafe(t *testing.T) {
	pubsub, _ := broker.Preset("pubsub")
	noTimer := broker.Profile{Redeliver: broker.OnDisconnect, NackDelay: 5 * time.Second, StaleAck: broker.Ignored}
	short := broker.Default()
	short.Visibility = 10 * time.Second
	for name, c := range map[string]sim.Consumer{
		"lease": consumers.Lease,
		"cache": claimFor(func(p *sim.Proc, m broker.Message) bool {
			ok, err := p.Cache.PutIfAbsent(m.ID, "taken", time.Minute)
			return err == nil && ok
		}),
		"row": claimFor(func(p *sim.Proc, m broker.Message) bool { return p.DB.InsertFor("taken", m.ID, time.Minute) }),
		"processing row with a reaper": claimFor(func(p *sim.Proc, m broker.Message) bool {
			tx := p.DB.Begin()
			ok := tx.InsertFor("processing", m.ID, 10*time.Minute)
			return tx.Commit() == nil && ok
		}),
	} {
		for _, q := range []broker.Profile{broker.Default(), short, noTimer, pubsub} {
			l := sim.Lane{Consumer: c, Business: sim.Card, Queue: q}
			r := searchLane(t, l, check.Options{Messages: 1, Faults: 1, Kinds: []check.Kind{check.Crash}})
			x := r.NeverTwice.Counterexample
			if x == nil || x.Faults != 1 {
				t.Errorf("%s on %q, hidden for %v: never twice holds under a crash", name, q.Name, q.Visibility)
				continue
			}
			if q.NackDelay > 0 || name != "processing row with a reaper" { // ten minutes of retries at once are too many for a run
				replays(t, name, x)
			}
		}
	}
}

// A mark that nobody waits for is kept for its lifetime: to outlast that is a fault of
// its own, beside what made the wait. One pause of forty minutes is two of them.
func TestAnInboxWithALifetimeBreaksOnlyByOutlastingIt(t *testing.T) {
	l := sim.Lane{Consumer: consumers.InboxTTL, Business: sim.Stock}
	if r := searchLane(t, l, check.Options{}); !r.NeverTwice.Holds {
		t.Errorf("with the usual faults: %v", r.NeverTwice.Counterexample.Lines())
	}
	kinds := []check.Kind{check.Overrun, check.ExpireKey}
	if r := searchLane(t, l, check.Options{Faults: 1, Kinds: kinds}); !r.NeverTwice.Holds {
		t.Errorf("with one fault: %v", r.NeverTwice.Counterexample.Lines())
	}
	x := searchLane(t, l, check.Options{Faults: 2, Kinds: kinds}).NeverTwice.Counterexample
	if x == nil || x.Faults != 2 {
		t.Fatal("a pause that outlasts the rows takes nothing twice")
	}
	if plan, ok := x.Plan(); !ok || len(plan.Plan) != 1 || plan.Plan[0].Kind != sim.PauseFault {
		t.Errorf("played by %v", plan.Plan)
	}
}

// Whoever waits for a row is as slow as its owner: one pause lets both deadlines pass.
func TestAPauseOfTheOwnerOfARowIsOneFaultForAllWhoWait(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.Put("t", "k", m.ID)
		tx.Commit()
		if m.ID == "m2" && p.Deliveries() > 1 {
			return p.Perform(m)
		}
		return nil
	})
	l := sim.Lane{Consumer: c, Business: sim.Card, Queue: broker.Default(), Messages: check.Messages(2), Processes: 2}
	w := sim.New(&l, -1)
	for _, text := range []string{"publish m1", "publish m2", "deliver m1 to 1", "step 1", "step 1", "deliver m2 to 2", "step 2"} {
		a, err := w.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		w.Do(a)
	}
	costs := func() (all []int) {
		for n := range int32(2) {
			all = append(all, w.Cost(sim.Action{Kind: sim.TimeOut, Msg: n}))
		}
		return all
	}
	if got := costs(); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("the deadlines cost %v at first, want 1 each", got)
	}
	w.Do(sim.Action{Kind: sim.TimeOut, Msg: 1})
	if got := w.Cost(sim.Action{Kind: sim.TimeOut, Msg: 0}); got != 0 {
		t.Errorf("the owner's deadline costs %d after that of who waits for it, want 0", got)
	}
}

// The search meets names in another order than the trace of it does: what runs out in a
// trace is called by its own name all the same.
func TestATraceCallsWhatRunsOutByItsName(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		if !p.DB.InsertFor("inbox", m.ID, time.Hour) || m.ID == "m1" {
			return nil
		}
		return p.Perform(m)
	})
	r := search(t, c, sim.Card, check.Options{Messages: 2, Faults: 2, Kinds: []check.Kind{check.Copy, check.ExpireKey}})
	x := r.NeverTwice.Counterexample
	if x == nil {
		t.Fatal("never twice holds")
	}
	if lines := x.Lines(); !slices.Contains(lines, `expire "m2" of "inbox"`) {
		t.Errorf("the trace is %q", lines)
	}
}

// Keys at the bank run out: that breaks the strategy that keeps nothing of its own, by
// two faults, and only where a key can run out.
func TestAKeyThatTheBankForgetsIsChargedAgain(t *testing.T) {
	o := check.Options{Faults: 2, Kinds: []check.Kind{check.Copy, check.ExpireKey}}
	for _, c := range []struct {
		consumer sim.Consumer
		keys     time.Duration
		holds    bool
	}{
		{consumers.GatewayKey, 0, false},
		{consumers.GatewayKey, sim.Forever, true},
		{consumers.InboxAndGatewayKey, 0, true},
	} {
		r := searchLane(t, sim.Lane{Consumer: c.consumer, Business: sim.Card, Queue: broker.Default(), BankKeys: c.keys}, o)
		if v := &r.NeverTwice; v.Holds != c.holds || !c.holds && v.Counterexample.Faults != 2 {
			t.Errorf("%s, keys kept for %v: %s", c.consumer.Name, c.keys, shape(v))
		}
	}
	if r := search(t, consumers.GatewayKey, sim.Card, check.Options{}); !r.NeverTwice.Holds {
		t.Error("the usual faults break it")
	}
}
