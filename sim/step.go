package sim

import (
	"cmp"
	"dejavu/sim/store"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// step is what a handler asks for.
type step struct {
	op    Op
	tx    bool // within the open transaction
	part  int8 // of a step outside: which part of the business it is about
	posts int8 // of an enqueue: which part the row is for, from 1, or 0 for the message
	table string
	key   string
	value string
	old   string
	ttl   time.Duration
}

// String returns the step as a person would say it: put processed/m1.
func (s *step) String() string {
	text := s.op.String()
	switch {
	case s.table != "":
		text += " " + s.table + "/" + s.key
	case s.key != "":
		text += " " + s.key
	}
	if s.value != "" {
		text += "=" + s.value
	}
	return text
}

// same reports whether a handler asks for what it asked for before.
func same(a, b *step) bool {
	return a.op == b.op && a.part == b.part && a.posts == b.posts && a.table == b.table && a.key == b.key && a.value == b.value &&
		a.old == b.old && a.ttl == b.ttl && a.tx == b.tx
}

// notDeterministic takes copies, so that asking for a step need not allocate.
func notDeterministic(now, before step) string {
	return fmt.Sprintf("is not deterministic: it asked for %s where it had asked for %s; "+
		"keep state in p, not in Go variables, and use no clock, no random number and no order of a map", now.String(), before.String())
}

// maxTables is far more than anyone keeps records in.
const maxTables = 1000

// numberNames gives numbers to the names in a step when it is first taken or
// struck, so that numbers follow what happened, and neither what was guessed nor
// who asked: a run that is repeated gives the same ones.
func (p *Program) numberNames(n *node) {
	if n.numbed {
		return
	}
	n.numbed = true
	table := p.tables.Of(n.table)
	if table > maxTables && p.err == nil {
		p.err = &HandlerError{Message: p.proc.msg.ID, Rule: "uses more than 1,000 tables: put what differs into the key, not into the table"}
	}
	n.tabNo = int16(min(table, maxTables))
	n.keyNo = p.names.Of(n.key)
	n.valNo = p.names.Of(cmp.Or(n.value, n.say))
	n.oldNo = p.names.Of(n.old)
}

// slot returns what a step is about, if that has numbers. To ask is not to take the step, so
// it gives none: what is locked, or kept, has them.
func (w *World) slot(n *node) (Slot, bool) {
	if n.numbed {
		return Slot{n.tabNo, n.keyNo}, true
	}
	table, known := w.prog.tables.Find(n.table)
	key, met := w.prog.names.Find(n.key)
	return Slot{int16(table), key}, known && met
}

// freshID returns the number of the n-th ID that is like no other.
func (p *Program) freshID(n int32) int32 { return p.names.Of("new-" + strconv.Itoa(int(n))) }

// inDB does a step in the consumer's database.
func (w *World) inDB(i int, n *node) int32 {
	switch n.op {
	case OpBegin:
		return 0
	case OpCommit, OpRollback:
		w.endTx(i, n.op == OpCommit)
		return 0
	case OpEnqueue:
		w.enqueue(i, n.posts)
		return 0
	case OpTxAck: // it waits for the commit: see commitAck
		return store.Bit(w.prog.Transactional && i != w.relay)
	case OpLock, OpLockNoWait, OpLockSkipLocked, OpAdvisoryLock, OpTryAdvisoryLock, OpAdvisoryUnlock:
		return w.lock(i, n)
	}
	old := w.rows.Read(n.tabNo, n.keyNo, i, n.tx)
	switch n.op {
	case OpGet:
		return old + 1
	case OpPut:
		w.write(i, n, n.valNo)
	case OpDelete:
		if old != store.Absent {
			w.write(i, n, store.Absent)
		}
	case OpInsert, OpPutIfAbsent:
		if old != store.Absent {
			return 0
		}
		w.write(i, n, n.valNo)
		return 1
	case OpInsertOrFail:
		if old != store.Absent {
			return saidTaken
		}
		w.write(i, n, n.valNo)
		return 1
	case OpSwap:
		if max(old, 0) != n.oldNo {
			return 0
		}
		w.write(i, n, n.valNo)
		return 1
	case OpAdd:
		have, _ := strconv.Atoi(w.prog.names.At(max(old, 0)))
		more, _ := strconv.Atoi(n.value)
		sum := w.prog.names.Of(strconv.Itoa(have + more))
		w.write(i, n, sum)
		return sum
	}
	return 0
}

// write writes a row, in the open transaction if the step is part of it.
func (w *World) write(i int, n *node, value int32) {
	if !n.tx {
		w.noteRow(i, n.tabNo, n.keyNo)
	}
	kept := int32(0)
	if n.ttl > 0 {
		w.writes++
		kept = w.writes
	}
	if len(w.rows) == cap(w.rows) {
		w.rows = slices.Grow(w.rows, w.more(len(w.rows)))
	}
	if w.rows.Write(store.TableRow{Table: n.tabNo, Key: n.keyNo, Value: value, Kept: kept}, w.author(i), n.tx) {
		w.workers[i].written++
		w.locked++
	}
}

// more returns for how many things to make room that every message may add to, when the
// room for n of them is used up: for all that is to come, once that can be guessed. To
// grow step by step would copy a long run over and over.
func (w *World) more(n int) int {
	published := w.queue.Published()
	if n < 256 || published == 0 {
		return 1
	}
	total, most := n*w.queue.Len()/published, 8*n
	if published >= 64 { // enough to go by, but those may have been the worst
		most = max(most, 1<<20)
	}
	return min(max(total+total/16, n+n/4), most) - n
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

// inCache does a step in the cache.
func (w *World) inCache(i int, n *node) int32 {
	at, found := w.cache.At(n.keyNo)
	e := store.CacheEntry{Key: n.keyNo, Value: n.valNo, Lasts: int64(n.ttl), Tenure: store.Tenure{By: w.author(i)}}
	switch n.op {
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
		if found && w.cache[at].Value != n.oldNo || !found && n.oldNo != 0 {
			return 0
		}
		w.cacheSet(e)
		return 1
	case OpCacheDelete:
		w.cacheDrop(i, n.keyNo)
	case OpCacheDeleteIf:
		if !found || w.cache[at].Value != n.oldNo {
			return 0
		}
		w.cacheDrop(i, n.keyNo)
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
