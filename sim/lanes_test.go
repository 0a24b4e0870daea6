package sim_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Helpers with which the tests of this package build lanes and look at runs.

const day = 24 * time.Hour

// owed returns n messages, m1 to mn, published one after another.
func owed(n int, every time.Duration) []sim.Owed {
	messages := make([]sim.Owed, n)
	for i := range messages {
		id := fmt.Sprintf("m%d", i+1)
		messages[i] = sim.Owed{ID: id, At: time.Duration(i) * every, Message: broker.Message{
			ID: id, Key: "order-" + id, Group: fmt.Sprintf("g%d", i%3), Seq: i/3 + 1, Customer: "Ann", Amount: 100,
		}}
	}
	return messages
}

// lane returns a lane of n messages a minute apart, with faults as files write
// them.
func lane(c sim.Consumer, b sim.Business, n int, plan ...string) sim.Lane {
	return sim.Lane{Consumer: c, Business: b, Queue: broker.Default(), Messages: owed(n, time.Minute), Plan: faults(plan...)}
}

func faults(texts ...string) []sim.Fault {
	plan := make([]sim.Fault, len(texts))
	for i, text := range texts {
		f, err := sim.ParseFault(text)
		if err != nil {
			panic(err)
		}
		plan[i] = f
	}
	return plan
}

// handler makes a consumer of a handler that only a test needs.
func handler(handle sim.Handler) sim.Consumer {
	return sim.Consumer{Name: "test", Clause: "for a test", Handle: handle}
}

func simulate(t testing.TB, l sim.Lane) *sim.Run {
	t.Helper()
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// preset returns a shipped profile.
func preset(t testing.TB, name string) broker.Profile {
	t.Helper()
	p, ok := broker.Preset(name)
	if !ok {
		t.Fatalf("no preset is called %q", name)
	}
	return p
}

// queues are the default queue, the presets, and some that hand over batches.
func queues() []broker.Profile {
	named := broker.Default()
	named.Name = "default"
	batch := broker.Default()
	batch.Name, batch.Batch, batch.AckUnit = "batch", 3, broker.AckBatch
	each := broker.Default()
	each.Name, each.Batch = "batch-each", 3
	log := broker.Default()
	log.Name, log.Batch, log.AckUnit = "log", 3, broker.AckCumulative
	log.Order, log.Assign, log.StaleAck = broker.PartitionOrder, broker.OwnerWorker, broker.Rejected
	return append([]broker.Profile{named, batch, each, log}, broker.Presets()...)
}

// everyLane calls f for every consumer and business.
func everyLane(f func(c sim.Consumer, b sim.Business)) {
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			f(c, b)
		}
	}
}

// at returns the events of a run that a condition holds for.
func where(r *sim.Run, holds func(e *sim.Event) bool) []sim.Event {
	var found []sim.Event
	for i := range r.Events() {
		if e := &r.Events()[i]; holds(e) {
			found = append(found, *e)
		}
	}
	return found
}

// verdicts returns the verdicts at the end of a run as words: "once twice".
func verdicts(r *sim.Run) string {
	text := ""
	for _, v := range r.World().Verdicts().Of {
		if text != "" {
			text += " "
		}
		text += v.String()
	}
	return text
}

// strategies are the consumers of the catalogue, and some that exercise what
// these leave alone: the cache, fresh IDs, counters and values.
func strategies() []sim.Consumer {
	return append(consumers.All(), lease, busybody, careful, forgetful, locker)
}

// lease holds a lease in the cache while it performs, gives it up after an
// error, and remembers in the cache that it is done.
var lease = sim.Consumer{Name: "lease", Handle: func(p *sim.Proc, m broker.Message) error {
	free, err := p.Cache.PutIfAbsent(m.ID, "in progress "+m.ID, 1500*time.Millisecond)
	if err != nil {
		return err
	}
	if !free {
		state, _, err := p.Cache.Get(m.ID)
		if err != nil || state == "done" {
			return err
		}
		return errors.New("somebody else is at work")
	}
	if err := p.PerformOnce(m, m.ID); err != nil {
		_ = p.Cache.Delete(m.ID)
		return err
	}
	return p.Cache.Set(m.ID, "done", time.Hour)
}}

