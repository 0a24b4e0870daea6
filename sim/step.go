package sim

import (
	"iter"
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// slot returns what a step is about, if that has numbers. To ask is not to take the step, so
// it gives none: what is locked, or kept, has them.
func (w *World) slot(n *program.Node) (Slot, bool) {
	if n.Numbered {
		return Slot{n.TabNo, n.KeyNo}, true
	}
	table, known := w.prog.Tables.Find(n.Table)
	key, met := w.prog.Names.Find(n.Key)
	return Slot{int16(table), key}, known && met
}

// inDB does a step in the consumer's database.
func (w *World) inDB(i int, n *program.Node) int32 {
	switch n.Op {
	case OpBegin:
		return 0
	case OpCommit, OpRollback:
		w.endTx(i, n.Op == OpCommit)
		return 0
	case OpEnqueue:
		w.enqueue(i, n.Posts)
		return 0
	case OpTxAck: // it waits for the commit: see commitAck
		return store.Bit(w.prog.Transactional && i != w.relay)
	case OpLock, OpLockNoWait, OpLockSkipLocked, OpAdvisoryLock, OpTryAdvisoryLock, OpAdvisoryUnlock:
		return w.lock(i, n)
	}
	old := w.rows.Read(n.TabNo, n.KeyNo, i, n.Tx)
	switch n.Op {
	case OpGet:
		return old + 1
	case OpPut:
		w.write(i, n, n.ValNo)
	case OpDelete:
		if old != store.Absent {
			w.write(i, n, store.Absent)
		}
	case OpInsert, OpPutIfAbsent:
		if old != store.Absent {
			return 0
		}
		w.write(i, n, n.ValNo)
		return 1
	case OpInsertOrFail:
		if old != store.Absent {
			return program.SaidTaken
		}
		w.write(i, n, n.ValNo)
		return 1
	case OpSwap:
		if max(old, 0) != n.OldNo {
			return 0
		}
		w.write(i, n, n.ValNo)
		return 1
	case OpAdd:
		have, _ := strconv.Atoi(w.prog.Names.At(max(old, 0)))
		more, _ := strconv.Atoi(n.Value)
		sum := w.prog.Names.Of(strconv.Itoa(have + more))
		w.write(i, n, sum)
		return sum
	}
	return 0
}

// write writes a row, in the open transaction if the step is part of it.
func (w *World) write(i int, n *program.Node, value int32) {
	if !n.Tx {
		w.noteRow(i, n.TabNo, n.KeyNo)
	}
	kept := int32(0)
	if n.TTL > 0 {
		w.writes++
		kept = w.writes
	}
	if len(w.rows) == cap(w.rows) {
		w.rows = slices.Grow(w.rows, w.more(len(w.rows)))
	}
	if w.rows.Write(store.TableRow{Table: n.TabNo, Key: n.KeyNo, Value: value, Kept: kept}, w.author(i), n.Tx) {
		w.workers[i].written++
		w.locked++
	}
}

// endTx commits or rolls back what a worker's open transaction has written, and
// frees its locks. It returns whether anything was rolled back.
func (w *World) endTx(i int, commit bool) bool {
	wk := &w.workers[i]
	if wk.written+wk.taken+wk.enqueued == 0 {
		return false
	}
	var room [8]int
	written := w.written(room[:0], i)
	if commit {
		w.setInTx(i)
	}
	if commit && w.journal.on {
		w.noteTx(i, written)
	}
	w.endEffects(i, commit)
	w.rows.End(w.author(i), written, commit)
	if commit {
		w.post(i)
	}
	if wk.enqueued > 0 {
		w.drawn = slices.DeleteFunc(w.drawn, func(d drawn) bool { return int(d.by) == i })
	}
	w.locked -= wk.written
	wk.written, wk.taken, wk.enqueued = 0, 0, 0
	return !commit
}

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

// inCache does a step in the cache.
func (w *World) inCache(i int, n *program.Node) int32 {
	at, found := w.cache.At(n.KeyNo)
	e := store.CacheEntry{Key: n.KeyNo, Value: n.ValNo, Lasts: int64(n.TTL), Tenure: store.Tenure{By: w.author(i)}}
	switch n.Op {
	case OpCacheGet:
		if found {
			return w.cache[at].Value + 1
		}
	case OpCacheAdd:
		if !found {
			w.cacheSet(e)
			return 1
		}
	case OpCacheSet:
		w.cacheSet(e)
	case OpCacheSetIf:
		if found && w.cache[at].Value != n.OldNo || !found && n.OldNo != 0 {
			return 0
		}
		w.cacheSet(e)
		return 1
	case OpCacheDelete:
		w.cacheDrop(i, n.KeyNo)
	case OpCacheDeleteIf:
		if !found || w.cache[at].Value != n.OldNo {
			return 0
		}
		w.cacheDrop(i, n.KeyNo)
		return 1
	}
	return 0
}

// cacheSet writes an entry. The count outlives the entry: one that is deleted and
// written again must not expire at the time of the first.
func (w *World) cacheSet(e store.CacheEntry) {
	w.noteEntry(int(e.By.Worker), e.Key)
	w.writes++
	e.Write = w.writes
	w.cache.Put(e)
}

// cacheDrop deletes an entry, if there is one.
func (w *World) cacheDrop(worker int, key int32) {
	if _, found := w.cache.At(key); found {
		w.noteEntry(worker, key)
		w.cache.Drop(key)
	}
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

// A status is a row of its group. Whoever sets it in a transaction has that row until the
// transaction ends, and whoever sets it next waits, and sets it over what was committed: READ
// COMMITTED (PostgreSQL manual, "Transaction Isolation"; InnoDB reads what it updates in the
// same way). Who has the row follows from what is set in transactions that are open.

// Locks reports whether a step may have to wait for a lock in this lane: whatever sets a
// status may wait for the row of that.
func (l *Lane) Locks(o Op) bool { return o.Locks() || o.Performs() && l.Business.Info().LastWins }

// mayWait reports whether a step may have to wait for a lock.
func (w *World) mayWait(n *program.Node) bool {
	return n.Op.Locks() || w.latest != nil && n.Op.Performs()
}

// anySets reports whether any open transaction has set a status.
func (w *World) anySets() bool {
	return slices.ContainsFunc(w.workers, func(wk worker) bool { return wk.taken > 0 })
}

// statusOf returns the message that the status is named for which a thing listed sets: the
// first of its group.
func (w *World) statusOf(listed int) int { return w.groupOf(w.debtor(listed)) }

// setter returns the worker whose open transaction has set the status that a worker's next
// step sets, or broker.None.
func (w *World) setter(i int, n *program.Node) int {
	if !w.willSet(i, n) {
		return broker.None
	}
	of := w.statusOf(w.Listed(int(w.workers[i].receipt.Msg)))
	for j := range w.workers {
		if j == i && n.Tx {
			continue
		}
		for k := range w.takings(j) {
			if w.statusOf(int(w.ledger[k].Owed)) == of {
				return j
			}
		}
	}
	return broker.None
}

// willSet reports whether a step that may set a status does: one that finds its row, or a
// newer token, does nothing.
func (w *World) willSet(i int, n *program.Node) bool {
	of, known := w.slot(n)
	if !known {
		return true
	}
	switch row := w.rows.Read(of.Table, of.Key, i, n.Tx); n.Op {
	case OpPerformUnique:
		return row == store.Absent
	case OpPerformFenced:
		return !w.tooOld(n, row)
	}
	return true
}

// part returns which business a step is about: a part of the world's, where that has
// several.
func (w *World) part(n *program.Node) Business { return w.prog.Parts[n.Part] }

// outside does a step at the receiver of the effect.
func (w *World) outside(out *Outcome, i int, n *program.Node) int32 {
	owed, of := w.Listed(int(out.Receipt.Msg)), w.part(n).Info()
	if n.Op == OpLookup {
		return store.Bit(of.Answers && (*w.counter(owed, int(n.Part)) > 0 || n.Tx && w.takes(i, owed, n.Part)))
	}
	switch {
	case n.Op == OpPerformKey && of.HonoursKeys:
		if answer, known := w.answersKey(i, n); known {
			return answer
		}
	case n.Op == OpPerformUnique && of.Local:
		if w.rows.Read(n.TabNo, n.KeyNo, i, n.Tx) != store.Absent {
			return 0
		}
		w.write(i, n, n.ValNo)
	case n.Op == OpPerformFenced && of.Local:
		if w.fenced(i, n) {
			return program.SaidFenced
		}
	}
	out.Done = true
	joins := n.Tx && of.Local
	w.ledger = append(w.ledger, Effect{
		Owed: int32(owed), Msg: out.Receipt.Msg, Delivery: out.Receipt.Delivery, Worker: int8(i), Part: n.Part, open: joins,
	})
	if joins {
		w.workers[i].taken++
	} else {
		w.setLatest(&w.ledger[len(w.ledger)-1])
		w.noteEffect(i, &w.ledger[len(w.ledger)-1])
		*w.counter(owed, int(n.Part))++
	}
	return 0
}

// fenced reports whether a step's token is too old. One that is not is the highest
// that was seen.
func (w *World) fenced(i int, n *program.Node) bool {
	row := w.rows.Read(n.TabNo, n.KeyNo, i, n.Tx)
	if w.tooOld(n, row) {
		return true
	}
	if row != n.ValNo {
		w.write(i, n, n.ValNo)
	}
	return false
}

// tooOld reports whether a step's token is older than the one that a row has.
func (w *World) tooOld(n *program.Node, row int32) bool {
	seen, _ := strconv.Atoi(w.prog.Names.At(max(row, 0)))
	token, _ := strconv.Atoi(n.Value)
	return token < seen
}

// takings yields where the effects of a worker's open transaction stand in the ledger, items
// taken or statuses set, the last first: it is likely to be near the end.
func (w *World) takings(worker int) iter.Seq[int] {
	return func(yield func(int) bool) {
		left := w.workers[worker].taken
		for k := len(w.ledger) - 1; k >= 0 && left > 0; k-- {
			if e := &w.ledger[k]; e.open && int(e.Worker) == worker {
				if left--; !yield(k) {
					return
				}
			}
		}
	}
}

// endEffects commits or rolls back the effects of a worker's open transaction.
func (w *World) endEffects(i int, commit bool) {
	for k := range w.takings(i) {
		e := &w.ledger[k]
		if e.open = false; commit {
			*w.counter(int(e.Owed), int(e.Part))++
		} else {
			w.ledger = slices.Delete(w.ledger, k, k+1)
		}
	}
}

// takes reports whether a worker's open transaction has had the effect of a part under
// the business key of what is owed: it sees what it has done itself.
func (w *World) takes(i, owed int, part int8) bool {
	for k := range w.takings(i) {
		if e := &w.ledger[k]; e.Part == part && w.class(int(e.Owed)) == w.class(owed) {
			return true
		}
	}
	return false
}

// answersKey is what the receiver says of a request under a key at once: that the key is
// known, in whatever sense. It reports false if the request is the first, and notes that.
func (w *World) answersKey(i int, n *program.Node) (answer int32, known bool) {
	if at, found := w.honoured.At(n.KeyNo); found {
		if w.bank.OtherBody == RefuseBody && w.honoured[at].Body != w.bodyOf(i) {
			return program.SaidOtherBody, true
		}
		return 0, true
	}
	if w.asking(n.Key, i) != broker.None {
		return program.SaidConflict, true
	}
	k := store.BankKey{Key: n.KeyNo}
	if w.bank.OtherBody == RefuseBody {
		k.Body, k.By = w.bodyOf(i), w.author(i)
	}
	w.honoured.Add(k)
	w.writes++ // it will run out
	return 0, false
}

// bodyOf returns the number of the body of what a worker handles.
func (w *World) bodyOf(worker int) int32 {
	return w.prog.Names.Of(w.prog.Text(w.kind(int(w.workers[worker].receipt.Msg))).Body)
}

// A request takes effect at the end of its step, and is at work at the receiver before
// that. To a receiver that lets the second wait that makes no difference: whoever is done
// first has done it. To one that refuses the second it does, so there the world notes that
// a request has arrived. It notes that only once somebody else is about to ask under the
// same key: before, nothing depends on it. A request dies with the process that waits for
// it; that the receiver goes on with it all the same is the crash after the effect.

// keyed reports whether a worker's next step is a request to a receiver that refuses a
// second one, and its key.
//
//go:norace
func (w *World) keyed(i int) (key string, is bool) {
	n := &w.prog.Nodes[w.workers[i].node]
	return n.Key, w.bank.InFlight == Conflict && n.Op == OpPerformKey && w.part(n).HonoursKeys()
}

// asking returns the worker whose request under a key is at work, if it is not the one
// that is given, or broker.None.
//
//go:norace
func (w *World) asking(key string, but int) int {
	for i := range w.workers {
		if wk := &w.workers[i]; i != but && wk.asks && w.prog.Nodes[wk.node].Key == key {
			return i
		}
	}
	return broker.None
}

// canArrive reports whether a worker's request can reach the receiver now, and that
// matters.
//
//go:norace
func (w *World) canArrive(i int) bool {
	key, is := w.keyed(i)
	if !is || w.workers[i].asks || w.asking(key, i) != broker.None {
		return false
	}
	if no, met := w.prog.Names.Find(key); met && w.honoured.Has(no) {
		return false // it will be told so, and nobody else is told anything else
	}
	for j := range w.workers {
		if other, asks := w.keyed(j); asks && j != i && other == key {
			return true
		}
	}
	return false
}
