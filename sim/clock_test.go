package sim_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// locked works under a row that says until when it is held, and skips what another holds.
func locked(lasts time.Duration, inTx bool) sim.Consumer {
	return sim.Consumer{Name: "locked", Handle: func(p *sim.Proc, m broker.Message) error {
		if !inTx {
			if !p.DB.InsertFor("locks", m.Key, lasts) {
				return nil
			}
			return p.Perform(m)
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("locks", m.Key, lasts) {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	}}
}

// The lock is taken at 10 ms for 10 s, and the copy asks at 4.01 s: 6 s are left. A clock
// that is 6 s ahead says that they are over, one that is a millisecond less ahead does not.
// A cache measures the time itself, and no clock of a worker changes that.
func TestAClockThatIsAheadTakesALockOverTooEarly(t *testing.T) {
	slow := []string{"slow:m1/1,for=20s", "copy:m1,later=4s"}
	for _, of := range []struct {
		fault   string
		effects int
	}{
		{"clock-ahead:m1b,by=6s", 2},
		{"clock-ahead:m1b,by=5999ms", 1},
		{"clock-ahead:m1b/1,by=10s", 2},
		{"clock-ahead:m1b/2,by=10s", 1},       // there is no second delivery
		{"clock-ahead:all,by=6s,worker=2", 2}, // worker 2 has the copy
		{"clock-ahead:all,by=6s,worker=1", 1}, // worker 1 finds no lock
		{"clock-ahead:m1,by=6s", 1},
	} {
		r := simulate(t, lane(locked(10*time.Second, false), sim.Card, 1, append(slow, of.fault)...))
		if got := len(r.World().Ledger()); got != of.effects {
			t.Errorf("%s: %d effects, want %d", of.fault, got, of.effects)
		}
		early := where(r, func(e *sim.Event) bool { return e.Kind == sim.ClockAhead })
		if len(early) != of.effects-1 {
			t.Errorf("%s: %d rows were taken over early", of.fault, len(early))
		}
		for _, e := range early {
			if e.At != 4010*time.Millisecond || e.Worker != 1 || e.Answer != 1 || r.Faults[e.Fault].Kind != sim.ClockFault {
				t.Errorf("%s: at %s, worker %d, answer %d", of.fault, e.At, e.Worker+1, e.Answer)
			}
		}
	}
	inCache := sim.Consumer{Name: "leased", Handle: func(p *sim.Proc, m broker.Message) error {
		if ok, err := p.Cache.PutIfAbsent(m.Key, "", 10*time.Second); err != nil || !ok {
			return err
		}
		return p.Perform(m)
	}}
	if r := simulate(t, lane(inCache, sim.Card, 1, append(slow, "clock-ahead:all,by=10s")...)); len(r.World().Ledger()) != 1 {
		t.Error("a cache measures its own time, and was taken for late")
	}
	// While the database is down there is nothing to compare a clock with.
	down := append(slow, "clock-ahead:m1b/1,by=10s", "store-down,at=3500ms,for=1s,which=db")
	if r := simulate(t, lane(locked(10*time.Second, false), sim.Card, 1, down...)); len(r.World().Ledger()) != 1 {
		t.Error("a row was taken over in a database that was down")
	}
}

// Who takes a row over gives it a new time, which begins now: the third is turned away
// until that is up. And the old time does not end the new row.
func TestARowThatIsTakenOverHasANewTime(t *testing.T) {
	r := simulate(t, lane(locked(10*time.Second, false), sim.Card, 1,
		"copy:m1,later=6s", "copy:m1,later=13s", "copy:m1,later=16s", "clock-ahead:m1b,by=5s"))
	// m1 at 10 ms; m1b, early, at 6.01 s, so until 16.01 s; m1c at 13 s finds it; m1d asks at
	// 16.01 s, when its time is up: steps come before deadlines, so it is turned away.
	if got := len(r.World().Ledger()); got != 2 {
		t.Errorf("%d effects, want those of m1 and m1b", got)
	}
	ends := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if got := fmt.Sprint(len(ends), ends[0].At); got != "1 16.01s" {
		t.Errorf("what ran out, and first when: %s", got)
	}
}

// A transaction that is rolled back gives the row back as it was: it was never over.
func TestARowThatWasTakenOverComesBackWithARollback(t *testing.T) {
	r := simulate(t, lane(locked(time.Minute, true), sim.Card, 1,
		"copy:m1,later=5s", "copy:m1,later=10s", "clock-ahead:m1b/1,by=1m", "fail:m1b"))
	// m1 holds the row from 1.03 s on. m1b takes it over at 5.02 s, fails, and rolls back. m1c,
	// and m1b when it comes again, find the row of m1.
	if got := len(r.World().Ledger()); got != 1 {
		t.Errorf("%d effects, want that of m1 alone", got)
	}
	early := where(r, func(e *sim.Event) bool { return e.Kind == sim.ClockAhead })
	ends := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(early) != 1 || len(ends) != 1 || ends[0].At != 61*time.Second+30*time.Millisecond {
		t.Errorf("taken over %d times; %d ran out, %v", len(early), len(ends), ends)
	}
}

// A row that another transaction holds is waited for: no clock opens a lock of the
// database.
func TestNoClockOpensARowLock(t *testing.T) {
	r := simulate(t, lane(locked(time.Minute, true), sim.Stock, 1, "slow:m1/1,for=20s", "copy:m1,later=1s", "clock-ahead:m1b,by=30s"))
	if got := len(r.World().Ledger()); got != 1 {
		t.Errorf("%d effects, want one", got)
	}
}

// Of several clocks that are ahead at one step, one strikes that is so far ahead that it
// matters, whichever is named first; what is too little is not used up, and strikes a later
// step at which it does matter.
func TestOfSeveralClocksOneStrikesThatIsFarEnoughAhead(t *testing.T) {
	slow := []string{"slow:m1/1,for=20s", "copy:m1,later=4s"}
	for _, of := range []struct {
		faults []string
		by     time.Duration // of the one that strikes; 0 if none does
	}{
		{[]string{"clock-ahead:m1b,by=1ms", "clock-ahead:m1b,by=6s"}, 6 * time.Second},
		{[]string{"clock-ahead:m1b,by=6s", "clock-ahead:m1b,by=1ms"}, 6 * time.Second},
		{[]string{"clock-ahead:m1b,by=7s", "clock-ahead:m1b,by=6s"}, 7 * time.Second},
		{[]string{"clock-ahead:all,by=6s", "clock-ahead:m1b,by=1ms"}, 6 * time.Second},
		{[]string{"clock-ahead:all,by=1ms", "clock-ahead:m1b,by=6s"}, 6 * time.Second},
		{[]string{"clock-ahead:all,by=1ms", "clock-ahead:m1b,by=2ms"}, 0},
	} {
		r := simulate(t, lane(locked(10*time.Second, false), sim.Card, 1, append(slow, of.faults...)...))
		early := where(r, func(e *sim.Event) bool { return e.Kind == sim.ClockAhead })
		if of.by == 0 && len(early) == 0 {
			continue
		}
		if len(early) != 1 || r.Faults[early[0].Fault].By != of.by {
			t.Errorf("%v: %d rows were taken over early, want one by %s", of.faults, len(early), of.by)
		}
	}
	two := sim.Consumer{Name: "two rows", Handle: func(p *sim.Proc, m broker.Message) error {
		p.DB.InsertFor("notes", m.ID+"/"+fmt.Sprint(p.Deliveries()), time.Hour)
		if !p.DB.InsertFor("locks", m.Key, 10*time.Second) {
			return nil
		}
		return p.Perform(m)
	}}
	r := simulate(t, lane(two, sim.Card, 1, append(slow, "lose-ack:m1b", "clock-ahead:m1b/1,by=6s")...))
	early := where(r, func(e *sim.Event) bool { return e.Kind == sim.ClockAhead })
	if len(early) != 1 {
		t.Fatalf("%d rows were taken over early, want one", len(early))
	}
	if table, _ := r.Row(&early[0]); table != "locks" {
		t.Errorf("taken over early: a row of %s, want the lock, for the note has an hour left", table)
	}
}

// A step that fails takes no row over, whatever its clock says.
func TestAStatementThatFailsIsNotSavedByAClock(t *testing.T) {
	for _, plan := range [][]string{{"clock-ahead:m1b,by=1ms", "fail:m1b,step=insert"}, {"fail:m1b,step=insert", "clock-ahead:m1b,by=1ms"}, {"fail:m1b,step=insert", "clock-ahead:m1b/1,by=6s"}} {
		r := simulate(t, lane(locked(10*time.Second, false), sim.Card, 1, append([]string{"slow:m1/1,for=20s", "copy:m1,later=4s"}, plan...)...))
		failed := where(r, func(e *sim.Event) bool { return e.Kind == sim.FailStatement })
		if got := len(r.World().Ledger()); got != 1 || len(failed) != 1 {
			t.Errorf("%v: %d effects and %d failures, want one of each", plan, got, len(failed))
		}
	}
}
