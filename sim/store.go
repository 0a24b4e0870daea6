package sim

import (
	"strconv"
	"time"

	"dejavu/broker"
)

// Memory is a set of keys in the memory of a process. Its threads share it; a
// crash wipes it, and another process never sees it.
type Memory struct{ p *Proc }

// Has reports whether the key was added.
func (s Memory) Has(key string) bool { return s.p.ask(&step{op: OpHas, key: key}) == 1 }

// Add adds a key.
func (s Memory) Add(key string) { s.p.ask(&step{op: OpRemember, key: key}) }

// AddWithin adds a key to a set of at most n, and returns whether it is new. Where
// there are n already, the least recently used one gives way: to add a key, to add
// it again and to ask for it is to use it. Keys that were added by Add count for
// nothing here, and stay.
func (s Memory) AddWithin(key string, n int) bool {
	if n < 1 && s.p.listens() {
		s.p.fault("kept a set of " + strconv.Itoa(n) + " keys: let there be 1 or more")
	}
	return s.p.ask(&step{op: OpRememberWithin, key: key, value: strconv.Itoa(n)}) == 1
}

// Remove removes a key, if it is there.
func (s Memory) Remove(key string) { s.p.ask(&step{op: OpUnremember, key: key}) }

// rowAccess is what can be done to rows, in a transaction or each on its own.
// None of it returns an error: a database that is down ends the attempt. What
// writes to a row that another open transaction has written waits for that
// transaction. Where two transactions wait for each other the database aborts one of
// them, and that ends its attempt as well.
type rowAccess struct {
	p  *Proc
	tx bool
}

func (r rowAccess) ask(s *step) int32 {
	if r.tx && r.p.listens() && !r.p.open {
		r.p.fault("used a transaction that is over: begin another")
	}
	s.tx = r.tx
	return r.p.ask(s)
}

// Get returns the value of a row and whether there is one. It sees what is
// committed and, in a transaction, what that transaction has written.
func (r rowAccess) Get(table, key string) (string, bool) {
	a := r.ask(&step{op: OpGet, table: table, key: key})
	if a <= 0 {
		return "", false
	}
	return r.p.text(a - 1), true
}

// Put writes a row, whatever was there.
func (r rowAccess) Put(table, key, value string) {
	r.ask(&step{op: OpPut, table: table, key: key, value: value})
}

// PutIfAbsent writes a row unless there is one already; it returns false then.
func (r rowAccess) PutIfAbsent(table, key, value string) bool {
	return r.ask(&step{op: OpPutIfAbsent, table: table, key: key, value: value}) == 1
}

// Insert inserts a row with a unique key; it returns false if the key is taken, and
// the transaction goes on. So does INSERT ... ON CONFLICT DO NOTHING. A plain INSERT of
// a key that is taken is an error, and PostgreSQL aborts the transaction with it: every
// later statement fails, up to the rollback. MySQL undoes the statement alone.
// The row is locked until the transaction ends: a second insert of the same key
// waits for it.
func (r rowAccess) Insert(table, key string) bool {
	return r.ask(&step{op: OpInsert, table: table, key: key}) == 1
}

// InsertFor is Insert of a row with a retention: that long after its commit it is
// deleted, by a job that cleans up or by the database itself.
func (r rowAccess) InsertFor(table, key string, retention time.Duration) bool {
	if (retention < MinSpan || retention > MaxTime) && r.p.listens() {
		r.p.fault("kept a row for " + retention.String() + ": " + Span(MinSpan) + " to " + Span(MaxTime) + "; for ever is Insert")
	}
	return r.ask(&step{op: OpInsert, table: table, key: key, ttl: retention}) == 1
}

// Delete deletes a row, if there is one.
func (r rowAccess) Delete(table, key string) { r.ask(&step{op: OpDelete, table: table, key: key}) }

// CompareAndSet writes a row if its value is old; it returns whether it did. A
// row that is not there has the value "".
func (r rowAccess) CompareAndSet(table, key, old, value string) bool {
	return r.ask(&step{op: OpSwap, table: table, key: key, value: value, old: old}) == 1
}

