package sim_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// atTheLock brings two workers to the same row: m1 is at worker 1, which has
// inserted its ID and not committed; its copy is at worker 2, about to insert it.
const atTheLock = "publish m1; copy m1; deliver m1 to 1; step 1; step 1; deliver m1b to 2; step 2"

func TestSecondInsertOfAnUncommittedKeyWaits(t *testing.T) {
	for _, test := range []struct {
		then   string // what happens to worker 1
		answer int32  // of worker 2's insert
	}{
		{"step 1; step 1", 0},       // perform and commit: taken
		{"fail 1; step 1", 1},       // perform fails, rollback: free
		{"lose-reply 1; step 1", 1}, // the same
		{"crash 1", 1},
		{"step 1; lose-reply 1", 0}, // committed, though worker 1 does not know
		{"restart; deliver m1b to 2; step 2", 1},
	} {
		l := lane(consumers.Inbox, sim.Stock, 1)
		l.Queue.Redeliver |= broker.OnDisconnect // a restart brings both back at once
		w := world(l)
		play(t, w, atTheLock)
		if can(t, w, "step 2") {
			t.Fatalf("worker 2 inserts a key that worker 1 has locked")
		}
		play(t, w, test.then)
		if out := play(t, w, "step 2"); out.Answer != test.answer {
			t.Errorf("after %q the insert answers %d, want %d", test.then, out.Answer, test.answer)
		}
	}
}

// A commit that fails leaves the transaction open and its locks in place.
func TestFailedCommitKeepsTheLock(t *testing.T) {
	w := world(lane(consumers.Inbox, sim.Stock, 1))
	play(t, w, atTheLock+"; step 1; fail 1")
	if can(t, w, "step 2") {
		t.Error("the lock is free before the rollback")
	}
	play(t, w, "step 1")
	if out := play(t, w, "step 2"); out.Answer != 1 {
		t.Error("the row is there after the rollback")
	}
}

// On the timeline a pause keeps the lock, and the waiting step goes on in the
// instant in which it is free.
func TestPauseKeepsTheLockAndTheWaitingStepGoesOnWhenItIsFree(t *testing.T) {
	r := simulate(t, lane(consumers.Inbox, sim.Stock, 1, "pause:m1/after-effect,for=60s"))
	commits := where(r, func(e *sim.Event) bool { return e.Op == sim.OpCommit && e.Kind == sim.Step })
	inserts := where(r, func(e *sim.Event) bool { return e.Op == sim.OpInsert })
	if len(commits) != 1 || len(inserts) < 2 || inserts[1].At != commits[0].At || inserts[1].Answer != 0 {
		t.Errorf("commits %+v,\ninserts %+v", commits, inserts)
	}
	if got := verdicts(r); got != "once" {
		t.Errorf("verdict %s", got)
	}
}

func TestCrashWipesTheMemoryOfItsProcessOnly(t *testing.T) {
	l := lane(consumers.MemorySet, sim.Card, 2)
	l.Threads = 2 // workers 1 and 2 are one process, 3 and 4 another
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1")
	play(t, w, "republish m1; deliver m1b to 2")
	if out := play(t, w, "step 2"); out.Answer != 1 {
		t.Error("a thread does not see the memory of its process")
	}
	play(t, w, "republish m1; deliver m1c to 3")
	if out := play(t, w, "step 3"); out.Answer != 0 {
		t.Error("a process sees the memory of another")
	}
	play(t, w, "step 3; step 3; crash 2; publish m2; deliver m2 to 1")
	if _, busy := w.Handling(1); busy {
		t.Error("worker 2 survived its crash")
	}
	rows := w.Rows()
	if want := []string{"memory", "memory m1"}; !slices.Equal(rows, want) {
		t.Errorf("after the crash of the first process: %q, want %q", rows, want)
	}
	play(t, w, "crash 1")
	if _, busy := w.Handling(2); !busy {
		t.Error("a crash took a worker of another process along")
	}
}

func TestCrashTakesAllThreadsOfItsProcessAlong(t *testing.T) {
	l := lane(consumers.Inbox, sim.Stock, 2)
	l.Threads = 2
	w := world(l)
	play(t, w, "publish m1; publish m2; deliver m1 to 1; step 1; step 1; deliver m2 to 2; step 2; step 2; step 2; crash 1")
	for worker := range 2 {
		if _, busy := w.Handling(worker); busy {
			t.Errorf("worker %d survived", worker+1)
		}
	}
	if rows := w.Rows(); !slices.Equal(rows, []string{"memory", "memory"}) || len(w.Ledger()) != 0 {
		t.Errorf("rows %q, ledger %v: not rolled back", rows, w.Ledger())
	}
}

