package check_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// bySelf counts the faults of a trace that need no plan: a row that runs out, a key that
// makes room.
func bySelf(e *check.Trace) int {
	n, w := 0, e.Begin()
	for _, a := range e.Actions {
		if a.Kind == sim.Evict || w.Expiry(a) == sim.ExpiresUnawaited {
			n++
		}
		w.Do(a)
	}
	return n
}

// replays holds that a counterexample breaks the same property of the same thing on
// the timeline, with as many faults; it returns the plan.
func replays(t *testing.T, what string, e *check.Trace) string {
	t.Helper()
	l, ok := e.Plan()
	if !ok {
		t.Errorf("%s: there is no plan for\n\t%s", what, strings.Join(e.Lines(), "\n\t"))
		return ""
	}
	race := e.Faults == 0 && len(l.Plan) == 1 && l.Plan[0].Kind == sim.PauseFault && l.Plan[0].For < broker.Default().Visibility
	if len(l.Plan) != e.Faults-bySelf(e) && !race {
		t.Errorf("%s: %d faults in the plan %v, %d in the trace", what, len(l.Plan), l.Plan, e.Faults)
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return ""
	}
	want := [...]sim.Verdict{sim.Twice, sim.Never, sim.Pending}[e.Property]
	if v := r.World().Verdicts(); v.Of[e.Owed] != want {
		t.Errorf("%s: the plan %v ends in %v, want %v for %s", what, l.Plan, v.Of, want, l.Messages[e.Owed].ID)
	}
	var text []string
	for i, f := range l.Plan {
		if !slices.ContainsFunc(r.Events(), func(e sim.Event) bool { return int(e.Fault) == i }) {
			t.Errorf("%s: %s does not strike", what, f)
		}
		text = append(text, f.String())
	}
	if !slices.EqualFunc(l.Messages, e.Lane.Messages, func(a, b sim.Owed) bool { return a == b }) {
		text = append(text, "published at")
		for _, m := range l.Messages {
			text = append(text, m.At.String())
		}
	}
	return strings.Join(text, " ")
}

// Every consumer that breaks, in every business, with all kinds of fault and with
// each alone.
func TestEveryCounterexampleIsAPlan(t *testing.T) {
	sets := [][]check.Kind{check.DefaultKinds()}
	for _, k := range check.DefaultKinds() {
		sets = append(sets, []check.Kind{k})
	}
	sets = append(sets, []check.Kind{check.Republish}, []check.Kind{check.RepublishAs}, []check.Kind{check.Restart},
		[]check.Kind{check.ForgetAcks}, []check.Kind{check.LoseWrites}, []check.Kind{check.StoreDown})
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	batch := broker.Default()
	batch.Batch, batch.AckUnit = 2, broker.AckBatch
	for _, q := range []broker.Profile{broker.Default(), rabbit, batch} {
		for _, kinds := range sets {
			for _, c := range consumers.All() {
				for _, b := range sim.Businesses() {
					r := searchLane(t, sim.Lane{Consumer: c, Business: b, Queue: q}, check.Options{Faults: 1, Kinds: kinds})
					for _, p := range properties {
						if e := r.Of(p).Counterexample; e != nil && !isMissed(c, q, kinds) {
							what := fmt.Sprintf("%s/%s on %q with %v: %s", c.Name, b, q.Name, kinds, p)
							plan := replays(t, what, e)
							if testing.Verbose() {
								t.Log(what, plan)
							}
						}
					}
				}
			}
		}
	}
}

// isMissed says where the right moment is not found: one between two messages of a
// batch, or one at which a batch that comes back goes to another worker than the one
// that has it in its memory.
func isMissed(c sim.Consumer, q broker.Profile, kinds []check.Kind) bool {
	switch {
	case q.Batch <= 1 || len(kinds) > 1:
		return false
	case kinds[0] == check.Fail:
		return strings.HasPrefix(c.Name, "memory-")
	}
	return kinds[0] == check.LoseWrites || kinds[0] == check.StoreDown
}

