package sim

import "dejavu/broker"

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
