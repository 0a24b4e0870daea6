package sim

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"dejavu/broker"
)

// Proc is what a handler works with: the vocabulary in which a consumer is
// written. Every method is one atomic step. A crash can fall between any two
// steps, and a step takes effect as a whole or not at all.
//
// There is no clock, on purpose: what expires is the business of the store that
// holds it.
type Proc struct {
	// Memory belongs to the process and dies with it.
	Memory Memory
	// DB is the consumer's own database: durable, shared by all its processes.
	DB DB
	// Cache is a separate store beside the database, like a Redis.
	Cache Cache

	prog          *Program
	msg           *broker.Message
	path          []pathStep // the answers to be given before anything new is asked
	at            int        // how many of them have been given
	as            errand     // whose handler it is, and what it was handed
	open          bool       // a transaction is open,
	tx            txAt       // and what else is known of it
	parked        bool       // the handler is being unwound: steps ask for nothing
	node          int32      // the node the next new step hangs from, after answer
	answer        int32
	acked, reject bool    // it has acked, or rejected its message
	done          int8    // performs so far
	over          bool    // the handler has returned: nothing may be asked for
	finder        *finder // set while a source line is looked for
	line          Site    // see At
}

// What a step can report. A handler that returns one of these, or any other
// error, nacks the message.
var (
	// ErrUnavailable is a definite error: the step did nothing (503).
	ErrUnavailable = errors.New("unavailable: nothing was done")
	// ErrNoReply is an ambiguous error: the step may have been done (504).
	ErrNoReply = errors.New("no reply: it may or may not have been done")
	// ErrFenced is the answer of a stock that has seen a higher token: somebody
	// else has taken over. Nothing was done.
	ErrFenced = errors.New("fenced off: a higher token was seen, nothing was done")
	// ErrConflict is the answer of a receiver that is still at work on another request
	// under the same idempotency key (409), where it does not let the second wait: see
	// Bank. This request has done nothing; the other one may.
	ErrConflict = errors.New("conflict: a request with this key is still at work")
	// ErrOtherBody is the answer of a receiver that knows the idempotency key from a
	// request with another body (422): see Bank. This request has done nothing.
	ErrOtherBody = errors.New("refused: this key was used with another body")
	// ErrAckRejected is the answer of a queue that rejects a late or stale ack.
	ErrAckRejected = errors.New("ack rejected: the receipt is no longer current")
	// ErrUniqueViolation is the error of a plain INSERT: the key is taken, nothing was
	// written. PostgreSQL's unique_violation (23505), MySQL's error 1062.
	ErrUniqueViolation = errors.New("unique violation: the key is taken")
	// ErrLocked is the error of a lock that does not wait: another one holds the row.
	// PostgreSQL's lock_not_available (55P03), MySQL's error 3572.
	ErrLocked = errors.New("lock not available: another transaction holds the row")
	// ErrAborted is what PostgreSQL says of everything in a transaction in which a
	// statement has failed, up to its end (25P02, in_failed_sql_transaction).
	ErrAborted = errors.New("transaction aborted: an earlier statement in it has failed")
)

// errOutside is the answer to whoever has no business here: see outsiders.
var errOutside = errors.New("the handler " + outsideRule)

// Answers that stand for an error. All others are 0 or more.
const (
	saidUnavailable int32 = -1 - iota
	saidNoReply
	saidRejected
	saidFenced
	saidOutside
	saidDeadlock
	saidTaken
	saidLocked
	saidAborted
	saidConflict
	saidOtherBody
)

// errDeadlock is what a database says of a transaction that it has aborted. No handler
// sees it: the attempt is over.
var errDeadlock = errors.New("deadlock: the database has aborted the transaction")

