package sim

import (
	"slices"

	"dejavu/broker"
)

// posted offers, now or after their delay, the rows of the outbox that were committed
// or given back.
func (t *Timeline) posted() {
	for _, p := range t.world.moves {
		if p.state == broker.Ready {
			t.rows.push(offer{t.now, p.msg})
			continue
		}
		wait := t.lane.Queue.Delay(int(p.tries))
		t.push(due{at: t.now + int64(wait), class: classDeadline, kind: Retry, msg: p.msg, fault: -1})
	}
}

// relay hands the row that has waited longest to the relay, if that is idle.
func (t *Timeline) relay() bool {
	i := t.world.relay
	if t.world.workers[i].node != 0 || t.hands[i].free > t.now || t.world.down {
		return false
	}
	n := int(t.rows.pop().msg)
	at := t.world.postedAs(n, broker.Ready)
	if at < 0 { // a failover has lost it
		return t.deliver()
	}
	if t.world.outbox[at].tries >= MaxDeliveries {
		t.ending = TooDeliveries
		return false
	}
	if t.spent() {
		return false
	}
	if more := n + 1 - len(t.relayed); more > 0 {
		t.relayed = append(slices.Grow(t.relayed, more), make([]int32, more)...)
	}
	t.relayed[n]++
	t.do(Action{Kind: Deliver, Msg: int32(n), Worker: int8(i)}, -1)
	return true
}

// nth returns which attempt at a message a worker begins, as a plan counts them: the
// deliveries of the message or, of the relay, all that it was handed of it.
func (t *Timeline) nth(i int) int {
	r := t.hands[i].attempt
	if i == t.world.relay {
		return int(t.relayed[r.Msg])
	}
	return int(r.Delivery)
}

// AtEffect reports whether a fault strikes where the effect is: at the relay, if the
// consumer has one. All other faults strike its handler.
func (f *Fault) AtEffect() bool {
	switch f.Kind {
	case CrashFault, PauseFault:
		return outside(f.Before + f.After)
	case FailFault, LoseReplyFault:
		return f.Step == "" || outside(f.Step)
	case SlowFault:
		return true
	}
	return false
}

// outside reports whether a point is at the receiver of the effect.
func outside(point string) bool {
	for o := OpHas; o < opCount; o++ {
		if o.String() == point {
			return o.Place() == Outside
		}
	}
	return point == PointEffect
}

// strikesHere reports whether a fault strikes the attempts of a worker.
func (t *Timeline) strikesHere(f *Fault, i int) bool {
	return t.world.relay == broker.None || f.AtEffect() == (i == t.world.relay)
}
