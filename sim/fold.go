package sim

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"dejavu/broker"
	"dejavu/sim/fault"
	"dejavu/sim/store"
)

// A copy of a message says what the message says, so a handler cannot tell the two
// apart, and once both are published nothing else can: what becomes of one of them may
// become of the other. And a copy with which all is done is as if it had never been
// made: that it lies settled in the queue changes nothing that can happen. Nor does it
// matter on which way an attempt has come to where it is about to end well.

// LeaveOutCopies has a world that is at its beginning leave out of its folded keys
// copies with which all is done. Whoever counts copies must not ask for it, nor whoever
// publishes under new message IDs: those follow from the number of copies.
func (w *World) LeaveOutCopies() { w.leavesOut = true }

// AppendFoldedKey is AppendKey with the processes in an order of their own, and the
// copies of a message: worlds that differ only in which process does what, or which of
// several equal messages is where, have one key. Nothing in a world depends on the
// number of a worker, but for the queue that gives partitions to workers: there they
// stay in their order. A world restored from it has the future of w with its workers
// and messages renumbered.
//
//go:norace
func (w *World) AppendFoldedKey(b []byte) []byte {
	k := w.newKeyer()
	for i := range w.workers {
		if wk := &w.workers[i]; wk.node != 0 {
			k.nodes[i] = w.prog.Ending(w.kind(int(wk.receipt.Msg)), wk.node)
		}
	}
	if w.queue.Profile().Window() > 0 || len(w.extras) == 0 && !w.leavesOut {
		return k.fold(b) // what remembers message IDs tells a copy from what is owed
	}
	if len(w.extras) > 0 && w.queue.Profile().Batch <= 1 { // a batch follows the numbers
		k.sortMessages()
	}
	k.leaveOut()
	return k.least(b, 0)
}

// fold appends the key with its messages in the order that they have now.
//
//go:norace
func (k *keyer) fold(b []byte) []byte {
	order := k.order[:len(k.workers)]
	if k.queue.Profile().Assign != broker.OwnerWorker {
		for i := range order {
			order[i] = int8(i)
		}
		k.sort(order[:len(order)-k.Relays()]) // what the relay does nobody else does
	}
	for place, i := range order {
		k.label[i] = int8(place)
	}
	return k.append(b)
}

// least appends the least of the keys that differ in the order of messages that tie,
// from a place on.
//
//go:norace
func (k *keyer) least(b []byte, place int) []byte {
	for place < len(k.messages) && !k.tiesFrom(place) {
		place++
	}
	if place == len(k.messages) {
		k.call()
		return k.fold(b)
	}
	at := len(b)
	b = k.least(b, place+1)
	for other := place + 1; other < len(k.messages); other++ {
		if !k.tie(place, other) {
			continue
		}
		m := k.messages
		m[place], m[other] = m[other], m[place]
		both := k.least(b, place+1)
		m[place], m[other] = m[other], m[place]
		if key := both[len(b):]; bytes.Compare(key, b[at:]) < 0 {
			b = append(both[:at], key...)
		}
	}
	return b
}

//go:norace
func (k *keyer) tiesFrom(place int) bool {
	for other := place + 1; other < len(k.messages); other++ {
		if k.tie(place, other) {
			return true
		}
	}
	return false
}

// tie reports whether the messages at two places are equal in what compareMessages looks
// at, and may differ all the same, in who is at work on them.
//
//go:norace
func (k *keyer) tie(place, other int) bool {
	a, b := k.messages[place], k.messages[other]
	if other < len(k.owed) || a == broker.None || b == broker.None || k.queue.Profile().Batch > 1 {
		return false
	}
	return k.compareMessages(a, b) == 0 && (k.queue.State(int(a)) == broker.InFlight || k.handling(a) != 0)
}

// call gives the messages the numbers of their places.
//
//go:norace
func (k *keyer) call() {
	called := k.World.called[:0]
	for range k.queue.Len() {
		called = append(called, broker.None)
	}
	for place, n := range k.messages {
		if n != broker.None {
			called[n] = int32(place)
		}
	}
	k.called, k.World.called = called, called
}

