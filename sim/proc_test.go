package sim_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// here returns the line that calls it: where a step is asked for in the table.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// asked is a handler that ends with the step under test, and what it is answered.
type asked struct {
	op    sim.Op
	place sim.Place
	line  int
	ask   func(p *sim.Proc, m broker.Message) any
	want  string
}

// vocabulary is every method of Proc and its stores.
var vocabulary = []asked{
	{sim.OpHas, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { return p.Memory.Has("k") }, "false"},
	{sim.OpRemember, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { p.Memory.Add("k"); return p.Memory.Has("k") }, "true"},
	{sim.OpRememberWithin, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { return p.Memory.AddWithin("k", 2) }, "true"},
	{sim.OpUnremember, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { p.Memory.Remove("k"); return p.Memory.Has("k") }, "false"},
	{sim.OpInsert, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.InsertFor("t", "k", time.Hour) }, "true"},
	{sim.OpGet, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return two(p.DB.Get("t", "k")) }, `"" false`},
	{sim.OpPut, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Put("t", "k", "v"); return two(p.DB.Get("t", "k")) }, `"v" true`},
	{sim.OpPut, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Put("t", "k", ""); return two(p.DB.Get("t", "k")) }, `"" true`},
	{sim.OpPutIfAbsent, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.PutIfAbsent("t", "k", "v") }, "true"},
	{sim.OpDelete, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Delete("t", "k"); return two(p.DB.Get("t", "k")) }, `"" false`},
	{sim.OpSwap, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.CompareAndSet("t", "k", "", "v") }, "true"},
	{sim.OpSwap, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.CompareAndSet("t", "k", "u", "v") }, "false"},
	{sim.OpInsert, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.Insert("t", "k") }, "true"},
	{sim.OpInsertOrFail, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.InsertOrFail("t", "k") }, "<nil>"},
	{sim.OpLock, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.DB.Begin().Lock("t", "k")) }, "false <nil>"},
	{sim.OpLockNoWait, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.DB.Begin().LockNoWait("t", "k")) }, "false <nil>"},
	{sim.OpLockSkipLocked, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.DB.Begin().LockSkipLocked("t", "k")) }, "false <nil>"},
	{sim.OpAdvisoryLock, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.AdvisoryLock("k"); return p.DB.TryAdvisoryLock("k") }, "true"},
	{sim.OpTryAdvisoryLock, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.TryAdvisoryLock("k") }, "true"},
	{sim.OpAdvisoryUnlock, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.AdvisoryUnlock("k") }, "false"},
	{sim.OpAdd, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.Add("t", "k", -7) }, "-7"},
	{sim.OpEnqueue, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Begin().Enqueue(m); return nil }, "<nil>"},
	{sim.OpTxAck, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Begin().Ack(); return nil }, "<nil>"},
	{sim.OpBegin, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Begin(); return nil }, "<nil>"},
	{sim.OpCommit, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { return p.DB.Begin().Commit() }, "<nil>"},
	{sim.OpRollback, sim.InDB, here(), func(p *sim.Proc, m broker.Message) any { p.DB.Begin().Rollback(); return nil }, "<nil>"},
	{sim.OpCacheGet, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return three(p.Cache.Get("k")) }, `"" false <nil>`},
	{sim.OpCacheSet, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return p.Cache.Set("k", "v", 0) }, "<nil>"},
	{sim.OpCacheAdd, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.Cache.PutIfAbsent("k", "v", 0)) }, "true <nil>"},
	{sim.OpCacheDelete, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return p.Cache.Delete("k") }, "<nil>"},
	{sim.OpPerform, sim.Outside, here(), func(p *sim.Proc, m broker.Message) any { return p.Perform(m) }, "<nil>"},
	{sim.OpPerformKey, sim.Outside, here(), func(p *sim.Proc, m broker.Message) any { return p.PerformOnce(m, m.Key) }, "<nil>"},
	{sim.OpCacheSetIf, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.Cache.SetIf("k", "", "v", 0)) }, "true <nil>"},
	{sim.OpCacheSetIf, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.Cache.SetIf("k", "u", "v", 0)) }, "false <nil>"},
	{sim.OpCacheDeleteIf, sim.InCache, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.Cache.DeleteIf("k", "")) }, "false <nil>"},
	{sim.OpPerformUnique, sim.Outside, here(), func(p *sim.Proc, m broker.Message) any { return p.PerformUnique(m, m.Key) }, "<nil>"},
	{sim.OpPerformFenced, sim.Outside, here(), func(p *sim.Proc, m broker.Message) any { return p.PerformFenced(m, 1) }, "<nil>"},
	{sim.OpLookup, sim.Outside, here(), func(p *sim.Proc, m broker.Message) any { return pair(p.Lookup(m)) }, "false <nil>"},
	{sim.OpAck, sim.AtQueue, here(), func(p *sim.Proc, m broker.Message) any { return p.Ack() }, "<nil>"},
	{sim.OpNewID, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { return p.NewID() }, "new-1"},
	{sim.OpDeliveries, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { return p.Deliveries() }, "1"},
	{sim.OpRedelivered, sim.InProcess, here(), func(p *sim.Proc, m broker.Message) any { return p.Redelivered() }, "false"},
}

