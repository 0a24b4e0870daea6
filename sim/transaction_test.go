package sim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// says returns what the handler returned in the attempts of a run, in order, by message.
func says(r *sim.Run) map[string]string {
	all := map[string]string{}
	for i := range r.Events() {
		if e := &r.Events()[i]; e.Op == sim.OpReturn {
			all[r.Name(e)] = strings.TrimSpace(all[r.Name(e)] + " " + r.Value(e))
		}
	}
	return all
}

// violating runs a handler once in a transaction in which a plain INSERT has met a key that
// is taken, behind a write of its own.
func violating(t *testing.T, of sim.Database, then func(p *sim.Proc, tx sim.Tx) any) *sim.Run {
	t.Helper()
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		p.DB.Put("t", "taken", "")
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", "before", "")
		if err := tx.InsertOrFail("t", "taken"); !errors.Is(err, sim.ErrUniqueViolation) {
			return fmt.Errorf("the key is taken, and it says %w", err)
		}
		return errors.New(fmt.Sprint(then(p, tx)))
	}), sim.Stock, 1)
	l.Database, l.Until = of, 4*time.Second
	return simulate(t, l)
}

func rowsOf(r *sim.Run) string {
	var keys []string
	for s := range r.World().Stored {
		keys = append(keys, s.Key)
	}
	return strings.Join(keys, " ")
}

// PostgreSQL: "current transaction is aborted, commands ignored until end of transaction
// block" (25P02), and COMMIT answers ROLLBACK. MySQL: "a duplicate-key error rolls back the
// SQL statement", and what was written before is committed.
func TestAUniqueViolationAbortsATransactionOfPostgresAndNotOfMySQL(t *testing.T) {
	for _, test := range []struct {
		name            string
		then            func(p *sim.Proc, tx sim.Tx) any
		postgres, mysql string // what the handler was answered
		rows            string // of MySQL; PostgreSQL has kept nothing of the transaction
	}{
		{"commit", func(_ *sim.Proc, tx sim.Tx) any { return tx.Commit() }, sim.ErrAborted.Error(), "<nil>", "taken before"},
		{"another statement", func(_ *sim.Proc, tx sim.Tx) any { return tx.InsertOrFail("t", "free") }, sim.ErrAborted.Error(), "<nil>", "taken"},
		{"a lock", func(_ *sim.Proc, tx sim.Tx) any { return pair(tx.Lock("t", "taken")) }, "false " + sim.ErrAborted.Error(), "true <nil>", "taken"},
		{"the same again", func(_ *sim.Proc, tx sim.Tx) any { return tx.InsertOrFail("t", "taken") }, sim.ErrAborted.Error(), sim.ErrUniqueViolation.Error(), "taken"},
		{"a statement of its own", func(p *sim.Proc, tx sim.Tx) any { return p.DB.InsertOrFail("t", "free") }, "<nil>", "<nil>", "taken free"},
		{"a transaction after the rollback", func(p *sim.Proc, tx sim.Tx) any {
			tx.Rollback()
			again := p.DB.Begin()
			again.Put("t", "after", "")
			return again.Commit()
		}, "<nil>", "<nil>", "taken after"},
		{"a transaction after the commit", func(p *sim.Proc, tx sim.Tx) any {
			_ = tx.Commit()
			again := p.DB.Begin()
			again.Put("t", "after", "")
			return again.Commit()
		}, "<nil>", "<nil>", "taken before after"},
		{"an insert that does nothing on conflict before it", func(p *sim.Proc, tx sim.Tx) any {
			tx.Rollback()
			again := p.DB.Begin()
			again.Put("t", "after", "")
			again.Insert("t", "taken")
			return again.Commit()
		}, "<nil>", "<nil>", "taken after"},
	} {
		for of, want := range map[sim.Database]string{sim.Postgres: test.postgres, sim.MySQL: test.mysql} {
			r := violating(t, of, test.then)
			if got := says(r)["m1"]; got != want {
				t.Errorf("%s, %s: answers %q, want %q", test.name, of, got, want)
			}
			want := test.rows
			if of == sim.Postgres {
				want = strings.Join(strings.Fields(strings.ReplaceAll(want, "before", "")), " ")
			}
			if got := rowsOf(r); got != want {
				t.Errorf("%s, %s: rows %q, want %q", test.name, of, got, want)
			}
		}
	}
}