func answerError(a int32) error {
	switch a {
	case saidUnavailable:
		return ErrUnavailable
	case saidNoReply:
		return ErrNoReply
	case saidRejected:
		return ErrAckRejected
	case saidFenced:
		return ErrFenced
	case saidOutside:
		return errOutside
	case saidDeadlock:
		return errDeadlock
	case saidTaken:
		return ErrUniqueViolation
	case saidLocked:
		return ErrLocked
	case saidAborted:
		return ErrAborted
	case saidConflict:
		return ErrConflict
	case saidOtherBody:
		return ErrOtherBody
	}
	return nil
}

// Perform has the effect: it charges the card, sends the mail or takes the item
// from stock, as the scenario's business says. m must be the message that the
// handler was handed. Stock joins the open transaction, if there is one.
//
// An order has all three, in a step each: the charge, the item, the mail. A crash can
// fall between them, and an error ends it: what comes after is not done.
func (p *Proc) Perform(m broker.Message) error {
	p.handed(&m, "performed")
	return p.performAll(step{op: OpPerform})
}

// PerformOnce is Perform with an idempotency key for the receiver. One that
// honours keys does nothing, and reports success, if it has seen the key; where
// none is honoured it is Perform. It may refuse the request instead, if the first one
// under the key is at work or had another body: see Bank.
func (p *Proc) PerformOnce(m broker.Message, key string) error {
	p.handed(&m, "performed")
	p.keyed(key)
	return p.performAll(step{op: OpPerformKey, key: key})
}

// Tables of the consumer's own database that the stock itself keeps.
const (
	tableEffects = "effects" // a row for each item taken by PerformUnique
	tableFence   = "fence"   // the highest token that PerformFenced has seen, by business key
)

// PerformUnique is Perform as a conditional write: the effect is a row of the table
// "effects" whose key is unique, and where that key is taken it does nothing and
// reports success. It is one atomic step, it joins the open transaction, and it
// waits for a row that another one has written. Only stock is a row in the
// consumer's own database; for card and mail it is Perform.
func (p *Proc) PerformUnique(m broker.Message, key string) error {
	p.handed(&m, "performed")
	if key == "" && p.listens() {
		p.fault("performed with an empty unique key: pass what is unique about the effect, or call Perform")
	}
	return p.performAll(step{op: OpPerformUnique, table: tableEffects, key: key})
}

// PerformFenced is Perform with a fencing token: in one atomic step the stock
// refuses, with ErrFenced, a token lower than the highest that it has seen for m's
// business key. The highest is a row of the table "fence", which joins the open
// transaction. Somebody has to check a token, and card gateways and mail servers
// do not: there it is Perform.
func (p *Proc) PerformFenced(m broker.Message, token int) error {
	p.handed(&m, "performed")
	if token < 0 && p.listens() {
		p.fault("performed with a negative fencing token: tokens count up from 0")
	}
	return p.performAll(step{op: OpPerformFenced, table: tableFence, key: m.Key, value: strconv.Itoa(token)})
}

// Lookup asks the receiver whether it has an effect under m's business key. A
// mail server keeps nothing that could be asked: there the answer is always no. Of an
// order it asks the bank, which knows nothing of the item and the mail.
func (p *Proc) Lookup(m broker.Message) (bool, error) {
	p.handed(&m, "performed")
	a := p.ask(&step{op: OpLookup, part: p.answering()})
	return a == 1, answerError(a)
}

// Ack acks the message before the handler has returned. An attempt acks once:
// after it a return reports nothing. A lost ack is silent; only a queue that
// rejects late or stale acks makes it return an error.
func (p *Proc) Ack() error {
	if p.listens() && (p.acked || p.tx.acks) {
		p.fault(ackedTwice)
	}
	return answerError(p.ask(&step{op: OpAck}))
}

const ackedTwice = "acked twice: an attempt acks once, by p.Ack, by tx.Ack or by returning nil"

// NewID returns an ID that no attempt has seen before.
func (p *Proc) NewID() string { return p.text(p.ask(&step{op: OpNewID})) }

// Deliveries returns how often the queue has delivered this broker message,
// this time included.
func (p *Proc) Deliveries() int { return max(int(p.ask(&step{op: OpDeliveries})), 0) }