func two(value string, found bool) string { return fmt.Sprintf("%q %v", value, found) }

func three(value string, found bool, err error) string {
	return fmt.Sprintf("%q %v %v", value, found, err)
}

func pair(yes bool, err error) string { return fmt.Sprintf("%v %v", yes, err) }

// telling runs a handler that returns as an error what it was answered, once.
func telling(t *testing.T, b sim.Business, ask func(p *sim.Proc, m broker.Message) any, plan ...string) *sim.Run {
	t.Helper()
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		return errors.New(fmt.Sprint(ask(p, m)))
	}), b, 1, plan...)
	if len(plan) == 0 { // what goes wrong at the effect goes wrong at the relay, where there is one
		l.Consumer.Relay = func(*sim.Proc, broker.Message) error { return nil }
	}
	l.Until = 4 * time.Second
	return simulate(t, l)
}

// told returns what the handler was answered.
func told(t *testing.T, r *sim.Run) string {
	t.Helper()
	ends := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn })
	if len(ends) != 1 {
		t.Fatalf("%d attempts ended, want 1", len(ends))
	}
	return r.Value(&ends[0])
}

func TestEveryMethodOfProcIsOneStepInItsPlaceOnItsLine(t *testing.T) {
	tested := map[sim.Op]bool{}
	for _, v := range vocabulary {
		tested[v.op] = true
		r := telling(t, sim.Card, v.ask)
		if got := told(t, r); got != v.want {
			t.Errorf("%s answers %s, want %s", v.op, got, v.want)
		}
		if v.op.Place() != v.place {
			t.Errorf("%s takes place in %d, want %d", v.op, v.op.Place(), v.place)
		}
		steps := 0
		for i := range r.Events() {
			e := &r.Events()[i]
			if e.Op != v.op {
				continue
			}
			steps++
			if site := r.Site(i); site != (sim.Site{File: "proc_test.go", Line: v.line}) {
				t.Errorf("%s was asked for at %v, want proc_test.go:%d", v.op, site, v.line)
			}
		}
		if steps != 1 {
			t.Errorf("%s is %d steps, want 1", v.op, steps)
		}
	}
	for op := sim.OpHas; op <= sim.OpRedelivered; op++ {
		if !tested[op] {
			t.Errorf("nothing is tested of %s: add it to vocabulary", op)
		}
	}
}

func TestStepsTakeTheTimeOfTheirPlace(t *testing.T) {
	timing := sim.DefaultTiming()
	takes := map[sim.Place]time.Duration{
		sim.InProcess: 0, sim.InDB: timing.Store, sim.InCache: timing.Store,
		sim.Outside: timing.Effect, sim.AtQueue: timing.Store,
	}
	for _, v := range vocabulary {
		r := telling(t, sim.Card, v.ask)
		for i := range r.Events() {
			if e := &r.Events()[i]; e.Op == v.op {
				if took := e.At - r.Events()[e.Cause].At; took != takes[v.place] {
					t.Errorf("%s takes %v, want %v", v.op, took, takes[v.place])
				}
			}
		}
	}
}

