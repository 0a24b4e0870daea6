package sim

import (
	"slices"

	"dejavu/broker"
)

// Whoever needs a row that another open transaction has written waits until that
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
// waits outside of its own transaction: that transaction is idle, and waits for no lock.

// blocked reports whether a worker's next step waits for a row lock, and no database
// ends that.
func (w *World) blocked(i int) bool { return w.blocker(i) != broker.None && !w.deadlocked(i) }

// deadlocked reports whether a worker's next step waits, in its transaction, for a
// transaction that waits for it in turn, directly or through others.
func (w *World) deadlocked(i int) bool {
	return w.circle(i, func(int) bool { return true })
}

// circle reports whether a worker's next step waits for a transaction that, through
// those of workers that are waiting, waits for it.
func (w *World) circle(i int, waiting func(worker int) bool) bool {
	at := i
	for range w.workers {
		if !w.prog.nodes[w.workers[at].node].tx {
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

// blocker returns the worker whose row lock a worker's next step waits for, or
// broker.None.
func (w *World) blocker(i int) int {
	n := &w.prog.nodes[w.workers[i].node]
	if !ops[n.op].writes || w.down {
		return broker.None
	}
	if n.numbed {
		return w.rows.locker(n.tabNo, n.keyNo, i, n.tx)
	}
	if !slices.ContainsFunc(w.workers, func(wk worker) bool { return wk.written > 0 }) {
		return broker.None // nothing is locked
	}
	// To ask is not to take the step, so it gives no numbers. A row that is locked
	// has them.
	table, known := w.prog.tables.find(n.table)
	key, met := w.prog.names.find(n.key)
	if !known || !met {
		return broker.None
	}
	return w.rows.locker(int16(table), key, i, n.tx)
}

// waits reports whether what is due at a worker's step has to wait for a row, and
// keeps it then. A step that closes a circle waits for nothing: it is aborted.
func (t *Timeline) waits(d *due) bool {
	i := int(d.worker)
	if t.world.blocker(i) == broker.None {
		return false
	}
	if t.world.circle(i, func(worker int) bool { return t.hands[worker].stuck }) {
		d.kind, d.fault = Step, -1 // there is no reply to be lost
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
