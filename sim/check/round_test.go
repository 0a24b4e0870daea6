package check_test

import (
	"errors"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// conflict takes the row that an insert did not return for an error: what it has done
// already comes back for ever.
var conflict = handler(func(p *sim.Proc, m broker.Message) error {
	tx := p.DB.Begin()
	defer tx.Rollback()
	if !tx.PutIfAbsent("events", m.ID, "x") {
		return errors.New("not found: no row was returned")
	}
	if err := p.Perform(m); err != nil {
		return err
	}
	return tx.Commit()
})

// What goes round for ever is told by one round, and is played: the effect is there, and
// yet the message comes back.
func TestWhatIsStuckInARoundIsToldAndPlayed(t *testing.T) {
	copyPaste := owed("m1/a/a/a/1", "m2/form/b/b/1", "m3/form/c/c/1")
	for _, c := range []struct {
		name   string
		lane   sim.Lane
		kinds  []check.Kind
		faults int
		owed   int
		plan   string
		round  string // what its last actions are, by kind
	}{
		{"one lost ack", sim.Lane{Consumer: conflict, Business: sim.Stock}, []check.Kind{check.LoseAck}, 1, 0, "lose-ack:m1", "deliver step step step step undelay"},
		{"one copy", sim.Lane{Consumer: conflict, Business: sim.Stock}, []check.Kind{check.Copy}, 1, 0, "copy:m1", "deliver step step step step undelay"},
		{"no fault", sim.Lane{Consumer: consumers.StoredResult, Messages: copyPaste}, nil, -1, 2, "", "deliver step step step step step step undelay"},
	} {
		r := searchLane(t, c.lane, check.Options{Faults: c.faults, Kinds: c.kinds})
		e := r.NeverStuck.Counterexample
		if e == nil {
			t.Errorf("%s: %s", c.name, shape(&r.NeverStuck))
			continue
		}
		var kinds []string
		for _, a := range e.Actions[len(e.Actions)-e.Round:] {
			kinds = append(kinds, a.Kind.String())
		}
		if got := strings.Join(kinds, " "); got != c.round || e.Owed != c.owed {
			t.Errorf("%s: the round of %s is %q, want %q", c.name, e.Lane.Messages[e.Owed].ID, got, c.round)
		}
		if plan := replays(t, c.name, e); plan != c.plan {
			t.Errorf("%s: the plan is %q, want %q", c.name, plan, c.plan)
		}
	}
}

// A round leads back to where it began: it can be taken again, and again.
func TestARoundCanBeTakenForEver(t *testing.T) {
	e := search(t, conflict, sim.Stock, check.Options{Faults: 1, Kinds: []check.Kind{check.Copy}}).NeverStuck.Counterexample
	w := e.World()
	for range 3 {
		for _, a := range e.Actions[len(e.Actions)-e.Round:] {
			if !w.Can(a) {
				t.Fatalf("%s cannot be taken again", w.Format(a))
			}
			if cost := w.Cost(a); cost > 0 {
				t.Fatalf("%s is a fault", w.Format(a))
			}
			w.Do(a)
		}
		if !e.Shown(w) || w.Quiet() {
			t.Fatal("a round ends it")
		}
	}
}
