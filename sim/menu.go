package sim

import (
	"time"

	"dejavu/broker"
)

// AppendFree appends to a slice those actions of the menu that cost no fault, in the
// order of the menu. It asks neither [World.Can] where one look rules out several nor
// [World.Cost] where it is known: a search spent an eighth of its time on that.
//
//go:norace
func (w *World) AppendFree(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		switch w.queue.State(int(n)) {
		case broker.Unpublished:
			menu = w.offerAt(menu, Action{Kind: Publish, Msg: n}, 0)
		case broker.Ready:
			for i := range len(w.workers) - w.relays() {
				if w.workers[i].node == 0 {
					menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(i)})
				}
			}
		case broker.InFlight:
			menu = w.offerAt(menu, Action{Kind: TimeOut, Msg: n}, 0)
		case broker.Delayed:
			menu = w.offer(menu, Action{Kind: Undelay, Msg: n})
		}
		if w.relay != broker.None {
			menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(w.relay)})
			menu = w.offer(menu, Action{Kind: Retry, Msg: n})
		}
		if w.queue.Remembers(int(n)) {
			menu = w.offer(menu, Action{Kind: Forget, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node != 0 {
			menu = w.offer(menu, Action{Kind: Step, Worker: int8(i)})
			menu = w.offerAt(menu, Action{Kind: CutOff, Worker: int8(i)}, 0)
		}
	}
	menu = w.appendExpiries(menu, 0)
	return w.offer(menu, Action{Kind: StoreUp})
}

// AppendFaults appends to a slice those actions of the menu that cost a fault, in the
// order of the menu.
//
//go:norace
func (w *World) AppendFaults(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		for _, k := range [...]Kind{Publish, TimeOut} {
			menu = w.offerAt(menu, Action{Kind: k, Msg: n}, 1)
		}
		for _, k := range [...]Kind{Copy, Republish, RepublishAs, Redrive, RedriveAs, ForgetAck} {
			menu = w.offer(menu, Action{Kind: k, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node == 0 {
			continue
		}
		menu = w.offerAt(menu, Action{Kind: CutOff, Worker: int8(i)}, 1)
		for _, k := range [...]Kind{Crash, LoseAck, LoseReply, Fail} {
			menu = w.offer(menu, Action{Kind: k, Worker: int8(i)})
		}
	}
	menu = w.appendForgetting(w.appendExpiries(menu, 1))
	for _, k := range [...]Kind{Restart, StoreDown, LoseWrites} {
		menu = w.offer(menu, Action{Kind: k})
	}
	return menu
}

// appendExpiries appends the entries and rows that may run out for the given cost.
//
//go:norace
func (w *World) appendExpiries(menu []Action, cost int) []Action {
	for i := range w.cache {
		menu = w.offerAt(menu, Action{Kind: Expire, Slot: Slot{Key: w.cache[i].key}}, cost)
	}
	for i := range w.rows {
		if r := &w.rows[i]; r.kept > 0 {
			menu = w.offerAt(menu, Action{Kind: Expire, Slot: Slot{r.table, r.key}}, cost)
		}
	}
	return menu
}

// appendForgetting appends what processes may forget of what they were to keep up to a
// number, and the receiver of the effect of what it was to keep for a time. Each is a
// fault.
//
//go:norace
func (w *World) appendForgetting(menu []Action) []Action {
	if w.keysFor > 0 {
		for _, key := range w.honoured {
			menu = w.offer(menu, Action{Kind: Expire, Slot: Slot{AtBank, key}})
		}
	}
	for p := range w.memory {
		for _, key := range w.memory[p].recent {
			menu = w.offer(menu, Action{Kind: Evict, Worker: int8(p * w.threads), Slot: Slot{Key: key}})
		}
	}
	return menu
}

//go:norace
func (w *World) offer(menu []Action, a Action) []Action {
	if w.Can(a) {
		menu = append(menu, a)
	}
	return menu
}

// anyCost offers what is free and what is a fault.
const anyCost = -1

// offerAt offers what may be free or a fault only for the given cost.
//
//go:norace
func (w *World) offerAt(menu []Action, a Action, cost int) []Action {
	if w.Can(a) && (cost == anyCost || w.Cost(a) == cost) {
		menu = append(menu, a)
	}
	return menu
}

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

// Lateness is how late an ack comes. A late one that the queue accepts settles the
// message all the same, unless another ack has: to the worker both are the same.
type Lateness uint8

// How late an ack can come.
const (
	InTime     Lateness = iota
	AfterTime           // the message has gone back to the queue, or was parked
	AfterOther          // the message has been delivered again since
	AfterDone           // another ack had settled the message: this one changes nothing
)

// lateness returns how late an ack with a receipt comes, before the queue hears it.
func (w *World) lateness(r broker.Receipt) Lateness {
	switch standing := w.queue.Standing(r); {
	case w.queue.State(int(r.Msg)) == broker.Acked:
		return AfterDone
	case standing == broker.Stale:
		return AfterOther
	case standing == broker.Current:
		return InTime
	}
	return AfterTime
}
