package sim

import (
	"time"

	"dejavu/broker"
)

// Expiry is what it takes for something to run out.
type Expiry uint8

// What an Expire is.
const (
	NoExpiry         Expiry = iota // it is another kind of action
	ExpiresFree                    // it has turned a message away, which comes again until then
	ExpiresUnderWork               // ... while the attempt that wrote it is still at work: it overran
	ExpiresUnawaited               // nobody waits for it: whatever comes now has outlasted a whole lifetime
)

// Expiry says what it takes for something to run out. It compares no lengths: a
// message that is turned away and comes again outlives any, and what nobody waits for
// is kept for as long as was said.
func (w *World) Expiry(a Action) Expiry {
	if a.Kind != Expire {
		return NoExpiry
	}
	t := w.tenureOf(a)
	if t == nil || !t.waited {
		return ExpiresUnawaited
	}
	if h := w.slowest(w.atWork(t.by)); h != broker.None && !w.workers[h].overran {
		return ExpiresUnderWork
	}
	return ExpiresFree
}

// Lifetimes returns the longest time for which something is kept that the handlers were
// found to store, and for how long the receiver keeps the keys that they were found to
// hand it. Each is 0 if there is none, or no end of it.
func (w *World) Lifetimes() (stored, atBank time.Duration) {
	for i := range w.prog.nodes {
		n := &w.prog.nodes[i]
		stored = max(stored, n.ttl)
		if n.op == OpPerformKey && w.business.HonoursKeys() {
			atBank = max(time.Duration(w.keysFor), 0)
		}
	}
	return stored, atBank
}

// Cost returns how many faults an action spends. What can go wrong costs one. A
// deadline passes free once its holder is gone; while the holder runs, the first
// deadline to pass is the fault that it overran, and the others pass free until its
// next step. What has turned a message away runs out like a deadline; what nobody
// waits for runs out by a fault, and so does an idempotency key at the receiver. To
// publish a message before another of its group is the delay of that other.
func (w *World) Cost(a Action) int {
	switch {
	case a.Kind >= Crash && a.Kind != StoreUp,
		a.Kind == Publish && w.Overtaken(a) != broker.None,
		a.Kind == Expire && w.Expiry(a) != ExpiresFree,
		a.Kind.EndsWait() && w.Overruns(a) != broker.None:
		return 1
	}
	return 0
}

// Writer returns the worker that is still at work in the attempt in which it wrote what
// expires with an action, or broker.None.
func (w *World) Writer(a Action) int {
	if t := w.tenureOf(a); a.Kind == Expire && t != nil {
		return w.atWork(t.by)
	}
	return broker.None
}

// Overruns returns the worker that is still at work when an action is the first
// deadline to pass since its last step, or broker.None. Where it waits for a row, that
// is the worker that it waits for.
func (w *World) Overruns(a Action) int {
	holder := broker.None
	switch a.Kind {
	case TimeOut:
		holder = w.slowest(w.holder(int(a.Msg)))
	case CutOff:
		holder = int(a.Worker)
	case Expire:
		if w.Expiry(a) == ExpiresUnderWork {
			holder = w.slowest(w.Writer(a))
		}
	}
	if holder == broker.None || w.workers[holder].overran {
		return broker.None
	}
	return holder
}
