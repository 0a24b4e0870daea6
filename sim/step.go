package sim

import (
	"slices"
	"strconv"

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
