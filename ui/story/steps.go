package story

import (
	"slices"
	"time"

	"dejavu/sim"
)

// findSteps merges the events of all lanes into steps. A step is one instant of
// virtual time in all lanes. What falls on the same instant comes in steps one
// after the other, in the order in which it happened; what is the same for all,
// such as the n-th delivery of a message, is one step in all of them, however long
// their handlers are.
func (s *Story) findSteps() {
	next := make([]int32, len(s.Lanes))
	s.upto = append(s.upto, next...)
	for {
		lead := s.leader(next)
		if lead < 0 {
			return
		}
		first := s.Lanes[lead].event(int(next[lead]))
		for k, l := range s.Lanes {
			if k != lead && s.together(lead, first, l, l.event(int(next[k]))) {
				next[k]++
			}
		}
		next[lead]++
		s.pace.did(len(s.Lanes))
		s.steps = append(s.steps, first.At)
		s.upto = append(s.upto, next...)
	}
}

// event returns the i-th event of a lane, or nil after the last.
func (l *Lane) event(i int) *sim.Event {
	if i < 0 || i >= l.Run.Len() {
		return nil
	}
	return &l.Run.Events()[i]
}

// leader returns the lane whose next event is the earliest, or -1.
func (s *Story) leader(next []int32) int {
	lead, first := -1, (*sim.Event)(nil)
	for k, l := range s.Lanes {
		e := l.event(int(next[k]))
		if e == nil {
			continue
		}
		sooner := first == nil || e.At < first.At
		if !sooner && e.At == first.At {
			a, b := order(e.Kind), order(first.Kind)
			sooner = a < b || a == b && a > atWork && e.Msg < first.Msg
		}
		if sooner {
			lead, first = k, e
		}
	}
	return lead
}

// together reports whether an event of another lane belongs to the step of the
// first: all that workers do at an instant does, and the rest if it is the same.
func (s *Story) together(lead int, first *sim.Event, l *Lane, e *sim.Event) bool {
	if e == nil || e.At != first.At || order(e.Kind) != order(first.Kind) {
		return false
	}
	return order(e.Kind) == atWork ||
		e.Kind == first.Kind && e.Relayed() == first.Relayed() && e.Receipt.Delivery == first.Receipt.Delivery && l.Run.Name(e) == s.Lanes[lead].Run.Name(first)
}

// atWork is the order of what workers do.
const atWork = 0

// order is in which order things happen that happen at the same instant: see
// sim.Timeline.
func order(k sim.Kind) int {
	switch k {
	case sim.Restart, sim.StoreDown, sim.StoreUp, sim.LoseWrites, sim.ForgetAck:
		return 1
	case sim.TimeOut, sim.CutOff, sim.Undelay, sim.Retry, sim.Forget, sim.Expire:
		return 2
	case sim.Publish, sim.Copy, sim.Republish, sim.RepublishAs, sim.Redrive, sim.RedriveAs:
		return 3
	case sim.Deliver:
		return 4
	}
	return atWork
}

// Steps returns how many steps the story has. A place in it is a number of steps
// that were taken, from 0 to Steps.
func (s *Story) Steps() int { return len(s.steps) }

// When returns the instant of the n-th step, from 1; that of 0 is the beginning.
func (s *Story) When(n int) time.Duration {
	if n <= 0 || len(s.steps) == 0 {
		return 0
	}
	return s.steps[min(n, len(s.steps))-1]
}

// StepAt returns how many steps were taken by an instant, what falls on it
// included.
func (s *Story) StepAt(at time.Duration) int {
	n, _ := slices.BinarySearch(s.steps, at+1)
	return n
}

// Upto returns how many events of a lane had happened after n steps.
func (s *Story) Upto(n, lane int) int { return int(s.upto[n*len(s.Lanes)+lane]) }

// stepOf returns the step with which an event of a lane came, from 1.
func (s *Story) stepOf(lane, event int) int {
	lo, hi := 1, len(s.steps)
	for lo < hi {
		if mid := (lo + hi) / 2; s.Upto(mid, lane) > event {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
