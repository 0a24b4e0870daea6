package sim_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// broken runs a handler that breaks a rule and returns what is said about it.
func broken(handle func() sim.Handler, plan ...string) (string, error) {
	l := lane(handler(handle()), sim.Card, 2, plan...)
	_, err := sim.Simulate(l)
	l.Consumer.Handle = handle()
	_, tally := sim.Tally(l)
	if (err == nil) != (tally == nil) || err != nil && err.Error() != tally.Error() {
		return "", errors.New("Simulate and Tally disagree")
	}
	if err == nil {
		return "", nil
	}
	return err.Error(), nil
}

// rules are handlers that break one, each with what is said about it.
var rules = []struct {
	rule   string
	plan   string
	handle func() sim.Handler
	want   string
}{
	{"a map in a closure", "", func() sim.Handler {
		seen := map[string]bool{}
		return func(p *sim.Proc, m broker.Message) error {
			if seen[m.ID] {
				return nil
			}
			seen[m.ID] = true
			return p.Perform(m)
		}
	}, "handler test, message m1: is not deterministic: it asked for return where it had asked for perform; keep state in p, not in Go variables, and use no clock, no random number and no order of a map"},
	{"a counter in a closure", "", func() sim.Handler {
		n := 0
		return func(p *sim.Proc, m broker.Message) error {
			n++
			if n > 1 {
				p.DB.Put("t", m.ID, "x")
			}
			return p.Perform(m)
		}
	}, "handler test, message m1: is not deterministic: it asked for put t/m1=x where it had asked for perform; keep state in p, not in Go variables, and use no clock, no random number and no order of a map"},
	{"another key every time", "", func() sim.Handler {
		keys := "abcdefghijklmnopqrstuvwxyz"
		return func(p *sim.Proc, m broker.Message) error {
			key := keys[:1]
			keys = keys[1:] + key
			p.DB.Put("t", key, "x")
			return p.Perform(m)
		}
	}, "handler test, message m1: is not deterministic: it asked for put t/b=x where it had asked for put t/a=x; keep state in p, not in Go variables, and use no clock, no random number and no order of a map"},
	{"an error the second time", "", func() sim.Handler {
		n := 0
		return func(p *sim.Proc, m broker.Message) error {
			err := p.Perform(m)
			if n++; n > 1 {
				return errors.New("no more")
			}
			return err
		}
	}, "handler test, message m1: is not deterministic: it asked for return where it had asked for return; keep state in p, not in Go variables, and use no clock, no random number and no order of a map"},
	{"a loop without end", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			for !p.Memory.Has("what nobody adds") {
			}
			return p.Perform(m)
		}
	}, "handler test, message m1: asked for more than 64 steps in one attempt: does it loop for ever?"},
	{"recovers", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) (err error) {
			defer func() { _ = recover() }()
			p.DB.Put("t", p.NewID(), "x")
			return p.Perform(m)
		}
	}, "handler test, message m1: recovered a panic that was not its own: do not recover in a handler"},
	{"two transactions", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			p.DB.Begin()
			p.DB.Begin()
			return nil
		}
	}, "handler test, message m1: began a second transaction while one is open: commit or roll back first"},
	{"a finished transaction", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			tx := p.DB.Begin()
			tx.Rollback()
			tx.Put("t", "k", "v")
			return nil
		}
	}, "handler test, message m1: used a transaction that is over: begin another"},
	{"commits twice", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			tx := p.DB.Begin()
			_ = tx.Commit()
			return tx.Commit()
		}
	}, "handler test, message m1: used a transaction that is over: begin another"},
	{"acks twice", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			_ = p.Ack()
			return p.Ack()
		}
	}, "handler test, message m1: acked twice: an attempt acks once, by p.Ack, by tx.Ack or by returning nil"},
	{"another message", "", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			m.Amount *= 2
			return p.Perform(m)
		}
	}, "handler test, message m1: performed a message that it was not handed: pass on the message as it came"},
	{"a rule that only trouble leads to", "fail:m2", func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			if err := p.Perform(m); err != nil {
				_ = p.Ack()
				_ = p.Ack()
			}
			return nil
		}
	}, "handler test, message m2: acked twice: an attempt acks once, by p.Ack, by tx.Ack or by returning nil"},
}

func TestHandlersThatBreakARuleAreTold(t *testing.T) {
	for _, test := range rules {
		got, err := broken(test.handle, strings.Fields(test.plan)...)
		if _, after, located := strings.Cut(got, ": handler"); located {
			got = "handler" + after // where, which TestABrokenRuleSaysWhere holds
		}
		if err != nil || got != test.want {
			t.Errorf("%s: %v\n got %s\nwant %s", test.rule, err, got, test.want)
		}
	}
}