// What returns no error ends the attempt, as a client library does whose statement fails:
// the effect is not had, and the message comes again.
func TestAStatementWithoutAnErrorEndsTheAttemptOfAnAbortedTransaction(t *testing.T) {
	for name, then := range map[string]func(p *sim.Proc, tx sim.Tx) any{
		"get":    func(_ *sim.Proc, tx sim.Tx) any { return two(tx.Get("t", "taken")) },
		"insert": func(_ *sim.Proc, tx sim.Tx) any { return tx.Insert("t", "free") },
		"put":    func(_ *sim.Proc, tx sim.Tx) any { tx.Put("t", "free", ""); return nil },
	} {
		r := violating(t, sim.Postgres, then)
		ended := where(r, func(e *sim.Event) bool { return e.Aborted() })
		if len(ended) == 0 || !ended[0].Finished || !ended[0].Undone || ended[0].Reply != sim.Returned || rowsOf(r) != "taken" {
			t.Errorf("%s: %+v, rows %q", name, ended, rowsOf(r))
		}
		if r := violating(t, sim.MySQL, then); len(where(r, func(e *sim.Event) bool { return e.Aborted() })) > 0 {
			t.Errorf("%s: MySQL aborts the transaction", name)
		}
	}
}

// Stock is a row of the database, so an aborted transaction takes none; a card is charged
// all the same, for the gateway knows of no transaction.
func TestAnAbortedTransactionTakesNoStockAndChargesACard(t *testing.T) {
	for b, want := range map[sim.Business]string{sim.Stock: sim.ErrAborted.Error(), sim.Card: "<nil>"} {
		l := lane(handler(func(p *sim.Proc, m broker.Message) error {
			p.DB.Put("t", "taken", "")
			tx := p.DB.Begin()
			defer tx.Rollback()
			_ = tx.InsertOrFail("t", "taken")
			return errors.New(fmt.Sprint(p.Perform(m)))
		}), b, 1)
		l.Until = 4 * time.Second
		r := simulate(t, l)
		if got := says(r)["m1"]; got != want {
			t.Errorf("%s: %s, want %s", b, got, want)
		}
		if effects := r.World().Verdicts().Effects[0]; (effects > 0) != (b == sim.Card) {
			t.Errorf("%s: %d effects", b, effects)
		}
	}
}

// rivals runs two messages, a tenth of a second apart. The first opens a transaction, does
// something to a row of t, performs for a second and commits; the second does what is
// under test, and returns what it was answered and when.
func rivals(t *testing.T, of sim.Database, first func(p *sim.Proc, tx sim.Tx), second func(p *sim.Proc) any) (said string, at time.Duration) {
	t.Helper()
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if m.ID == "m2" {
			return errors.New(fmt.Sprint(second(p)))
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		first(p, tx)
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	}), sim.Card, 2)
	l.Messages[0].At, l.Messages[1].At = 0, 100*time.Millisecond
	l.Database, l.Until = of, 4*time.Second
	r := simulate(t, l)
	ends := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && r.Name(e) == "m2" })
	if len(ends) == 0 {
		t.Fatal("the second attempt never ends")
	}
	return r.Value(&ends[0]), ends[0].At
}

