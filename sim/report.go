package sim

import "dejavu/broker"

// report is the last step of an attempt: what the handler returned, or that it has
// failed, goes to the queue, unless it has acked before.
func (w *World) report(out *Outcome, n *node, failed bool) {
	i := int(out.Worker)
	wk := &w.workers[i]
	switch last := int(wk.place)+1 >= len(wk.batch); {
	case n.acked:
		out.Reply = Unreported
	case failed && w.acksTogether():
		w.nackBatch(out, wk)
	case failed:
		out.Reply = w.nack(wk.receipt)
	case w.acksTogether() && !last:
		out.Reply = NotYet
	default:
		out.Late = w.lateness(wk.receipt)
		out.Reply = w.ackBatch(wk)
	}
	w.leave(out, wk)
}

// leave ends an attempt: the worker goes on with its batch, or is idle.
func (w *World) leave(out *Outcome, wk *worker) {
	out.Undone = w.endTx(int(out.Worker), false)
	out.Finished = true
	if w.prog.nodes[out.Node].failed {
		w.turnAway(int(out.Worker), out.Node)
	}
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
	w.moved = append(w.moved, w.queue.Moved()...)
	return Taken
}

func (w *World) nack(r broker.Receipt) Reply {
	if !w.queue.Nack(r) {
		return NackIgnored
	}
	w.moved = append(w.moved, w.queue.Moved()...)
	return w.returned(int(r.Msg))
}

// ackBatch acks the receipt at hand and whatever else of the batch that speaks for,
// from its end: where an ack is cumulative, the last one of a partition settles the
// rest of it, and to ack that again changes nothing. It returns what the queue said
// of the one at hand.
func (w *World) ackBatch(wk *worker) Reply {
	reply := w.ack(wk.receipt)
	for i := w.spokenFor(wk) - 1; i >= 0; i-- {
		if r := wk.batch[i]; r != wk.receipt {
			w.ack(r)
		}
	}
	return reply
}

// spokenFor returns how many of a worker's batch, from its beginning, the ack that
// it sends now speaks for; 0 if for nothing but the message at hand.
func (w *World) spokenFor(wk *worker) int {
	switch w.queue.Profile().AckUnit {
	case broker.AckBatch:
		return len(wk.batch)
	case broker.AckCumulative:
		return min(int(wk.place)+1, len(wk.batch))
	}
	return 0
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
	out.Late = w.lateness(wk.receipt)
	out.Reply = w.ackBatch(wk)
	if out.Reply == AckRejected {
		return saidRejected
	}
	return 0
}
