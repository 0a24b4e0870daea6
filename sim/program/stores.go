package program

import (
	"strconv"
	"time"

	"dejavu/broker"
	"dejavu/sim/op"
	"dejavu/sim/span"
)

// Memory is a set of keys in the memory of a process. Its threads share it; a
// crash wipes it, and another process never sees it.
type Memory struct{ p *Proc }

// Has reports whether the key was added.
func (s Memory) Has(key string) bool { return s.p.ask(&step{Op: op.Has, Key: key}) == 1 }

// Add adds a key.
func (s Memory) Add(key string) { s.p.ask(&step{Op: op.Remember, Key: key}) }

// AddWithin adds a key to a set of at most n, and returns whether it is new. Where
// there are n already, the least recently used one gives way: to add a key, to add
// it again and to ask for it is to use it. Keys that were added by Add count for
// nothing here, and stay.
func (s Memory) AddWithin(key string, n int) bool {
	if n < 1 && s.p.listens() {
		s.p.fault("kept a set of " + strconv.Itoa(n) + " keys: let there be 1 or more")
	}
	return s.p.ask(&step{Op: op.RememberWithin, Key: key, Value: strconv.Itoa(n)}) == 1
}

// Remove removes a key, if it is there.
func (s Memory) Remove(key string) { s.p.ask(&step{Op: op.Unremember, Key: key}) }

// rowAccess is what can be done to rows, in a transaction or each on its own.
// None of it returns an error: a database that is down ends the attempt. What
// writes to a row that another open transaction has written waits for that
// transaction. Where transactions wait for each other the database aborts one of them, the
// victim: that one is rolled back, and its attempt ends as well, with a nack. It is the one
// whose wait has closed the circle, at once: InnoDB looks at once, PostgreSQL whenever one
// has waited for deadlock_timeout, 1 s. A search tries each of the circle as the victim.
// A statement in a transaction that PostgreSQL has aborted ends the attempt, too, unless it
// returns an error: then that is ErrAborted.
type rowAccess struct {
	p  *Proc
	tx bool
}

func (r rowAccess) ask(s *step) int32 {
	s.Tx = r.tx
	return r.p.ask(s)
}

// Get returns the value of a row and whether there is one. It sees what is
// committed and, in a transaction, what that transaction has written.
func (r rowAccess) Get(table, key string) (string, bool) {
	a := r.ask(&step{Op: op.Get, Table: table, Key: key})
	if a <= 0 {
		return "", false
	}
	return r.p.text(a - 1), true
}

// Put writes a row, whatever was there.
func (r rowAccess) Put(table, key, value string) {
	r.ask(&step{Op: op.Put, Table: table, Key: key, Value: value})
}

// PutIfAbsent writes a row unless there is one already; it returns false then.
func (r rowAccess) PutIfAbsent(table, key, value string) bool {
	return r.ask(&step{Op: op.PutIfAbsent, Table: table, Key: key, Value: value}) == 1
}

// Insert inserts a row with a unique key; it returns false if the key is taken, and the
// transaction goes on. So does INSERT ... ON CONFLICT DO NOTHING; a plain INSERT is
// [DB.InsertOrFail]. The row is locked until the transaction ends: a second insert of the same
// key waits for it.
func (r rowAccess) Insert(table, key string) bool {
	return r.ask(&step{Op: op.Insert, Table: table, Key: key}) == 1
}

// InsertOrFail is Insert as a plain INSERT: that the key is taken is an error,
// ErrUniqueViolation. In a transaction of PostgreSQL every later statement fails then, up
// to the rollback, and a commit rolls back; MySQL undoes the statement alone, and the
// transaction goes on. See [dejavu/sim.Database].
func (r rowAccess) InsertOrFail(table, key string) error {
	return ErrorOf(r.ask(&step{Op: op.InsertOrFail, Table: table, Key: key}))
}

// AdvisoryLock takes the lock of a name, and waits for whoever holds it. There need be no
// row: a name is all it is about, and nobody is kept from anything who does not ask for
// it. A lock of a transaction ends with it (pg_advisory_xact_lock; MySQL has none of this
// kind). A lock of DB is the session's (pg_advisory_lock; GET_LOCK): it outlasts
// transactions, and ends with AdvisoryUnlock or with the connection. Here an attempt has a
// connection of its own, so it ends with the attempt at the latest, and a crash frees it
// at once: unlike a lease it has no length that could be too short or too long. Whoever
// holds it may take it again, and unlocks it as often.
func (r rowAccess) AdvisoryLock(name string) {
	r.ask(&step{Op: op.AdvisoryLock, Key: name})
}

