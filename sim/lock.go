package sim

import "dejavu/broker"

// blocked reports whether a worker's next step waits for a row lock.
func (w *World) blocked(i int) bool { return w.blocker(i) != broker.None }

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
	// To ask is not to take the step, so it gives no numbers. A row that is locked
	// has them.
	table, known := w.prog.tables.number[n.table]
	key, met := w.prog.names.number[n.key]
	if !known || !met {
		return broker.None
	}
	return w.rows.locker(int16(table), key, i, n.tx)
}
