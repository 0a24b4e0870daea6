package broker

import (
	"cmp"
	"encoding/binary"
)

// Counting says how much of a delivery count is kept in a key.
type Counting struct {
	// Most is the number from which on all counts are the same; 0 keeps none.
	Most int32
	// Asked says that consumers see the count of a message that they hold, so that
	// it matters even when the message is settled.
	Asked bool
	// Acks says that acks may be forgotten, so that what is acked can come back.
	Acks bool
}

// What a key says beside the state of a message: that its ID is in the dedup window, and
// that its holder's process has ended.
const (
	isRemembered = 1 << (4 + iota)
	isOrphan
)

// Over reports whether a message in a state is never to be delivered again.
func (c Counting) Over(s State) bool { return s.Settled() && !(c.Acks && s == Acked) }

// waits reports whether a message is published and may yet be delivered.
func (c Counting) waits(s State) bool { return s != Unpublished && !c.Over(s) }

// AppendKey appends everything about the queue that can matter later: two queues
// of one profile that know the same messages and have equal keys have equal
// futures. Label gives each worker the number that the key is to call it by, and
// messages lists those that the key is about, in its order: None is one that is settled
// and that nobody will ask for again.
//
// In are: where each message is, whether its ID is in the dedup window, and the
// order in which those not settled were published, where the profile keeps one.
// Of the count of deliveries only so much is in as c says: what else depends on it
// is whether a receipt is the last, and that is said where the receipt is. The
// holder is in where the end of a connection returns messages or moves
// partitions; otherwise a holder that matters holds a receipt that says so. Out
// are what follows from these (the lists of those in flight and those open) and
// the moment of a publish.
//
//go:norace
func (q *Queue) AppendKey(b []byte, c Counting, label []int8, messages []int32) []byte {
	connected, ordered := q.connected(), q.ordered()
	settled := slot{state: Acked, deliveries: c.Most} // all that is counted counts no more
	for _, n := range messages {
		s := &settled
		if n != None {
			s = &q.slots[n]
		}
		state := byte(s.state)
		if s.remembered {
			state |= isRemembered
		}
		if s.orphan {
			state |= isOrphan
		}
		b = append(b, state)
		if c.Most > 0 {
			count := min(s.deliveries, c.Most)
			if c.Over(s.state) && !c.Asked {
				count = c.Most // never again to be counted
			}
			b = binary.AppendUvarint(b, uint64(count))
		}
		if q.freesNacks() || q.profile.MaxNacks > 0 {
			b = q.appendNacks(b, s, c.Over(s.state))
		}
		if connected && s.state == InFlight {
			b = append(b, byte(label[s.holder]))
		}
		if ordered && c.waits(s.state) {
			b = binary.AppendUvarint(b, uint64(q.place(s, c)))
		}
	}
	if q.profile.Assign == OwnerWorker {
		for i := range q.groups {
			b = append(b, byte(label[q.groups[i].owner]))
		}
	}
	for _, gone := range q.gone { // whose partitions have owners is in the order of its number
		if gone {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// appendNacks appends what nacks count for, where they do not count as any delivery. Of a
// message that is over they count for nothing.
//
//go:norace
func (q *Queue) appendNacks(b []byte, s *slot, over bool) []byte {
	counted, nacks := q.nacked(s, over)
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(counted)), uint64(nacks))
}

// nacked returns how many deliveries and how many nacks of a message count, as far as it
// matters.
//
//go:norace
func (q *Queue) nacked(s *slot, over bool) (counted, nacks int32) {
	if over {
		return 0, 0
	}
	if q.freesNacks() {
		counted = min(s.counted, int32(q.profile.MaxDeliveries))
	}
	return counted, s.nacks
}

// freesNacks reports whether it matters that a nack does not count as a delivery does.
//
//go:norace
func (q *Queue) freesNacks() bool { return q.profile.FreeNacks && q.profile.MaxDeliveries > 0 }

// Compare compares two messages by what a key says of them, but for the connection that
// they are in flight on. What is over comes last.
//
//go:norace
func (q *Queue) Compare(a, b int, c Counting) int {
	x, y := &q.slots[a], &q.slots[b]
	if x.state != y.state {
		return int(x.state) - int(y.state)
	}
	if c.Most > 0 && (!c.Over(x.state) || c.Asked) {
		if n := min(x.deliveries, c.Most) - min(y.deliveries, c.Most); n != 0 {
			return int(n)
		}
	}
	xc, xn := q.nacked(x, c.Over(x.state))
	yc, yn := q.nacked(y, c.Over(y.state))
	if n := cmp.Or(xc-yc, xn-yn); n != 0 {
		return int(n)
	}
	if x.orphan != y.orphan {
		if x.orphan {
			return 1
		}
		return -1
	}
	if q.ordered() && c.waits(x.state) {
		return int(x.rank - y.rank)
	}
	return 0
}

// connected reports whether it matters on whose connection a message is in flight.
//
//go:norace
func (q *Queue) connected() bool {
	return q.profile.Redeliver&OnDisconnect != 0 || q.profile.Assign == OwnerWorker || q.profile.Resumes
}

// ordered reports whether it matters what was published before what.
//
//go:norace
func (q *Queue) ordered() bool {
	return q.profile.Order != NoOrder || q.profile.AckUnit == AckCumulative
}

// waits reports whether a message is published and not settled.
func (s *slot) waits() bool { return s.state != Unpublished && !s.state.Settled() }

// place returns how many messages that wait were published before s.
//
//go:norace
func (q *Queue) place(s *slot, c Counting) int {
	place := 0
	for i := range q.slots {
		if o := &q.slots[i]; c.waits(o.state) && o.rank < s.rank {
			place++
		}
	}
	return place
}

// Restore makes the queue one that has the given key, written with the same
// Counting, and returns how long the key is: more may follow it. The queue must know
// the messages that the key is about. Counts that the key does not keep come back as
// Most+1, and are that for the last receipt as well.
//
//go:norace
func (q *Queue) Restore(key []byte, c Counting) int {
	connected, ordered := q.connected(), q.ordered()
	q.flying, q.ranks = q.flying[:0], 0
	at := 0
	for n := range q.slots {
		state := key[at]
		at++
		s := &q.slots[n]
		s.state, s.remembered, s.orphan = State(state&^(isRemembered|isOrphan)), state&isRemembered != 0, state&isOrphan != 0
		s.holder, s.deliveries, s.nacks, s.rank, s.prev, s.next = None, 1, 0, 0, None, None
		if c.Most > 0 {
			count, size := binary.Uvarint(key[at:])
			at += size
			if s.deliveries = int32(count); s.deliveries >= c.Most {
				s.deliveries = c.Most + 1
			}
		}
		s.counted = s.deliveries
		if q.freesNacks() || q.profile.MaxNacks > 0 {
			at += q.restoreNacks(s, key[at:])
		}
		if s.state == InFlight {
			q.flying = append(q.flying, int32(n))
			if connected {
				s.holder = int8(key[at])
				at++
			}
		}
		if ordered && c.waits(s.state) {
			rank, size := binary.Uvarint(key[at:])
			at += size
			s.rank = int32(rank)
			q.ranks++
		}
	}
	for i := range q.groups {
		q.groups[i].last = None
		if q.profile.Assign == OwnerWorker {
			q.groups[i].owner = int8(key[at])
			at++
		}
	}
	for i := range q.gone {
		q.gone[i] = key[at] != 0
		at++
	}
	q.relink()
	return at
}

// restoreNacks reads what appendNacks wrote, and returns how long it is.
//
//go:norace
func (q *Queue) restoreNacks(s *slot, key []byte) int {
	counted, size := binary.Uvarint(key)
	nacks, more := binary.Uvarint(key[size:])
	if s.nacks = int32(nacks); q.freesNacks() {
		s.counted = int32(counted)
	}
	return size + more
}

// relink rebuilds what follows from the states and ranks.
//
//go:norace
func (q *Queue) relink() {
	if q.profile.Order != NoOrder {
		for rank := range q.ranks {
			for n := range q.slots {
				if s := &q.slots[n]; s.rank == rank && s.waits() {
					q.link(int32(n))
				}
			}
		}
	}
	if q.batches() {
		clear(q.open)
		for n := range q.slots {
			q.siftOne(int32(n))
		}
	}
}

// Hold says that a worker holds message n, which is in flight: the one thing that
// a key leaves to the receipts.
func (q *Queue) Hold(n, worker int) { q.slots[n].holder = int8(worker) }

// Keep forgets all messages but the first n, as if they had never been added, so
// that others can be. It takes what it keeps into its own hands: clones are not
// changed by it.
//
//go:norace
func (q *Queue) Keep(n int) {
	if !q.alone {
		q.known, q.alone = append(make([]known, 0, n+4), q.known[:n]...), true
	}
	q.known, q.slots = q.known[:n], q.slots[:n]
}

// CopyFrom makes q a copy of o, a queue of the same profile and workers, in the
// memory that q has already.
//
//go:norace
func (q *Queue) CopyFrom(o *Queue) {
	if !q.alone {
		q.known, q.alone = nil, true
	}
	q.known = append(q.known[:0], o.known...)
	q.slots = append(q.slots[:0], o.slots...)
	q.flying = append(q.flying[:0], o.flying...)
	if q.grouped() {
		q.groups = append(q.groups[:0], o.groups...)
	}
	if len(q.gone) > 0 {
		copy(q.gone, o.gone)
	}
	if q.batches() {
		q.open = append(q.open[:0], o.open...)
	}
	q.ranks, q.moved = o.ranks, q.moved[:0]
}
