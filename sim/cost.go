package sim

import "dejavu/broker"

// Cost returns how many faults an action spends. What can go wrong costs one. A
// deadline passes free once its holder is gone; while the holder runs, the first
// deadline to pass is the fault that it overran, and the others pass free until
// its next step. To publish a message before another of its group is the delay of
// that other.
func (w *World) Cost(a Action) int {
	if a.Kind >= Crash && a.Kind != StoreUp || w.Overtaken(a) != broker.None || a.Kind == Expire && w.Outlasts(a) {
		return 1
	}
	if w.Overruns(a) != broker.None {
		return 1
	}
	return 0
}

// Overruns returns the worker that is still at work when an action is the first
// deadline to pass since its last step, or broker.None.
func (w *World) Overruns(a Action) int {
	holder := broker.None
	switch a.Kind {
	case TimeOut:
		holder = w.holder(int(a.Msg))
	case CutOff:
		holder = int(a.Worker)
	case Expire:
		if i, found := w.cache.at(a.Key); found && a.Table == 0 && !w.retains(&w.cache[i]) {
			holder = w.leaseHolder(&w.cache[i])
		}
	}
	if holder == broker.None || w.workers[holder].overran {
		return broker.None
	}
	return holder
}

// Outlasts reports whether an action is the expiry of an entry that is kept for
// longer than a message is hidden, or of a row: a key that is forgotten, and not a
// lease.
func (w *World) Outlasts(a Action) bool {
	if a.Kind == Expire && a.Table != 0 {
		return true
	}
	i, found := w.cache.at(a.Key)
	return a.Kind == Expire && found && w.retains(&w.cache[i])
}

// retains reports whether an entry is kept for longer than a message is hidden:
// then it is no lease, and that it expires at all is a fault. A queue without a
// timer hides a message for as long as it is handled: what outlives its attempt
// was kept for longer.
func (w *World) retains(e *entry) bool {
	if p := w.queue.Profile(); p.Timed() {
		return e.lasts > int64(p.Visibility)
	}
	return w.leaseHolder(e) == broker.None
}
