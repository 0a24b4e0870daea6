package sim

import "dejavu/broker"

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
	return w.prog.tables.text[r.table] == tableEffects
}

// Stored yields what the consumer has written down, as long as yield returns
// true: rows of the database that are not themselves effects, entries of the cache, then the memory of each
// process. Within each it comes in the order in which the keys were first used.
func (w *World) Stored(yield func(Stored) bool) {
	text, tables := w.prog.names.text, w.prog.tables.text
	for i := range w.rows {
		r := &w.rows[i]
		s := Stored{Where: InDB, Table: tables[r.table], Key: text[r.key], Open: r.owner != 0}
		value := r.value
		if !s.Open {
			s.kept = r.kept
		} else {
			value = r.next
		}
		if value == absent || w.isEffect(r) {
			continue
		}
		if s.Value = text[value]; !yield(s) {
			return
		}
	}
	for i := range w.cache {
		e := &w.cache[i]
		s := Stored{Where: InCache, Key: text[e.key], Value: text[max(e.value, 0)], Writer: int(e.by.worker), kept: e.write}
		s.Held = w.atWork(e.by) != broker.None
		if !yield(s) {
			return
		}
	}
	for p, m := range w.memory {
		for _, key := range m.keys {
			if !yield(Stored{Where: InProcess, Key: text[key], Process: p}) {
				return
			}
		}
	}
}
