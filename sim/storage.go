package sim

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// written appends where the rows are that a worker's open transaction has written, in
// order. They are those of its steps: to look for them among all rows would take longer
// the longer a run is.
func (w *World) written(to []int, worker int) []int {
	wk := &w.workers[worker]
	for at := wk.node; at != 0 && len(to) < int(wk.written); at = w.prog.Nodes[at].Parent {
		n := &w.prog.Nodes[at]
		if !n.Tx || !n.Numbered || !n.Op.Locks() {
			continue
		}
		i, found := w.rows.At(n.TabNo, n.KeyNo)
		if found && int(w.rows[i].Owner) == worker+1 && !slices.Contains(to, i) {
			to = append(to, i)
		}
	}
	if len(to) > 1 {
		slices.Sort(to)
	}
	return to
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
func (w *World) isEffect(r *store.TableRow) bool {
	return w.prog.Tables.At(int32(r.Table)) == program.TableEffects
}

// Stored yields what the consumer has written down, as long as yield returns
// true: rows of the database that are not themselves effects, entries of the cache, then the memory of each
// process. Within each it comes in the order in which the keys were first used.
func (w *World) Stored(yield func(Stored) bool) {
	text, tables := w.prog.Names.At, w.prog.Tables.At
	for i := range w.rows {
		r := &w.rows[i]
		s := Stored{Where: InDB, Table: tables(int32(r.Table)), Key: text(r.Key), Open: r.Owner != 0}
		value := r.Value
		if !s.Open {
			s.kept = r.Kept
		} else {
			value = r.Next
		}
		if value == store.Absent || w.isEffect(r) {
			continue
		}
		if s.Value = text(value); !yield(s) {
			return
		}
	}
	for i := range w.cache {
		e := &w.cache[i]
		s := Stored{Where: InCache, Key: text(e.Key), Value: text(max(e.Value, 0)), Writer: int(e.By.Worker), kept: e.Write}
		s.Held = w.atWork(e.By) != broker.None
		if !yield(s) {
			return
		}
	}
	for p, m := range w.memory {
		for _, key := range m.Keys {
			if !yield(Stored{Where: InProcess, Key: text(key), Process: p}) {
				return
			}
		}
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
		case !w.memory[p].Draining:
			w.memory[p].Draining = true
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
func (w *World) draining(worker int) bool { return w.memory[w.process(worker)].Draining }

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
		if n := &w.prog.Nodes[w.workers[at].node]; !n.Tx && n.Op != OpAdvisoryLock {
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
	n := &w.prog.Nodes[w.workers[i].node]
	if !w.mayWait(n) || w.dbDown() || !w.locks() || n.Aborted && w.refuses(i, n) || n.Op.Performs() && !w.part(n).Local() {
		return broker.None
	}
	if by := w.lockedBy(i, n); by != broker.None || w.latest == nil || !n.Op.Performs() {
		return by
	}
	return w.setter(i, n)
}

// lockedBy returns the worker that holds the lock which a worker needs for a step, or
// broker.None.
func (w *World) lockedBy(i int, n *program.Node) int {
	of, known := w.slot(n)
	if !known {
		return broker.None
	}
	advisory := n.Op == OpAdvisoryLock || n.Op == OpTryAdvisoryLock
	if !advisory {
		if n.Op.Holds() && !w.prog.MySQL && w.rows.Read(of.Table, of.Key, i, n.Tx) == store.Absent {
			return broker.None // not seen, so not waited for: see Tx.Lock
		}
		if owner := w.rows.Locker(of.Table, of.Key, i, n.Tx); owner != broker.None {
			return owner
		}
	}
	if !w.prog.Locking {
		return broker.None
	}
	for j := range w.workers {
		if (j != i || !n.Tx && !advisory) && w.holds(j, of, advisory) {
			return j
		}
	}
	return broker.None
}

// lock takes a lock that is no write, or frees one. There is nothing to be written down:
// who holds it follows from the steps that it has taken, see holds.
func (w *World) lock(i int, n *program.Node) int32 {
	of := Slot{n.TabNo, n.KeyNo}
	switch n.Op {
	case OpAdvisoryLock:
		return 1
	case OpAdvisoryUnlock:
		return store.Bit(w.sessions(i, of) > 0)
	}
	locked := n.Op != OpLock && w.lockedBy(i, n) != broker.None
	switch {
	case n.Op == OpTryAdvisoryLock:
		return store.Bit(!locked)
	case locked && n.Op == OpLockNoWait:
		return program.SaidLocked
	case locked:
		return 0
	}
	return store.Bit(w.rows.Read(of.Table, of.Key, i, true) != store.Absent)
}

// holdsLocks reports whether a worker holds locks that are no writes.
func (w *World) holdsLocks(i int) bool {
	at := &w.prog.Nodes[w.workers[i].node]
	return at.Locked || at.Session > 0
}

// holds reports whether a worker holds a lock that is no write, of a row or of a name, by
// the steps of its attempt: in its open transaction, or for its session.
func (w *World) holds(i int, of Slot, advisory bool) bool {
	if at := &w.prog.Nodes[w.workers[i].node]; at.Locked {
		for at.Parent != 0 {
			answer := at.Answer
			if at = &w.prog.Nodes[at.Parent]; at.Op == OpBegin || at.Op == OpCommit && answer != program.SaidUnavailable {
				break
			}
			if at.Tx && at.Op.Holds() && answer == 1 && at.TabNo == of.Table && at.KeyNo == of.Key && advisory == (at.Op == OpAdvisoryLock || at.Op == OpTryAdvisoryLock) {
				return true
			}
		}
	}
	return advisory && w.sessions(i, of) > 0
}

// sessions returns how often a worker's session has taken the lock of a name and not freed
// it.
func (w *World) sessions(i int, of Slot) int {
	n, at := 0, &w.prog.Nodes[w.workers[i].node]
	for at.Session > 0 { // before that all were freed
		answer := at.Answer
		switch at = &w.prog.Nodes[at.Parent]; {
		case at.Tx || answer != 1 || at.KeyNo != of.Key:
		case at.Op == OpAdvisoryLock || at.Op == OpTryAdvisoryLock:
			n++
		case at.Op == OpAdvisoryUnlock:
			n--
		}
	}
	return n
}

// refuses reports whether a step is part of a transaction of the database: one that was
// aborted refuses it.
func (w *World) refuses(i int, n *program.Node) bool {
	return n.Tx && n.Op != OpRollback && w.stored(i, n)
}

// locks reports whether any lock is held.
func (w *World) locks() bool {
	return w.locked > 0 || w.latest != nil && w.anySets() || w.prog.Locking && w.anyHolds()
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
