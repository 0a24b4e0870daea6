package sim

import "math"

// class orders what is due at the same instant: steps and acks, then what
// befalls all processes, then deadlines, then publishes. Deliveries come last:
// they are not in the queue of due actions, but made when an instant has nothing
// else left.
type class uint8

const (
	classStep class = iota
	classWorld
	classDeadline
	classPublish
	classWake     // nothing but a moment at which a worker is free again
	classDelivery = classWake
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

func (d *due) class() class     { return class(d.order >> 48) }
func (d *due) msg() int32       { return int32(d.order >> 16) }
func (d *due) worker() int8     { return int8(d.order >> 8) }
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

func (d *due) before(o *due) bool {
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
	line  []due // in order,
	gone  int   // and how many of it were taken
	heap  []due // four children to a node: a step does not grow dearer with the run
}

func (q *agenda) empty() bool { return !q.ahead && q.gone == len(q.line) && len(q.heap) == 0 }

// first returns when the earliest is due, and never if there is none.
func (q *agenda) first() int64 {
	if q.ahead {
		return q.soon.at
	}
	at := int64(math.MaxInt64)
	if q.gone < len(q.line) {
		at = q.line[q.gone].at
	}
	if len(q.heap) > 0 {
		at = min(at, q.heap[0].at)
	}
	return at
}

// earliest reports whether something is due before everything that is kept outside of soon.
func (q *agenda) earliest(d *due) bool {
	return (q.gone == len(q.line) || d.before(&q.line[q.gone])) && (len(q.heap) == 0 || d.before(&q.heap[0]))
}

func (q *agenda) push(d due) {
	if n := len(q.line); q.gone < n && d.at > q.line[n-1].at {
		q.lineUp(d)
		return
	}
	switch {
	case q.ahead && d.before(&q.soon):
		d, q.soon = q.soon, d
	case !q.ahead && q.earliest(&d):
		q.soon, q.ahead = d, true
		return
	}
	if q.gone == len(q.line) {
		q.lineUp(d)
		return
	}
	q.heap = append(q.heap, d)
	h := q.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !d.before(&h[up]) {
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
	if q.gone < len(q.line) && (len(q.heap) == 0 || q.line[q.gone].before(&q.heap[0])) {
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
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&last) {
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
