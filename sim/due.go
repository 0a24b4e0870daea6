package sim

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
	classWake // nothing but a moment at which a worker is free again
)

// due is an action and the time at which it is due.
type due struct {
	at     int64 // nanoseconds from the start
	class  class
	kind   Kind
	worker int8
	table  int16 // of an Expire of a row
	msg    int32
	key    int32 // of an Expire
	turn   int32 // of the worker, message or key when this was planned: later ones make it stale
	fault  int32 // what made it go wrong: see Run.Faults; -1 for none
}

func (a *due) before(b *due) bool {
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.class != b.class:
		return a.class < b.class
	case a.msg != b.msg:
		return a.msg < b.msg
	case a.worker != b.worker:
		return a.worker < b.worker
	case a.kind != b.kind:
		return a.kind < b.kind
	}
	return a.fault < b.fault
}

// agenda is what is due, to be taken in order. What was planned last is often due
// next (a worker's next step), so the earliest is kept outside of the heap.
type agenda struct {
	soon  due // the earliest, if ahead
	ahead bool
	heap  []due // four children to a node: a step does not grow dearer with the run
}

func (q *agenda) empty() bool { return !q.ahead && len(q.heap) == 0 }

// first returns when the earliest is due. There must be one.
func (q *agenda) first() int64 {
	if q.ahead {
		return q.soon.at
	}
	return q.heap[0].at
}

func (q *agenda) push(d due) {
	switch {
	case q.ahead && d.before(&q.soon):
		d, q.soon = q.soon, d
	case !q.ahead && (len(q.heap) == 0 || d.before(&q.heap[0])):
		q.soon, q.ahead = d, true
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

// all yields what is due, in no order that means anything.
func (q *agenda) all(yield func(d *due) bool) {
	if q.ahead && !yield(&q.soon) {
		return
	}
	for i := range q.heap {
		if !yield(&q.heap[i]) {
			return
		}
	}
}

// pop takes the earliest. There must be one.
func (q *agenda) pop() due {
	if q.ahead {
		q.ahead = false
		return q.soon
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
