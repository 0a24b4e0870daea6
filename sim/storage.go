package sim

import (
	"slices"

	"dejavu/broker"
)

// absent is the value of a row that is not there.
const absent int32 = -1

// row is one row of the database. A row that a transaction has written and not
// committed yet has an owner, and is locked for everybody else.
type row struct {
	key   int32
	table int16
	owner int8  // worker + 1 of the open transaction, or 0
	value int32 // committed, or absent
	next  int32 // what the owner will commit
	kept  int32 // the number of the write that gave it a retention; 0 for ever
	keeps int32 // that of what the owner will commit
	tenure
}

// rows are sorted by (key, table). Names are numbered in order of first use, so
// a new row belongs near the end, and so does the one that is asked for next.
type rows []row

func (r *row) less(table int16, key int32) bool {
	return r.key < key || r.key == key && r.table < table
}

// at returns where the row is or would be.
func (rs rows) at(table int16, key int32) (int, bool) {
	at := nearEnd(len(rs), func(i int) bool { return rs[i].less(table, key) })
	return at, at < len(rs) && rs[at].key == key && rs[at].table == table
}

// nearEnd returns how many of n things, which are in order, come before some place. It looks
// from the end on: most that is asked for is new.
func nearEnd(n int, before func(i int) bool) int {
	lo, hi := 0, n
	for back := 1; back <= n; back *= 4 {
		if before(n - back) {
			lo = n - back + 1
			break
		}
		hi = n - back
	}
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); before(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// locker returns the worker whose open transaction holds the row against a worker
// that writes in its own transaction, or outside of any; broker.None if nobody's does.
// Its own transaction holds it against the latter, too: that waits for ever.
func (rs rows) locker(table int16, key int32, worker int, tx bool) int {
	i, found := rs.at(table, key)
	if !found || rs[i].owner == 0 || tx && rs[i].owner == int8(worker+1) {
		return broker.None
	}
	return int(rs[i].owner) - 1
}

// read returns what a worker sees: in its transaction what that has written,
// otherwise what is committed.
func (rs rows) read(table int16, key int32, worker int, tx bool) int32 {
	i, found := rs.at(table, key)
	switch {
	case !found:
		return absent
	case tx && rs[i].owner == int8(worker+1):
		return rs[i].next
	}
	return rs[i].value
}

// write sets a row, or deletes it if its value is absent; it is kept for ever unless
// it has the number of the write. In a transaction the row is the transaction's until
// that ends; write returns whether it has become so.
func (rs *rows) write(to row, by author, tx bool) bool {
	i, found := rs.at(to.table, to.key)
	if !found {
		if to.value == absent {
			return false
		}
		*rs = slices.Insert(*rs, i, row{key: to.key, table: to.table, value: absent, next: absent})
	}
	r := &(*rs)[i]
	r.next, r.keeps = to.value, to.kept
	if tx {
		fresh := r.owner == 0
		r.owner = by.worker + 1
		return fresh
	}
	if r.become(by); r.value == absent {
		*rs = cut(*rs, i)
	}
	return false
}

// become makes what was written what is there.
func (r *row) become(by author) {
	r.value, r.kept, r.tenure = r.next, r.keeps, tenure{}
	if r.kept > 0 {
		r.by = by
	}
}

// end commits or rolls back what a worker's transaction has written: rows at some
// places, in order.
func (rs *rows) end(by author, written []int, commit bool) {
	for _, i := range slices.Backward(written) { // so that none moves before its turn
		r := &(*rs)[i]
		r.owner = 0
		if commit {
			r.become(by)
		}
		if r.next, r.keeps = r.value, r.kept; r.value == absent {
			*rs = cut(*rs, i)
		}
	}
}

// written appends where the rows are that a worker's open transaction has written, in
// order. They are those of its steps: to look for them among all rows would take longer
// the longer a run is.
func (w *World) written(to []int, worker int) []int {
	wk := &w.workers[worker]
	for at := wk.node; at != 0 && len(to) < int(wk.written); at = w.prog.nodes[at].parent {
		n := &w.prog.nodes[at]
		if !n.tx || !n.numbed || !n.op.Locks() {
			continue
		}
		i, found := w.rows.at(n.tabNo, n.keyNo)
		if found && int(w.rows[i].owner) == worker+1 && !slices.Contains(to, i) {
			to = append(to, i)
		}
	}
	if len(to) > 1 {
		slices.Sort(to)
	}
	return to
}

// cut takes out the element at a place. What lies before it moves if that is less: what
// comes first goes first, and a long list is not moved for it.
func cut[S ~[]E, E any](s S, at int) S {
	if at > len(s)/2 || len(s) < 64 {
		return slices.Delete(s, at, at+1)
	}
	copy(s[1:at+1], s[:at])
	return s[1:]
}

// retained returns where a row is that is committed and has a retention.
func (rs rows) retained(table int16, key int32) (int, bool) {
	i, found := rs.at(table, key)
	return i, found && rs[i].kept > 0
}

// expire deletes a row whose retention has run out. What an open transaction has
// written in its place is no part of it.
func (rs *rows) expire(table int16, key int32) {
	i, _ := rs.at(table, key)
	r := &(*rs)[i]
	if r.value, r.kept, r.tenure = absent, 0, (tenure{}); r.owner == 0 {
		*rs = cut(*rs, i)
	}
}

// set is a sorted set of names.
type set []int32

func (s set) has(name int32) bool {
	_, found := s.at(name)
	return found
}

func (s set) at(name int32) (int, bool) {
	at := nearEnd(len(s), func(i int) bool { return s[i] < name })
	return at, at < len(s) && s[at] == name
}

func (s *set) add(name int32) {
	if i, found := s.at(name); !found {
		*s = slices.Insert(*s, i, name)
	}
}

func (s *set) drop(name int32) {
	if i, found := s.at(name); found {
		*s = cut(*s, i)
	}
}

// entry is one entry of the cache.
type entry struct {
	key   int32
	value int32
	write int32 // counts the writes of all keys, so that an old expiry hits nothing
	lasts int64 // nanoseconds until it expires, 0 for ever
	tenure
}

type entries []entry

func (es entries) at(key int32) (int, bool) {
	return slices.BinarySearchFunc(es, key, func(e entry, key int32) int { return int(e.key - key) })
}

func (es *entries) drop(key int32) {
	if i, found := es.at(key); found {
		*es = cut(*es, i)
	}
}

func (es *entries) put(e entry) {
	i, found := es.at(e.key)
	if !found {
		*es = slices.Insert(*es, i, e)
		return
	}
	(*es)[i] = e
}

// Stored is one thing that a consumer has written down, in whatever store.
type Stored struct {
	Where      Place // InDB, InCache, or InProcess for the memory of a process
	Table, Key string
	Value      string
	// Open says that it is part of a transaction that is not committed: nobody
	// else sees it, and a crash takes it back.
	Open bool
	// Process, from 0, is whose memory it is in.
	Process int
	// Writer, from 0, is the worker that wrote an entry of the cache, and Held says
	// that it is still at work in the attempt in which it did: a lease has a holder.
	Writer int
	Held   bool

	kept int32 // the write that gave it a retention, or 0: see Run.Retention
}

// isEffect reports whether a row is an effect of its own, and stands in the ledger.
func (w *World) isEffect(r *row) bool {
	return w.prog.tables.at(int32(r.table)) == tableEffects
}

// Stored yields what the consumer has written down, as long as yield returns
// true: rows of the database that are not themselves effects, entries of the cache, then the memory of each
// process. Within each it comes in the order in which the keys were first used.
func (w *World) Stored(yield func(Stored) bool) {
	text, tables := w.prog.names.at, w.prog.tables.at
	for i := range w.rows {
		r := &w.rows[i]
		s := Stored{Where: InDB, Table: tables(int32(r.table)), Key: text(r.key), Open: r.owner != 0}
		value := r.value
		if !s.Open {
			s.kept = r.kept
		} else {
			value = r.next
		}
		if value == absent || w.isEffect(r) {
			continue
		}
		if s.Value = text(value); !yield(s) {
			return
		}
	}
	for i := range w.cache {
		e := &w.cache[i]
		s := Stored{Where: InCache, Key: text(e.key), Value: text(max(e.value, 0)), Writer: int(e.by.worker), kept: e.write}
		s.Held = w.atWork(e.by) != broker.None
		if !yield(s) {
			return
		}
	}
	for p, m := range w.memory {
		for _, key := range m.keys {
			if !yield(Stored{Where: InProcess, Key: text(key), Process: p}) {
				return
			}
		}
	}
}

// memory is what a process remembers for as long as it lives.
type memory struct {
	keys   set
	recent []int32 // of these the ones that give way to others, the least recently used first
	// draining says that the process was asked to end, and ends once it is at no work.
	draining bool
}

// has reports whether a key is remembered: to be asked for is to be used.
func (m *memory) has(key int32) bool {
	if !m.keys.has(key) {
		return false
	}
	m.use(key)
	return true
}

// use makes a key that gives way to others the last to do so.
func (m *memory) use(key int32) {
	if i := slices.Index(m.recent, key); i >= 0 {
		m.recent = append(slices.Delete(m.recent, i, i+1), key)
	}
}

// addWithin adds a key to the most recently used ones, of which there are to be no
// more than some, and returns whether it is new, and the key that gave way to it or 0.
func (m *memory) addWithin(key int32, most int) (isNew bool, evicted int32) {
	if m.has(key) {
		return false, 0
	}
	m.keys.add(key)
	m.recent = append(m.recent, key)
	if len(m.recent) > most {
		evicted = m.recent[0]
		m.drop(evicted)
	}
	return true, evicted
}

func (m *memory) drop(key int32) {
	m.keys.drop(key)
	if i := slices.Index(m.recent, key); i >= 0 {
		m.recent = slices.Delete(m.recent, i, i+1)
	}
}

// evicts reports whether a key can give way to others.
func (m *memory) evicts(key int32) bool { return slices.Contains(m.recent, key) }

func (m *memory) clone() memory {
	return memory{slices.Clone(m.keys), slices.Clone(m.recent), m.draining}
}

func (m *memory) copyFrom(o *memory) {
	m.draining = o.draining
	if len(m.keys)+len(o.keys) > 0 { // most remember nothing
		m.keys = append(m.keys[:0], o.keys...)
		m.recent = append(m.recent[:0], o.recent...)
	}
}

// drain asks every process to end, as SIGTERM does. One that is at work takes nothing
// more, gives back what it has not begun, and ends when it has ended what it is at; or it
// is killed, see Kill. One that has nothing to do ends at once. Each is replaced.
func (w *World) drain() {
	for p := range w.memory {
		switch {
		case w.firstBusy(p) == broker.None:
			w.kill(p, (*broker.Queue).Close)
		case !w.memory[p].draining:
			w.memory[p].draining = true
			for i, to := w.crew(p); i < to; i++ {
				w.handBack(&w.workers[i])
				w.letGo(&w.workers[i])
			}
		}
	}
}

// draining reports whether the process of a worker was asked to end and still runs.
//
//go:norace
func (w *World) draining(worker int) bool { return w.memory[w.process(worker)].draining }

// firstBusy returns the first worker of a process that is at work, or broker.None.
//
//go:norace
func (w *World) firstBusy(process int) int {
	for i, to := w.crew(process); i < to; i++ {
		if w.workers[i].node != 0 {
			return i
		}
	}
	return broker.None
}

// handBack gives back what a worker has not begun of its batch: at once, and as delivered
// once more, for the queue has counted it. Where a batch is acked as one, it is one piece
// of work.
func (w *World) handBack(wk *worker) {
	if w.queue.Profile().AckUnit == broker.AckBatch || int(wk.place)+1 >= len(wk.batch) {
		return
	}
	for _, r := range wk.batch[wk.place+1:] {
		if w.queue.HandBack(r) {
			w.moved = append(w.moved, w.queue.Moved()...)
		}
	}
	wk.batch = wk.batch[:wk.place+1]
}

// Whoever needs a row that another open transaction has written or locked waits until that
// transaction ends, and so does everything that would do the step: a reply can only be
// lost of what was done. A step may fail while it waits, and a process may crash: an
// error ends the waiting, as a lock timeout does, and nothing is done.
//
// Transactions that wait for each other would wait for ever, so a database aborts one
// of them: its transaction is rolled back, and the attempt ends as one does whose
// database is down, with a nack. Which one is up to the database. PostgreSQL aborts
// whoever looks first after deadlock_timeout, 1 s, and finds the circle (error 40P01:
// manual, "Deadlocks" and "Lock Management"); InnoDB looks at once, and aborts the
// transaction that has changed the fewest rows (error 1213: MySQL manual, "Deadlock
// Detection"). Here the menu offers each of them as the victim, and the timeline aborts
// the one whose wait closes the circle. No database sees a circle through a handler that
// waits outside of its own transaction: that transaction is idle, and waits for no lock. A
// wait for an advisory lock is a wait of the session that has the transaction, so it counts.

// blocked reports whether a worker's next step waits for a row lock, and no database
// ends that.
func (w *World) blocked(i int) bool { return w.blocker(i) != broker.None && !w.deadlocked(i) }

// deadlocked reports whether a worker's next step waits, in its transaction, for a
// transaction that waits for it in turn, directly or through others. A session that waits
// for an advisory lock is looked at in the same way.
func (w *World) deadlocked(i int) bool {
	return w.circle(i, func(int) bool { return true })
}

// circle reports whether a worker's next step waits for a transaction that, through
// those of workers that are waiting, waits for it.
func (w *World) circle(i int, waiting func(worker int) bool) bool {
	at := i
	for range w.workers {
		if n := &w.prog.nodes[w.workers[at].node]; !n.tx && n.op != OpAdvisoryLock {
			return false
		}
		switch at = w.blocker(at); {
		case at == i:
			return true
		case at == broker.None || !waiting(at):
			return false
		}
	}
	return false // waits for a circle that it is no part of
}

// blocker returns the worker whose lock a worker's next step waits for, or broker.None.
func (w *World) blocker(i int) int {
	n := &w.prog.nodes[w.workers[i].node]
	if !w.mayWait(n) || w.dbDown() || !w.locks() || n.aborted && w.refuses(i, n) || n.op.Performs() && !w.part(n).Local() {
		return broker.None
	}
	if by := w.lockedBy(i, n); by != broker.None || w.latest == nil || !n.op.Performs() {
		return by
	}
	return w.setter(i, n)
}

// lockedBy returns the worker that holds the lock which a worker needs for a step, or
// broker.None.
func (w *World) lockedBy(i int, n *node) int {
	of, known := w.slot(n)
	if !known {
		return broker.None
	}
	advisory := n.op == OpAdvisoryLock || n.op == OpTryAdvisoryLock
	if !advisory {
		if n.op.Holds() && !w.prog.mysql && w.rows.read(of.Table, of.Key, i, n.tx) == absent {
			return broker.None // not seen, so not waited for: see Tx.Lock
		}
		if owner := w.rows.locker(of.Table, of.Key, i, n.tx); owner != broker.None {
			return owner
		}
	}
	if !w.prog.locking {
		return broker.None
	}
	for j := range w.workers {
		if (j != i || !n.tx && !advisory) && w.holds(j, of, advisory) {
			return j
		}
	}
	return broker.None
}

// lock takes a lock that is no write, or frees one. There is nothing to be written down:
// who holds it follows from the steps that it has taken, see holds.
func (w *World) lock(i int, n *node) int32 {
	of := Slot{n.tabNo, n.keyNo}
	switch n.op {
	case OpAdvisoryLock:
		return 1
	case OpAdvisoryUnlock:
		return number(w.sessions(i, of) > 0)
	}
	locked := n.op != OpLock && w.lockedBy(i, n) != broker.None
	switch {
	case n.op == OpTryAdvisoryLock:
		return number(!locked)
	case locked && n.op == OpLockNoWait:
		return saidLocked
	case locked:
		return 0
	}
	return number(w.rows.read(of.Table, of.Key, i, true) != absent)
}

// holdsLocks reports whether a worker holds locks that are no writes.
func (w *World) holdsLocks(i int) bool {
	at := &w.prog.nodes[w.workers[i].node]
	return at.locked || at.session > 0
}

// holds reports whether a worker holds a lock that is no write, of a row or of a name, by
// the steps of its attempt: in its open transaction, or for its session.
func (w *World) holds(i int, of Slot, advisory bool) bool {
	if at := &w.prog.nodes[w.workers[i].node]; at.locked {
		for at.parent != 0 {
			answer := at.answer
			if at = &w.prog.nodes[at.parent]; at.op == OpBegin || at.op == OpCommit && answer != saidUnavailable {
				break
			}
			if at.tx && at.op.Holds() && answer == 1 && at.tabNo == of.Table && at.keyNo == of.Key && advisory == (at.op == OpAdvisoryLock || at.op == OpTryAdvisoryLock) {
				return true
			}
		}
	}
	return advisory && w.sessions(i, of) > 0
}

// sessions returns how often a worker's session has taken the lock of a name and not freed
// it.
func (w *World) sessions(i int, of Slot) int {
	n, at := 0, &w.prog.nodes[w.workers[i].node]
	for at.session > 0 { // before that all were freed
		answer := at.answer
		switch at = &w.prog.nodes[at.parent]; {
		case at.tx || answer != 1 || at.keyNo != of.Key:
		case at.op == OpAdvisoryLock || at.op == OpTryAdvisoryLock:
			n++
		case at.op == OpAdvisoryUnlock:
			n--
		}
	}
	return n
}

// refuses reports whether a step is part of a transaction of the database: one that was
// aborted refuses it.
func (w *World) refuses(i int, n *node) bool {
	return n.tx && n.op != OpRollback && w.stored(i, n)
}

// locks reports whether any lock is held.
func (w *World) locks() bool {
	return w.locked > 0 || w.latest != nil && w.anySets() || w.prog.locking && w.anyHolds()
}

// anyHolds reports whether any worker holds locks that are no writes.
func (w *World) anyHolds() bool {
	for i := range w.workers {
		if w.holdsLocks(i) {
			return true
		}
	}
	return false
}

// waits reports whether what is due at a worker's step has to wait for a row, and
// keeps it then. A step that closes a circle waits for nothing: it is aborted.
func (t *Timeline) waits(d *due) bool {
	i := int(d.worker())
	if t.world.blocker(i) == broker.None {
		return false
	}
	if t.world.circle(i, func(worker int) bool { return t.hands[worker].stuck }) {
		d.becomeStep() // there is no reply to be lost
		return false
	}
	t.hands[i].stuck, t.hands[i].waits = true, *d
	t.stuck++
	return true
}

// unblock plans what waited for a row lock that is free now.
func (t *Timeline) unblock() {
	for i := range t.hands {
		if h := &t.hands[i]; h.stuck && t.world.blocker(i) == broker.None {
			h.stuck = false
			t.stuck--
			h.waits.at = t.now
			t.push(h.waits)
		}
	}
}