// Where the timeline cannot follow, no plan is made up: what was not acked comes back
// long before a row of half an hour runs out.
func TestThereIsNoPlanForWhatTheTimelineNeverDoes(t *testing.T) {
	r := search(t, consumers.InboxTTL, sim.Card, check.Options{Faults: 2, Kinds: []check.Kind{check.LoseAck, check.ExpireKey}})
	if l, ok := r.NeverTwice.Counterexample.Plan(); ok || l.Plan != nil {
		t.Errorf("there is a plan: %v", l.Plan)
	}
}

// What is kept for a time, or up to a number, runs out by itself: that fault is not in
// the plan. What brings the message again comes late enough, or after enough others.
func TestWhatRunsOutByItselfIsNotInThePlan(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		kinds    []check.Kind
		workers  int
		want     string
	}{
		{consumers.InboxTTL, []check.Kind{check.Republish, check.ExpireKey}, 2, "republish:m1,later=1d1h"},
		{consumers.Lease, []check.Kind{check.Republish, check.ExpireKey}, 2, "republish:m1,later=1d1h"},
		{consumers.MemoryLRU, []check.Kind{check.LoseAck, check.Evict}, 1, "lose-ack:m1 published at 0s 2s 4s 6s"},
		{consumers.MemoryLRU, []check.Kind{check.Republish, check.Evict}, 1, "republish:m1 published at 0s 2s 4s 6s"},
	} {
		r := search(t, c.consumer, sim.Card, check.Options{Faults: 2, Kinds: c.kinds, Workers: c.workers})
		e := r.NeverTwice.Counterexample
		if e == nil || e.Faults != 2 {
			t.Errorf("%s: %s", c.consumer.Name, shape(&r.NeverTwice))
			continue
		}
		if got := replays(t, c.consumer.Name, e); got != c.want {
			t.Errorf("%s: the plan is %s, want %s", c.consumer.Name, got, c.want)
		}
	}
}

// What takes several faults, what a store of its own decides, and what gets stuck.
func TestLongerCounterexamplesArePlansAsWell(t *testing.T) {
	fickle := handler(func(p *sim.Proc, m broker.Message) error {
		if p.Deliveries() > 2 {
			return nil // gives up
		}
		return p.Perform(m)
	})
	lease := handler(func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 10*time.Second); err != nil || !free {
			return errors.New("somebody is at work, or was")
		}
		if _, done := p.DB.Get("done", m.ID); done {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.DB.Put("done", m.ID, "yes")
		return p.Cache.Delete(m.ID)
	})
	ever := handler(func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 0); err != nil || !free {
			return errors.New("somebody is at work, or was")
		}
		return p.Perform(m)
	})
	for _, c := range []struct {
		name     string
		consumer sim.Consumer
		property sim.Property
		kinds    []check.Kind
		faults   int
	}{
		{"two crashes", fickle, sim.NeverLost, []check.Kind{check.Crash}, 2},
		{"two failures", fickle, sim.NeverLost, []check.Kind{check.Fail}, 2},
		{"one pause", fickle, sim.NeverTwice, []check.Kind{check.Overrun}, 1},
		{"a lease that runs out", lease, sim.NeverTwice, []check.Kind{check.Overrun}, 1},
		{"a crash under a lease", lease, sim.NeverTwice, []check.Kind{check.Crash}, 1},
		{"a lease that never runs out", ever, sim.NeverStuck, []check.Kind{check.Crash}, 1},
	} {
		r := search(t, c.consumer, sim.Mail, check.Options{Faults: 2, Kinds: c.kinds, Properties: []sim.Property{c.property}})
		e := r.Of(c.property).Counterexample
		if e == nil || e.Faults != c.faults {
			t.Errorf("%s: %s", c.name, shape(r.Of(c.property)))
			continue
		}
		plan := replays(t, c.name, e)
		if testing.Verbose() {
			t.Log(c.name, plan, e.Lines())
		}
	}
}
