package sim

import (
	"cmp"
	"math"
	"slices"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/store"
)

// class orders what is due at the same instant. Deliveries come last: they are not in the
// queue of due actions, but made when an instant has nothing else left.
type class = action.Rank

const (
	classStep     = action.RankStep
	classWorld    = action.RankWorld
	classDeadline = action.RankDeadline
	classPublish  = action.RankPublish
	classWake     = action.RankDelivery // nothing but a moment at which a worker is free again
)

// due is an action and the time at which it is due. It is four words, which are passed
// in registers and compared whole: a run does little else.
type due struct {
	at    int64  // nanoseconds from the start
	order uint64 // class, message, worker and kind: at the same instant the lowest comes first
	Slot         // of an Expire
	origin
}

// origin is why something is due.
type origin struct {
	turn  int32 // of the worker, message or key when this was planned: later ones make it stale
	fault int32 // what made it go wrong: see Run.Faults; -1 for none
}

// plan returns that an action is due, and that nothing has gone wrong for that.
func plan(at int64, c class, a Action) due {
	return due{at, inOrder(c, a), a.Slot, origin{fault: -1}}
}

// planTurn is plan for what becomes stale with the turn.
func planTurn(at int64, c class, a Action, turn int32) due {
	d := plan(at, c, a)
	d.turn = turn
	return d
}

func inOrder(c class, a Action) uint64 {
	return uint64(c)<<48 | uint64(uint32(a.Msg))<<16 | uint64(uint8(a.Worker))<<8 | uint64(a.Kind)
}

func (d *due) class() class { return class(d.order >> 48) }

func (d *due) msg() int32 { return int32(d.order >> 16) }

func (d *due) worker() int8 { return int8(d.order >> 8) }

func (d *due) kind() ActionKind { return ActionKind(d.order) }

func (d *due) action() Action {
	return Action{Kind: d.kind(), Worker: d.worker(), Msg: d.msg(), Slot: d.Slot}
}

// become makes another action of what is due.
func (d *due) become(a Action) { d.order = inOrder(d.class(), a) }

// becomeStep makes a plain step of what was to strike one.
func (d *due) becomeStep() {
	d.become(Action{Kind: Step, Worker: d.worker(), Msg: d.msg()})
	d.fault = -1
}

func (d due) before(o due) bool {
	if d.at != o.at {
		return d.at < o.at
	}
	return d.order < o.order || d.order == o.order && d.fault < o.fault
}

// agenda is what is due, to be taken in order. What was planned last is often due
// next (a worker's next step), or last of all (a deadline): so the earliest is kept
// outside of the heap, and what is due last in a line of its own.
type agenda struct {
	soon  due // the earliest, if ahead
	ahead bool
	later int64 // when the earliest of the others is due: never, if there is none
	line  []due // in order,
	gone  int   // and how many of it were taken
	heap  []due // four children to a node: a step does not grow dearer with the run
}

// never is when that is due which is not.
const never = math.MaxInt64

// emptied returns an agenda with the room of another.
func (q *agenda) emptied() agenda { return agenda{later: never, line: q.line[:0], heap: q.heap[:0]} }

func (q *agenda) empty() bool { return !q.ahead && q.gone == len(q.line) && len(q.heap) == 0 }

// first returns when the earliest is due, and never if there is none.
func (q *agenda) first() int64 {
	if q.ahead {
		return q.soon.at
	}
	return q.later
}

func (q *agenda) push(d due) {
	switch {
	case !q.ahead && d.at < q.later:
		q.soon, q.ahead = d, true
		return
	case q.ahead && d.before(q.soon):
		d, q.soon = q.soon, d
	}
	q.put(d)
}

// put keeps outside of soon what is due.
func (q *agenda) put(d due) {
	q.later = min(q.later, d.at)
	if n := len(q.line); q.gone == n || d.at > q.line[n-1].at {
		q.lineUp(d)
		return
	}
	q.heap = append(q.heap, d)
	h := q.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !d.before(h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = d
}

// lineUp puts at the end of the line what is due after all of it.
func (q *agenda) lineUp(d due) {
	if len(q.line) == cap(q.line) && q.gone >= (len(q.line)+1)/2 {
		q.line = q.line[:copy(q.line, q.line[q.gone:])]
		q.gone = 0
	}
	q.line = append(q.line, d)
}

// all yields what is due, in no order that means anything.
func (q *agenda) all(yield func(d *due) bool) {
	if q.ahead && !yield(&q.soon) {
		return
	}
	for _, part := range [...][]due{q.line[q.gone:], q.heap} {
		for i := range part {
			if !yield(&part[i]) {
				return
			}
		}
	}
}

// pop takes the earliest. There must be one.
func (q *agenda) pop() due {
	if q.ahead {
		q.ahead = false
		return q.soon
	}
	d := q.take()
	q.later = never
	if q.gone < len(q.line) {
		q.later = q.line[q.gone].at
	}
	if len(q.heap) > 0 {
		q.later = min(q.later, q.heap[0].at)
	}
	return d
}

// take takes the earliest from the line or from the heap.
func (q *agenda) take() due {
	if q.gone < len(q.line) && (len(q.heap) == 0 || q.line[q.gone].before(q.heap[0])) {
		q.gone++
		return q.line[q.gone-1]
	}
	h := q.heap
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	q.heap = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= len(h) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(h)); c++ {
			if h[c].before(h[least]) {
				least = c
			}
		}
		if !h[least].before(last) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = last
	return top
}

