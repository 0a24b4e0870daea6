package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// keptFor records the message ID for as long as it is told, in a transaction or not.
func keptFor(tx bool, retention time.Duration) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		if !tx {
			if !p.DB.InsertFor("inbox", m.ID, retention) {
				return nil
			}
			return p.Perform(m)
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("inbox", m.ID, retention) {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// A row is there for as long as its retention says, counted from its commit.
func TestARowIsThereForItsRetentionAndNoLonger(t *testing.T) {
	for _, tx := range []bool{false, true} {
		for later, want := range map[string]string{"1m": "once", "9m59s": "once", "10m10s": "twice"} {
			r := simulate(t, lane(keptFor(tx, 10*time.Minute), sim.Stock, 1, "republish:m1,later="+later))
			if got := verdicts(r); got != want {
				t.Errorf("published again %s later, in a transaction: %v: %s, want %s", later, tx, got, want)
			}
		}
		r := simulate(t, lane(keptFor(tx, 10*time.Minute), sim.Stock, 1))
		wrote := where(r, func(e *sim.Event) bool { return tx && e.Op == sim.OpCommit || !tx && e.Op == sim.OpInsert })
		gone := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
		if len(gone) != 1 || gone[0].At != wrote[0].At+10*time.Minute || r.Key(&gone[0]) != "inbox/m1" {
			t.Errorf("in a transaction: %v: written %+v, gone %+v", tx, wrote, gone)
		}
		if c := r.Events()[gone[0].Cause]; c.Op != sim.OpInsert {
			t.Errorf("the row went because of %s, want its insert", c.Op)
		}
		if n := r.World().Remembered().Entries; n != 0 {
			t.Errorf("%d rows are left", n)
		}
	}
}

// A row that was rolled back has no time to run out, and the next one has its own.
func TestARolledBackRowExpiresNothing(t *testing.T) {
	r := simulate(t, lane(keptFor(true, 50*time.Second), sim.Stock, 1, "crash:m1/after-effect"))
	commit := where(r, func(e *sim.Event) bool { return e.Op == sim.OpCommit && e.Kind == sim.Step })
	gone := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(commit) != 1 || len(gone) != 1 || gone[0].At != commit[0].At+50*time.Second {
		t.Errorf("committed %+v, gone %+v", commit, gone)
	}
}

// That a row runs out is a fault wherever it does: nobody waits for it, and it was to be there for longer
// than anything comes again.
func TestARowThatRunsOutCostsAFault(t *testing.T) {
	w := world(lane(keptFor(true, time.Hour), sim.Stock, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1")
	const gone = `expire "m1" of "inbox"`
	if can(t, w, gone) {
		t.Error("a row that is not committed can run out")
	}
	play(t, w, "step 1; step 1")
	a, err := w.Parse(gone)
	if err != nil || !w.Can(a) || w.Cost(a) != 1 || w.Expiry(a) != sim.ExpiresUnawaited || w.Format(a) != gone {
		t.Fatalf("%v, %v: cost %d, expiry %v, %s", err, w.Can(a), w.Cost(a), w.Expiry(a), w.Format(a))
	}
	if w.Do(a); w.Remembered().Entries != 0 || w.Can(a) {
		t.Error("the row is there still")
	}
	for _, wrong := range []string{`expire "m1" of inbox`, `expire "m1" of "cellar"`, `expire "m9" of "inbox"`, `evict 1 "m1" of "inbox"`} {
		if _, err := w.Parse(wrong); err == nil {
			t.Errorf("%s is taken for an action", wrong)
		}
	}
}

// What an open transaction writes over a row that runs out is there after its
// commit, and after its rollback nothing is.
func TestARowRunsOutUnderAnOpenTransaction(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		if m.ID == "m1" {
			p.DB.InsertFor("t", "k", time.Minute)
			return p.Perform(m)
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", "k", "new")
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
	for end, want := range map[string]int{"step 2; step 2": 1, "crash 2": 0} {
		w := world(lane(c, sim.Card, 2))
		play(t, w, `publish m1; deliver m1 to 1; step 1; step 1; step 1; publish m2; deliver m2 to 2; step 2; step 2; expire "k" of "t"`)
		if play(t, w, end); w.Remembered().Entries != want {
			t.Errorf("after %q there are %d rows, want %d", end, w.Remembered().Entries, want)
		}
	}
}

// few remembers at most two messages.
var few = handler(func(p *sim.Proc, m broker.Message) error {
	if !p.Memory.AddWithin(m.Key, 2) {
		return nil
	}
	return p.Perform(m)
})

// within runs few on messages with keys, and returns which were performed.
func within(t *testing.T, keys string) (done []bool, evicted string) {
	t.Helper()
	l := lane(few, sim.Mail, len(keys))
	for i := range l.Messages {
		l.Messages[i].Key = keys[i : i+1]
	}
	r := simulate(t, l)
	for _, v := range r.World().Verdicts().Of {
		done = append(done, v == sim.Once)
	}
	for _, e := range where(r, func(e *sim.Event) bool { return e.Op == sim.OpRememberWithin }) {
		evicted += r.Evicted(&e)
	}
	return done, evicted
}

func TestTheLeastRecentlyUsedKeyGivesWay(t *testing.T) {
	for _, c := range []struct{ keys, done, evicted string }{
		{"aba", "xx.", ""},       // both fit
		{"abca", "xxxx", "ab"},   // a has given way to c
		{"abaca", "xx.x.", "b"},  // but not if it was used since
		{"abcba", "xxx.x", "ac"}, // b was used after c
	} {
		done, evicted := within(t, c.keys)
		want := make([]bool, len(c.done))
		for i := range c.done {
			want[i] = c.done[i] == 'x'
		}
		if !slices.Equal(done, want) || evicted != c.evicted {
			t.Errorf("%s: performed %v, want %s; gave way: %q, want %q", c.keys, done, c.done, evicted, c.evicted)
		}
	}
}

// Keys added for good stay, and are not counted.
func TestKeysAddedForGoodStay(t *testing.T) {
	r := telling(t, sim.Card, func(p *sim.Proc, m broker.Message) any {
		p.Memory.Add("kept")
		a, b := p.Memory.AddWithin("a", 1), p.Memory.AddWithin("b", 1)
		return fmt.Sprint(a, b, p.Memory.AddWithin("kept", 1), p.Memory.Has("a"), p.Memory.Has("b"), p.Memory.Has("kept"))
	})
	if got := told(t, r); got != "true true false false true true" {
		t.Errorf("told %s", got)
	}
}

// In a search a process may forget any key that gives way to others: there are
// more messages in the world than the two that are looked at.
func TestAnEvictionIsAFaultOfOneProcess(t *testing.T) {
	l := lane(few, sim.Mail, 1)
	l.Threads = 2
	w := world(l)
	play(t, w, "publish m1; copy m1; deliver m1 to 2; step 2; step 2")
	const evict = `evict 1 "order-m1"`
	if can(t, w, `evict 2 "order-m1"`) || can(t, w, `evict 3 "order-m1"`) {
		t.Error("a process is named by its first worker, and only who remembers can forget")
	}
	a, err := w.Parse(evict)
	if err != nil || !w.Can(a) || w.Cost(a) != 1 || w.Format(a) != evict || !slices.Contains(w.Enabled(), a) {
		t.Fatalf("%v: %v, cost %d, %s; the menu is %v", err, w.Can(a), w.Cost(a), w.Format(a), w.Enabled())
	}
	w.Do(a)
	if out := play(t, w, "deliver m1b to 1; step 1"); out.Answer != 1 || w.Can(sim.Action{Kind: sim.Evict, Worker: 2, Slot: a.Slot}) {
		t.Errorf("the key is remembered still: %+v", out)
	}
}

func TestStoresRefuseToForgetAtOnce(t *testing.T) {
	for rule, ask := range map[string]func(p *sim.Proc, m broker.Message){
		"a set of 0 keys":   func(p *sim.Proc, m broker.Message) { p.Memory.AddWithin(m.ID, 0) },
		"kept a row for 0s": func(p *sim.Proc, m broker.Message) { p.DB.InsertFor("t", m.ID, 0) },
	} {
		c := handler(func(p *sim.Proc, m broker.Message) error { ask(p, m); return p.Perform(m) })
		if _, err := sim.Simulate(lane(c, sim.Card, 1)); err == nil || !strings.Contains(err.Error(), rule) {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}

// A row with a retention, and a key that gives way, are kept but do not add up.
func TestWhatIsForgottenInTimeDoesNotStay(t *testing.T) {
	l := lane(keptFor(true, 90*time.Second), sim.Stock, 4) // a minute apart
	got := simulate(t, l).Costs()
	if got.Peak.Entries != 2 || got.End.Entries != 0 {
		t.Errorf("kept for 90 s: %+v", got)
	}
	l.Until = 3*time.Minute + 2*time.Second
	if got = simulate(t, l).Costs(); got.End.Entries != 2 || got.Stays.Entries != 0 {
		t.Errorf("cut short: %+v", got)
	}
	if got = simulate(t, lane(few, sim.Mail, 4)).Costs(); got.Peak.Entries != 2 || got.End.Entries != 2 {
		t.Errorf("room for two: %+v", got)
	}
}