// TryAdvisoryLock is AdvisoryLock without waiting: it returns false if another one holds
// the lock (pg_try_advisory_lock, pg_try_advisory_xact_lock; GET_LOCK with a timeout of 0).
func (r rowAccess) TryAdvisoryLock(name string) bool {
	return r.ask(&step{Op: op.TryAdvisoryLock, Key: name}) == 1
}

// InsertFor is Insert of a row with a retention: that long after its commit it is deleted, or
// counts no more (locked_until): too early for one whose clock is ahead, see
// [dejavu/sim.ClockFault].
func (r rowAccess) InsertFor(table, key string, retention time.Duration) bool {
	if (retention < span.Min || retention > span.Max) && r.p.listens() {
		r.p.fault("kept a row for " + retention.String() + ": " + span.String(span.Min) + " to " + span.String(span.Max) + "; for ever is Insert")
	}
	return r.ask(&step{Op: op.Insert, Table: table, Key: key, TTL: retention}) == 1
}

// Delete deletes a row, if there is one.
func (r rowAccess) Delete(table, key string) { r.ask(&step{Op: op.Delete, Table: table, Key: key}) }

// CompareAndSet writes a row if its value is old; it returns whether it did. A
// row that is not there has the value "".
func (r rowAccess) CompareAndSet(table, key, old, value string) bool {
	return r.ask(&step{Op: op.Swap, Table: table, Key: key, Value: value, old: old}) == 1
}

// Add adds n to the number in a row, which counts from 0, and returns the sum.
func (r rowAccess) Add(table, key string, n int) int {
	sum, _ := strconv.Atoi(r.p.text(r.ask(&step{Op: op.Add, Table: table, Key: key, Value: strconv.Itoa(n)})))
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
	d.p.ask(&step{Op: op.Begin})
	return Tx{rowAccess{d.p, true}}
}

// AdvisoryUnlock frees a lock that AdvisoryLock or TryAdvisoryLock of DB has taken, and
// returns false if the attempt does not hold it.
func (d DB) AdvisoryUnlock(name string) bool {
	return d.ask(&step{Op: op.AdvisoryUnlock, Key: name}) == 1
}

// Tx is an open transaction: nothing that it writes is seen by others before its
// commit, and its rows stay locked until then.
type Tx struct{ rowAccess }

// Lock locks a row until the transaction ends, and returns whether there is one: SELECT
// ... FOR UPDATE. It waits for whoever has written or locked the row. A row that is not
// there is not locked, nor is one that another transaction has inserted and not committed:
// PostgreSQL does not see it. So two who look for the same missing row both find nothing,
// and both go on. To keep others out before there is a row, insert it, or take an
// [DB.AdvisoryLock]. MySQL waits for the uncommitted row; its locks on the gap where a row
// would be are not shown.
func (t Tx) Lock(table, key string) (bool, error) { return t.lock(op.Lock, table, key) }

// LockNoWait is Lock that does not wait: if another one holds the row, it returns
// ErrLocked, and PostgreSQL aborts the transaction as with every error.
func (t Tx) LockNoWait(table, key string) (bool, error) { return t.lock(op.LockNoWait, table, key) }

// LockSkipLocked is Lock that passes over a row which another one holds: SKIP LOCKED. It
// returns false then, as it does for a row that is not there. Nothing tells the two apart.
func (t Tx) LockSkipLocked(table, key string) (bool, error) {
	return t.lock(op.LockSkipLocked, table, key)
}

func (t Tx) lock(how op.Op, table, key string) (bool, error) {
	a := t.ask(&step{Op: how, Table: table, Key: key})
	return a == 1, ErrorOf(a)
}

// Enqueue adds the message to the outbox table when the transaction commits: then the relay
// will be handed it, see [dejavu/sim.Consumer]. m must be the message that the handler was
// handed.
//
// A relay that follows a cursor ([dejavu/sim.Consumer].Cursor) goes by the number of the row.
// The row draws it now, from a sequence, and is seen only after the commit. A sequence is
// never rolled back, so a rollback leaves a gap: no harm. But a row whose transaction commits
// after the cursor has come to a higher number is passed over.
func (t Tx) Enqueue(m broker.Message) {
	t.enqueue(&m, 0)
}

