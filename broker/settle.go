package broker

import "slices"

// Standing returns how a receipt stands now.
func (q *Queue) Standing(r Receipt) Standing {
	s := &q.slots[r.Msg]
	switch {
	case s.deliveries > r.Delivery:
		return Stale
	case s.state == InFlight:
		return Current
	case s.state.Settled():
		return Finished
	}
	return Late
}

// Ack settles a delivery, if the profile lets it: a current receipt always does,
// a late or stale one as LateAck and StaleAck say. No ack brings a message back
// from the dead-letter queue, or from where nothing is, so there it is at best ignored. What Ack answers
// is what the consumer's client library would report.
func (q *Queue) Ack(r Receipt) AckRule {
	answer, open := q.answer(r)
	if !open {
		return answer
	}
	q.settle(r.Msg)
	if q.profile.AckUnit == AckCumulative {
		q.settleUpTo(r.Msg)
	}
	if q.profile.TakesBack() {
		q.uncommit(r.Msg)
	}
	return Accepted
}

// Reject gives up on a message for good, if the profile lets it: the same receipts count as
// for an ack. It is called only where the profile has rejects.
func (q *Queue) Reject(r Receipt) AckRule {
	answer, open := q.answer(r)
	if open && !q.slots[r.Msg].state.Settled() {
		q.land(r.Msg)
		q.slots[r.Msg].state = q.grave()
		q.unlink(r.Msg)
		q.sift(r.Msg)
		q.moved = append(q.moved, r.Msg)
	}
	return answer
}

// answer is what an ack or a reject is answered, and whether there is something to settle.
func (q *Queue) answer(r Receipt) (AckRule, bool) {
	q.moved = q.moved[:0]
	state := q.slots[r.Msg].state
	answer, dead := Accepted, state == Dead || state == Redriven || state == Discarded
	switch s := q.Standing(r); {
	case s == Stale:
		answer = q.profile.StaleAck
	case s == Late || dead:
		answer = q.profile.LateAck
	case s == Finished && !q.profile.BadAckCloses:
		return Accepted, false // nothing left to settle
	case s == Finished: // it was acked before: nobody knows its tag any more
		return Rejected, false
	}
	if answer == Accepted && dead {
		return Ignored, false
	}
	return answer, answer == Accepted
}

func (q *Queue) settle(n int32) {
	if s := &q.slots[n]; !s.state.Settled() {
		q.land(n)
		s.state = Acked
		q.unlink(n)
		q.sift(n)
		q.moved = append(q.moved, n)
	}
}

func (q *Queue) settleUpTo(n int32) {
	for i := 0; i < len(q.flying); {
		if f := q.flying[i]; q.follows(n, f) {
			q.settle(f) // shortens flying
		} else {
			i++
		}
	}
}

// uncommit takes back what was acked of a partition after message n: its position is that of
// n by now. The owner asks only for what comes next, so it all stays with it as what it was
// handed and has not acked.
func (q *Queue) uncommit(n int32) {
	for m := range int32(len(q.slots)) {
		s := &q.slots[m]
		if s.state != Acked || !q.follows(m, n) {
			continue
		}
		s.state, s.holder = InFlight, q.groups[q.known[m].group].owner
		at, _ := slices.BinarySearch(q.flying, m)
		q.flying = slices.Insert(q.flying, at, m)
		q.link(m)
		q.sift(m)
		q.moved = append(q.moved, m)
	}
}

// Follows reports whether b was published after a in the same group.
func (q *Queue) Follows(b, a int32) bool { return q.follows(b, a) }

func (q *Queue) follows(b, a int32) bool {
	return q.known[a].group == q.known[b].group && q.slots[a].rank < q.slots[b].rank
}

// land takes message n out of the list of those in flight.
func (q *Queue) land(n int32) {
	if last := len(q.flying) - 1; last >= 0 && q.flying[last] == n { // as it mostly is
		q.flying = q.flying[:last]
	} else if at, found := slices.BinarySearch(q.flying, n); found {
		q.flying = slices.Delete(q.flying, at, at+1)
	}
	q.slots[n].holder, q.slots[n].orphan = None, false
}