// A lease outlives its holder: nobody is left to give it up. It expires in the end,
// free of charge, because its holder is gone and a message that it turns away waits.
func TestCrashDoesNotFreeALease(t *testing.T) {
	w := world(lane(lease, sim.Card, 1))
	play(t, w, `publish m1; deliver m1 to 1; step 1`)
	expire, err := w.Parse(`expire "m1"`)
	if err != nil || w.Cost(expire) != 1 {
		t.Errorf("to outlive a running holder costs %d, %v; want 1", w.Cost(expire), err)
	}
	play(t, w, `crash 1; time-out m1; deliver m1 to 2`)
	if out := play(t, w, "step 2"); out.Answer != 0 {
		t.Error("the lease is free after the crash of its holder")
	}
	if w.Cost(expire) != 1 {
		t.Error("a lease that has turned nobody away expires free")
	}
	play(t, w, "step 2; step 2; undelay m1; deliver m1 to 2")
	if w.Cost(expire) != 0 {
		t.Error("a lease whose holder is gone does not expire free")
	}
	play(t, w, `expire "m1"; crash 2; time-out m1; deliver m1 to 1`)
	if out := play(t, w, "step 1"); out.Answer != 1 {
		t.Error("the lease is not free after it expired")
	}
}

func TestCacheEntriesExpireAfterTheirTime(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		_, err := p.Cache.PutIfAbsent("k", "v", time.Minute)
		_ = p.Cache.Set("for ever", "v", 0)
		return err
	}), sim.Card, 1)
	r := simulate(t, l)
	expired := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(expired) != 1 || expired[0].At != time.Minute+10*time.Millisecond {
		t.Errorf("expired: %+v", expired)
	}
	if got := r.World().Rows(); !slices.Contains(got, "cache/for ever=v") || slices.Contains(got, "cache/k=v") {
		t.Errorf("left: %q", got)
	}
}

// An entry that is written again, or deleted and written again, lives for its
// whole time from then on, and not until the first one would have expired.
func TestOldExpiryDoesNotHitANewEntry(t *testing.T) {
	for what, rewrite := range map[string]func(p *sim.Proc){
		"set":    func(p *sim.Proc) {},
		"delete": func(p *sim.Proc) { _ = p.Cache.Delete("k") },
	} {
		l := lane(handler(func(p *sim.Proc, m broker.Message) error {
			rewrite(p)
			if err := p.Cache.Set("k", m.ID, time.Minute); err != nil {
				return err
			}
			// That somebody asks and finds it taken prolongs nothing.
			_, err := p.Cache.PutIfAbsent("k", m.ID, time.Hour)
			return err
		}), sim.Card, 2)
		l.Messages[1].At = 40 * time.Second
		expired := where(simulate(t, l), func(e *sim.Event) bool { return e.Kind == sim.Expire })
		if len(expired) != 1 || expired[0].At < 100*time.Second || expired[0].At > 101*time.Second {
			t.Errorf("%s and written again at 40 s, an entry of one minute expires: %+v", what, expired)
		}
	}
}

func TestTransactionSeesItsOwnWritesAndNobodyElseDoes(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if m.ID == "m2" {
			v, found := p.DB.Get("t", "k")
			return errors.New(two(v, found))
		}
		tx := p.DB.Begin()
		tx.Put("t", "k", "v")
		v, found := tx.Get("t", "k")
		_ = p.Perform(m) // takes a second, in which m2 is handled
		tx.Rollback()
		return errors.New(two(v, found))
	}), sim.Card, 2)
	l.Messages[1].At = 500 * time.Millisecond
	l.Until = 2 * time.Second
	r := simulate(t, l)
	ends := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn })
	if len(ends) != 2 || r.Value(&ends[0]) != `"" false` || r.Value(&ends[1]) != `"v" true` {
		t.Errorf("the other reads %s, the transaction %s", r.Value(&ends[0]), r.Value(&ends[1]))
	}
}

// A counter in a row counts from 0 and waits for whoever is counting.
func TestAddCountsOnceForEveryCommit(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Add("counts", "all", 5)
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	}), sim.Stock, 4, "fail:m2", "crash:m3/before-commit", "copy:m4")
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	r := simulate(t, l)
	if got := r.World().Rows(); !slices.Contains(got, "counts/all=25") {
		t.Errorf("4 messages and a copy, 5 each: %q", got)
	}
}