// offer is a message that waits for an idle worker.
type offer struct {
	since int64
	msg   int32
}

// line is a heap of offers: who has waited longest comes first.
type line []offer

func (a offer) before(b offer) bool {
	return a.since < b.since || a.since == b.since && a.msg < b.msg
}

func (h *line) push(o offer) {
	*h = append(*h, o)
	q := *h
	i := len(q) - 1
	for ; i > 0 && o.before(q[(i-1)/2]); i = (i - 1) / 2 {
		q[i] = q[(i-1)/2]
	}
	q[i] = o
}

func (h *line) pop() offer {
	q := *h
	top, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	*h = q
	i := 0
	for c := 1; c < len(q); c = 2*i + 1 {
		if c+1 < len(q) && q[c+1].before(q[c]) {
			c++
		}
		if !q[c].before(last) {
			break
		}
		q[i] = q[c]
		i = c
	}
	if len(q) > 0 {
		q[i] = last
	}
	return top
}

// A message that is not to be begun before a time ([Owed].NotBefore) is delivered like any
// other. Whoever is handed it holds it, unacked, beside its work, as a Celery worker does
// with a task that has an ETA: it takes no thread. It is in flight meanwhile. What the queue
// does when it gets impatient is up to the profile, and the worker hears nothing of it: it
// begins at that time all the same, as soon as it is free. If its process or its connection
// ends before, it forgets what it holds.
//
// A world has no clock. To a search, what is held begins at any time, and its deadline can
// pass before that: one more overrun.

// waits reports whether message n has a time before which it is not begun.
//
//go:norace
func (w *World) waits(n int) bool { return w.defers && w.owed[w.Listed(n)].NotBefore > 0 }

// hold hands over a message that is not begun yet.
func (w *World) hold(out *Outcome) {
	wk := &w.workers[out.Worker]
	out.Receipt, out.Held = w.queue.Deliver(int(out.Msg), int(out.Worker)), true
	wk.held = append(slices.Clip(wk.held), out.Receipt)
}

// holds returns which of what a worker holds is the first delivery of a message, or
// broker.None.
//
//go:norace
func (wk *worker) holds(msg int32) int {
	for at := range wk.held {
		if wk.held[at].Msg == msg {
			return at
		}
	}
	return broker.None
}

// begin begins the first delivery of a message that a worker holds.
func (w *World) begin(out *Outcome) {
	wk := &w.workers[out.Worker]
	at := wk.holds(out.Msg)
	wk.receipt, wk.batch, wk.place = wk.held[at], nil, 0
	wk.held = slices.Delete(slices.Clone(wk.held), at, at+1)
	out.Receipt = wk.receipt
	w.enter(wk)
}

// Keeper returns the worker that holds message n for its time, under its last receipt, or
// broker.None.
//
//go:norace
func (w *World) Keeper(n int) int {
	if h := w.queue.Holder(n); h != broker.None && w.defers {
		for _, r := range w.workers[h].held {
			if int(r.Msg) == n && !w.stale(r) {
				return h
			}
		}
	}
	return broker.None
}

// Held returns the receipts of what a worker holds for its time, the oldest first. The slice
// must not be changed.
func (w *World) Held(worker int) []broker.Receipt { return w.workers[worker].held }

// HeldTooLong reports whether, with an action, a deadline passes of a message that its worker
// only holds.
func (w *World) HeldTooLong(a Action) bool {
	switch a.Kind {
	case TimeOut:
		return w.Keeper(int(a.Msg)) != broker.None
	case CutOff:
		wk := &w.workers[a.Worker]
		return wk.node == 0 && len(wk.held) > 0
	}
	return false
}

// letGo gives back what a worker holds: its process was asked to end.
func (w *World) letGo(wk *worker) {
	for _, r := range wk.held {
		if w.queue.HandBack(r) {
			w.moved = append(w.moved, w.queue.Moved()...)
		}
	}
	wk.held = nil
}