// The first holds its lock from 20 ms to 1.04 s.
func TestALockOfARowKeepsOthersOutUntilTheTransactionEnds(t *testing.T) {
	insert := func(p *sim.Proc, tx sim.Tx) { tx.Insert("t", "k") }
	lockIt := func(p *sim.Proc, tx sim.Tx) { p.DB.Put("t", "k", ""); _, _ = tx.Lock("t", "k") }
	nothing := func(p *sim.Proc, tx sim.Tx) { _, _ = tx.Lock("t", "k") }
	update := func(p *sim.Proc, tx sim.Tx) { p.DB.Put("t", "k", ""); tx.Put("t", "k", "new") }
	remove := func(p *sim.Proc, tx sim.Tx) { p.DB.Put("t", "k", ""); tx.Delete("t", "k") }
	lock := func(p *sim.Proc) any { return pair(p.DB.Begin().Lock("t", "k")) }
	noWait := func(p *sim.Proc) any { return pair(p.DB.Begin().LockNoWait("t", "k")) }
	skip := func(p *sim.Proc) any { return pair(p.DB.Begin().LockSkipLocked("t", "k")) }
	for _, test := range []struct {
		name   string
		first  func(p *sim.Proc, tx sim.Tx)
		second func(p *sim.Proc) any
		want   string
		waits  bool
		mysql  string // where it is another than PostgreSQL
	}{
		{"lock after lock", lockIt, lock, "true <nil>", true, ""},
		{"lock after update", update, lock, "true <nil>", true, ""},
		{"lock after delete", remove, lock, "false <nil>", true, ""}, // by then it is gone
		{"lock after insert", insert, lock, "false <nil>", false, "true <nil>"},
		{"lock of nothing after lock of nothing", nothing, lock, "false <nil>", false, ""},
		{"no wait after lock", lockIt, noWait, "false " + sim.ErrLocked.Error(), false, ""},
		{"no wait after update", update, noWait, "false " + sim.ErrLocked.Error(), false, ""},
		{"no wait after a lock of nothing", nothing, noWait, "false <nil>", false, ""},
		{"skip after lock", lockIt, skip, "false <nil>", false, ""},
		{"skip after a lock of nothing", nothing, skip, "false <nil>", false, ""},
		{"a write after lock", lockIt, func(p *sim.Proc) any { p.DB.Put("t", "k", "v"); return two(p.DB.Get("t", "k")) }, `"v" true`, true, ""},
		{"an insert after lock", lockIt, func(p *sim.Proc) any { return p.DB.InsertOrFail("t", "k") }, sim.ErrUniqueViolation.Error(), true, ""},
		{"an insert after a lock of nothing", nothing, func(p *sim.Proc) any { return p.DB.InsertOrFail("t", "k") }, "<nil>", false, ""},
		{"a look after lock", lockIt, func(p *sim.Proc) any { return two(p.DB.Get("t", "k")) }, `"" true`, false, ""},
		{"another row", lockIt, func(p *sim.Proc) any { p.DB.Put("t", "l", ""); return pair(p.DB.Begin().LockNoWait("t", "l")) }, "true <nil>", false, ""},
		{"an insert that fails after insert", insert, func(p *sim.Proc) any { return p.DB.InsertOrFail("t", "k") }, sim.ErrUniqueViolation.Error(), true, ""},
	} {
		for _, of := range sim.Databases() {
			want, waits := test.want, test.waits
			if of == sim.MySQL && test.mysql != "" {
				want, waits = test.mysql, true
			}
			said, at := rivals(t, of, test.first, test.second)
			if said != want || (at > time.Second) != waits {
				t.Errorf("%s, %s: %q at %v; want %q, waits: %v", test.name, of, said, at, want, waits)
			}
		}
	}
}

// The error of a lock that does not wait is an error like any: PostgreSQL aborts with it,
// while a row that is skipped is none.
func TestALockThatDoesNotWaitAbortsATransactionOfPostgres(t *testing.T) {
	first := func(p *sim.Proc, tx sim.Tx) { p.DB.Put("t", "k", ""); _, _ = tx.Lock("t", "k") }
	for _, test := range []struct {
		of   sim.Database
		skip bool
		want string
	}{{sim.Postgres, false, sim.ErrAborted.Error()}, {sim.MySQL, false, "<nil>"}, {sim.Postgres, true, "<nil>"}, {sim.MySQL, true, "<nil>"}} {
		said, _ := rivals(t, test.of, first, func(p *sim.Proc) any {
			tx := p.DB.Begin()
			if test.skip {
				_, _ = tx.LockSkipLocked("t", "k")
			} else {
				_, _ = tx.LockNoWait("t", "k")
			}
			return tx.Commit()
		})
		if said != test.want {
			t.Errorf("%s, skipped: %v: %s, want %s", test.of, test.skip, said, test.want)
		}
	}
}

