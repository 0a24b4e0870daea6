package sim

import (
	"slices"
	"strconv"

	"dejavu/broker"
)

// Outcome is what an action did: enough to tell it, and nothing else. Which
// fields count depends on the kind of the action.
type Outcome struct {
	Action
	Node     int32          // the node of the step that was taken or struck
	Answer   int32          // what it was answered
	Receipt  broker.Receipt // of the attempt
	Done     bool           // the step had its effect
	Undone   bool           // an open transaction that had written was rolled back
	Finished bool           // the attempt is over
	Reply    Reply          // what the queue said
	Late     Lateness       // how late an ack came that the queue has answered
	Evicted  int32          // the key that a process forgot to make room for another, or 0
}

// Reply is what the queue did when it was spoken to.
type Reply uint8

// The replies.
const (
	NoReply      Reply = iota
	Taken              // an ack settled the message; a publish was taken in
	AckIgnored         // a late or stale ack changed nothing
	AckRejected        // ... and the consumer was told
	Returned           // the message will be delivered again
	Buried             // it went to the dead-letter queue instead
	Discarded          // it is gone: it was delivered too often, and there is no dead-letter queue
	Lost               // the ack did not arrive
	Unreported         // the attempt had acked before: its return says nothing
	NotYet             // handled; the ack comes with the rest of the batch
	NackIgnored        // a late or stale nack changed nothing
	Deduplicated       // the publish was dropped: the message ID is in the window
)

// GivesUp reports whether a message has had its last delivery: it is parked, or gone.
func (r Reply) GivesUp() bool { return r == Buried || r == Discarded }

// settles reports whether the reply decides where the message is: a late or stale
// ack that is turned away decides nothing.
func (r Reply) settles() bool {
	switch r {
	case NoReply, AckIgnored, AckRejected, NackIgnored, Unreported:
		return false
	}
	return true
}

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
	*out = Outcome{Action: a}
	w.moved, w.moves, w.passed, w.journal.open = w.moved[:0], w.moves[:0], false, false
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
		if int(a.Worker) == w.relay {
			w.hand(out)
		} else {
			w.deliver(out)
		}
	case Step:
		w.step(out, 0)
	case Fail:
		w.step(out, saidUnavailable)
	case LoseReply:
		w.step(out, saidNoReply)
	case LoseAck:
		w.loseAck(out)
	case TimeOut:
		w.timeOut(out)
	case CutOff:
		w.cutOff(out)
	case Undelay:
		w.queue.Undelay(int(a.Msg))
	case Retry:
		w.retry(out)
	case Forget:
		w.queue.Forget(int(a.Msg))
	case Expire:
		w.expire(a)
	case Crash:
		w.crash(out)
	case Evict:
		w.memory[w.process(int(a.Worker))].drop(a.Key)
	case Copy, Republish, RepublishAs, Redrive, RedriveAs:
		w.again(out)
	case StoreDown, StoreUp:
		w.down = a.Kind == StoreDown
	case LoseWrites:
		w.loseWrites(out)
	case ForgetAck:
		w.forgetAck(out)
	case Restart:
		for i := range w.memory {
			out.Undone = w.kill(i) || out.Undone
		}
	}
}

// spend takes the cost of an action from the budget.
func (w *World) spend(a Action) { w.budget -= w.Cost(a) }

func (w *World) publish(out *Outcome, n int, direct bool) {
	out.Reply = Deduplicated
	if w.queue.Publish(n, direct) {
		out.Reply = Taken
	}
}

// deliver hands over a message, and as many after it as the batch has room for.
func (w *World) deliver(out *Outcome) {
	i, n := int(out.Worker), int(out.Msg)
	wk := &w.workers[i]
	wk.receipt = w.queue.Deliver(n, i)
	wk.batch, wk.place = nil, 0
	if size := w.queue.Profile().Batch; size > 1 {
		wk.batch = []broker.Receipt{wk.receipt}
		for m := w.queue.Next(n, i); m != broker.None && len(wk.batch) < size; m = w.queue.Next(m, i) {
			wk.batch = append(wk.batch, w.queue.Deliver(m, i))
		}
	}
	out.Receipt = wk.receipt
	w.enter(wk)
}

// enter puts a worker at the beginning of the attempt that its receipt is for.
func (w *World) enter(wk *worker) {
	wk.node = w.prog.root(w.kind(int(wk.receipt.Msg)), wk.receipt.Row > 0)
	wk.overran = false
}