// A rule that would be broken only after answers that never come is not broken.
// Guesses run ahead of the answers, and must not be reported.
func TestWhatOnlyAGuessLeadsToIsNotReported(t *testing.T) {
	for name, handle := range map[string]sim.Handler{
		"a loop that its own step ends": func(p *sim.Proc, m broker.Message) error {
			for seen := false; !seen; seen = p.Memory.Has(m.ID) {
				p.Memory.Add(m.ID)
			}
			return p.Perform(m)
		},
		"a loop until a row is there": func(p *sim.Proc, m broker.Message) error {
			for {
				if _, found := p.DB.Get("t", m.ID); found {
					return p.Perform(m)
				}
				p.DB.Put("t", m.ID, "v")
			}
		},
		"a loop while an insert succeeds": func(p *sim.Proc, m broker.Message) error {
			for p.DB.Insert("t", m.ID) {
			}
			return p.Perform(m)
		},
		"two acks in a branch never taken": func(p *sim.Proc, m broker.Message) error {
			p.DB.Put("t", "k", "v")
			if _, found := p.DB.Get("t", "k"); !found {
				_, _ = p.Ack(), p.Ack()
			}
			return p.Perform(m)
		},
	} {
		r, err := sim.Simulate(lane(handler(handle), sim.Card, 2))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := verdicts(r); got != "once once" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The limit is 64 steps with the return: 63 may be asked for.
func TestAttemptMayTakeSixtyFourSteps(t *testing.T) {
	count := func(n int) sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			for range n {
				p.Memory.Has("k")
			}
			return nil
		}
	}
	if _, err := sim.Simulate(lane(handler(count(sim.MaxSteps-1)), sim.Card, 1)); err != nil {
		t.Error(err)
	}
	if _, err := sim.Simulate(lane(handler(count(sim.MaxSteps)), sim.Card, 1)); err == nil {
		t.Error("one step more is not too many")
	}
}

// A panic of the handler's own is a bug of the consumer, not of this program:
// its process dies, and the message comes back as after a crash.
func TestPanicOfTheHandlersOwnIsACrash(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		p.Memory.Add("was here")
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", "k", "v")
		if p.Deliveries() == 1 {
			panic("index out of range")
		}
		if p.Memory.Has("was here") && !p.Redelivered() {
			return errors.New("remembers")
		}
		return p.Perform(m)
	}), sim.Card, 1)
	r := simulate(t, l)
	wantTimes(t, r, "m1", 0, 30*time.Second)
	panics := where(r, func(e *sim.Event) bool { return e.Op == sim.OpPanic })
	if len(panics) != 1 || r.Value(&panics[0]) != "index out of range" || !panics[0].Finished {
		t.Fatalf("panics: %+v", panics)
	}
	if got := verdicts(r); got != "once" {
		t.Errorf("verdict %s", got)
	}
	n := int(panics[0].Receipt.Delivery) // after the panic nothing is left of it
	for i := range r.Events() {
		if r.Events()[i] == panics[0] {
			n = i + 1
		}
	}
	if rows := r.At(n).Rows(); strings.Join(rows, ",") != "memory,memory" {
		t.Errorf("after the panic: %q", rows)
	}
}

// The process that died starts again after a while, also when its message needs
// no other attempt.
func TestProcessStartsAgainAfterAPanic(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		_ = p.Ack()
		panic("after the ack")
	}), sim.Card, 2)
	l.Processes, l.Messages[1].At = 1, 100*time.Millisecond
	r := simulate(t, l)
	wantTimes(t, r, "m2", 10*time.Millisecond+sim.DefaultTiming().Restart)
}

// A deferred Rollback is a step only where a transaction is open: not while the
// handler is being unwound, not after a commit; after a commit that failed, yes.
func TestDeferredRollbackIsAStepOnlyWhereATransactionIsOpen(t *testing.T) {
	deferred := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", p.NewID(), "v") // the fresh ID parks the handler
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
	for plan, want := range map[string]string{
		"":                          "begin new-id put perform commit return",
		"fail:m1":                   "begin new-id put perform rollback return",
		"fail:m1,step=commit":       "begin new-id put perform commit rollback return",
		"lose-reply:m1,step=commit": "begin new-id put perform commit rollback return",
		"crash:m1/before-commit":    "begin new-id put perform",
	} {
		l := lane(deferred, sim.Card, 1, strings.Fields(plan)...)
		l.Until = 3 * time.Second // the first attempt only
		got := ""
		for _, e := range where(simulate(t, l), func(e *sim.Event) bool { return e.Op != 0 && e.Kind != sim.Crash }) {
			got += " " + e.Op.String()
		}
		if got = strings.TrimSpace(got); got != want {
			t.Errorf("under %q: %s, want %s", plan, got, want)
		}
	}
}

// What was committed stays committed, though the handler then rolls back in
// doubt.
func TestRollbackAfterACommitWithoutReplyUndoesNothing(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Insert("t", m.ID)
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	}), sim.Stock, 1, "lose-reply:m1,step=commit")
	l.Until = 2 * time.Second
	r := simulate(t, l)
	if got := verdicts(r); got != "once" || r.World().Rows()[0] != "t/m1=" {
		t.Errorf("%s, %q", got, r.World().Rows())
	}
}

func TestABrokenRuleSaysWhere(t *testing.T) {
	got, err := broken(func() sim.Handler {
		return func(p *sim.Proc, m broker.Message) error {
			p.DB.Begin()
			p.DB.Begin()
			return nil
		}
	})
	if want := regexp.MustCompile(`^program_test\.go:[0-9]+: handler test, message m1: began a second`); err != nil || !want.MatchString(got) {
		t.Errorf("got %s, %v", got, err)
	}
}