// A lock of a name needs no row, and keeps out whoever asks for it, in a session or in a
// transaction: both are of one kind. It ends with its transaction; the session's outlasts
// that, and ends when it is freed, as often as it was taken.
func TestAnAdvisoryLockIsOfANameAndEndsWithItsOwner(t *testing.T) {
	ofTx := func(p *sim.Proc, tx sim.Tx) { tx.AdvisoryLock("k") }
	ofSession := func(p *sim.Proc, _ sim.Tx) { p.DB.AdvisoryLock("k") }
	freed := func(p *sim.Proc, _ sim.Tx) { p.DB.AdvisoryLock("k"); p.DB.AdvisoryUnlock("k") }
	halfFreed := func(p *sim.Proc, _ sim.Tx) {
		p.DB.AdvisoryLock("k")
		p.DB.TryAdvisoryLock("k")
		p.DB.AdvisoryUnlock("k")
	}
	try := func(p *sim.Proc) any { return p.DB.TryAdvisoryLock("k") }
	wait := func(p *sim.Proc) any { p.DB.AdvisoryLock("k"); return p.DB.AdvisoryUnlock("k") }
	for _, test := range []struct {
		name   string
		first  func(p *sim.Proc, tx sim.Tx)
		second func(p *sim.Proc) any
		want   string
		waits  bool
	}{
		{"try after a transaction's", ofTx, try, "false", false},
		{"try after a session's", ofSession, try, "false", false},
		{"try after one that was freed", freed, try, "true", false},
		{"try after one of two was freed", halfFreed, try, "false", false},
		{"try of a transaction", ofSession, func(p *sim.Proc) any { return p.DB.Begin().TryAdvisoryLock("k") }, "false", false},
		{"wait for a transaction's", ofTx, wait, "true", true},
		{"wait for a session's", ofSession, wait, "true", true},
		{"unlock another's", ofSession, func(p *sim.Proc) any { return p.DB.AdvisoryUnlock("k") }, "false", false},
		{"another name", ofSession, func(p *sim.Proc) any { return p.DB.TryAdvisoryLock("l") }, "true", false},
		{"a row of that key", ofSession, func(p *sim.Proc) any { return p.DB.Insert("t", "k") }, "true", false},
		{"twice by one", freed, func(p *sim.Proc) any {
			p.DB.AdvisoryLock("k")
			return fmt.Sprint(p.DB.Begin().TryAdvisoryLock("k"), p.DB.AdvisoryUnlock("k"), p.DB.AdvisoryUnlock("k"))
		}, "true true false", false},
	} {
		said, at := rivals(t, sim.Postgres, test.first, test.second)
		if said != test.want || (at > time.Second) != test.waits {
			t.Errorf("%s: %q at %v; want %q, waits: %v", test.name, said, at, test.want, test.waits)
		}
	}
}

// A lease of any length stays when its holder dies. A session's lock goes with the
// connection, and one that its attempt forgot to free goes with the attempt.
func TestASessionsLockEndsWithACrashAndWithTheAttempt(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		p.DB.AdvisoryLock("k")
		return p.Perform(m)
	})
	for _, plan := range []string{"crash:m1/before-effect", "fail:m1", "lose-ack:m1", ""} {
		l := lane(c, sim.Card, 2, strings.Fields(plan)...)
		l.Messages[0].At, l.Messages[1].At = 0, 0
		r := simulate(t, l)
		got := where(r, func(e *sim.Event) bool { return e.Done && r.Name(e) == "m2" })
		// m1 crashes within 20 ms; otherwise it holds the lock for its second.
		if limit := map[bool]time.Duration{true: 1200 * time.Millisecond, false: 2200 * time.Millisecond}[strings.HasPrefix(plan, "crash")]; len(got) != 1 || got[0].At > limit {
			t.Errorf("%q: m2 takes effect %+v; want it by %v", plan, got, limit)
		}
	}
}

