package sim_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// What is written on a condition is written if that still holds, and not otherwise.
func TestConditionalWritesOfTheCacheChangeOnlyWhatTheyExpect(t *testing.T) {
	for _, c := range []struct {
		why  string
		ask  func(c sim.Cache) (bool, error)
		want string
	}{
		{"an entry that is not there counts as empty", func(c sim.Cache) (bool, error) { return c.SetIf("new", "", "mine", 0) }, "true <nil>"},
		{"an entry that is there does not", func(c sim.Cache) (bool, error) { return c.SetIf("k", "", "mine", 0) }, "false <nil>"},
		{"its own", func(c sim.Cache) (bool, error) { return c.SetIf("k", "v", "done", 0) }, "true <nil>"},
		{"another's", func(c sim.Cache) (bool, error) { return c.SetIf("k", "w", "done", 0) }, "false <nil>"},
		{"gives up its own", func(c sim.Cache) (bool, error) { return c.DeleteIf("k", "v") }, "true <nil>"},
		{"and not another's", func(c sim.Cache) (bool, error) { return c.DeleteIf("k", "w") }, "false <nil>"},
		{"nor what is gone", func(c sim.Cache) (bool, error) { return c.DeleteIf("new", "") }, "false <nil>"},
	} {
		r := telling(t, sim.Card, func(p *sim.Proc, m broker.Message) any {
			if err := p.Cache.Set("k", "v", 0); err != nil {
				return err
			}
			return pair(c.ask(p.Cache))
		})
		if got := told(t, r); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}

// What SetIf has written expires, counted from then on.
func TestSetIfBeginsTheTimeOfItsEntryAnew(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Cache.Set("k", "held", 5*time.Second); err != nil {
			return err
		}
		if err := p.Perform(m); err != nil { // one second
			return err
		}
		_, err := p.Cache.SetIf("k", "held", "done", 5*time.Second)
		return err
	}), sim.Card, 1)
	r := simulate(t, l)
	set := where(r, func(e *sim.Event) bool { return e.Op == sim.OpCacheSetIf })
	gone := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(set) != 1 || len(gone) != 1 || gone[0].At != set[0].At+5*time.Second {
		t.Errorf("set %+v, expired %+v", set, gone)
	}
}

// unique performs under the business key, in a transaction or not.
func unique(tx bool) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		if !tx {
			return p.PerformUnique(m, m.Key)
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		if err := p.PerformUnique(m, m.Key); err != nil {
			return err
		}
		return tx.Commit()
	})
}

func TestUniqueEffectHappensOnceInStockAndEachTimeElsewhere(t *testing.T) {
	for _, tx := range []bool{false, true} {
		for b, want := range map[sim.Business]string{sim.Stock: "once", sim.Card: "twice", sim.Mail: "twice"} {
			for _, fault := range []string{"lose-ack:m1", "copy:m1", "republish:m1,new-id=true", "crash:m1/before-ack"} {
				if got := verdicts(simulate(t, lane(unique(tx), b, 1, fault))); got != want {
					t.Errorf("%s under %s, in a transaction: %v: %s, want %s", b, fault, tx, got, want)
				}
			}
		}
	}
}

// The row of a unique effect is locked like any other that a transaction has
// written, and gone when that is rolled back.
func TestUniqueEffectWaitsForTheTransactionThatHasTakenItsKey(t *testing.T) {
	const took = "publish m1; copy m1; deliver m1 to 1; step 1; step 1; deliver m1b to 2; step 2"
	w := world(lane(unique(true), sim.Stock, 1))
	play(t, w, took)
	if can(t, w, "step 2") {
		t.Fatal("worker 2 takes a key that worker 1 has locked")
	}
	committed, undone := w.Clone(), w.Clone()
	play(t, committed, "step 1")
	if out := play(t, committed, "step 2"); out.Done {
		t.Error("taken a second time after the commit")
	}
	play(t, undone, "crash 1")
	if out := play(t, undone, "step 2"); !out.Done {
		t.Error("not taken after the rollback")
	}
}

// fencing performs with a token that the message's body tells.
var fencing = handler(func(p *sim.Proc, m broker.Message) error {
	token, _ := strconv.Atoi(m.Body)
	if err := p.PerformFenced(m, token); !errors.Is(err, sim.ErrFenced) {
		return err
	}
	return nil
})

func TestStockRefusesATokenLowerThanTheHighestItHasSeen(t *testing.T) {
	for b, want := range map[sim.Business][]bool{
		sim.Stock: {true, false, true, true, false}, sim.Card: {true, true, true, true, true}, sim.Mail: {true, true, true, true, true},
	} {
		l := lane(fencing, b, 5)
		for i, token := range []string{"2", "1", "2", "10", "9"} {
			l.Messages[i].Key, l.Messages[i].Body = "order", token
		}
		for i, e := range where(simulate(t, l), func(e *sim.Event) bool { return e.Op == sim.OpPerformFenced }) {
			if e.Done != want[i] || e.Fenced() == want[i] {
				t.Errorf("%s: the %d. token is let through: %v, fenced off: %v", b, i+1, e.Done, e.Fenced())
			}
		}
	}
}

// Tokens are compared by business key: those of another order say nothing.
func TestFencesAreByBusinessKey(t *testing.T) {
	l := lane(fencing, sim.Stock, 2)
	l.Messages[0].Body, l.Messages[1].Body = "2", "1"
	if got := verdicts(simulate(t, l)); got != "once once" {
		t.Errorf("verdicts %s", got)
	}
}

func TestConditionalEffectsRefuseWhatCannotBe(t *testing.T) {
	for rule, perform := range map[string]sim.Handler{
		"empty unique key":       func(p *sim.Proc, m broker.Message) error { return p.PerformUnique(m, "") },
		"negative fencing token": func(p *sim.Proc, m broker.Message) error { return p.PerformFenced(m, -1) },
	} {
		if _, err := sim.Simulate(lane(handler(perform), sim.Stock, 1)); err == nil || !strings.Contains(err.Error(), rule) {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}
