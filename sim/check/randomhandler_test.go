package check_test

import (
	"errors"
	"fmt"
	"time"

	"dejavu/broker"
	"dejavu/sim"

	"pgregory.net/rapid"
)

// A random handler is data: a list of steps, with what to do about each answer. So it is
// a function of the message and of the answers, and a failing one can be made shorter.

// doing is one step of a random handler.
type doing struct {
	Do      string
	Key     int           // into keysOf
	TTL     time.Duration // where the step takes one
	Refused verdict       // what to do if something is there already
	Failed  verdict       // and about an error
}

// verdict is what a random handler makes of an answer.
type verdict int

const (
	goOn verdict = iota
	ackIt
	nackIt
	panicOverIt
	rejectIt
)

func (d doing) String() string {
	return fmt.Sprintf("%s(%d, %v, refused %d, failed %d)", d.Do, d.Key, d.TTL, d.Refused, d.Failed)
}

var errRandom = errors.New("given back")

func keysOf(m *broker.Message) [3]string { return [3]string{m.ID, m.Key, "all"} }

// doer interprets a list of steps for one attempt.
type doer struct {
	p     *sim.Proc
	m     broker.Message
	tx    sim.Tx
	open  bool
	acked bool
}

// stores are what rows can be kept with: the open transaction, or none.
type stores interface {
	Get(table, key string) (string, bool)
	Put(table, key, value string)
	Insert(table, key string) bool
	InsertOrFail(table, key string) error
	AdvisoryLock(name string)
	TryAdvisoryLock(name string) bool
	InsertFor(table, key string, retention time.Duration) bool
	Delete(table, key string)
	CompareAndSet(table, key, old, value string) bool
	Add(table, key string, n int) int
}

func (d *doer) rows() stores {
	if d.open {
		return d.tx
	}
	return d.p.DB
}

// do takes a step, and returns whether what it asks for is refused, and its error.
func (d *doer) do(s doing) (refused bool, err error) {
	p, key := d.p, keysOf(&d.m)[s.Key]
	ok := true
	switch s.Do {
	case "cache-add":
		ok, err = p.Cache.PutIfAbsent(key, "busy", s.TTL)
	case "cache-get":
		_, refused, err = p.Cache.Get(key)
	case "cache-done":
		var value string
		value, _, err = p.Cache.Get(key)
		refused = value == "done"
	case "cache-set":
		err = p.Cache.Set(key, "done", s.TTL)
	case "cache-set-if":
		ok, err = p.Cache.SetIf(key, "busy", "done", s.TTL)
	case "cache-delete":
		err = p.Cache.Delete(key)
	case "cache-delete-if":
		_, err = p.Cache.DeleteIf(key, "busy")
	case "get":
		_, refused = d.rows().Get("t", key)
	case "put":
		d.rows().Put("t", key, "done")
	case "insert":
		ok = d.rows().Insert("t", key)
	case "insert-or-fail":
		err = d.rows().InsertOrFail("t", key)
	case "insert-for":
		ok = d.rows().InsertFor("t", key, s.TTL)
	case "delete":
		d.rows().Delete("t", key)
	case "swap":
		ok = d.rows().CompareAndSet("t", key, "", "done")
	case "add":
		refused = d.rows().Add("n", key, 1) > 2
	case "has":
		refused = p.Memory.Has(key)
	case "remember":
		p.Memory.Add(key)
	case "remember-within":
		ok = p.Memory.AddWithin(key, 2)
	default:
		return d.doMore(s, key)
	}
	return refused || !ok, err
}

// doMore is do for what is no store.
func (d *doer) doMore(s doing, key string) (refused bool, err error) {
	p := d.p
	switch s.Do {
	case "begin":
		if !d.open {
			d.tx, d.open = p.DB.Begin(), true
		}
	case "commit":
		if d.open {
			err = d.tx.Commit()
			d.open = err != nil && err != sim.ErrAborted && err != sim.ErrAckRejected
		}
	case "perform":
		err = p.Perform(d.m)
	case "perform-once":
		err = p.PerformOnce(d.m, key)
	case "perform-part", "perform-part-once":
		err = d.performPart(s, key)
	case "perform-unique":
		err = p.PerformUnique(d.m, key)
	case "perform-fenced":
		err = p.PerformFenced(d.m, p.Deliveries())
	case "lookup":
		refused, err = p.Lookup(d.m)
	case "redelivered":
		refused = p.Redelivered()
	case "deliveries":
		refused = p.Deliveries() > 2
	case "new-id":
		err = p.PerformOnce(d.m, p.NewID())
	case "ack":
		if !d.acked {
			d.acked = true
			err = p.Ack()
		}
	default:
		return d.doInTx(s, key)
	}
	return refused, err
}