// Redelivered returns the queue's redelivered flag: whether this broker message
// was delivered before. A copy is a broker message of its own.
func (p *Proc) Redelivered() bool { return p.ask(&step{op: OpRedelivered}) == 1 }

// At says which line asks for what is asked for next, in a handler that is data: its Go is
// that of whoever runs it. See [Consumer].Body. It is no step.
func (p *Proc) At(line Site) { p.line = line }

func (p *Proc) text(answer int32) string {
	if answer <= 0 {
		return ""
	}
	return p.prog.names.At(answer)
}

const keptRule = "kept p of an attempt that is over: take the p that the handler is handed, and keep it nowhere"

// listens reports whether what is asked for now counts. Nothing of p may be looked at
// before it has said so: another goroutine may be at work on it.
func (p *Proc) listens() bool {
	if !ours() {
		return false
	}
	if p.over {
		p.fault(keptRule)
	}
	return !p.parked
}

func (p *Proc) handed(m *broker.Message, did string) {
	if p.listens() && *m != *p.msg {
		p.fault(did + " a message that it was not handed: pass on the message as it came")
	}
}

// parkSignal unwinds a handler that asked for a step whose answer is not known.
type parkSignal struct{}

// ask is the one way in which a handler touches the world. While the handler
// replays, it gives the answers of the path; then it goes on with the usual
// answers; where there is none it parks.
func (p *Proc) ask(s *step) int32 {
	if !ours() {
		return p.prog.outsiders.outside()
	}
	if p.over {
		p.fault(keptRule)
	}
	if p.parked {
		return 0
	}
	if s.op.Place() == Outside {
		s.tx = p.open
	} else if s.tx && !p.open {
		p.fault("used a transaction that is over: begin another")
	}
	if p.finder != nil {
		return p.finder.ask(p, s)
	}
	if p.at < len(p.path) {
		known := &p.path[p.at]
		if !same(&p.prog.nodes[known.node].step, s) {
			p.fault(notDeterministic(*s, p.prog.nodes[known.node].step))
		}
		if known.answer == askAgain {
			p.park()
		}
		p.at++
		p.follow(s, known.answer)
		p.node, p.answer = known.node, known.answer
		return known.answer
	}
	if p.at+1 >= MaxSteps {
		p.fault(fmt.Sprintf("asked for more than %d steps in one attempt: does it loop for ever?", MaxSteps))
	}
	p.node = p.prog.grow(p, s)
	p.at++
	p.answer = usual[s.op]
	if p.answer == askAgain {
		p.park()
	}
	p.follow(s, p.answer)
	return p.answer
}

func (p *Proc) park() {
	p.parked = true
	panic(parkSignal{})
}

// follow keeps what later steps need to know of the answers so far.
func (p *Proc) follow(s *step, answer int32) {
	switch s.op {
	case OpBegin:
		p.open = true
	case OpCommit:
		p.open = answer == saidUnavailable || answer == saidNoReply // the client is in doubt: it may still roll back
		p.acked = p.acked || p.tx.acks && answer == 0
		p.tx.aborted, p.tx.locked, p.tx.acks = p.tx.aborted && p.open, p.tx.locked && answer == saidUnavailable, p.tx.acks && answer == saidUnavailable
	case OpRollback:
		p.open, p.tx.aborted, p.tx.locked, p.tx.acks = false, false, false, false
	case OpTxAck:
		p.tx.acks = answer == 1
	case OpAdvisoryUnlock:
		p.tx.session -= int8(max(answer, 0))
	case OpAck:
		p.acked = true
	default:
		switch {
		case s.op.Performs():
			p.done++
		case answer < 0 && s.tx && s.op.Place() == InDB:
			p.tx.aborted = p.tx.aborted || !p.prog.MySQL
		case !s.op.Holds() || answer != 1:
		case s.tx:
			p.tx.locked = true
		default:
			p.tx.session++
		}
	}
}

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
// the transaction goes on. So does INSERT ... ON CONFLICT DO NOTHING; a plain INSERT is
// [DB.InsertOrFail]. The row is locked until the transaction ends: a second insert of the same key
// waits for it.
func (r rowAccess) Insert(table, key string) bool {
	return r.ask(&step{op: OpInsert, table: table, key: key}) == 1
}

