package story

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// WireState is where an attempt stands.
type WireState uint8

// The states of a wire. Up to Frozen the worker has something to do.
const (
	Expecting WireState = iota // a delivery is on its way to the worker
	Working
	Frozen
	AckTaken     // the queue knows that it is done
	AckLost      // the ack did not arrive
	AckLate      // it arrived, and changed nothing
	GivenBack    // the worker failed, and said so
	WorkerDied   // in the middle of it
	ParkedAtEnd  // given back once too often
	DroppedAtEnd // the same, where there is no dead-letter queue
	Silent       // the attempt had acked before, and ended without a word
)

// Wire is what a worker does, or did last: one delivery of one broker message on
// its way from the queue to the worker and back.
type Wire struct {
	Worker   int // from 0
	Name     string
	Owed     int
	Receipt  broker.Receipt
	Delivery int
	Because  string // why it was delivered again, "" for the first time
	State    WireState
	// Early is what became of an ack that the attempt sent before it was through:
	// AckTaken, AckLost or AckLate; Expecting, if it has sent none.
	Early WireState
	Since time.Duration
	// Hidden is how long the message stays hidden from the others, of all the time
	// that it was to be; both are 0 where it is not hidden by a timer.
	Hidden, HiddenOf time.Duration
	// Last is the last event of the attempt so far: its delivery, if nothing else
	// has happened. Next is the one that comes with the next step, or -1.
	Last, Next int
}

// wire finds what each worker does, or did last: those at work first, then those
// whose attempt ended last. While something moves, those count as at work to whom
// something is on its way.
func (v *LaneView) wire(moves bool) {
	v.Wires = v.Wires[:0]
	for worker := range v.hands {
		if e := v.expects(worker); moves && e >= 0 {
			v.Wires = append(v.Wires, v.expecting(worker, e))
			continue
		}
		hand := v.hands[worker]
		n, _ := slices.BinarySearchFunc(hand, v.Events, func(a int32, events int) int {
			return yesNo(v.attempts[a].begins() < events, -1, 1)
		})
		if n == 0 {
			continue
		}
		a := &v.attempts[hand[n-1]]
		w := Wire{
			Worker: worker, Name: a.name, Owed: a.owed, Receipt: a.receipt, Delivery: int(a.receipt.Delivery),
			Since: a.at, Last: a.begins(), Next: -1,
		}
		for _, i := range a.events {
			if i >= v.Events {
				if i < v.Coming {
					w.Next = i
				}
				break
			}
			w.Last = i
			if l := v.event(i); l.Op == sim.OpAck && !l.Finished {
				w.Early = v.early(l)
			}
		}
		w.Because = v.because(a.delivery)
		v.judge(&w)
		v.Wires = append(v.Wires, w)
	}
	slices.SortStableFunc(v.Wires, func(a, b Wire) int {
		if x, y := a.State <= Frozen, b.State <= Frozen; x != y {
			return yesNo(x, -1, 1)
		} else if x {
			return 0
		}
		return b.Last - a.Last
	})
}

// expects returns the delivery to a worker that comes with the next step, or -1.
func (v *LaneView) expects(worker int) int {
	for i := v.Events; i < v.Coming; i++ {
		if e := v.event(i); e.Kind == sim.Deliver && int(e.Worker) == worker {
			return i
		}
	}
	return -1
}

// expecting is the wire of a worker to whom a delivery is on its way.
func (v *LaneView) expecting(worker, delivery int) Wire {
	e := v.event(delivery)
	return Wire{
		Worker: worker, Name: v.Name(e), Owed: v.owedOf(delivery), Receipt: e.Receipt, Delivery: int(e.Receipt.Delivery),
		Because: v.because(delivery), State: Expecting, Since: e.At, Last: delivery, Next: delivery,
	}
}

