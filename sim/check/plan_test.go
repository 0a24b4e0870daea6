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
	if len(l.Plan) != e.Faults && !race {
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
						if e := r.Of(p).Counterexample; e != nil && !goesToTheFirstIdle(c, q, kinds) && !isMissed(c, q, kinds) {
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

// goesToTheFirstIdle says where the timeline cannot follow: a message that comes back
// at once goes to the lowest-numbered idle worker. With two messages that is the one
// that has just handled it, and remembers it.
func goesToTheFirstIdle(c sim.Consumer, q broker.Profile, kinds []check.Kind) bool {
	alone := func(k check.Kind) bool { return len(kinds) == 1 && kinds[0] == k }
	return strings.HasPrefix(c.Name, "memory-") && (!q.Timed() && alone(check.LoseAck) || alone(check.ForgetAcks) || q.Batch > 1 && alone(check.Fail))
}

// isMissed says where the right moment is not found: that at which a relay has not been
// handed yet what it is handed at once, and one between two messages of a batch.
func isMissed(c sim.Consumer, q broker.Profile, kinds []check.Kind) bool {
	switch kinds[0] {
	case check.LoseWrites:
		return c.Relay != nil || q.Batch > 1
	case check.StoreDown:
		return q.Batch > 1
	}
	return false
}

// Where the timeline cannot follow, no plan is made up.
func TestThereIsNoPlanForWhatTheTimelineNeverDoes(t *testing.T) {
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	r := searchLane(t, sim.Lane{Consumer: consumers.MemorySet, Queue: rabbit}, check.Options{Faults: 1, Kinds: []check.Kind{check.LoseAck}})
	if l, ok := r.NeverTwice.Counterexample.Plan(); ok || l.Plan != nil {
		t.Errorf("there is a plan: %v", l.Plan)
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