// InsertOrFail is Insert as a plain INSERT: that the key is taken is an error,
// ErrUniqueViolation. In a transaction of PostgreSQL every later statement fails then, up
// to the rollback, and a commit rolls back; MySQL undoes the statement alone, and the
// transaction goes on. See [Database].
func (r rowAccess) InsertOrFail(table, key string) error {
	return answerError(r.ask(&step{op: OpInsertOrFail, table: table, key: key}))
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
	r.ask(&step{op: OpAdvisoryLock, key: name})
}

// TryAdvisoryLock is AdvisoryLock without waiting: it returns false if another one holds
// the lock (pg_try_advisory_lock, pg_try_advisory_xact_lock; GET_LOCK with a timeout of 0).
func (r rowAccess) TryAdvisoryLock(name string) bool {
	return r.ask(&step{op: OpTryAdvisoryLock, key: name}) == 1
}

// InsertFor is Insert of a row with a retention: that long after its commit it is
// deleted, or counts no more (locked_until): too early for one whose clock is ahead, see [ClockFault].
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

// AdvisoryUnlock frees a lock that AdvisoryLock or TryAdvisoryLock of DB has taken, and
// returns false if the attempt does not hold it.
func (d DB) AdvisoryUnlock(name string) bool {
	return d.ask(&step{op: OpAdvisoryUnlock, key: name}) == 1
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
func (t Tx) Lock(table, key string) (bool, error) { return t.lock(OpLock, table, key) }

// LockNoWait is Lock that does not wait: if another one holds the row, it returns
// ErrLocked, and PostgreSQL aborts the transaction as with every error.
func (t Tx) LockNoWait(table, key string) (bool, error) { return t.lock(OpLockNoWait, table, key) }

// LockSkipLocked is Lock that passes over a row which another one holds: SKIP LOCKED. It
// returns false then, as it does for a row that is not there. Nothing tells the two apart.
func (t Tx) LockSkipLocked(table, key string) (bool, error) {
	return t.lock(OpLockSkipLocked, table, key)
}

func (t Tx) lock(op Op, table, key string) (bool, error) {
	a := t.ask(&step{op: op, table: table, key: key})
	return a == 1, answerError(a)
}

// Enqueue adds the message to the outbox table when the transaction commits: then
// the relay will be handed it, see [Consumer]. m must be the message that the handler
// was handed.
//
// A relay that follows a cursor ([Consumer].Cursor) goes by the number of the row. The row
// draws it now, from a sequence, and is seen only after the commit. A sequence is never
// rolled back, so a rollback leaves a gap: no harm. But a row whose transaction commits
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
	case t.p.as.relay:
		t.p.fault("enqueued from the relay, which would go round for ever: perform, and return nil to mark the row sent")
	}
	t.ask(&step{op: OpEnqueue, posts: row})
}

// Ack acks the message as part of the transaction, where the queue is a table of the same
// database ([broker.Profile].Transactional): effect, record and ack are committed together
// or not at all. Commit returns ErrAckRejected, and nothing is committed, if the message is
// no longer the attempt's. After the commit a return reports nothing. On any other queue,
// and in a relay, there is no row to be marked: Ack does nothing, and the ack is sent when
// the handler returns.
func (t Tx) Ack() {
	if t.p.listens() && (t.p.acked || t.p.tx.acks) {
		t.p.fault(ackedTwice)
	}
	t.ask(&step{op: OpTxAck})
}

// Commit makes everything that the transaction wrote durable and visible at once. One that
// was aborted is rolled back, and Commit returns ErrAborted. PostgreSQL itself reports no
// error then but the words ROLLBACK, from which drivers make one (pgx: ErrTxCommitRollback).
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