// fail strikes every step that a real client can see fail. Where the handler is told of no
// error, its attempt ends with a nack, and what its transaction wrote is rolled back. What
// lose-reply strikes must be told.
func TestFailStrikesEveryStepOfAStoreAndLoseReplyThoseThatReportErrors(t *testing.T) {
	fails := map[sim.Op]bool{
		sim.OpCommit: true, sim.OpPerform: true, sim.OpPerformKey: true, sim.OpLookup: true,
		sim.OpPerformUnique: true, sim.OpPerformFenced: true, sim.OpCacheSetIf: true, sim.OpCacheDeleteIf: true,
		sim.OpCacheGet: true, sim.OpCacheSet: true, sim.OpCacheAdd: true, sim.OpCacheDelete: true,
		sim.OpInsertOrFail: true, sim.OpLock: true, sim.OpLockNoWait: true, sim.OpLockSkipLocked: true,
	}
	for _, v := range vocabulary {
		if v.op.CanFail() != fails[v.op] {
			t.Errorf("CanFail(%s) is %v", v.op, v.op.CanFail())
		}
		if want := fails[v.op] || v.place == sim.InDB && v.op != sim.OpRollback; v.op.Fails() != want {
			t.Errorf("Fails(%s) is %v", v.op, v.op.Fails())
		}
		for kind, want := range map[string]error{"fail": sim.ErrUnavailable, "lose-reply": sim.ErrNoReply} {
			text := kind + ":m1,step=" + v.op.String()
			f, err := sim.ParseFault(text)
			if !v.op.Fails() {
				if err == nil || !strings.Contains(err.Error(), "a consumer cannot see") {
					t.Errorf("%s: error %v", text, err)
				}
				continue
			}
			if kind == "fail" && v.op == sim.OpEnqueue {
				continue // it needs a relay: see TestAStepOfTheDatabaseThatFailsEndsItsAttempt
			}
			if kind == "fail" && !v.op.CanFail() {
				failed := where(telling(t, sim.Card, v.ask, f.String()), func(e *sim.Event) bool { return e.Kind == sim.FailStatement })
				if len(failed) != 1 || failed[0].Op != v.op || !failed[0].Finished || failed[0].Reply != sim.Returned {
					t.Errorf("%s struck by fail: %+v, error %v", v.op, failed, err)
				}
				continue
			}
			if kind == "lose-reply" && !v.op.CanLoseReply() {
				if err == nil || !strings.Contains(err.Error(), "is definite, so no reply of it is lost: write fail") {
					t.Errorf("%s: error %v", text, err)
				}
				continue
			}
			if got := told(t, telling(t, sim.Card, v.ask, f.String())); !strings.HasSuffix(got, want.Error()) {
				t.Errorf("%s struck by %s answers %q, want %q", v.op, kind, got, want)
			}
		}
	}
}

// Failed means not done; no reply means done. What it was is read by a second
// attempt, which nothing strikes.
func TestFailedIsNotDoneAndNoReplyIsDone(t *testing.T) {
	second := func(first, then func(p *sim.Proc, m broker.Message) any) func(p *sim.Proc, m broker.Message) any {
		return func(p *sim.Proc, m broker.Message) any {
			if p.Deliveries() == 1 {
				return first(p, m)
			}
			return then(p, m)
		}
	}
	get := func(p *sim.Proc, m broker.Message) any { return two(p.DB.Get("t", "k")) }
	cached := func(p *sim.Proc, m broker.Message) any { return three(p.Cache.Get("k")) }
	looked := func(p *sim.Proc, m broker.Message) any { return pair(p.Lookup(m)) }
	for _, test := range []struct {
		step         string
		first, then  func(p *sim.Proc, m broker.Message) any
		undone, done string
	}{
		{step: "commit", first: func(p *sim.Proc, m broker.Message) any {
			tx := p.DB.Begin()
			tx.Put("t", "k", "v")
			return tx.Commit()
		}, then: get, undone: `"" false`, done: `"v" true`},
		{step: "cache-set", first: func(p *sim.Proc, m broker.Message) any { return p.Cache.Set("k", "v", 0) },
			then: cached, undone: `"" false <nil>`, done: `"v" true <nil>`},
		{step: "cache-put-if-absent", first: func(p *sim.Proc, m broker.Message) any { return pair(p.Cache.PutIfAbsent("k", "v", 0)) },
			then: cached, undone: `"" false <nil>`, done: `"v" true <nil>`},
		{step: "cache-delete", first: func(p *sim.Proc, m broker.Message) any { _ = p.Cache.Set("k", "v", 0); return p.Cache.Delete("k") },
			then: cached, undone: `"v" true <nil>`, done: `"" false <nil>`},
		{step: "perform", first: func(p *sim.Proc, m broker.Message) any { return p.Perform(m) },
			then: looked, undone: "false <nil>", done: "true <nil>"},
		{step: "perform-once", first: func(p *sim.Proc, m broker.Message) any { return p.PerformOnce(m, m.Key) },
			then: looked, undone: "false <nil>", done: "true <nil>"},
	} {
		for kind, want := range map[string]string{"fail": test.undone, "lose-reply": test.done} {
			l := lane(handler(func(p *sim.Proc, m broker.Message) error {
				return errors.New(fmt.Sprint(second(test.first, test.then)(p, m)))
			}), sim.Card, 1, kind+":m1,step="+test.step)
			l.Until = 9 * time.Second
			r := simulate(t, l)
			ends := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn })
			if len(ends) != 2 || r.Value(&ends[1]) != want {
				t.Errorf("%s struck by %s: afterwards %q, want %q", test.step, kind, r.Value(&ends[len(ends)-1]), want)
			}
		}
	}
}