// Two who take two locks in opposite order wait for each other: the database aborts the
// one whose wait has closed the circle, at once. What it holds is free then, the other
// goes on, and the victim comes again.
func TestLocksInOppositeOrderAreADeadlockAndNotStuck(t *testing.T) {
	row := func(p *sim.Proc, tx sim.Tx, key string) { _, _ = tx.Lock("t", key) }
	ofTx := func(p *sim.Proc, tx sim.Tx, key string) { tx.AdvisoryLock(key) }
	session := func(p *sim.Proc, tx sim.Tx, key string) { p.DB.AdvisoryLock(key) }
	for name, take := range map[string][2]func(p *sim.Proc, tx sim.Tx, key string){
		"rows": {row, row}, "names": {ofTx, ofTx}, "sessions": {session, session}, "a row and a session": {row, session},
	} {
		l := atOnce(handler(func(p *sim.Proc, m broker.Message) error {
			keys, kinds := []string{"a", "b"}, take
			if m.ID == "m2" {
				keys, kinds = []string{"b", "a"}, [2]func(p *sim.Proc, tx sim.Tx, key string){take[1], take[0]}
			}
			p.DB.Insert("t", "a") // a row that is not there is not locked
			p.DB.Insert("t", "b")
			tx := p.DB.Begin()
			defer tx.Rollback()
			for i, key := range keys {
				kinds[i](p, tx, key)
			}
			if err := p.Perform(m); err != nil {
				return err
			}
			return tx.Commit()
		}), 2)
		r := simulate(t, l)
		victims := where(r, func(e *sim.Event) bool { return e.Deadlocked() })
		if got := verdicts(r); strings.Trim(got, "once ") != "" || len(victims) != 1 || r.Name(&victims[0]) != "m2" || !victims[0].Finished || victims[0].Reply != sim.Returned {
			t.Errorf("%s: %s, victims %+v", name, got, victims)
		}
	}
}

// acking performs and acks, all in one transaction.
var acking = handler(func(p *sim.Proc, m broker.Message) error {
	tx := p.DB.Begin()
	defer tx.Rollback()
	tx.Put("done", m.ID, "")
	if err := p.Perform(m); err != nil {
		return err
	}
	tx.Ack()
	return tx.Commit()
})

// Effect, record and ack are one commit: before it nothing of the three is there, after it
// all of them, and the return has nothing to say.
func TestAnAckInATransactionIsCommittedWithIt(t *testing.T) {
	l := lane(acking, sim.Stock, 1)
	l.Queue = preset(t, "postgres-skip-locked")
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1")
	if s := w.Queue().State(0); s != broker.InFlight || len(w.Ledger()) > 0 {
		t.Errorf("before the commit it is %v, and %v", s, w.Ledger())
	}
	crashed := w.Clone()
	play(t, crashed, "crash 1")
	for s := range crashed.Stored {
		t.Errorf("after a crash there is %v", s)
	}
	if s := crashed.Queue().State(0); s != broker.Ready {
		t.Errorf("after a crash it is %v", s)
	}
	if out := play(t, w, "step 1"); out.Reply != sim.Taken || w.Queue().State(0) != broker.Acked || len(w.Ledger()) != 1 {
		t.Errorf("the commit is answered %d, the message is %v, and there are %v", out.Reply, w.Queue().State(0), w.Ledger())
	}
	if can(t, w, "lose-ack 1") {
		t.Error("an ack can be lost that is committed")
	}
	if out := play(t, w, "step 1"); out.Reply != sim.Unreported {
		t.Errorf("the return is answered %d", out.Reply)
	}
}

// A message that is no longer the attempt's cannot be acked, and then nothing is committed:
// whoever has it now does it.
func TestAnAckInATransactionThatIsStaleRollsItBack(t *testing.T) {
	l := lane(acking, sim.Stock, 1, "pause:m1/before-commit,for=45s")
	l.Queue = preset(t, "postgres-skip-locked")
	l.Queue.Redeliver, l.Queue.Visibility = broker.OnTimer, 30*time.Second // as pgmq has it
	r := simulate(t, l)
	commits := where(r, func(e *sim.Event) bool { return e.CommitsAck() })
	if len(commits) != 2 || commits[0].Reply != sim.AckRejected || !commits[0].Undone || commits[1].Reply != sim.Taken {
		t.Fatalf("commits: %+v", commits)
	}
	if got := verdicts(r); got != "once" {
		t.Errorf("%s", got)
	}
}

// The queue is a table of the database: a failover that loses the commit loses the ack with
// it, and the message comes again. Elsewhere the queue knows nothing of that.
func TestAFailoverLosesAnAckTogetherWithItsCommit(t *testing.T) {
	for name, want := range map[string]string{"postgres-skip-locked": "once", "": "never"} {
		l := lane(acking, sim.Stock, 1, "lose-writes,at=20s,last=1")
		if name != "" {
			l.Queue = preset(t, name)
		}
		if got := verdicts(simulate(t, l)); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