// leaveOut takes out the copies with which all is done, and says of what is owed that
// all is done with it.
//
//go:norace
func (k *keyer) leaveOut() {
	if !k.leavesOut {
		return
	}
	kept := k.messages[:0]
	for place, n := range k.messages {
		switch done := k.isDone(int(n)); {
		case !done:
			kept = append(kept, n)
		case place < len(k.owed):
			kept = append(kept, broker.None)
		}
	}
	k.messages = kept
}

// sortMessages sorts the extras by what they are, and those that are equal, with what is
// owed among them, by what is done with them.
//
//go:norace
func (k *keyer) sortMessages() {
	extras := k.messages[len(k.owed):]
	for i := 1; i < len(extras); i++ { // a handful: one after another
		for at := i; at > 0 && k.compareMessages(extras[at-1], extras[at]) > 0; at-- {
			extras[at-1], extras[at] = extras[at], extras[at-1]
		}
	}
	for first := range extras {
		owed := &k.messages[k.Listed(int(extras[first]))]
		if k.World.kind(int(*owed)) != k.World.kind(int(extras[first])) || k.compareMessages(*owed, extras[first]) <= 0 {
			continue
		}
		*owed, extras[first] = extras[first], *owed // the least of its kind comes here
		for at := first + 1; at < len(extras) && k.compareMessages(extras[at-1], extras[at]) > 0; at++ {
			extras[at-1], extras[at] = extras[at], extras[at-1]
		}
	}
}

// compareMessages compares two messages by everything that does not depend on their
// numbers, nor on those of workers. One with which all is done comes last, and one that
// somebody is at work on before others.
//
//go:norace
func (k *keyer) compareMessages(a, b int32) int {
	if c := k.Listed(int(a)) - k.Listed(int(b)); c != 0 {
		return c
	}
	if c := k.World.kind(int(a)) - k.World.kind(int(b)); c != 0 {
		return int(c)
	}
	if x, y := k.isDone(int(a)), k.isDone(int(b)); x || y {
		return int(store.Bit(x) - store.Bit(y))
	}
	if c := k.queue.Compare(int(a), int(b), k.Counting); c != 0 {
		return c
	}
	return cmp.Compare(k.handling(b), k.handling(a))
}

// handling returns a number for all that is under way with a message, whoever does it; 0
// if nothing is.
//
//go:norace
func (k *keyer) handling(n int32) (sum uint64) {
	for i := range k.workers {
		if wk := &k.workers[i]; wk.node != 0 && wk.receipt.Msg == n {
			sum += fault.Mix(uint64(k.nodes[i])<<flagBits | uint64(store.Bit(k.outdated(i))))
		}
		for _, r := range k.workers[i].held {
			if r.Msg == n {
				sum += fault.Mix(math.MaxUint32 + 1<<8 + uint64(store.Bit(k.stale(r))))
			}
		}
	}
	for i := range k.outbox {
		if p := &k.outbox[i]; p.msg == n {
			sum += fault.Mix(math.MaxUint32 + uint64(p.state) + uint64(p.of)<<8)
		}
	}
	return sum
}

// isDone reports whether nothing can come of a message any more, whatever goes wrong.
//
//go:norace
func (k *keyer) isDone(n int) bool {
	state := k.queue.State(n)
	if !k.leavesOut || state == broker.Dead || !k.Over(state) || len(k.journal.commits) > 0 {
		return false
	}
	for i := range k.workers {
		wk := &k.workers[i]
		if wk.holds(int32(n)) != broker.None {
			return false
		}
		if wk.node == 0 {
			continue
		}
		if int(wk.receipt.Msg) == n {
			return false
		}
		_, batch := k.batch(wk)
		for at := range batch {
			if int(batch[at].Msg) == n {
				return false
			}
		}
	}
	for i := range k.outbox {
		if int(k.outbox[i].msg) == n {
			return false
		}
	}
	return true
}

// sort sorts the processes by what they do, hold and remember. Those that are equal
// in all of it are so in everything, and their order shows nowhere.
//
//go:norace
func (k *keyer) sort(order []int8) {
	n := k.threads
	for i := n; i < len(order); i += n { // a handful: one after another
		for at := i; at > 0 && k.after(int(order[at-n]), int(order[at])); at -= n {
			for t := range n {
				order[at-n+t], order[at+t] = order[at+t], order[at-n+t]
			}
		}
	}
}

