package sim_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// What a careful reader broke, or tried to.

func TestAMessageIDThatARepublishWouldGetIsRefused(t *testing.T) {
	l := lane(consumers.Inbox, sim.Card, 2)
	l.Messages[1].Message.ID = "m1b"
	if _, err := sim.Simulate(l); err == nil || !strings.Contains(err.Error(), `the message ID "m1b" is what m1 gets`) {
		t.Errorf("got %v", err)
	}
}

func TestATableForEveryMessageIsARuleBrokenAndNotALoss(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		if !p.DB.PutIfAbsent("inbox-"+m.ID, "seen", "") {
			return nil
		}
		return p.Perform(m)
	})
	_, err := sim.Simulate(lane(c, sim.Card, 1200))
	var broken *sim.HandlerError
	if !errors.As(err, &broken) || !strings.Contains(broken.Rule, "1,000 tables") {
		t.Errorf("got %v", err)
	}
}

func TestTimeNeverRunsBackwards(t *testing.T) {
	pauses := make([]string, 40)
	for i := range pauses {
		pauses[i] = "pause:m1/before-effect,for=3650d"
	}
	r := simulate(t, lane(consumers.Naive, sim.Card, 2, pauses...))
	last := time.Duration(0)
	for _, e := range r.Events() {
		if e.At < last {
			t.Fatalf("an event at %v after one at %v", e.At, last)
		}
		last = e.At
	}
}

func TestImpossibleLengthsAreRefused(t *testing.T) {
	for _, ttl := range []time.Duration{-1, time.Microsecond, math.MaxInt64} {
		c := handler(func(p *sim.Proc, m broker.Message) error { return p.Cache.Set(m.ID, "x", ttl) })
		if _, err := sim.Simulate(lane(c, sim.Card, 1)); err == nil || !strings.Contains(err.Error(), "let an entry expire after") {
			t.Errorf("an entry that lasts %v: %v", ttl, err)
		}
	}
	l := lane(consumers.Naive, sim.Card, 1)
	for _, short := range []func(l *sim.Lane){
		func(l *sim.Lane) { l.Queue.Visibility = time.Nanosecond },
		func(l *sim.Lane) { l.Queue.NackDelay = time.Nanosecond },
		func(l *sim.Lane) { l.Queue.Backoff = []time.Duration{time.Second, time.Nanosecond} },
		func(l *sim.Lane) { l.Queue.DedupWindow = time.Nanosecond },
		func(l *sim.Lane) { l.Plan = []sim.Fault{{Kind: sim.PauseFault, Message: "m1", For: time.Nanosecond}} },
		func(l *sim.Lane) { l.Plan = []sim.Fault{{Kind: sim.CopyFault, Message: "m1", Later: time.Nanosecond}} },
	} {
		l := l
		if short(&l); l.Validate() == nil || !strings.Contains(l.Validate().Error(), "1ns is too short: at least 1ms") {
			t.Errorf("a length of 1ns: %v", l.Validate())
		}
	}
	l.Timing = sim.Timing{Effect: -time.Second}
	if err := l.Validate(); err == nil {
		t.Error("a step that takes -1s is valid")
	}
	l = lane(consumers.Naive, sim.Card, 1)
	l.Processes, l.Threads = math.MaxInt/2+1, 4
	if err := l.Validate(); err == nil {
		t.Error("half of all integers are a valid number of processes")
	}
}

// Without a timer a message is hidden for as long as it is handled, so what
// outlives the attempt was meant to last.
func TestWithoutATimerALastingEntryDoesNotExpireForFree(t *testing.T) {
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Perform(m); err != nil {
			return err
		}
		return p.Cache.Set(m.ID, "done", day)
	}), sim.Card, 1)
	l.Queue = rabbit
	w := sim.New(&l, -1)
	for _, text := range []string{"publish m1", "deliver m1 to 1", "step 1", "step 1", "step 1"} {
		w.Do(action(t, w, text))
	}
	if cost := w.Cost(action(t, w, `expire "m1"`)); cost != 1 {
		t.Errorf("it costs %d, want 1", cost)
	}
}

func TestALeaseWhoseHolderHasAckedExpiresForFree(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if ok, err := p.Cache.PutIfAbsent("k", "mine", time.Second); err != nil || !ok {
			return sim.ErrUnavailable
		}
		if err := p.Ack(); err != nil {
			return err
		}
		return p.Perform(m)
	}), sim.Card, 2)
	w := sim.New(&l, -1)
	for _, text := range []string{"publish m1", "publish m2", "deliver m1 to 1", "step 1", "lose-ack 1", "deliver m2 to 2", "step 2", "step 2"} {
		w.Do(action(t, w, text))
	}
	if cost := w.Cost(action(t, w, `expire "k"`)); cost != 0 {
		t.Errorf("it costs %d, want 0: its holder's ack is lost", cost)
	}
}

func TestATransactionSeesTheStockThatItHasTaken(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		for range 2 {
			if there, err := p.Lookup(m); err != nil || there {
				continue
			}
			if err := p.Perform(m); err != nil {
				return err
			}
		}
		return tx.Commit()
	}), sim.Stock, 1)
	if v := simulate(t, l).World().Verdicts(); v.Effects[0] != 1 {
		t.Errorf("taken %d times, want once", v.Effects[0])
	}
}

// A database has two connections there, and the one waits for the other.
func TestWritingPastOnesOwnOpenTransactionWaitsForEver(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", "k", "inside")
		p.DB.Put("t", "k", "outside")
		return tx.Commit()
	}), sim.Card, 1)
	if v := simulate(t, l).World().Verdicts(); v.Of[0] != sim.Pending {
		t.Errorf("the message is %s, want pending", v.Of[0])
	}
}

func TestAnEmptyIdempotencyKeyIsRefused(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error { return p.PerformOnce(m, "") })
	if _, err := sim.Simulate(lane(c, sim.Card, 1)); err == nil || !strings.Contains(err.Error(), "empty idempotency key") {
		t.Errorf("got %v", err)
	}
}

func TestADeferredAckIsNoSecondAck(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		acked := false
		defer func() {
			if !acked {
				_ = p.Ack()
			}
		}()
		if err := p.Ack(); err != nil {
			return err
		}
		acked = true
		p.DB.Put("ids", m.ID, p.NewID())
		return p.Perform(m)
	})
	simulate(t, lane(c, sim.Card, 2))
}

// action reads an action that a test gives as text.
func action(t *testing.T, w *sim.World, text string) sim.Action {
	t.Helper()
	a, err := w.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