// Nack returns a message whose handler failed. With a late receipt it does nothing and
// returns false, and so it does with a stale one, unless StaleNack accepts that: then it
// gives back what another worker has.
func (q *Queue) Nack(r Receipt) bool {
	q.moved = q.moved[:0]
	s := &q.slots[r.Msg]
	if s.state != InFlight || q.Standing(r) == Stale && q.profile.StaleNack != Accepted {
		return false
	}
	if q.freesNacks() {
		s.counted--
	}
	if q.profile.MaxNacks > 0 {
		s.nacks++
	}
	q.giveBack(r.Msg, q.profile.Delay(int(s.deliveries)) > 0)
	return true
}

// HandBack returns a message that its holder has not begun, at once: its client leaves,
// and waits for no delay. It was delivered all the same, and is counted. With a late or
// stale receipt it does nothing and returns false.
func (q *Queue) HandBack(r Receipt) bool {
	q.moved = q.moved[:0]
	if q.Standing(r) != Current {
		return false
	}
	q.giveBack(r.Msg, false)
	return true
}

// Undelay makes message n ready whose nack delay is over.
func (q *Queue) Undelay(n int) {
	if q.slots[n].state != Delayed {
		panic("broker: Undelay of a message that is not delayed")
	}
	q.slots[n].state = Ready
	q.sift(int32(n))
}

// TimeOut returns message n because its visibility timeout has passed. Where
// partitions have owners, the holder counts as gone and the partition moves.
func (q *Queue) TimeOut(n int) {
	if q.slots[n].state != InFlight || !q.profile.Timed() {
		panic("broker: TimeOut of a message that has no deadline running")
	}
	q.moved = q.moved[:0]
	if q.profile.Assign == OwnerWorker {
		q.rebalance(int(q.slots[n].holder))
	}
	if q.slots[n].state == InFlight {
		q.giveBack(int32(n), false)
	}
}

// giveBack returns message n to the queue, or gives up on it after its last
// delivery. With partition order it takes along what was delivered after it.
func (q *Queue) giveBack(n int32, delayed bool) {
	s := &q.slots[n]
	q.land(n)
	s.state = Ready
	if delayed {
		s.state = Delayed
	}
	if q.spent(s) {
		s.state = q.grave()
		q.unlink(n)
	}
	q.sift(n)
	q.moved = append(q.moved, n)
	if q.profile.Order != PartitionOrder || s.state.Settled() {
		return
	}
	for _, after := range slices.Clone(q.flying) {
		if q.follows(after, n) && q.slots[after].state == InFlight {
			q.giveBack(after, false)
		}
	}
}

// ForgetAck says that the broker has lost the ack of message n, in a failover or with
// a replica that missed it: the message is ready again, its count goes on. It is in
// its old place among those of its group. Where an ack speaks for what came before
// it, or what returns takes along what came after it, that comes back as well.
func (q *Queue) ForgetAck(n int) {
	if q.slots[n].state != Acked {
		panic("broker: ForgetAck of a message that is not acked")
	}
	q.moved = q.moved[:0]
	q.unsettle(int32(n))
	if q.profile.AckUnit != AckCumulative && q.profile.Order != PartitionOrder {
		return
	}
	for m := range int32(len(q.slots)) {
		switch s := q.slots[m].state; {
		case !q.follows(m, int32(n)):
		case s == Acked:
			q.unsettle(m)
		case s == InFlight && q.profile.Order == PartitionOrder:
			q.giveBack(m, false)
		}
	}
}

// Spent reports whether message n is given up if it comes back now and nobody nacks it.
func (q *Queue) Spent(n int) bool { return q.spent(&q.slots[n]) }

// spent reports whether a message has had its last delivery, or its last nack.
func (q *Queue) spent(s *slot) bool {
	p := q.profile
	return p.MaxDeliveries > 0 && int(s.counted) >= p.MaxDeliveries || p.MaxNacks > 0 && int(s.nacks) >= p.MaxNacks
}

// grave is where a message is that has had its last delivery.
func (q *Queue) grave() State {
	if q.profile.AtLimit == Drop {
		return Discarded
	}
	return Dead
}

// unsettle makes an acked message ready, or gives up on it after its last delivery.
func (q *Queue) unsettle(n int32) {
	s := &q.slots[n]
	s.state = Ready
	if q.spent(s) {
		s.state = q.grave()
	} else {
		q.link(n)
	}
	q.sift(n)
	q.moved = append(q.moved, n)
}

// Moved returns the messages that the last Ack or Reject settled, or took
// back, or that the last Nack, HandBack,
// TimeOut, Disconnect, Die, Join, Leave or ForgetAck gave back or gave up on, each once. The slice
// is valid until the next change.
func (q *Queue) Moved() []int32 { return q.moved }
