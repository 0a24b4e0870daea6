package story

import (
	"cmp"
	"math"
	"slices"
)

// putInOrder moves a stop from where the last lane comes to it to where the first does,
// if what follows from it in some lane would be told before it.
func (s *Story) putInOrder() {
	lanes := make([]following, len(s.Lanes))
	for k := range lanes {
		lanes[k] = s.following(k)
		s.pace.did(len(s.stops))
	}
	for i := range s.stops {
		p := &s.stops[i]
		if p.Kind != AtAgain && p.Kind != AtNotice && p.Kind != AtFault {
			continue
		}
		first, told := p.Step, false
		for k, e := range p.Event {
			if e >= 0 {
				first = min(first, s.stepOf(k, e))
				told = told || lanes[k].first(i) < p.Step
			}
		}
		if !told {
			continue
		}
		p.Step = first
		for k, e := range p.Event {
			if e >= 0 {
				lanes[k].put(i, first)
			}
		}
	}
}

// following answers, for a stop in one lane, with which step the first is told of those
// that follow from it: they are about the same and come after it, or are the harm that
// it does. A story has as many stops as a run has deliveries, so it is a tree: the least
// step of each half, of each half of that, and so on.
type following struct {
	place []int32 // by stop: where it stands when all are sorted by what follows from what
	after []int32 // ... where those begin that follow
	end   []int32 // ... and where those end that are about the same
	least []int   // steps; the leaves are the last half
}

// following sorts the stops of a lane.
func (s *Story) following(lane int) following {
	n := len(s.stops)
	f := following{place: make([]int32, n), after: make([]int32, n), end: make([]int32, n)}
	var order []int32
	for i := range s.stops {
		if s.stops[i].Event[lane] >= 0 {
			order = append(order, int32(i))
		}
	}
	by := func(a, b int32) int {
		p, o := &s.stops[a], &s.stops[b]
		return cmp.Or(cmp.Compare(p.Owed, o.Owed), cmp.Compare(p.Event[lane], o.Event[lane]), cmp.Compare(p.Kind, o.Kind))
	}
	slices.SortStableFunc(order, by)
	f.least = make([]int, 2*len(order))
	after, end := int32(len(order)), int32(len(order))
	for at := len(order) - 1; at >= 0; at-- {
		i := order[at]
		if at+1 < len(order) {
			next := order[at+1]
			if by(i, next) != 0 {
				after = int32(at + 1)
			}
			if s.stops[i].Owed != s.stops[next].Owed {
				end = int32(at + 1)
			}
		}
		f.place[i], f.after[i], f.end[i] = int32(at), after, end
		f.least[len(order)+at] = s.stops[i].Step
	}
	for at := len(order) - 1; at > 0; at-- {
		f.least[at] = min(f.least[2*at], f.least[2*at+1])
	}
	return f
}

// first returns the first step with which something is told that follows from a stop.
func (f *following) first(stop int) int {
	n, least := int32(len(f.least)/2), math.MaxInt
	for from, to := f.after[stop]+n, f.end[stop]+n; from < to; from, to = from/2, to/2 {
		if from%2 == 1 {
			least = min(least, f.least[from])
			from++
		}
		if to%2 == 1 {
			to--
			least = min(least, f.least[to])
		}
	}
	return least
}

// put says that a stop is told with an earlier step.
func (f *following) put(stop, step int) {
	for at := int(f.place[stop]) + len(f.least)/2; at > 0; at /= 2 {
		f.least[at] = min(f.least[at], step)
	}
}