// offerBegins appends to a menu what an idle worker can begin of what it holds.
//
//go:norace
func (w *World) offerBegins(menu []Action, i int) []Action {
	wk := &w.workers[i]
	for at, r := range wk.held {
		if wk.holds(r.Msg) == at {
			menu = w.offer(menu, Action{Kind: Begin, Msg: r.Msg, Worker: int8(i)})
		}
	}
	return menu
}

// held appends what a worker holds for its time.
//
//go:norace
func (k *keyer) held(b []byte, i int) []byte {
	if !k.defers || k.IsRelay(i) {
		return b
	}
	b = appendNumber(b, int32(len(k.workers[i].held)))
	for _, r := range k.workers[i].held {
		b = appendNumber(b, k.called[r.Msg])
		b = append(b, byte(store.Bit(k.stale(r))))
		if k.Asked {
			b = appendNumber(b, min(r.Delivery, k.Most))
		}
	}
	return b
}

// compareHolding compares what two workers hold for its time.
//
//go:norace
func (k *keyer) compareHolding(a, b int) int {
	return slices.CompareFunc(k.workers[a].held, k.workers[b].held, k.compareReceipts)
}

// compareReceipts compares two receipts of workers by what matters of them.
//
//go:norace
func (k *keyer) compareReceipts(r, s broker.Receipt) int {
	c := cmp.Or(cmp.Compare(k.called[r.Msg], k.called[s.Msg]), cmp.Compare(store.Bit(k.stale(r)), store.Bit(k.stale(s))))
	if c == 0 && k.Asked {
		c = cmp.Compare(min(r.Delivery, k.Most), min(s.Delivery, k.Most))
	}
	return c
}

//go:norace
func (k *reader) held(i int) {
	if !k.w.defers || k.w.IsRelay(i) {
		return
	}
	var held []broker.Receipt
	for range k.number() {
		msg := k.number()
		older := k.byte() != 0
		r := k.receipt(i, msg, older)
		if older {
			r.Row = -1 - int32(len(held)) // of no row: two old receipts of one message are not the same
		}
		held = append(held, r)
	}
	k.w.workers[i].held = held
}

// On the timeline.

// notBefore returns when message n may be begun.
func (t *Timeline) notBefore(n int32) int64 {
	return int64(t.lane.Messages[t.world.Listed(int(n))].NotBefore)
}

// heldTurn is where the turns begin by which a deadline knows one delivery that is held.
const heldTurn = math.MinInt32 / 2

// holds plans what comes of a message that a worker was handed and does not begin yet.
func (t *Timeline) holds(i int, r broker.Receipt) {
	h := &t.hands[i]
	if t.lane.Queue.Timed() {
		t.planTimeOut(r, t.now+int64(t.lane.Queue.Visibility))
	}
	if wait := int64(t.lane.Queue.ConsumerTimeout); wait > 0 {
		t.push(planTurn(t.now+wait, classDeadline, Action{Kind: CutOff, Worker: int8(i), Msg: r.Msg}, heldTurn-r.Delivery))
	}
	if t.beats != nil && t.lane.Queue.Heartbeat != broker.HeartbeatAtWork {
		h.keeps = append(h.keeps, r)
	}
	if t.grouped() {
		t.offerNext(int(r.Msg))
	}
	at := max(t.now, t.notBefore(r.Msg))
	if !t.fixed {
		t.horizon = max(t.horizon, at+int64(day))
	}
	t.push(planTurn(at, classDeadline, Action{Kind: Begin, Worker: int8(i), Msg: r.Msg}, r.Delivery))
}

// has reports whether a worker still has a message in hand that it was to hold: it waits for
// its time, or is at work on it and has not acked it.
func (t *Timeline) has(i int8, r broker.Receipt) bool {
	wk := &t.world.workers[i]
	return slices.Contains(wk.held, r) || wk.node != 0 && wk.receipt == r && !t.world.prog.Nodes[wk.node].Acked
}

// begins begins what is held and whose time has come, if its worker is free.
func (t *Timeline) begins() bool {
	for i := range t.hands {
		wk := &t.world.workers[i]
		if wk.node != 0 || len(wk.held) == 0 || t.hands[i].free > t.now {
			continue
		}
		for _, r := range wk.held {
			if t.notBefore(r.Msg) <= t.now {
				if !t.spent() {
					t.do(Action{Kind: Begin, Msg: r.Msg, Worker: int8(i)}, -1)
				}
				return true
			}
		}
	}
	return false
}

// begun begins the attempt of a worker at what it has held.
func (t *Timeline) begun(i int) {
	h := &t.hands[i]
	h.polls++ // the deadlines of what it was handed before are over
	if t.beats != nil {
		h.keeps = slices.DeleteFunc(h.keeps, func(r broker.Receipt) bool { return r == t.world.workers[i].receipt })
		t.beginBeats(i)
	}
	t.begin(i, false)
}
