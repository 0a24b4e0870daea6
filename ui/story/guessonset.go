package story

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim"
)

// onset is how a harm comes about in one lane.
type onset struct {
	*Lane
	lane  int
	stop  *Stop
	mark  *Mark
	deed  int   // event: the effect too many, or -1
	brink int   // the step just before the harm, in any lane
	came  cause // of the attempt that brings it, see bringer
	woken bool  // an older attempt does the harm: one that was given up, and goes on
	again int   // which attempt brings it, or -1: see bringer
}

// bringer returns the attempt that brings the harm: the last to be delivered. There is
// none where what is owed was delivered once, or never.
func (o *onset) bringer() (a *attempt, known bool) {
	if o.again < 0 {
		return &nobody, false
	}
	return &o.attempts[o.again], true
}

// cause is what brought an attempt.
type cause uint8

const (
	byNobody  cause = iota // it is the first, or nobody knows
	byLostAck              // the worker was done, and the queue did not hear of it
	byCrash
	byPause   // the worker froze
	byWork    // the worker took too long
	byNack    // the worker gave it back
	byCopy    // of the network
	byPublish // the producer published it again, under the same message ID
	byNewID   // ... under a new one
)

// kinds returns what is best asked about a harm that comes about like this, the
// best first.
func (o *onset) kinds() []QuestionKind {
	_, brought := o.bringer()
	switch {
	case o.mark.Kind != Again && !brought:
		return []QuestionKind{AskWhere}
	case o.mark.Kind != Again:
		return []QuestionKind{AskStore, AskLine, AskWhere}
	case o.woken:
		return []QuestionKind{AskLane, AskQueue, AskStore, AskLine}
	case o.came == byCrash:
		return []QuestionKind{AskStore, AskLine, AskQueue, AskLane}
	case o.came == byCopy:
		return []QuestionKind{AskLine, AskQueue, AskLane, AskStore}
	case o.came == byNewID:
		return []QuestionKind{AskStore, AskQueue, AskLane, AskLine}
	}
	return []QuestionKind{AskQueue, AskStore, AskLane, AskLine}
}

// onsets returns how each harm comes about, in the order of the stops at them, in
// every lane that has part in it.
func (s *Story) onsets() [][]onset {
	var all [][]onset
	for i := range s.stops {
		p := &s.stops[i]
		if p.Kind != AtHarm || len(all) == maxOnsets {
			continue
		}
		var harms []onset
		brink := p.Step
		for k := range s.Lanes {
			if o, does := s.onset(p, k); does {
				harms = append(harms, o)
				brink = min(brink, s.stepOf(k, yesNo(o.deed >= 0, o.deed, o.mark.Event))-1)
			}
		}
		for i := range harms {
			harms[i].brink = brink
		}
		if len(harms) > 0 {
			all = append(all, harms)
		}
	}
	return all
}

// onset returns how the harm that a stop is at comes about in the k-th lane, if that
// lane does it.
func (s *Story) onset(p *Stop, k int) (o onset, does bool) {
	l := s.Lanes[k]
	o = onset{Lane: l, lane: k, stop: p, deed: -1, again: -1}
	n := slices.IndexFunc(l.marks, func(m Mark) bool { return m.Event == p.Event[k] && m.Owed == p.Owed && m.Kind != Done })
	if n < 0 {
		return o, false
	}
	if o.mark = &l.marks[n]; o.mark.Kind == Again {
		o.twice()
	} else {
		o.lost()
	}
	if a, known := o.bringer(); known {
		o.came = o.brought(a)
	}
	return o, true
}

// twice finds the attempts of the effect too many and of the one before it. The
// later of the two is what brings the harm, whichever of them does it.
func (o *onset) twice() {
	this, other := -1, -1
	for k := range o.attempts {
		if a := &o.attempts[k]; a.owed == o.mark.Owed {
			for _, i := range a.events {
				switch o.effect[i] {
				case o.mark.Nth:
					this, o.deed = k, i
				case o.mark.Nth - 1:
					other = k
				}
			}
		}
	}
	switch {
	case this < 0 || other < 0 || this == other:
	case o.attempts[this].relayed() || o.attempts[other].relayed(): // the queue has no part in it
	case o.attempts[other].begins() > o.attempts[this].begins():
		o.again, o.woken = other, true
	default:
		o.again = this
	}
}

// lost finds the last attempt at what never took effect, if it was not the first.
func (o *onset) lost() {
	last := -1
	for k := range o.attempts {
		if a := &o.attempts[k]; a.owed == o.mark.Owed && a.begins() <= o.mark.Event {
			last = k
		}
	}
	if last < 0 {
		return
	}
	if a := &o.attempts[last]; a.receipt.Delivery > 1 || o.isCopy(o.event(a.begins())) {
		o.again = last
	}
}

// brought returns why an attempt was delivered.
func (l *Lane) brought(a *attempt) cause {
	events := l.Run.Events()
	if a.delivery < 0 || events[a.delivery].Cause < 0 {
		return byNobody
	}
	c := &events[events[a.delivery].Cause]
	switch c.Kind {
	case sim.Copy:
		return byCopy
	case sim.Republish, sim.Redrive:
		return byPublish
	case sim.RepublishAs, sim.RedriveAs:
		return byNewID
	case sim.Publish, sim.ForgetAck:
		return byNobody // no worker's doing: there is nothing to be wrong about
	case sim.TimeOut, sim.CutOff:
		if c.Cause < 0 {
			return byWork
		}
		c = &events[c.Cause]
	case sim.Undelay:
		return byNack
	}
	switch {
	case c.Kind == sim.LoseAck:
		return byLostAck
	case c.Kind == sim.Crash || c.Kind == sim.Restart || c.Op == sim.OpPanic:
		return byCrash
	case l.freezes(c):
		return byPause
	case c.Reply == sim.Returned:
		return byNack
	}
	return byWork
}

// eve returns the place just before the attempt that leads to the harm is to be
// seen: before it is delivered in any lane or, where a deadline passes at the same
// instant and brings it, before that.
func (s *Story) eve(o *onset) int {
	a, known := o.bringer()
	if !known {
		return o.brink
	}
	n := o.brink
	for k, l := range s.Lanes {
		b, came := l.find(a.name, a.receipt.Delivery, a.relayed())
		if !came || (b.at-a.at).Abs() > together {
			continue
		}
		at := b.begins()
		n = min(n, s.stepOf(k, at)-1)
		events := l.Run.Events()
		c := events[at].Cause
		if c >= 0 && events[at].Kind == sim.Deliver && events[c].At == events[at].At && order(events[c].Kind) == order(sim.TimeOut) {
			n = min(n, s.stepOf(k, int(c))-1)
		}
	}
	return n
}

// imminent returns the attempt that leads to the harm, and whether it is the next that
// its lane makes of its message after a step: else nobody would know which is meant.
func (s *Story) imminent(o *onset, step int) (a *attempt, is bool) {
	a, known := o.bringer()
	if !known {
		return a, false
	}
	q, r := o.Run.At(s.Upto(step, o.lane)).Queue(), a.receipt
	n := int(r.Msg)
	return a, n < q.Len() && q.State(n) != broker.Unpublished && q.Deliveries(n) == int(r.Delivery)-1
}