// doInTx is do for locks, and for an ack in a transaction.
func (d *doer) doInTx(s doing, key string) (refused bool, err error) {
	p := d.p
	switch s.Do {
	case "lock", "lock-nowait", "lock-skip-locked":
		if !d.open {
			d.tx, d.open = p.DB.Begin(), true
		}
		ok := false
		switch s.Do {
		case "lock":
			ok, err = d.tx.Lock("t", key)
		case "lock-nowait":
			ok, err = d.tx.LockNoWait("t", key)
		default:
			ok, err = d.tx.LockSkipLocked("t", key)
		}
		refused = !ok
	case "advisory-lock":
		d.rows().AdvisoryLock(key)
	case "try-advisory-lock":
		refused = !d.rows().TryAdvisoryLock(key)
	case "advisory-unlock":
		refused = !p.DB.AdvisoryUnlock(key)
	case "session-lock":
		p.DB.AdvisoryLock(key)
	case "tx-ack":
		if d.open && !d.acked {
			d.acked = true
			d.tx.Ack()
		}
	}
	return refused, err
}

// performPart has one effect of several, with a key or without.
func (d *doer) performPart(s doing, key string) error {
	part := d.p.Parts()[s.Key%len(d.p.Parts())]
	if s.Do == "perform-part" {
		return d.p.PerformPart(d.m, part)
	}
	return d.p.PerformPartOnce(d.m, part, key)
}

// handlerOf makes a handler of a list of steps. What is open at its end is rolled back.
func handlerOf(steps []doing) sim.Handler {
	return func(p *sim.Proc, m broker.Message) error {
		d := doer{p: p, m: m}
		for _, s := range steps {
			refused, err := d.do(s)
			answer := goOn
			if refused {
				answer = s.Refused
			}
			if err != nil {
				answer = s.Failed
			}
			switch answer {
			case ackIt:
				return nil
			case nackIt:
				return errRandom
			case rejectIt:
				return sim.ErrReject
			case panicOverIt:
				panic("refused")
			}
		}
		return nil
	}
}

// relaying gives a list of steps an outbox: they end by handing the message to a relay.
func relaying(steps, relay []doing) sim.Consumer {
	handle := handlerOf(steps)
	return sim.Consumer{Name: "random", Clause: "for a test", Relay: handlerOf(relay), Handle: func(p *sim.Proc, m broker.Message) error {
		if err := handle(p, m); err != nil {
			return err
		}
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("inbox", m.ID, time.Hour) {
			return nil
		}
		tx.Enqueue(m)
		return tx.Commit()
	}}
}

// byParts is relaying with a row for each part of the business.
func byParts(relay []doing) sim.Consumer {
	c := relaying(nil, relay)
	c.Handle = func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("inbox", m.ID, time.Hour) {
			return nil
		}
		for _, part := range p.Parts() {
			tx.EnqueuePart(m, part)
		}
		return tx.Commit()
	}
	return c
}

// Lengths from a second to a day, on both sides of every visibility timeout.
var lifetimes = []time.Duration{time.Second, 5 * time.Second, 20 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}

var (
	claimings = []string{"cache-add", "cache-get", "cache-done", "insert-for", "insert", "get", "swap", "has", "remember-within", "lookup", "redelivered", "deliveries", "add",
		"insert-or-fail", "lock", "lock-nowait", "lock-skip-locked", "advisory-lock", "try-advisory-lock", "session-lock"}
	markings = []string{"cache-set", "cache-set-if", "put", "insert-for", "insert", "cache-delete", "cache-delete-if", "delete", "remember", "ack", "tx-ack", "tx-ack",
		"insert-or-fail", "advisory-unlock", "lock"}
	effects = []string{"perform", "perform", "perform", "perform-once", "perform-unique", "perform-fenced", "new-id", "perform-part", "perform-part-once"}
)

// randomSteps draws what handlers are made of: checks and claims, the effect, marks; in
// a transaction or not.
func randomSteps(t *rapid.T) []doing {
	draw := func(label string, of []string, most int) []doing {
		n := rapid.IntRange(0, most).Draw(t, label)
		steps := make([]doing, n)
		for i := range steps {
			steps[i] = doing{
				Do: rapid.SampledFrom(of).Draw(t, label), Key: rapid.IntRange(0, 2).Draw(t, "key") % 2,
				TTL:     rapid.SampledFrom(lifetimes).Draw(t, "ttl"),
				Refused: verdict(rapid.SampledFrom([]int{1, 1, 2, 2, 2, 3, 0, 4}).Draw(t, "refused")),
				Failed:  verdict(rapid.SampledFrom([]int{2, 2, 2, 1, 0, 4}).Draw(t, "failed")),
			}
		}
		return steps
	}
	perform := doing{Do: rapid.SampledFrom(effects).Draw(t, "effect"), Key: 1, Failed: verdict(rapid.SampledFrom([]int{2, 2, 1, 0}).Draw(t, "failed"))}
	steps := append(append(draw("claim", claimings, 2), perform), draw("mark", markings, 2)...)
	if rapid.IntRange(0, 2).Draw(t, "transaction") == 0 {
		steps = append(append([]doing{{Do: "begin"}}, steps...), doing{Do: "commit", Failed: nackIt})
	}
	return steps
}