// after reports whether process a comes after b. It is compare, with what mostly
// decides looked at before the call.
//
//go:norace
func (k *keyer) after(a, b int) bool {
	if x, y := k.nodes[a], k.nodes[b]; x != y {
		return x > y
	}
	return k.compare(a, b) > 0
}

// compare compares two processes by their first workers.
//
//go:norace
func (k *keyer) compare(a, b int) int {
	for t := range k.threads {
		x, y := k.nodes[a+t], k.nodes[b+t]
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
		if c := k.compareHolding(a+t, b+t); c != 0 {
			return c
		}
		if x == 0 {
			continue
		}
		if c := k.compareWork(a+t, b+t); c != 0 {
			return c
		}
	}
	x, y := &k.memory[k.process(a)], &k.memory[k.process(b)]
	if c := cmp.Or(slices.Compare(x.Keys, y.Keys), slices.Compare(x.Recent, y.Recent), int(store.Bit(x.Draining)-store.Bit(y.Draining))); c != 0 {
		return c
	}
	return k.compareHeld(a, b)
}

// compareWork compares two workers at the same step.
//
//go:norace
func (k *keyer) compareWork(a, b int) int {
	x, y := &k.workers[a], &k.workers[b]
	if c := cmp.Compare(k.called[x.receipt.Msg], k.called[y.receipt.Msg]); c != 0 {
		return c
	}
	if c := cmp.Compare(store.Bit(k.outdated(a)), store.Bit(k.outdated(b))); c != 0 {
		return c
	}
	if k.Asked {
		if c := cmp.Compare(min(x.receipt.Delivery, k.Most), min(y.receipt.Delivery, k.Most)); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(store.Bit(x.asks), store.Bit(y.asks)); c != 0 {
		return c
	}
	if x.overran || y.overran {
		if c := cmp.Compare(store.Bit(k.late(a)), store.Bit(k.late(b))); c != 0 {
			return c
		}
	}
	if x.batch == nil && y.batch == nil {
		return 0
	}
	from, batchOfX := k.batch(x)
	at, batchOfY := k.batch(y)
	return cmp.Or(cmp.Compare(from, at), slices.CompareFunc(batchOfX, batchOfY, k.compareReceipts))
}

// compareHeld compares what two processes hold outside of themselves: whoever holds
// the first thing that only one of them can hold comes first.
//
//go:norace
func (k *keyer) compareHeld(a, b int) int {
	holds := func(process, worker int) bool { return worker >= process && worker < process+k.threads }
	first := func(worker int) int {
		switch {
		case holds(a, worker):
			return worker - a - k.threads
		case holds(b, worker):
			return b + k.threads - worker
		}
		return 0
	}
	for i := range k.rows {
		if c := first(int(k.rows[i].Owner) - 1); c != 0 {
			return c
		}
	}
	for t := range k.tenures {
		if c := first(k.atWork(t.By)); c != 0 {
			return c
		}
	}
	for t := range k.journal.tenures {
		if c := first(k.atWork(t.By)); c != 0 {
			return c
		}
	}
	for _, n := range k.messages {
		if n == broker.None {
			continue
		}
		if c := first(k.queue.Holder(int(n))); c != 0 {
			return c
		}
	}
	if c := k.compareDrawn(a, b); c != 0 {
		return c
	}
	return k.compareTaken(a, b)
}

// compareTaken compares the stock that is taken in the open transactions of two
// processes.
//
//go:norace
func (k *keyer) compareTaken(a, b int) int {
	for t := range k.threads {
		if k.workers[a+t].taken+k.workers[b+t].taken == 0 {
			continue
		}
		for debt := range k.debts() {
			if c := cmp.Compare(k.takenOf(a+t, debt), k.takenOf(b+t, debt)); c != 0 {
				return c
			}
		}
	}
	return 0
}

//go:norace
func (k *keyer) takenOf(worker, debt int) int {
	n := 0
	for i := range k.ledger {
		if e := &k.ledger[i]; e.open && int(e.Worker) == worker && k.debt(e) == debt {
			n++
		}
	}
	return min(n, 2)
}

// compareDrawn compares the numbers in the open transactions of two processes.
//
//go:norace
func (k *keyer) compareDrawn(a, b int) int {
	for t := range k.threads {
		x, y := k.drawnBy(nil, a+t), k.drawnBy(nil, b+t)
		if c := slices.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}
