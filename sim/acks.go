package sim

import "dejavu/broker"

// KeepAcks has a world that is at its beginning keep of what is acked all that
// matters should its ack be forgotten, so that it can be. A world that need not is
// the smaller: what is done is done.
func (w *World) KeepAcks() { w.forgetful = true }

// forgetAck makes an acked message ready again, as after a failover of the broker to
// a node that has not heard of the ack, or where a replica missed the delete.
func (w *World) forgetAck(out *Outcome) {
	n := int(out.Msg)
	out.Receipt = broker.Receipt{Msg: out.Msg, Delivery: int32(w.queue.Deliveries(n))}
	w.queue.ForgetAck(n)
	w.moved = append(w.moved, w.queue.Moved()...)
	out.Reply = w.returned(n)
}

// noteAck notes that a message was acked, where that can be forgotten.
func (t *Timeline) noteAck(n int32) {
	if t.world.forgetful && t.world.queue.State(int(n)) == broker.Acked {
		t.acks = append(t.acks, n)
	}
}

// lastAck takes from the acks the newest that still stands, and returns its message,
// or broker.None.
func (t *Timeline) lastAck() int32 {
	for len(t.acks) > 0 {
		n := t.acks[len(t.acks)-1]
		t.acks = t.acks[:len(t.acks)-1]
		if t.world.queue.State(int(n)) == broker.Acked {
			return n
		}
	}
	return broker.None
}

// relink notes again what stands behind messages that have come back into their
// groups, and what they stand behind.
func (t *Timeline) relink() {
	if !t.grouped() {
		return
	}
	q := t.world.Queue()
	for _, n := range t.world.moved {
		if before := q.Before(int(n)); before != broker.None {
			t.after[before] = n
		}
		if behind := q.Behind(int(n)); behind != broker.None {
			t.after[n] = int32(behind)
		}
	}
}
