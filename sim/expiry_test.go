package sim_test

import (
	"errors"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

var errTaken = errors.New("taken")

// expiry plays a script, and returns what it takes then for something to run out.
func expiry(t *testing.T, w *sim.World, script, expire string) sim.Expiry {
	t.Helper()
	if script != "" {
		play(t, w, script)
	}
	a, err := w.Parse(expire)
	if err != nil || !w.Can(a) {
		t.Fatalf("after %s, %s: %v, possible %v", script, expire, err, err == nil && w.Can(a))
	}
	return w.Expiry(a)
}

// claims are handlers that take something for a time, each in its own way, and turn
// away whoever comes meanwhile. A crash leaves it behind.
var claims = map[string]struct {
	expire string
	handle sim.Handler
}{
	"put if absent": {`expire "k"`, func(p *sim.Proc, m broker.Message) error {
		if ok, err := p.Cache.PutIfAbsent("k", "taken", time.Minute); err != nil || !ok {
			return errTaken
		}
		return p.Perform(m)
	}},
	"get": {`expire "k"`, func(p *sim.Proc, m broker.Message) error {
		if _, there, err := p.Cache.Get("k"); err != nil || there {
			return errTaken
		}
		_ = p.Cache.Set("k", m.ID, 24*time.Hour)
		return p.Perform(m)
	}},
	"set if": {`expire "k"`, func(p *sim.Proc, m broker.Message) error {
		if ok, err := p.Cache.SetIf("k", "", m.ID, time.Second); err != nil || !ok {
			return errTaken
		}
		return p.Perform(m)
	}},
	"insert": {`expire "k" of "claims"`, func(p *sim.Proc, m broker.Message) error {
		if !p.DB.InsertFor("claims", "k", time.Minute) {
			return errTaken
		}
		return p.Perform(m)
	}},
	"insert in a transaction": {`expire "k" of "claims"`, func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		if !tx.InsertFor("claims", "k", 10*time.Minute) {
			tx.Rollback()
			return errTaken
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		return p.Perform(m)
	}},
	"panic": {`expire "k" of "claims"`, func(p *sim.Proc, m broker.Message) error {
		if !p.DB.InsertFor("claims", "k", time.Minute) {
			panic("taken")
		}
		return p.Perform(m)
	}},
}

// until takes steps until a worker is about to have the effect, or is idle.
func until(w *sim.World, worker int8) {
	for {
		op, busy := w.Pending(int(worker))
		if !busy || op.Performs() {
			return
		}
		w.Do(sim.Action{Kind: sim.Step, Worker: worker})
	}
}

// What turns a message away runs out free, however long it is kept, once its writer is
// gone. While that is at work, it is the fault that it overran.
func TestWhatTurnsAMessageAwayRunsOutFree(t *testing.T) {
	for name, c := range claims {
		t.Run(name, func(t *testing.T) {
			w := world(lane(handler(c.handle), sim.Card, 2))
			play(t, w, "publish m1; publish m2; deliver m1 to 1")
			until(w, 0)
			if got := expiry(t, w, "deliver m2 to 2", c.expire); got != sim.ExpiresUnawaited {
				t.Errorf("nobody was turned away: %d", got)
			}
			until(w, 1)
			if got := expiry(t, w.Clone(), "time-out m1", c.expire); got != sim.ExpiresFree {
				t.Errorf("its writer has overrun already: %d", got)
			}
			if got := expiry(t, w.Clone(), "crash 1", c.expire); got != sim.ExpiresFree {
				t.Errorf("its writer is gone: %d", got)
			}
			if got := expiry(t, w, "", c.expire); got != sim.ExpiresUnderWork {
				t.Errorf("its writer is at work: %d", got)
			}
			play(t, w, c.expire+"; time-out m1")
			if a, _ := w.Parse("time-out m1"); w.Cost(a) != 0 {
				t.Error("the second deadline of one pause costs a fault")
			}
		})
	}
}

// What does not turn a message away is kept: one that is acked does not come again, one
// that is parked neither, and one that was given back for another reason finds out.
func TestAnExpiryThatNobodyWaitsForIsAFault(t *testing.T) {
	mark := func(p *sim.Proc, m broker.Message) error {
		if done, err := p.Cache.PutIfAbsent("k", "done", time.Hour); !done {
			if err == nil && m.ID == "m2" {
				_, err = p.Lookup(m)
			}
			return err
		}
		return p.Perform(m)
	}
	race := func(p *sim.Proc, m broker.Message) error {
		if _, done, err := p.Cache.Get("k"); err != nil || done {
			return err
		}
		if ok, err := p.Cache.PutIfAbsent("k", "done", time.Hour); err != nil || !ok {
			return errTaken
		}
		return p.Perform(m)
	}
	start := "publish m1; publish m2; deliver m1 to 1; "
	for name, c := range map[string]struct {
		handle sim.Handler
		most   int
		script string
	}{
		"acked":             {mark, 0, "step 1; deliver m2 to 2; step 2; step 2; step 2"},
		"nacked by a fault": {mark, 0, "step 1; deliver m2 to 2; step 2; fail 2; step 2"},
		"crashed":           {mark, 0, "step 1; deliver m2 to 2; step 2; crash 2"},
		"a lost ack":        {mark, 0, "step 1; deliver m2 to 2; step 2; step 2; lose-ack 2"},
		"a lost reply":      {mark, 0, "step 1; deliver m2 to 2; lose-reply 2; step 2"},
		"lost a race":       {race, 0, "step 1; deliver m2 to 2; step 2; step 1; step 2; step 2"},
		"its last delivery": {claims["put if absent"].handle, 1, "step 1; deliver m2 to 2; step 2; step 2"},
		"a last, lost nack": {claims["put if absent"].handle, 1, "step 1; deliver m2 to 2; step 2; lose-ack 2"},
		"its own":           {func(p *sim.Proc, _ broker.Message) error { _ = p.Cache.Set("k", "", time.Hour); return errTaken }, 0, "step 1; step 1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := lane(handler(c.handle), sim.Card, 2)
			l.Queue.MaxDeliveries = c.most
			if got := expiry(t, world(l), start+c.script, `expire "k"`); got != sim.ExpiresUnawaited {
				t.Errorf("it takes %d for it to run out, want a fault of its own", got)
			}
		})
	}
}
