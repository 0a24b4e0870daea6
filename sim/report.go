package sim

import "dejavu/broker"

// report is the last step of an attempt: what the handler returned goes to the
// queue, unless it has acked before.
func (w *World) report(out *Outcome, n *node) {
	i := int(out.Worker)
	wk := &w.workers[i]
	switch last := int(wk.place)+1 >= len(wk.batch); {
	case n.acked:
		out.Reply = Unreported
	case n.failed && w.acksTogether():
		w.nackBatch(out, wk)
	case n.failed:
		out.Reply = w.nack(wk.receipt)
	case !w.acksTogether():
		out.Reply = w.ack(wk.receipt)
	case !last:
		out.Reply = NotYet
	default:
		out.Reply = w.ackBatch(wk)
	}
	w.leave(out, wk)
}

// leave ends an attempt: the worker goes on with its batch, or is idle.
func (w *World) leave(out *Outcome, wk *worker) {
	out.Undone = w.endTx(int(out.Worker), false)
	out.Finished = true
	if wk.place++; int(wk.place) < len(wk.batch) {
		wk.receipt = wk.batch[wk.place]
		w.enter(wk)
		return
	}
	*wk = worker{receipt: wk.receipt}
}

func (w *World) ack(r broker.Receipt) Reply {
	switch w.queue.Ack(r) {
	case broker.Ignored:
		return AckIgnored
	case broker.Rejected:
		return AckRejected
	}
	w.moved = append(w.moved, r.Msg)
	return Taken
}

func (w *World) nack(r broker.Receipt) Reply {
	if !w.queue.Nack(r) {
		return NackIgnored
	}
	w.moved = append(w.moved, w.queue.Moved()...)
	return w.returned(int(r.Msg))
}

// ackBatch acks what was handed over together, from its end: where an ack is
// cumulative, the last one settles the rest.
func (w *World) ackBatch(wk *worker) Reply {
	if len(wk.batch) == 0 {
		return w.ack(wk.receipt)
	}
	reply := w.ack(wk.batch[len(wk.batch)-1])
	if w.queue.Profile().AckUnit == broker.AckBatch {
		for i := len(wk.batch) - 2; i >= 0; i-- {
			w.ack(wk.batch[i])
		}
	}
	return reply
}

// nackBatch returns everything that was handed over together and not acked yet,
// what was handled before included: one bad apple. The attempts that had not
// begun never begin.
func (w *World) nackBatch(out *Outcome, wk *worker) {
	out.Reply = w.nack(wk.receipt)
	for _, r := range wk.batch {
		if r != wk.receipt {
			w.nack(r)
		}
	}
	wk.place = int32(len(wk.batch))
}

// ackEarly is p.Ack. What it answers is 0, or the error of a queue that rejects.
func (w *World) ackEarly(out *Outcome, wk *worker) int32 {
	out.Reply = w.ack(wk.receipt)
	if w.queue.Profile().AckUnit == broker.AckBatch {
		for _, r := range wk.batch {
			w.ack(r)
		}
	}
	if out.Reply == AckRejected {
		return saidRejected
	}
	return 0
}