func (t Tx) enqueue(m *broker.Message, row int8) {
	t.p.handed(m, "enqueued")
	switch {
	case !t.p.listens():
	case t.p.prog.Relay == nil:
		t.p.fault("enqueued a message that nobody will send: give the consumer a Relay")
	case t.p.as.Relay:
		t.p.fault("enqueued from the relay, which would go round for ever: perform, and return nil to mark the row sent")
	}
	t.ask(&step{Op: op.Enqueue, Posts: row})
}

// Ack acks the message as part of the transaction, where the queue is a table of the same
// database ([broker.Profile].Transactional): effect, record and ack are committed together
// or not at all. Commit returns ErrAckRejected, and nothing is committed, if the message is
// no longer the attempt's. After the commit a return reports nothing. On any other queue,
// and in a relay, there is no row to be marked: Ack does nothing, and the ack is sent when
// the handler returns.
func (t Tx) Ack() {
	if t.p.listens() && (t.p.acked || t.p.tx.Acks) {
		t.p.fault(ackedTwice)
	}
	t.ask(&step{Op: op.TxAck})
}

// Commit makes everything that the transaction wrote durable and visible at once. One that
// was aborted is rolled back, and Commit returns ErrAborted. PostgreSQL itself reports no
// error then but the words ROLLBACK, from which drivers make one (pgx: ErrTxCommitRollback).
func (t Tx) Commit() error {
	return ErrorOf(t.ask(&step{Op: op.Commit}))
}

// Rollback undoes everything that the transaction wrote. After a commit it does
// nothing and is no step, so it can be deferred.
func (t Tx) Rollback() {
	if !t.p.listens() || t.p.open {
		t.p.ask(&step{Op: op.Rollback, Tx: true})
	}
}

// Cache is a store beside the database, like a Redis: it is not part of any
// transaction. Its entries can expire; it can be out of reach.
type Cache struct{ p *Proc }

// PutIfAbsent writes an entry unless there is one already, and returns whether
// it did. The entry expires after ttl; 0 means never.
func (c Cache) PutIfAbsent(key, value string, ttl time.Duration) (bool, error) {
	c.check(ttl)
	a := c.p.ask(&step{Op: op.CacheAdd, Key: key, Value: value, TTL: ttl})
	return a == 1, ErrorOf(a)
}

func (c Cache) check(ttl time.Duration) {
	if (ttl != 0 && ttl < span.Min || ttl > span.Max) && c.p.listens() {
		c.p.fault("let an entry expire after " + ttl.String() + ": 0 for never, or " + span.String(span.Min) + " to " + span.String(span.Max))
	}
}

// Get returns the value of an entry and whether there is one.
func (c Cache) Get(key string) (string, bool, error) {
	a := c.p.ask(&step{Op: op.CacheGet, Key: key})
	if a <= 0 {
		return "", false, ErrorOf(a)
	}
	return c.p.text(a - 1), true, nil
}

// Set writes an entry, whatever was there. It expires after ttl; 0 means never.
func (c Cache) Set(key, value string, ttl time.Duration) error {
	c.check(ttl)
	return ErrorOf(c.p.ask(&step{Op: op.CacheSet, Key: key, Value: value, TTL: ttl}))
}

// SetIf writes an entry if its value is old, and returns whether it did: compare
// and set. An entry that is not there has the value "". It expires after ttl; 0
// means never.
func (c Cache) SetIf(key, old, value string, ttl time.Duration) (bool, error) {
	c.check(ttl)
	a := c.p.ask(&step{Op: op.CacheSetIf, Key: key, old: old, Value: value, TTL: ttl})
	return a == 1, ErrorOf(a)
}

// Delete deletes an entry, if there is one.
func (c Cache) Delete(key string) error {
	return ErrorOf(c.p.ask(&step{Op: op.CacheDelete, Key: key}))
}

// DeleteIf deletes an entry if its value is old, and returns whether it did. What
// gives up a lease needs it: without the condition a worker that was too slow
// deletes the lease of the one that took over.
func (c Cache) DeleteIf(key, old string) (bool, error) {
	a := c.p.ask(&step{Op: op.CacheDeleteIf, Key: key, old: old})
	return a == 1, ErrorOf(a)
}