// busybody uses everything that there is.
var busybody = sim.Consumer{Name: "busybody", Handle: func(p *sim.Proc, m broker.Message) error {
	id := p.NewID()
	if done, err := p.Lookup(m); err != nil || done {
		return err
	}
	p.DB.Put("log", m.ID, id)
	tx := p.DB.Begin()
	defer tx.Rollback()
	if n := tx.Add("count", m.Group, 1); n > 2 && p.Redelivered() && p.Deliveries() < 4 {
		return fmt.Errorf("%d are enough for now", n)
	}
	if !tx.CompareAndSet("state", m.ID, "", id) {
		tx.Delete("state", m.ID)
		return tx.Commit()
	}
	if err := p.Perform(m); err != nil {
		return err
	}
	return tx.Commit()
}}

// careful writes on conditions only: a lease with a token, an effect that is taken
// once, another that checks the token.
var careful = sim.Consumer{Name: "careful", Handle: func(p *sim.Proc, m broker.Message) error {
	if state, _, err := p.Cache.Get(m.Key); err != nil || state == "done" {
		return err
	}
	token := p.DB.Add("tokens", m.Key, 1)
	if mine, err := p.Cache.SetIf(m.Key, "", strconv.Itoa(token), 2*time.Second); err != nil || !mine {
		return errors.Join(err, errors.New("somebody else is at work"))
	}
	tx := p.DB.Begin()
	defer tx.Rollback()
	if err := errors.Join(p.PerformFenced(m, token), p.PerformUnique(m, m.ID)); err != nil {
		_, _ = p.Cache.DeleteIf(m.Key, strconv.Itoa(token))
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err := p.Cache.SetIf(m.Key, strconv.Itoa(token), "done", time.Hour)
	return err
}}

// forgetful keeps what it records for a time or up to a number.
var forgetful = sim.Consumer{Name: "forgetful", Handle: func(p *sim.Proc, m broker.Message) error {
	if p.Memory.Has(m.Key) || !p.Memory.AddWithin(m.ID, 1) {
		return nil
	}
	p.Memory.Add("all " + m.ID)
	tx := p.DB.Begin()
	defer tx.Rollback()
	if !tx.InsertFor("inbox", m.ID, 40*time.Second) || !tx.InsertFor("inbox", m.Key, time.Hour) {
		p.DB.InsertFor("log", m.ID, 20*time.Second)
		return nil
	}
	if err := p.Perform(m); err != nil {
		p.Memory.Remove(m.ID)
		return err
	}
	tx.Delete("log", m.ID)
	return tx.Commit()
}}

// locker takes locks of every kind, in an order that the message decides, and breaks a
// unique key.
var locker = sim.Consumer{Name: "locker", Handle: func(p *sim.Proc, m broker.Message) error {
	first, second := m.ID, m.Key
	if m.Seq%2 == 0 {
		first, second = "all", first
	}
	p.DB.AdvisoryLock(first)
	p.DB.InsertFor("orders", first, time.Minute)
	tx := p.DB.Begin()
	defer tx.Rollback()
	if !tx.TryAdvisoryLock(second) {
		if _, err := tx.LockSkipLocked("orders", first); err != nil {
			return err
		}
		tx.AdvisoryLock("all")
	}
	if _, err := tx.LockNoWait("orders", second); err != nil {
		tx.Get("orders", first)
	}
	if err := tx.InsertOrFail("orders", second); err != nil && tx.Commit() != nil {
		p.DB.AdvisoryUnlock(first)
		return err
	} else if err != nil {
		return nil
	}
	if _, err := tx.Lock("orders", "all"); err != nil {
		return err
	}
	if err := p.Perform(m); err != nil {
		return err
	}
	tx.Ack()
	return tx.Commit()
}}

// play takes actions, written one after another with "; " between, and returns
// what the last did.
func play(t testing.TB, w *sim.World, script string) sim.Outcome {
	t.Helper()
	var out sim.Outcome
	for text := range strings.SplitSeq(script, "; ") {
		a, err := w.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if !w.Can(a) {
			t.Fatalf("cannot %s now", text)
		}
		out = w.Do(a)
	}
	return out
}

// can reports whether an action is on the menu.
func can(t testing.TB, w *sim.World, text string) bool {
	t.Helper()
	a, err := w.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return w.Can(a)
}

// world returns the world of a lane at its beginning.
func world(l sim.Lane) *sim.World { return sim.New(&l, -1) }
