package handler

import "fmt"

// A letter is a message as the queue has it: the one that was published, or a copy.
type letter struct {
	message    int
	copy       int // 0 for the published one
	deliveries int
	newest     *attempt // its last delivery
	settled    bool
}

// name is how a plan calls it: m1, and m1b for a copy.
func (l *letter) name() string {
	name := fmt.Sprintf("m%d", l.message+1)
	if l.copy > 0 {
		name += string(rune('a' + l.copy))
	}
	return name
}

// publish puts the messages into the queue.
func (w *world) publish() {
	for i := range w.Messages {
		w.push(&letter{message: i})
	}
}

func (w *world) push(l *letter) {
	w.letters = append(w.letters, l)
	w.ready = append(w.ready, l)
}

// pop takes the first letter that is ready.
func (w *world) pop() *letter {
	l := w.ready[0]
	w.ready = w.ready[1:]
	return l
}

// deliver hands the first letter that is ready to the first worker. It reports false
// if there is none.
func (w *world) deliver() bool {
	for len(w.ready) > 0 {
		if l := w.pop(); !l.settled {
			w.start(0, l)
			return true
		}
	}
	return false
}

// mayOvertake reports whether the next message may run beside an attempt.
func (w *world) mayOvertake(a *attempt) bool {
	if len(w.ready) == 0 {
		return false
	}
	l := w.ready[0]
	if l.settled || l.message == a.letter.message {
		return false
	}
	return !w.Queue.Ordered || w.Messages[l.message].Group != w.Messages[a.letter.message].Group
}

func (w *world) maxDeliveries() int {
	if w.Queue.MaxDeliveries > 0 {
		return w.Queue.MaxDeliveries
	}
	return max(maxDeliveries, w.Faults+3)
}

// collect settles with the queue what attempts have come to that have ended.
func (w *world) collect() {
	for i := 0; i < len(w.live) && !w.halted(); {
		a := w.live[i]
		if a.stage != ended {
			i++
			continue
		}
		w.leaves(a)
		a.env.current.Store(nil)
		w.outcome(a)
		w.wake()
		i = 0
	}
}

// outcome settles one attempt that has ended.
func (w *world) outcome(a *attempt) {
	switch l := a.letter; {
	case a.exited:
		w.give("the handler called runtime.Goexit in delivery %d of %s, as t.FailNow, t.Fatal and require do: return an error instead", a.delivery, l.name())
	case a.panicked != nil:
		w.note(line{kind: outcome, by: a, text: fmt.Sprintf("panics: %v; the process dies", a.panicked)})
		w.kill(a.env)
		w.again(a)
	case a.err != nil:
		w.note(line{kind: outcome, by: a, text: "returns an error, nack: " + a.err.Error()})
		w.again(a)
	case a != l.newest:
		w.note(line{kind: outcome, by: a, text: "returns nil, too late: the message has been handed out again"})
		l.settled = l.settled || w.Queue.StaleAckCounts
	default:
		w.acked(a)
	}
	if a.env.leaving && !a.env.dead.Load() {
		w.kill(a.env)
	}
}

// acked decides what becomes of the ack of an attempt.
func (w *world) acked(a *attempt) {
	p := &place{kind: ack, text: "ack", n: a.steps + 1, by: a}
	a.at = p
	switch f := w.decide(a, p); f {
	case Crash:
		w.note(line{kind: struck, by: a, at: p, fault: f, text: "CRASHES before its ack"})
		w.kill(a.env)
		w.again(a)
	case LoseAck:
		w.note(line{kind: struck, by: a, at: p, fault: f, text: faultRows[f].deed})
		w.again(a)
	case Copy:
		w.note(line{kind: outcome, by: a, at: p, text: "returns nil, ack"})
		a.letter.settled = true
		l := &letter{message: a.letter.message, copy: w.copies(a.letter.message)}
		w.letters = append(w.letters, l)
		w.ready = append([]*letter{l}, w.ready...)
		w.note(line{kind: struck, by: a, at: p, fault: f, text: "a second COPY of " + a.letter.name() + " arrives, " + l.name()})
	default:
		w.note(line{kind: outcome, by: a, at: p, text: "returns nil, ack"})
		a.letter.settled = true
	}
}

// copies counts the letters of a message.
func (w *world) copies(message int) (n int) {
	for _, l := range w.letters {
		if l.message == message {
			n++
		}
	}
	return n
}

// again brings a message back that was not acked.
func (w *world) again(a *attempt) {
	l := a.letter
	if l.settled || a != l.newest {
		return
	}
	if l.deliveries >= w.maxDeliveries() {
		if w.Queue.MaxDeliveries > 0 {
			l.settled = true
			w.note(line{kind: outcome, by: a, text: l.name() + " goes to the dead-letter queue after " + plural(l.deliveries, "delivery")})
			return
		}
		w.fail("%s was delivered %d times and is not done: the last delivery %s", l.name(), l.deliveries, a.reason())
		return
	}
	if w.Queue.Ordered || len(w.ready) == 0 {
		w.ready = append([]*letter{l}, w.ready...)
	} else {
		w.ready = append(w.ready, l)
	}
}

// reason says why an attempt did not settle its message.
func (a *attempt) reason() string {
	switch {
	case a.panicked != nil:
		return fmt.Sprintf("panicked: %v", a.panicked)
	case a.err != nil:
		return fmt.Sprintf("returned %q", a.err.Error())
	}
	return "was not acked"
}
