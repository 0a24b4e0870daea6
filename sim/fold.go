package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
)

// AppendFoldedKey is AppendKey with the processes in an order of their own: worlds
// that differ only in which process does what have one key. Nothing in a world
// depends on the number of a worker, but for the queue that gives partitions to
// workers: there it is AppendKey. A world restored from it has the future of w with
// its workers renumbered.
//
//go:norace
func (w *World) AppendFoldedKey(b []byte) []byte {
	k := keyer{World: w, Counting: w.counting()}
	order := k.order[:len(w.workers)]
	for i := range order {
		order[i] = int8(i)
	}
	if w.queue.Profile().Assign != broker.OwnerWorker {
		k.sort(order[:len(order)-w.relays()]) // what the relay does nobody else does
	}
	for place, i := range order {
		k.label[i] = int8(place)
	}
	return k.append(b)
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
	if x, y := k.workers[a].node, k.workers[b].node; x != y {
		return x > y
	}
	return k.compare(a, b) > 0
}

// compare compares two processes by their first workers.
//
//go:norace
func (k *keyer) compare(a, b int) int {
	for t := range k.threads {
		x, y := &k.workers[a+t], &k.workers[b+t]
		if c := cmp.Compare(x.node, y.node); c != 0 {
			return c
		}
		if x.node == 0 {
			continue
		}
		if c := k.compareWork(a+t, b+t); c != 0 {
			return c
		}
	}
	x, y := &k.memory[k.process(a)], &k.memory[k.process(b)]
	if c := cmp.Or(slices.Compare(x.keys, y.keys), slices.Compare(x.recent, y.recent)); c != 0 {
		return c
	}
	return k.compareHeld(a, b)
}

// compareWork compares two workers at the same step.
//
//go:norace
func (k *keyer) compareWork(a, b int) int {
	x, y := &k.workers[a], &k.workers[b]
	if c := cmp.Compare(x.receipt.Msg, y.receipt.Msg); c != 0 {
		return c
	}
	if c := cmp.Compare(number(k.outdated(a)), number(k.outdated(b))); c != 0 {
		return c
	}
	if k.Asked {
		if c := cmp.Compare(min(x.receipt.Delivery, k.Most), min(y.receipt.Delivery, k.Most)); c != 0 {
			return c
		}
	}
	if x.overran || y.overran {
		if c := cmp.Compare(number(k.late(a)), number(k.late(b))); c != 0 {
			return c
		}
	}
	if x.batch == nil && y.batch == nil {
		return 0
	}
	from, batchOfX := k.batch(x)
	at, batchOfY := k.batch(y)
	return cmp.Or(cmp.Compare(from, at), slices.CompareFunc(batchOfX, batchOfY, func(r, s broker.Receipt) int {
		c := cmp.Or(cmp.Compare(r.Msg, s.Msg), cmp.Compare(number(k.stale(r)), number(k.stale(s))))
		if c == 0 && k.Asked {
			c = cmp.Compare(min(r.Delivery, k.Most), min(s.Delivery, k.Most))
		}
		return c
	}))
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
		if c := first(int(k.rows[i].owner) - 1); c != 0 {
			return c
		}
	}
	for i := range k.cache {
		if c := first(k.leaseHolder(&k.cache[i])); c != 0 {
			return c
		}
	}
	for i := range k.journal.commits {
		for _, b := range k.journal.commits[i].entries {
			if !b.there {
				continue
			}
			if c := first(k.leaseHolder(&b.entry)); c != 0 {
				return c
			}
		}
	}
	for _, n := range k.queue.InFlight() {
		if c := first(k.queue.Holder(int(n))); c != 0 {
			return c
		}
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
		for owed := range k.owed {
			if c := cmp.Compare(k.takenOf(a+t, owed), k.takenOf(b+t, owed)); c != 0 {
				return c
			}
		}
	}
	return 0
}

//go:norace
func (k *keyer) takenOf(worker, owed int) int {
	n := 0
	for i := range k.ledger {
		if e := &k.ledger[i]; e.open && int(e.Worker) == worker && int(e.Owed) == owed {
			n++
		}
	}
	return min(n, 2)
}
