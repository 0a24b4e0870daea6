package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// The row of a status is locked by the transaction that has set it, as every row is.

// setting sets the status of a message: in a transaction with a row before or after it, as
// the message is told to, or outside of any.
func setting(how map[string]string) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		if how[m.ID] == "outside" {
			return p.Perform(m)
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		for do := range strings.FieldsSeq(how[m.ID]) {
			var err error
			switch do {
			case "set":
				err = p.Perform(m)
			case "set-unique":
				err = p.PerformUnique(m, m.Key)
			case "set-fenced":
				err = p.PerformFenced(m, m.Seq)
			default:
				tx.Put("account", do, m.ID)
			}
			if err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}

// What another one has set and not committed is waited for: a newer one that comes meanwhile
// is set over it, and the older is not set back.
func TestANewerStatusWaitsForAnOlderThatIsNotCommitted(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Inbox, setting(map[string]string{"m1": "set", "m2": "outside"}),
		setting(map[string]string{"m1": "set-unique", "m2": "set-fenced"}), setting(map[string]string{"m1": "set-fenced", "m2": "set-unique"})} {
		l := oneStatus(c, 2, "pause:m1/before-commit,for=10s")
		l.Messages[1].At = 3 * time.Second
		r := simulate(t, l)
		if got := verdicts(r); got != "once once" {
			t.Errorf("%s: %s", c.Name, got)
		}
		sets := where(r, func(e *sim.Event) bool { return e.Done })
		commits := where(r, func(e *sim.Event) bool { return e.Op == sim.OpCommit && e.Kind == sim.Step })
		if len(sets) != 2 || r.Name(&sets[0]) != "m1" || r.Name(&sets[1]) != "m2" || sets[1].At != commits[0].At {
			t.Errorf("%s: set at %+v, want m2 as soon as m1 commits, at %s", c.Name, sets, commits[0].At)
		}
		m := r.Costs()
		if m.Waited < 5*time.Second {
			t.Errorf("%s: the costs know of a wait of %s", c.Name, m.Waited)
		}
	}
}

// Who dies frees the row, and then the newer one is set; and another group is another row.
func TestTheLockOfAStatusEndsWithItsTransaction(t *testing.T) {
	begun := "publish m1; publish m2; deliver m1 to 1; step 1; step 1; step 1; deliver m2 to 2; step 2; step 2"
	w := world(oneStatus(consumers.Inbox, 2))
	play(t, w, begun)
	if can(t, w, "step 2") || can(t, w, "lose-reply 2") || !can(t, w, "fail 2") || !can(t, w, "crash 2") {
		t.Error("m2 is set before m1 commits, or cannot fail")
	}
	for end, want := range map[string]string{"step 1": "once once", "crash 1": "pending once", "lose-reply 1": "once once"} {
		c := w.Clone()
		if play(t, c, end); !can(t, c, "step 2") {
			t.Errorf("m2 waits after %s", end)
			continue
		}
		play(t, c, "step 2; step 2")
		got := []string{}
		for _, v := range c.Verdicts().Of {
			got = append(got, v.String())
		}
		if strings.Join(got, " ") != want || c.Breaks(sim.NeverTwice) {
			t.Errorf("%s: %s, want %s", end, got, want)
		}
	}
	l := oneStatus(consumers.Inbox, 2)
	l.Messages[0].Group = "sub-2"
	w = world(l)
	if play(t, w, begun); !can(t, w, "step 2") {
		t.Error("the status of another group waits")
	}
	l = oneStatus(setting(map[string]string{"m1": "set"}), 1)
	w = world(l)
	if play(t, w, "publish m1; copy m1; deliver m1 to 1; step 1; step 1; deliver m1b to 2; step 2"); can(t, w, "step 2") {
		t.Error("a copy sets the same row, and does not wait")
	}
}

// A set that does nothing, for its row or a newer token is there, needs no lock of the status.
func TestAStatusThatIsNotSetWaitsForNobody(t *testing.T) {
	l := oneStatus(setting(map[string]string{"m1": "set-unique", "m2": "set"}), 2)
	w := world(l)
	play(t, w, "publish m1; publish m2; copy m1; deliver m1 to 1; step 1; step 1; step 1; deliver m2 to 2; step 2; step 2; step 1; deliver m1b to 1; step 1")
	if !can(t, w, "step 1") {
		t.Error("m1b is a duplicate: its insert finds a row, and nothing is set")
	}
	l = oneStatus(setting(map[string]string{"m2": "set-fenced", "m1": "set-fenced", "m3": "set"}), 3)
	l.Messages[0].Key = l.Messages[1].Key // tokens are compared under a key
	w = world(l)
	play(t, w, "publish m1; publish m2; publish m3; deliver m2 to 2; step 2; step 2; step 2; step 2; deliver m3 to 2; step 2; step 2; deliver m1 to 1; step 1")
	if !can(t, w, "step 1") {
		t.Error("the token of m1 is too old: nothing is set")
	}
}

// Two transactions that wait for each other, one of them for a status, are a deadlock.
func TestAStatusCanBePartOfADeadlock(t *testing.T) {
	l := oneStatus(setting(map[string]string{"m1": "set a", "m2": "a set"}), 2)
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	r := simulate(t, l)
	aborted := where(r, func(e *sim.Event) bool { return e.Deadlocked() })
	if len(aborted) != 1 || !aborted[0].Undone || aborted[0].Reply != sim.Returned {
		t.Fatalf("aborted: %+v", aborted)
	}
	w := world(l)
	play(t, w, "publish m1; publish m2; deliver m1 to 1; step 1; step 1; deliver m2 to 2; step 2; step 2")
	for _, victim := range []string{"1", "2"} {
		if out := play(t, w.Clone(), "step "+victim); !out.Finished || !out.Undone || out.Reply != sim.Returned {
			t.Errorf("the victim is %s: %+v", victim, out)
		}
	}
}