// Add adds n to the number in a row, which counts from 0, and returns the sum.
func (r rowAccess) Add(table, key string, n int) int {
	sum, _ := strconv.Atoi(r.p.text(r.ask(&step{op: OpAdd, table: table, key: key, value: strconv.Itoa(n)})))
	return sum
}

// DB is the consumer's database. Each of its methods is a transaction of its own.
type DB struct{ rowAccess }

// Begin opens a transaction. An attempt has at most one open at a time; one that
// is open when the attempt ends is rolled back.
func (d DB) Begin() Tx {
	if d.p.listens() && d.p.open {
		d.p.fault("began a second transaction while one is open: commit or roll back first")
	}
	d.p.ask(&step{op: OpBegin})
	return Tx{rowAccess{d.p, true}}
}

// Tx is an open transaction: nothing that it writes is seen by others before its
// commit, and its rows stay locked until then.
type Tx struct{ rowAccess }

// Enqueue adds the message to the outbox table when the transaction commits: then
// the relay will be handed it, see [Consumer]. m must be the message that the handler
// was handed.
func (t Tx) Enqueue(m broker.Message) {
	t.p.handed(&m, "enqueued")
	switch {
	case !t.p.listens():
	case t.p.prog.relay == nil:
		t.p.fault("enqueued a message that nobody will send: give the consumer a Relay")
	case t.p.relay:
		t.p.fault("enqueued from the relay, which would go round for ever: perform, and return nil to mark the row sent")
	}
	t.ask(&step{op: OpEnqueue})
}

// Commit makes everything that the transaction wrote durable and visible at once.
func (t Tx) Commit() error {
	return answerError(t.ask(&step{op: OpCommit}))
}

// Rollback undoes everything that the transaction wrote. After a commit it does
// nothing and is no step, so it can be deferred.
func (t Tx) Rollback() {
	if !t.p.listens() || t.p.open {
		t.p.ask(&step{op: OpRollback, tx: true})
	}
}

// Cache is a store beside the database, like a Redis: it is not part of any
// transaction. Its entries can expire; it can be out of reach.
type Cache struct{ p *Proc }

// PutIfAbsent writes an entry unless there is one already, and returns whether
// it did. The entry expires after ttl; 0 means never.
func (c Cache) PutIfAbsent(key, value string, ttl time.Duration) (bool, error) {
	c.check(ttl)
	a := c.p.ask(&step{op: OpCacheAdd, key: key, value: value, ttl: ttl})
	return a == 1, answerError(a)
}

func (c Cache) check(ttl time.Duration) {
	if (ttl != 0 && ttl < MinSpan || ttl > MaxTime) && c.p.listens() {
		c.p.fault("let an entry expire after " + ttl.String() + ": 0 for never, or " + Span(MinSpan) + " to " + Span(MaxTime))
	}
}

// Get returns the value of an entry and whether there is one.
func (c Cache) Get(key string) (string, bool, error) {
	a := c.p.ask(&step{op: OpCacheGet, key: key})
	if a <= 0 {
		return "", false, answerError(a)
	}
	return c.p.text(a - 1), true, nil
}

// Set writes an entry, whatever was there. It expires after ttl; 0 means never.
func (c Cache) Set(key, value string, ttl time.Duration) error {
	c.check(ttl)
	return answerError(c.p.ask(&step{op: OpCacheSet, key: key, value: value, ttl: ttl}))
}

// SetIf writes an entry if its value is old, and returns whether it did: compare
// and set. An entry that is not there has the value "". It expires after ttl; 0
// means never.
func (c Cache) SetIf(key, old, value string, ttl time.Duration) (bool, error) {
	c.check(ttl)
	a := c.p.ask(&step{op: OpCacheSetIf, key: key, old: old, value: value, ttl: ttl})
	return a == 1, answerError(a)
}

// Delete deletes an entry, if there is one.
func (c Cache) Delete(key string) error {
	return answerError(c.p.ask(&step{op: OpCacheDelete, key: key}))
}

// DeleteIf deletes an entry if its value is old, and returns whether it did. What
// gives up a lease needs it: without the condition a worker that was too slow
// deletes the lease of the one that took over.
func (c Cache) DeleteIf(key, old string) (bool, error) {
	a := c.p.ask(&step{op: OpCacheDeleteIf, key: key, old: old})
	return a == 1, answerError(a)
}