// because says why a delivery is not the first, in a few words.
func (l *Lane) because(delivery int) string {
	if delivery < 0 || l.event(delivery).Receipt.Delivery < 2 || l.event(delivery).Cause < 0 {
		return ""
	}
	c := l.event(int(l.event(delivery).Cause))
	switch {
	case l.event(delivery).Relayed() && c.Kind != sim.Retry:
		return "the relay " + yesNo(c.Kind == sim.Restart, "was restarted", "crashed")
	case l.event(delivery).Relayed():
		return "there was an error"
	case c.Kind.EndsWait() && c.Cause >= 0:
		return l.blame(l.event(int(c.Cause)))
	case c.Kind.EndsWait():
		return "it took too long"
	case c.Kind == sim.Undelay || c.Op == sim.OpReturn && c.Kind == sim.Step:
		return "it was given back"
	}
	return l.blame(c)
}

// begins is the event with which an attempt began.
func (a *attempt) begins() int {
	if a.delivery < 0 && len(a.events) > 0 {
		return a.events[0]
	}
	return a.delivery
}

// judge says where an attempt stands after its last event.
func (v *LaneView) judge(w *Wire) {
	e := &v.Run.Events()[w.Last]
	switch {
	case e.Kind == sim.Crash || e.Kind == sim.Restart || e.Op == sim.OpPanic:
		w.State = WorkerDied
	case v.freezes(e):
		w.State = Frozen
	case !e.Finished:
		w.State = Working
	case e.Kind == sim.LoseAck:
		w.State = AckLost
	case changesNothing(e):
		w.State = AckLate
	case e.Reply == sim.Returned:
		w.State = GivenBack
	case e.Reply == sim.Buried:
		w.State = ParkedAtEnd
	case e.Reply == sim.Discarded:
		w.State = DroppedAtEnd
	case e.Reply == sim.Taken || e.Reply == sim.NotYet:
		w.State = AckTaken
	default:
		w.State = Silent
	}
}

// early says what became of an ack that did not end its attempt.
func (v *LaneView) early(e *sim.Event) WireState {
	switch {
	case e.Kind == sim.LoseAck:
		return AckLost
	case e.Kind != sim.Step:
		return Expecting
	case changesNothing(e):
		return AckLate
	}
	return AckTaken
}

// changesNothing reports whether an ack or nack came too late for the queue.
func changesNothing(e *sim.Event) bool {
	switch e.Reply {
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return true
	case sim.Taken:
		return e.Late == sim.AfterDone
	}
	return false
}

// drain works out how long the message of each wire stays hidden from now.
func (v *LaneView) drain(now time.Duration) {
	for i := range v.Wires {
		w := &v.Wires[i]
		w.Hidden, w.HiddenOf = 0, 0
		if n := int(w.Receipt.Msg); w.Receipt.Row == 0 && v.World.Queue().Deliveries(n) == w.Delivery && v.hides(n) {
			w.Hidden, w.HiddenOf = v.Hidden(n, now), v.Run.Lane.Queue.Visibility
		}
	}
}

// hides reports whether a message is in flight, and hidden by a timer.
func (v *LaneView) hides(n int) bool {
	return v.Run.Lane.Queue.Timed() && v.World.Queue().State(n) == broker.InFlight
}

// Hidden returns how long a message stays hidden from now, or 0 if it does not, or
// not by a timer. With a heartbeat it does for as long as its worker is at it.
func (v *LaneView) Hidden(n int, now time.Duration) time.Duration {
	if !v.hides(n) {
		return 0
	}
	q := &v.Run.Lane.Queue
	r := broker.Receipt{Msg: int32(n), Delivery: int32(v.World.Queue().Deliveries(n))}
	a, known := v.by(r)
	if !known {
		return 0
	}
	since := a.at
	if q.Heartbeat {
		i := slices.IndexFunc(v.Wires, func(w Wire) bool { return w.Receipt == r })
		if i >= 0 && v.Wires[i].State < Frozen {
			return q.Visibility
		}
		if end := v.lastOf(a); end >= 0 {
			since = v.event(end).At
		}
	}
	return max(since+q.Visibility-now, 0)
}

// lastOf returns the last event of an attempt that had happened, or -1.
func (v *LaneView) lastOf(a *attempt) int {
	last := a.delivery
	for _, i := range a.events {
		if i < v.Events {
			last = i
		}
	}
	return last
}
