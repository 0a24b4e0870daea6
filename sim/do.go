package sim

import (
	"cmp"
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// Do takes an action and says what it did. The action must be possible: Do
// panics if Can denies it.
func (w *World) Do(a Action) Outcome {
	if !w.Can(a) {
		panic("sim: Do of an action that is not possible now: ask Can first: " + w.Format(a))
	}
	var out Outcome
	w.do(a, &out)
	return out
}

// Take is Do for those who take an action straight from the menu of this world, or of
// one that it is a copy of, and do not look at what it did: they do it millions of
// times.
func (w *World) Take(a Action) {
	var out Outcome
	w.do(a, &out)
}

// do is Do for callers who have asked Can, and have a place for the outcome: to
// copy it would cost as much as a step.
func (w *World) do(a Action, out *Outcome) {
	*out = Outcome{} // field by field: to copy what has just been written waits for it
	out.Kind, out.Worker, out.Table, out.Msg, out.Key = a.Kind, a.Worker, a.Table, a.Msg, a.Key
	w.moved = w.moved[:0] // one by one: so only a length is written
	w.moves = w.moves[:0]
	w.took, w.passed, w.left, w.skipped, w.journal.open = 0, false, false, false, false
	if w.budget > 0 {
		w.spend(a)
	}
	switch a.Kind {
	case Publish:
		if len(w.numbered) > 0 {
			w.number(int(a.Msg))
		}
		w.publish(out, int(a.Msg), false)
	case Deliver:
		if w.IsRelay(int(a.Worker)) {
			w.hand(out)
		} else {
			w.deliver(out)
		}
	case Begin:
		w.begin(out)
	case Step, ClockAhead:
		w.step(out, 0)
	case Fail, FailStatement:
		w.step(out, program.SaidUnavailable)
	case LoseReply:
		w.step(out, program.SaidNoReply)
	case LoseAck:
		w.loseAck(out)
	case TimeOut:
		w.timeOut(out)
	case CutOff:
		w.cutOff(out)
	case Request:
		w.request(out)
	case Undelay:
		w.queue.Undelay(int(a.Msg))
	case Retry:
		w.retry(out)
	case Forget:
		w.queue.Forget(int(a.Msg))
	case Expire:
		w.expire(a)
	case Crash, Kill:
		w.crash(out)
	case Evict:
		w.memory[w.process(int(a.Worker))].Drop(a.Key)
	case Copy, Republish, RepublishAs, RepublishReworded, Redrive, RedriveAs:
		w.again(out)
	default:
		w.befall(out)
	}
	out.Skipped = w.skipped && w.took != 0
}

// befall does what befalls the processes, the broker or the stores.
func (w *World) befall(out *Outcome) {
	switch out.Kind {
	case StoreDown, DBDown, CacheDown, StoreUp, DBUp, CacheUp:
		w.down ^= out.Kind.Outage()
	case LoseWrites, LoseDBWrites, LoseCacheWrites:
		w.loseWrites(out)
	case ForgetAck:
		w.forgetAck(out)
	case Restart, Drain:
		w.restart(out)
	case Leave:
		w.queue.Leave()
		w.gaveBack()
	case Join:
		w.queue.Join()
		w.gaveBack()
	}
}

// spend takes the cost of an action from the budget.
func (w *World) spend(a Action) { w.budget -= w.Cost(a) }

func (w *World) publish(out *Outcome, n int, direct bool) {
	out.Reply = Deduplicated
	if n < len(w.tops) {
		w.countTop(n)
	}
	if w.queue.Publish(n, direct) {
		out.Reply = Taken
	}
}

// deliver hands over a message, and as many after it as the batch has room for.
func (w *World) deliver(out *Outcome) {
	i, n := int(out.Worker), int(out.Msg)
	if w.waits(n) {
		w.hold(out)
		return
	}
	wk := &w.workers[i]
	wk.receipt = w.queue.Deliver(n, i)
	wk.batch, wk.place = nil, 0
	if size := w.queue.Profile().Batch; size > 1 {
		wk.batch = []broker.Receipt{wk.receipt}
		for m := w.queue.Next(n, i); m != broker.None && !w.waits(m) && len(wk.batch) < size; m = w.queue.Next(m, i) {
			wk.batch = append(wk.batch, w.queue.Deliver(m, i))
		}
	}
	out.Receipt = wk.receipt
	w.enter(wk)
}

// enter puts a worker at the beginning of the attempt that its receipt is for.
func (w *World) enter(wk *worker) {
	w.enterFor(wk, program.Errand{})
}

// enterFor is enter of a handler that is run for something.
func (w *World) enterFor(wk *worker, as program.Errand) {
	wk.node = w.prog.Root(w.kind(int(wk.receipt.Msg)), as)
	wk.overran = false
}

// step takes the pending step of a worker. strike is 0, or the error that it is
// to be answered: program.SaidUnavailable without its effect, program.SaidNoReply in
// spite of it.
func (w *World) step(out *Outcome, strike int32) {
	i := int(out.Worker)
	wk := &w.workers[i]
	w.took, out.Receipt = wk.node, wk.receipt
	wk.overran, wk.asks = false, false
	n := &w.prog.Nodes[wk.node]
	if !n.Numbered {
		w.prog.Number(n)
	}
	switch n.Op {
	case OpReturn:
		w.end(out, i, n, n.Failed || w.dbDown() && w.IsRelay(i))
		return
	case OpPanic:
		w.turnAway(i, wk.node)
		w.crash(out)
		return
	}
	if w.outOfReach(i, n) {
		strike = program.SaidUnavailable
	}
	if strike == program.SaidUnavailable && !n.Op.CanFail() {
		out.Answer = strike
		w.end(out, i, n, true) // as a client library does that has lost its database, or an exception
		return
	}
	if n.Aborted && strike != program.SaidUnavailable && w.refuses(i, n) {
		if out.Answer = cmp.Or(strike, program.SaidAborted); !n.Op.CanFail() {
			w.end(out, i, n, true) // as a client library does whose statement has failed
			return
		}
		out.Undone = n.Op == OpCommit && w.endTx(i, false)
		wk.node = w.prog.Next(w.kind(int(wk.receipt.Msg)), wk.node, out.Answer)
		return
	}
	if strike != program.SaidUnavailable && w.mayWait(n) && w.locks() && w.deadlocked(i) {
		out.Answer = program.SaidDeadlock
		w.end(out, i, n, true)
		return
	}
	answer := strike
	if strike != program.SaidUnavailable {
		answer = w.effect(out, i, n)
		if strike != 0 {
			answer = strike
		}
	}
	out.Answer = answer
	wk.node = w.prog.Next(w.kind(int(wk.receipt.Msg)), wk.node, answer)
}

// end ends an attempt of a worker.
func (w *World) end(out *Outcome, i int, n *program.Node, failed bool) {
	if w.IsRelay(i) {
		w.reportRelay(out, n, failed)
	} else {
		w.report(out, n, failed)
	}
}

// effect does what a step asks for and returns its answer.
func (w *World) effect(out *Outcome, i int, n *program.Node) int32 {
	switch n.Op.Place() {
	case InDB:
		if out.Kind == ClockAhead {
			w.write(i, n, n.ValNo)
			return 1
		}
		if n.Acks && n.Op == OpCommit {
			return w.commitAck(out, i)
		}
		return w.inDB(i, n)
	case InCache:
		return w.inCache(i, n)
	case Outside:
		return w.outside(out, i, n)
	}
	wk := &w.workers[i]
	switch n.Op {
	case OpHas:
		return store.Bit(w.memory[w.process(i)].Has(n.KeyNo))
	case OpRemember:
		w.memory[w.process(i)].Keys.Add(n.KeyNo)
	case OpRememberWithin:
		most, _ := strconv.Atoi(n.Value)
		isNew, evicted := w.memory[w.process(i)].AddWithin(n.KeyNo, most)
		out.Evicted = evicted
		return store.Bit(isNew)
	case OpUnremember:
		w.memory[w.process(i)].Drop(n.KeyNo)
	case OpNewID:
		w.ids++
		return w.prog.FreshID(w.ids)
	case OpDeliveries:
		return wk.receipt.Delivery
	case OpRedelivered:
		return store.Bit(wk.receipt.Delivery > 1)
	case OpAck:
		if w.IsRelay(i) {
			out.Reply = w.markSent(i)
			return 0
		}
		return w.ackEarly(out, wk)
	}
	return 0
}

// loseAck is a step that sends an ack, and the ack does not arrive. The worker
// does not notice. Without a timer the connection goes with it, unless the worker has a
// session: then its next ack speaks for this one as well.
func (w *World) loseAck(out *Outcome) {
	i := int(out.Worker)
	wk := &w.workers[i]
	w.took, out.Receipt, out.Reply = wk.node, wk.receipt, Lost
	wk.overran = false
	w.prog.Number(&w.prog.Nodes[wk.node])
	if w.prog.Nodes[wk.node].Op == OpAck {
		wk.node = w.prog.Next(w.kind(int(wk.receipt.Msg)), wk.node, 0)
	} else {
		if w.acksTogether() {
			wk.place = int32(len(wk.batch)) // as nackBatch does: the worker does not notice
		}
		w.leave(out, wk)
	}
	if p := w.queue.Profile(); !p.Timed() && p.SessionTimeout == 0 {
		w.disconnect(i)
	}
}

func (w *World) disconnect(worker int) {
	if w.IsRelay(worker) {
		return
	}
	w.queue.Disconnect(worker)
	w.workers[worker].held = nil
	w.gaveBack()
}

func (w *World) timeOut(out *Outcome) {
	n := int(out.Msg)
	out.Receipt = broker.Receipt{Msg: out.Msg, Delivery: int32(w.queue.Deliveries(n))}
	if out.Held = w.Keeper(n) != broker.None; !out.Held {
		if h := w.slowest(w.holder(n)); h != broker.None {
			w.workers[h].overran = true
		}
	}
	w.queue.TimeOut(n)
	w.gaveBack()
	out.Reply = w.returned(n)
}

// gaveBack notes what the queue has taken back from a worker that it counts as gone.
func (w *World) gaveBack() {
	w.moved = append(w.moved, w.queue.Moved()...)
	w.passed = w.queue.Profile().Assign == broker.OwnerWorker
}

// returned says where a message is that was given back.
func (w *World) returned(n int) Reply {
	switch w.queue.State(n) {
	case broker.Dead:
		return Buried
	case broker.Discarded:
		return Discarded
	}
	return Returned
}

// report is the last step of an attempt: what the handler returned, or that it has
// failed, goes to the queue, unless it has acked before.
func (w *World) report(out *Outcome, n *program.Node, failed bool) {
	i := int(out.Worker)
	wk := &w.workers[i]
	switch last := int(wk.place)+1 >= len(wk.batch); {
	case n.Acked:
		out.Reply = Unreported
	case failed && w.acksTogether():
		w.nackBatch(out, wk)
	case n.Reject && w.queue.Profile().Rejects:
		out.Reply = w.reject(i, wk.receipt)
	case failed:
		out.Reply = w.nack(wk.receipt)
	case w.acksTogether() && !last:
		out.Reply = NotYet
	default:
		out.Late = w.lateness(wk.receipt)
		out.Reply = w.ackBatch(i, wk)
	}
	w.leave(out, wk)
}

// leave ends an attempt: the worker goes on with its batch, or is idle.
func (w *World) leave(out *Outcome, wk *worker) {
	out.Undone = w.endTx(int(out.Worker), false)
	out.Finished = true
	if w.prog.Nodes[w.took].Failed || out.Answer == program.SaidAborted {
		w.turnAway(int(out.Worker), w.took)
	}
	if wk.place++; int(wk.place) < len(wk.batch) {
		wk.receipt = wk.batch[wk.place]
		w.enter(wk)
		return
	}
	receipt, held := wk.receipt, wk.held
	*wk = worker{} // in place: to copy what has just been written would wait for it
	wk.receipt, wk.held = receipt, held
	if p := w.process(int(out.Worker)); w.memory[p].Draining && w.firstBusy(p) == broker.None {
		w.kill(p, (*broker.Queue).Close) // nobody is at work there: it ends by itself
		w.left = true
	}
}

// ack sends the ack of one receipt of a worker. Where a bad one closes the connection, all
// else that is in flight on it comes back.
func (w *World) ack(worker int, r broker.Receipt) Reply {
	switch w.queue.Ack(r) {
	case broker.Ignored:
		return AckIgnored
	case broker.Rejected:
		if w.queue.Profile().BadAckCloses {
			w.disconnect(worker)
		}
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

// reject gives up on a message for good. A receipt that is not current is answered as that of
// an ack is.
func (w *World) reject(worker int, r broker.Receipt) Reply {
	answer := w.queue.Reject(r)
	w.moved = append(w.moved, w.queue.Moved()...)
	switch {
	case answer == broker.Rejected:
		if w.queue.Profile().BadAckCloses {
			w.disconnect(worker)
		}
		return AckRejected
	case answer == broker.Ignored || w.queue.State(int(r.Msg)) == broker.Acked:
		return NackIgnored
	}
	return w.returned(int(r.Msg))
}

// ackBatch acks the receipt at hand and whatever else of the batch that speaks for,
// from its end: where an ack is cumulative, the last one of a partition settles the
// rest of it, and to ack that again changes nothing. It returns what the queue said
// of the one at hand.
func (w *World) ackBatch(worker int, wk *worker) Reply {
	reply := w.ack(worker, wk.receipt)
	for i := w.spokenFor(wk) - 1; i >= 0; i-- {
		if r := wk.batch[i]; r != wk.receipt && w.queue.Standing(r) != broker.Finished && !w.covered(wk, i) {
			w.ack(worker, r)
		}
	}
	return reply
}

// covered reports whether an ack of the i-th of a worker's batch would say less than one that
// it has just sent: where an ack is a position, a client sends one for each partition.
func (w *World) covered(wk *worker, i int) bool {
	if !w.queue.Profile().TakesBack() {
		return false
	}
	return slices.ContainsFunc(wk.batch[i+1:int(wk.place)+1], func(r broker.Receipt) bool { return w.queue.Follows(r.Msg, wk.batch[i].Msg) })
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
	out.Reply = w.ackBatch(int(out.Worker), wk)
	if out.Reply == AckRejected {
		return program.SaidRejected
	}
	return 0
}

// commitAck commits a transaction that an ack is part of: both or neither.
func (w *World) commitAck(out *Outcome, i int) int32 {
	wk := &w.workers[i]
	if w.queue.Standing(wk.receipt) != broker.Current {
		out.Undone, out.Reply = w.endTx(i, false), AckRejected
		return program.SaidRejected
	}
	w.endTx(i, true)
	if w.journal.on {
		w.committing(i).acked = true
	}
	out.Reply = w.ackBatch(i, wk)
	return 0
}

// crash kills the process of a worker.
func (w *World) crash(out *Outcome) {
	wk := &w.workers[out.Worker]
	w.took, out.Receipt, out.Finished = wk.node, wk.receipt, true
	w.prog.Number(&w.prog.Nodes[wk.node])
	out.Undone = w.kill(w.process(int(out.Worker)), (*broker.Queue).Die)
}

// restart kills all processes, or asks them to end.
func (w *World) restart(out *Outcome) {
	if out.Kind == Drain {
		w.drain()
		return
	}
	for i := range w.memory {
		out.Undone = w.kill(i, (*broker.Queue).Close) || out.Undone // whoever is replaced says good-bye
	}
}

// kill ends a process: its memory is gone, its open transactions are rolled back
// and their row locks freed, and the queue is told how its connections end. Leases stay:
// nobody is left to give them up. It returns whether anything was rolled back.
func (w *World) kill(process int, ends func(q *broker.Queue, worker int)) bool {
	undone := false
	w.memory[process] = store.ProcessMemory{}
	for i, to := w.crew(process); i < to; i++ {
		wk := &w.workers[i]
		if w.IsRelay(i) {
			w.putBack(i, broker.Ready)
		}
		undone = w.endTx(i, false) || undone
		*wk = worker{}
		if !w.IsRelay(i) {
			ends(&w.queue, i)
			w.gaveBack()
		}
	}
	return undone
}

// drain asks every process to end, as SIGTERM does. One that is at work takes nothing
// more, gives back what it has not begun, and ends when it has ended what it is at; or it
// is killed, see Kill. One that has nothing to do ends at once. Each is replaced.
func (w *World) drain() {
	for p := range w.memory {
		switch {
		case w.firstBusy(p) == broker.None:
			w.kill(p, (*broker.Queue).Close)
		case !w.memory[p].Draining:
			w.memory[p].Draining = true
			for i, to := w.crew(p); i < to; i++ {
				w.handBack(&w.workers[i])
				w.letGo(&w.workers[i])
			}
		}
	}
}

// draining reports whether the process of a worker was asked to end and still runs.
//
//go:norace
func (w *World) draining(worker int) bool { return w.memory[w.process(worker)].Draining }

// firstBusy returns the first worker of a process that is at work, or broker.None.
//
//go:norace
func (w *World) firstBusy(process int) int {
	for i, to := w.crew(process); i < to; i++ {
		if w.workers[i].node != 0 {
			return i
		}
	}
	return broker.None
}

// handBack gives back what a worker has not begun of its batch: at once, and as delivered
// once more, for the queue has counted it. Where a batch is acked as one, it is one piece
// of work.
func (w *World) handBack(wk *worker) {
	if w.queue.Profile().AckUnit == broker.AckBatch || int(wk.place)+1 >= len(wk.batch) {
		return
	}
	for _, r := range wk.batch[wk.place+1:] {
		if w.queue.HandBack(r) {
			w.moved = append(w.moved, w.queue.Moved()...)
		}
	}
	wk.batch = wk.batch[:wk.place+1]
}