// step takes the pending step of a worker. strike is 0, or the error that it is
// to be answered: saidUnavailable without its effect, saidNoReply in spite of it.
func (w *World) step(out *Outcome, strike int32) {
	i := int(out.Worker)
	wk := &w.workers[i]
	out.Node, out.Receipt = wk.node, wk.receipt
	wk.overran = false
	n := &w.prog.nodes[wk.node]
	if !n.numbed {
		w.prog.numberNames(n)
	}
	switch n.op {
	case OpReturn:
		w.end(out, i, n, n.failed || w.down && i == w.relay)
		return
	case OpPanic:
		w.turnAway(i, wk.node)
		w.crash(out)
		return
	}
	if w.down && w.stored(i, n.op) {
		if strike = saidUnavailable; !n.op.CanFail() {
			out.Answer = strike
			w.end(out, i, n, true) // as a client library does that has lost its database
			return
		}
	}
	if strike != saidUnavailable && ops[n.op].writes && w.deadlocked(i) {
		out.Answer = saidDeadlock
		w.end(out, i, n, true)
		return
	}
	answer := strike
	if strike != saidUnavailable {
		answer = w.effect(out, i, n)
		if strike != 0 {
			answer = strike
		}
	}
	out.Answer = answer
	wk.node = w.prog.next(w.kind(int(wk.receipt.Msg)), wk.node, answer)
}

// end ends an attempt of a worker.
func (w *World) end(out *Outcome, i int, n *node, failed bool) {
	if i == w.relay {
		w.reportRelay(out, n, failed)
	} else {
		w.report(out, n, failed)
	}
}

// effect does what a step asks for and returns its answer.
func (w *World) effect(out *Outcome, i int, n *node) int32 {
	switch n.op.Place() {
	case InDB:
		return w.inDB(i, n)
	case InCache:
		return w.inCache(i, n)
	case Outside:
		return w.outside(out, i, n)
	}
	wk := &w.workers[i]
	switch n.op {
	case OpHas:
		return number(w.memory[w.process(i)].has(n.keyNo))
	case OpRemember:
		w.memory[w.process(i)].keys.add(n.keyNo)
	case OpRememberWithin:
		most, _ := strconv.Atoi(n.value)
		isNew, evicted := w.memory[w.process(i)].addWithin(n.keyNo, most)
		out.Evicted = evicted
		return number(isNew)
	case OpUnremember:
		w.memory[w.process(i)].drop(n.keyNo)
	case OpNewID:
		w.ids++
		return w.prog.freshID(w.ids)
	case OpDeliveries:
		return wk.receipt.Delivery
	case OpRedelivered:
		return number(wk.receipt.Delivery > 1)
	case OpAck:
		if i == w.relay {
			out.Reply = w.markSent()
			return 0
		}
		return w.ackEarly(out, wk)
	}
	return 0
}

// number is 1 for true, as an answer.
func number(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// loseAck is a step that sends an ack, and the ack does not arrive. The worker
// does not notice. Without a timer the connection goes with it.
func (w *World) loseAck(out *Outcome) {
	i := int(out.Worker)
	wk := &w.workers[i]
	out.Node, out.Receipt, out.Reply = wk.node, wk.receipt, Lost
	wk.overran = false
	w.prog.numberNames(&w.prog.nodes[wk.node])
	if w.prog.nodes[wk.node].op == OpAck {
		wk.node = w.prog.next(w.kind(int(wk.receipt.Msg)), wk.node, 0)
	} else {
		if w.acksTogether() {
			wk.place = int32(len(wk.batch)) // as nackBatch does: the worker does not notice
		}
		w.leave(out, wk)
	}
	if !w.queue.Profile().Timed() {
		w.disconnect(i)
	}
}

func (w *World) disconnect(worker int) {
	if worker == w.relay {
		return
	}
	w.queue.Disconnect(worker)
	w.gaveBack()
}

func (w *World) timeOut(out *Outcome) {
	n := int(out.Msg)
	out.Receipt = broker.Receipt{Msg: out.Msg, Delivery: int32(w.queue.Deliveries(n))}
	if h := w.slowest(w.holder(n)); h != broker.None {
		w.workers[h].overran = true
	}
	w.queue.TimeOut(n)
	w.gaveBack()
	out.Reply = w.returned(n)
}

// cutOff is the broker that closes the connection of a worker, for its process has been
// silent: a frozen one sends no heartbeats. All that was in flight on it comes back,
// and the worker, when it goes on, acks what it holds no more.
func (w *World) cutOff(out *Outcome) {
	wk := &w.workers[out.Worker]
	out.Receipt = wk.receipt
	wk.overran = true
	w.disconnect(int(out.Worker))
	out.Reply = Returned
	if n := int(wk.receipt.Msg); slices.Contains(w.moved, wk.receipt.Msg) {
		out.Reply = w.returned(n)
	}
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

func (w *World) expire(a Action) {
	if h := w.Overruns(a); h != broker.None {
		w.workers[h].overran = true
	}
	switch a.Table {
	case AtBank:
		w.honoured.drop(a.Key)
	case 0:
		w.cache.drop(a.Key)
	default:
		w.rows.expire(a.Table, a.Key)
	}
}
