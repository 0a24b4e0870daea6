package story

import (
	"time"

	"dejavu/sim"
)

// findSteps merges the events of all lanes into steps. A step is one instant of
// virtual time in all lanes. What falls on the same instant comes in steps one
// after the other, in the order in which it happened; what is the same for all,
// such as the n-th delivery of a message, is one step in all of them, however long
// their handlers are.
//
// What becomes of a delivery is the same for all as well: an effect, and then an ack. A
// lane that is ahead waits there for the others, if nothing else happens in it meanwhile.
// So ledgers that agree are not seen to differ for a hundredth of a second, and where one
// lane charges again, the ack of the other is still on its way home.
func (s *Story) findSteps() {
	next := make([]int32, len(s.Lanes))
	s.upto = append(s.upto, next...)
	for _, l := range s.Lanes {
		l.findPlaces()
	}
	waits := make([]bool, len(s.Lanes))
	for {
		for k := range s.Lanes {
			waits[k] = s.waits(k, next)
		}
		lead := s.leader(next, waits)
		if lead < 0 {
			return
		}
		if late := s.overdue(next, waits, lead); late >= 0 {
			lead = late
		}
		i := int(next[lead])
		first := s.Lanes[lead].Event(i)
		now := max(first.At, s.When(s.Steps()))
		from := now
		for k, l := range s.Lanes {
			e := l.Event(int(next[k]))
			if e == nil || k == lead || waits[k] {
				continue
			}
			if s.together(lead, first, l, e) || e.At <= from+moment && s.abreast(s.Lanes[lead], i, l, int(next[k])) {
				now = max(now, e.At)
				next[k]++
			}
		}
		next[lead]++
		s.pace.did(len(s.Lanes))
		s.steps = append(s.steps, now)
		s.upto = append(s.upto, next...)
	}
}

// leader returns the lane whose next event is the earliest of those that do not wait, or
// of all if all do; -1 where nothing is left.
func (s *Story) leader(next []int32, waits []bool) int {
	lead, first := -1, (*sim.Event)(nil)
	for k, l := range s.Lanes {
		e := l.Event(int(next[k]))
		if e == nil || first != nil && waits[k] && !waits[lead] {
			continue
		}
		sooner := first == nil || waits[lead] && !waits[k] || e.At < first.At
		if !sooner && e.At == first.At {
			a, b := e.Kind.Order(), first.Kind.Order()
			sooner = a < b || a == b && a > atWork && e.Msg < first.Msg
		}
		if sooner {
			lead, first = k, e
		}
	}
	return lead
}

// overdue returns the lane that has waited for longer than anybody should, or -1: one lane
// waits for a second, and the second for a third.
func (s *Story) overdue(next []int32, waits []bool, lead int) int {
	late, now := -1, s.Lanes[lead].Event(int(next[lead])).At
	for k, l := range s.Lanes {
		if !waits[k] {
			continue
		}
		e, most := l.Event(int(next[k])), 2*moment
		if _, toAck, _ := l.comes(int(next[k])); toAck {
			most = patience
		}
		if now > e.At+most && (late < 0 || e.At < s.Lanes[late].Event(int(next[late])).At) {
			late = k
		}
	}
	return late
}

// together reports whether an event of another lane belongs to the step of the
// first: all that workers do at an instant does, and the rest if it is the same.
func (s *Story) together(lead int, first *sim.Event, l *LaneStory, e *sim.Event) bool {
	if e.At != first.At || e.Kind.Order() != first.Kind.Order() {
		return false
	}
	return e.Kind.Order() == atWork ||
		e.Kind == first.Kind && e.Relayed() == first.Relayed() && e.Receipt.Delivery == first.Receipt.Delivery && l.Run.Name(e) == s.Lanes[lead].Run.Name(first)
}

// atWork is the order of what workers do.
const atWork = 0

// moment is how far apart things are that are seen at one time, and patience how long an
// ack waits to be seen until the effect of another lane is.
const (
	moment   = 100 * time.Millisecond
	patience = 1200 * time.Millisecond
)

// place is an attempt as it is the same in all lanes.
type place struct {
	name     string
	delivery int32
	relayed  bool
}

func (a *Attempt) place() place { return place{a.Name, a.Receipt.Delivery, a.Relayed()} }

// findPlaces finds what each attempt comes to: its effect, and its ack.
func (l *LaneStory) findPlaces() {
	settles, several := map[int]bool{}, len(l.Run.Lane.Business.Parts()) > 1
	for i, nth := range l.effects.Nth {
		if nth > 0 {
			settles[int(l.effects.Settled[i])] = true
		}
	}
	l.places = map[place]*Attempt{}
	for k := range l.Attempts {
		a := &l.Attempts[k]
		l.pace.did(len(a.Events))
		l.places[a.place()] = a
		a.effect, a.ack = -1, -1
		for _, i := range a.Events {
			e := l.Event(i)
			if settles[i] && (a.effect < 0 || several) { // of several effects the last: then all is done
				a.effect = i
			}
			if e.Finished && !e.Failed && (e.Op == sim.OpReturn || e.Op == sim.OpAck) && (e.Kind == sim.Step || e.Kind == sim.LoseAck) {
				a.ack = i
			}
		}
	}
}

// comes returns the attempt that comes to its effect or to its ack with an event, and
// whether it is the ack.
func (l *LaneStory) comes(event int) (a *Attempt, toAck, does bool) {
	a, known := l.of(event)
	return a, event == a.ack, known && (event == a.effect || event == a.ack)
}

// sent is Upto with an ack that is on its way: it waits to be seen.
func (s *Story) sent(n, lane int) int {
	l, upto := s.Lanes[lane], s.Upto(n, lane)
	if _, toAck, _ := l.comes(upto); toAck && l.Event(upto).At < s.When(n) {
		upto++
	}
	return upto
}

// abreast reports whether two lanes come to the same with the same delivery.
func (s *Story) abreast(l *LaneStory, event int, o *LaneStory, other int) bool {
	a, toAck, does := l.comes(event)
	b, too, also := o.comes(other)
	return does && also && toAck == too && a.place() == b.place()
}

// waits reports whether a lane waits with its next event for what another lane is at.
func (s *Story) waits(k int, next []int32) bool {
	l, i := s.Lanes[k], int(next[k])
	a, toAck, does := l.comes(i)
	if !does {
		return false
	}
	for j, o := range s.Lanes {
		b, known := o.places[a.place()]
		if j == k || !known {
			continue
		}
		goal, most := b.effect, moment
		if toAck && b.effect >= int(next[j]) {
			most = patience
		} else if toAck {
			goal = b.ack
		}
		if goal < int(next[j]) || goal == int(next[j]) && (goal == b.ack) == toAck {
			continue // that has happened, or happens with this
		}
		if at := o.Event(goal).At; at <= l.Event(i).At+most && l.idles(i, at) {
			return true
		}
	}
	return false
}

// idles reports whether nothing happens in a lane from an event on to an instant, but in
// the same attempt.
func (l *LaneStory) idles(event int, at time.Duration) bool {
	r := l.Event(event).Receipt
	for i := event + 1; i < l.Run.Len() && l.Event(i).At <= at; i++ {
		if l.Event(i).Receipt != r {
			return false
		}
	}
	return true
}
