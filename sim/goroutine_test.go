package sim_test

import (
	"errors"
	"sync"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
)

const outside = "asked for a step outside of its attempt, in another goroutine or after the handler had returned: take all steps in the handler itself, one after another"

// A handler that breaks this rule must not end the program, nor hang it, nor share
// memory without a lock: run it with -race.
var outsiders = []struct {
	name   string
	handle func(other *sync.WaitGroup) sim.Handler
}{
	{"nobody waits for it", func(other *sync.WaitGroup) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			other.Go(func() { _ = p.PerformOnce(m, m.Key) })
			return nil
		}
	}},
	{"the handler waits for its end", func(*sync.WaitGroup) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			var done sync.WaitGroup
			done.Go(func() { _ = p.Perform(m) })
			done.Wait()
			return nil
		}
	}},
	{"the handler waits for its answer", func(*sync.WaitGroup) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			answer := make(chan error)
			go func() { answer <- p.Perform(m) }()
			return <-answer
		}
	}},
	{"the handler goes on beside it", func(other *sync.WaitGroup) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			other.Go(func() {
				tx := p.DB.Begin()
				defer tx.Rollback()
				tx.Put("t", p.NewID(), "x")
				tx.Add("t", "n", 1)
				_, _ = p.Lookup(m)
				_ = tx.Commit()
				_ = p.Ack()
			})
			for p.DB.Add("t", m.ID, 1) < 3 {
			}
			_, _ = p.Cache.PutIfAbsent(m.ID, "x", 0)
			return p.PerformOnce(m, m.Key)
		}
	}},
	{"it asks for ever", func(other *sync.WaitGroup) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			other.Go(func() {
				for !p.Memory.Has(m.ID) {
				}
			})
			return p.Perform(m)
		}
	}},
	{"a worker that was there before", func(other *sync.WaitGroup) sim.Handler {
		jobs, once := make(chan func()), sync.Once{}
		other.Go(func() { (<-jobs)() })
		return func(p *sim.Proc, m broker.Message) error {
			once.Do(func() {
				jobs <- func() { _ = p.Perform(m) }
				other.Wait()
			})
			return nil
		}
	}},
}

func TestAStepInAnotherGoroutineIsARuleAndNotTheEnd(t *testing.T) {
	for _, o := range outsiders {
		t.Run(o.name, func(t *testing.T) {
			var other sync.WaitGroup
			l := lane(sim.Consumer{Name: "test", Handle: o.handle(&other)}, sim.Card, 3)
			for range 100 { // what nobody waits for may come too late for one run
				_, err := sim.Simulate(l)
				if other.Wait(); err == nil {
					continue
				}
				var rule *sim.HandlerError
				if !errors.As(err, &rule) || rule.Rule != outside || rule.Site.File != "goroutine_test.go" || rule.Message != "" {
					t.Errorf("%v", err)
				}
				return
			}
			t.Error("no run has noticed it")
		})
	}
}

func TestAStepAfterTheAttemptIsARule(t *testing.T) {
	var kept *sim.Proc
	var handed broker.Message
	keeps := sim.Consumer{Name: "test", Handle: func(p *sim.Proc, m broker.Message) error {
		kept, handed = p, m
		return p.Perform(m)
	}}
	if _, err := sim.Simulate(lane(keeps, sim.Card, 1)); err != nil {
		t.Fatal(err)
	}
	if err := kept.Perform(handed); err == nil || err.Error() != "the handler "+outside {
		t.Errorf("asked after the run: %v", err)
	}
	if id, deliveries, has := kept.NewID(), kept.Deliveries(), kept.Memory.Has("m1"); id != "" || deliveries > 0 || has {
		t.Errorf("asked after the run: ID %q, %d deliveries, has %v", id, deliveries, has)
	}
	uses := sim.Consumer{Name: "test", Handle: func(*sim.Proc, broker.Message) error { return kept.Perform(handed) }}
	_, err := sim.Simulate(lane(uses, sim.Card, 1))
	var rule *sim.HandlerError
	if !errors.As(err, &rule) || rule.Rule != "kept p of an attempt that is over: take the p that the handler is handed, and keep it nowhere" || rule.Site.Line == 0 {
		t.Errorf("asked in an attempt of another run: %v", err)
	}
}
