package broker

import "math/bits"

// A batch is filled by asking again and again for the next message. The answer must not
// cost a walk over every message that was ever published. So a queue with batches keeps a
// bit for each message: whether it is ready and its turn, for some worker.

// Next returns the first message after n, by number, that is ready and may be handed to
// the worker now, or None; after None it begins with the first. The profile must have
// a batch above 1.
func (q *Queue) Next(n, worker int) int {
	if !q.batches() {
		panic("broker: Next without batches: set Batch above 1, or ask Deliverable of each message")
	}
	for at := (n + 1) / 64; at < len(q.open); at++ {
		word := q.open[at]
		if at == (n+1)/64 {
			word &= ^uint64(0) << ((n + 1) % 64)
		}
		for ; word != 0; word &= word - 1 {
			if m := 64*at + bits.TrailingZeros64(word); q.Deliverable(m, worker) {
				return m
			}
		}
	}
	return None
}

func (q *Queue) batches() bool { return q.profile.Batch > 1 }

// sift looks again at message n, and at what stands behind it, after a change.
func (q *Queue) sift(n int32) {
	if !q.batches() {
		return
	}
	q.siftOne(n)
	if next := q.slots[n].next; next != None {
		q.siftOne(next)
	}
}

func (q *Queue) siftOne(n int32) {
	at, bit := int(n/64), uint64(1)<<(n%64)
	switch {
	case q.inTurn(n):
		for at >= len(q.open) { // no longer than what is published: nobody looks beyond
			q.open = append(q.open, 0)
		}
		q.open[at] |= bit
	case at < len(q.open):
		q.open[at] &^= bit
	}
}

// inTurn reports whether a message is ready and nothing before it keeps it waiting.
func (q *Queue) inTurn(n int32) bool {
	s := &q.slots[n]
	if s.state != Ready || s.prev == None {
		return s.state == Ready
	}
	// If the one before is in flight, so is everything else before it that is not
	// settled: what returns takes along what was delivered after it.
	return q.profile.Order == PartitionOrder && q.slots[s.prev].state == InFlight
}
