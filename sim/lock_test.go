package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// locks takes the rows that a message names, one after another, in one transaction, and
// performs in it.
func locks(rows map[string]string) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		for _, key := range strings.Fields(rows[m.ID]) {
			if outside, past := strings.CutPrefix(key, "!"); past {
				p.DB.Put("account", outside, m.ID)
			} else {
				tx.Put("account", key, m.ID)
			}
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// atOnce publishes the messages of a lane one millisecond after another, so that
// each has its first row before any wants its second.
func atOnce(c sim.Consumer, n int) sim.Lane {
	l := lane(c, sim.Stock, n)
	for i := range l.Messages {
		l.Messages[i].At = time.Duration(i) * time.Millisecond
	}
	l.Processes = n
	return l
}

// Of transactions that wait for each other the database aborts the one whose wait
// closes the circle. It comes again, and everything takes effect once.
func TestADatabaseAbortsOneOfTheTransactionsThatWaitForEachOther(t *testing.T) {
	for name, rows := range map[string]map[string]string{
		"two":                        {"m1": "a b", "m2": "b a"},
		"three in a circle":          {"m1": "a b", "m2": "b c", "m3": "c a"},
		"a third waits for a circle": {"m1": "a b", "m2": "b a", "m3": "c a"},
	} {
		r := simulate(t, atOnce(locks(rows), len(rows)))
		if got := verdicts(r); strings.Trim(got, "once ") != "" {
			t.Errorf("%s: %s", name, got)
		}
		aborted := where(r, func(e *sim.Event) bool { return e.Deadlocked() })
		if len(aborted) != 1 || !aborted[0].Undone || !aborted[0].Finished || aborted[0].Reply != sim.Returned {
			t.Fatalf("%s: aborted: %+v", name, aborted)
		}
		victim := map[string]string{"two": "m2", "three in a circle": "m3", "a third waits for a circle": "m2"}[name]
		if e := &aborted[0]; r.Name(e) != victim || !strings.HasPrefix(r.Answer(e), "deadlock") {
			t.Errorf("%s: %s is aborted, answered %q; want %s, whose wait closed the circle", name, r.Name(e), r.Answer(e), victim)
		}
	}
}

// The menu offers each of a circle as the victim, and nobody else.
func TestEachTransactionOfACircleCanBeTheVictim(t *testing.T) {
	w := world(atOnce(locks(map[string]string{"m1": "a b", "m2": "b a", "m3": "c a"}), 3))
	play(t, w, "publish m1; publish m2; publish m3; deliver m1 to 1; deliver m2 to 2; deliver m3 to 3; "+
		"step 1; step 1; step 2; step 2; step 3; step 3")
	if !can(t, w, "step 1") || !can(t, w, "step 2") || can(t, w, "step 3") {
		t.Error("want workers 1 and 2 as victims, while worker 3 waits")
	}
	for _, victim := range []string{"1", "2"} {
		c := w.Clone()
		if out := play(t, c, "step "+victim); !out.Finished || !out.Undone || out.Reply != sim.Returned {
			t.Errorf("the victim is %s: %+v", victim, out)
		}
		other := string('1' + '2' - victim[0])
		if out := play(t, c, "step "+other); out.Finished {
			t.Errorf("worker %s is aborted as well", other)
		}
	}
}

// A database sees no circle through a handler that waits outside of its own
// transaction, for that itself or for another: its transaction waits for nothing.
func TestAHandlerThatWaitsOutsideOfItsTransactionWaitsForEver(t *testing.T) {
	for name, rows := range map[string]map[string]string{
		"for itself":         {"m1": "a !a"},
		"for one that waits": {"m1": "a !b", "m2": "b a"},
	} {
		r := simulate(t, atOnce(locks(rows), len(rows)))
		if got := strings.ReplaceAll(verdicts(r), "pending", ""); strings.TrimSpace(got) != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A reply can only be lost of what was done: it waits for the row as the step does, and
// strikes then.
func TestALostReplyWaitsForTheRow(t *testing.T) {
	w := world(lane(unique(true), sim.Stock, 1))
	play(t, w, "publish m1; copy m1; deliver m1 to 1; step 1; step 1; deliver m1b to 2; step 2")
	if can(t, w, "lose-reply 2") {
		t.Error("the reply of a step that waits for a row is lost")
	}
	for _, fault := range []string{"lose-reply:m1b", "fail:m1b"} {
		r := simulate(t, lane(unique(true), sim.Stock, 1, "copy:m1,later=10ms", "pause:m1/after-effect,for=5s", fault))
		if got := verdicts(r); got != "once" {
			t.Errorf("%s: %s", fault, got)
		}
		for _, row := range r.World().Rows() {
			if strings.Contains(row, "locked") {
				t.Errorf("%s: %s at the end", fault, row)
			}
		}
		struck := where(r, func(e *sim.Event) bool { return e.Kind == sim.LoseReply || e.Kind == sim.Fail })
		committed := where(r, func(e *sim.Event) bool { return e.Kind == sim.Step && e.Op == sim.OpCommit })
		if len(struck) != 1 || len(committed) == 0 {
			t.Fatalf("%s: struck %+v, committed %+v", fault, struck, committed)
		}
		// A step may fail while it waits: an error ends the waiting, as a lock timeout does.
		if waits := struck[0].At >= committed[0].At; waits != (struck[0].Kind == sim.LoseReply) {
			t.Errorf("%s strikes at %s, the row is free at %s", fault, struck[0].At, committed[0].At)
		}
	}
}