func TestLookupKnowsWhatCanBeAsked(t *testing.T) {
	ask := func(p *sim.Proc, m broker.Message) any {
		before, _ := p.Lookup(m)
		_ = p.Perform(m)
		after, _ := p.Lookup(m)
		return fmt.Sprint(before, after)
	}
	for b, want := range map[sim.Business]string{sim.Card: "false true", sim.Stock: "false true", sim.Mail: "false false"} {
		if got := told(t, telling(t, b, ask)); got != want {
			t.Errorf("lookup before and after in %s: %s, want %s", b, got, want)
		}
	}
}

// Two things owed under one business key are one to the receiver.
func TestLookupAsksByBusinessKey(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if done, _ := p.Lookup(m); done {
			return nil
		}
		return p.Perform(m)
	}), sim.Card, 2)
	l.Messages[1].Key = l.Messages[0].Key
	if got := verdicts(simulate(t, l)); got != "once never" {
		t.Errorf("verdicts %s", got)
	}
}

func TestPerformOnceHonoursKeysForCardOnly(t *testing.T) {
	ask := func(p *sim.Proc, m broker.Message) any {
		return fmt.Sprint(p.PerformOnce(m, "a"), p.PerformOnce(m, "a"), p.PerformOnce(m, "b"))
	}
	for b, want := range map[sim.Business]int32{sim.Card: 2, sim.Mail: 3, sim.Stock: 3} {
		r := telling(t, b, ask)
		if got := r.World().Verdicts().Effects[0]; got != want || told(t, r) != "<nil> <nil> <nil>" {
			t.Errorf("%s: %d effects, want %d; answers %s", b, got, want, told(t, r))
		}
	}
}

func TestStockJoinsTheOpenTransactionAndTheRestDoesNot(t *testing.T) {
	rolledBack := func(p *sim.Proc, m broker.Message) any {
		tx := p.DB.Begin()
		_ = p.Perform(m)
		tx.Rollback()
		return nil
	}
	committed := func(p *sim.Proc, m broker.Message) any {
		tx := p.DB.Begin()
		_ = p.Perform(m)
		return tx.Commit()
	}
	left := func(p *sim.Proc, m broker.Message) any { // the end of the attempt rolls back
		p.DB.Begin()
		return p.Perform(m)
	}
	for _, b := range sim.Businesses() {
		want := int32(1)
		if b.Local() {
			want = 0
		}
		for what, n := range map[string]int32{
			"rolled back": telling(t, b, rolledBack).World().Verdicts().Effects[0],
			"left open":   telling(t, b, left).World().Verdicts().Effects[0],
		} {
			if n != want {
				t.Errorf("%s: %d effects when %s, want %d", b, n, what, want)
			}
		}
		if n := telling(t, b, committed).World().Verdicts().Effects[0]; n != 1 {
			t.Errorf("%s: %d effects when committed", b, n)
		}
	}
}

func TestNewIDIsFreshInEveryAttempt(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		a, b := p.NewID(), p.NewID()
		return errors.New(a + " " + b)
	}), sim.Card, 2)
	l.Until = 90 * time.Second
	r := simulate(t, l)
	seen := map[string]bool{}
	for _, e := range where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn }) {
		for id := range strings.FieldsSeq(r.Value(&e)) {
			if seen[id] {
				t.Errorf("%s was given out before", id)
			}
			seen[id] = true
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d IDs: the test shows nothing", len(seen))
	}
}

// Deliveries are counted per broker message: a copy is one of its own.
func TestDeliveriesAndTheFlagCountPerBrokerMessage(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		n, again := p.Deliveries(), p.Redelivered()
		if n < 3 {
			return fmt.Errorf("%d %v", n, again)
		}
		return nil
	}), sim.Card, 1, "copy:m1")
	r := simulate(t, l)
	got := ""
	for _, e := range where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Failed }) {
		got += r.Name(&e) + " " + r.Value(&e) + "; "
	}
	if want := "m1 1 false; m1b 1 false; m1 2 true; m1b 2 true; "; got != want {
		t.Errorf("attempts %s, want %s", got, want)
	}
}
