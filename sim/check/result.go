package check

import (
	"fmt"
	"math"

	"dejavu/sim"
)

// Result is what a search has found.
type Result struct {
	NeverTwice Verdict
	NeverLost  Verdict
	NeverStuck Verdict
	// States is how many worlds were met that differ in anything that matters.
	States int
	// Bytes is what they took.
	Bytes int
	// Schedules is in how many ways all work can be done with at most UpTo faults,
	// within the bounds: the runs that the states stand for. It is exact up to 2^53;
	// +Inf if there is no end to them, or more than a float64 can say.
	Schedules float64
	// Bounds are the options that the search ran with, defaults filled in.
	Bounds Options
	// Finished says that the search came to its end: no bound on states or memory,
	// and nobody, stopped it. It ends early when all that was asked for is broken.
	Finished bool
	// NoPlace are the kinds of fault that were asked for and that nothing within the
	// bounds gave a place to: they were tried nowhere. It is known when all is searched.
	NoPlace []Kind
	// UpTo is the number of faults of which everything was tried; -1 if not even
	// what happens without any.
	UpTo int
}

// Verdict is what a search found about one property.
type Verdict struct {
	// Holds says that nothing breaks it within the bounds.
	Holds bool
	// Finished says that this is decided: it holds, or there is a counterexample. If
	// not, the search was stopped before it knew.
	Finished bool
	// Counterexample is the shortest way to break it: the fewest faults, and among
	// those the fewest actions. It is nil if none was found.
	Counterexample *Trace
}

// Of returns the verdict on a property.
func (r *Result) Of(p sim.Property) *Verdict {
	return [...]*Verdict{&r.NeverTwice, &r.NeverLost, &r.NeverStuck}[p]
}

// String says in a line how far the search went: 15741 states, up to 2 faults.
func (r *Result) String() string {
	text := fmt.Sprintf("%d states", r.States)
	if !r.Finished {
		text = "not finished: " + text
	}
	switch r.UpTo {
	case -1:
		return text + ", not all that happens without faults"
	case 0:
		return text + ", without faults"
	case 1:
		return text + ", up to 1 fault"
	}
	return fmt.Sprintf("%s, up to %d faults", text, r.UpTo)
}

// OutOfMemory reports whether it was the bound on memory that stopped the search.
func (r *Result) OutOfMemory() bool { return !r.Finished && r.Bytes > r.Bounds.MaxBytes }

// Result returns what has been found so far. To count the schedules and to find the
// traces takes as long as a slice or two: for progress ask States and Budget.
func (s *Search) Result() *Result {
	r := &Result{
		States: len(s.states), Bytes: s.Bytes(), Bounds: s.opts, Finished: s.finished, UpTo: s.complete - 1,
	}
	if s.err != nil {
		return r
	}
	r.Schedules = s.schedules(r.UpTo)
	if s.complete > s.opts.Faults && s.opts.Faults > 0 {
		for i, k := range s.opts.Kinds {
			if s.came&(1<<i) == 0 {
				r.NoPlace = append(r.NoPlace, k)
			}
		}
	}
	for p := range sim.Property(propertyCount) {
		v := r.Of(p)
		if s.broken[p] {
			v.Finished, v.Counterexample = true, s.trace(p)
			continue
		}
		v.Holds = s.complete > s.opts.Faults
		v.Finished = v.Holds
	}
	return r
}

// schedules counts the ways from the beginning to a quiet state, with up to so many
// faults. From a state with so many faults to come there are as many ways as from
// all that can follow, and one more if it is quiet.
//
//go:norace
func (s *Search) schedules(faults int) float64 {
	order, ok := s.order(faults)
	if !ok {
		return math.Inf(1)
	}
	var ways, before []float64 // by state, with so many faults to come, and with one less
	for left := 0; left <= faults; left++ {
		ways, before = make([]float64, len(s.states)), ways
		for _, n := range order {
			st := &s.states[n]
			if st.quiet {
				ways[n] = 1
			}
			for _, to := range s.edges[st.free : st.free+uint32(st.nFree)] {
				ways[n] += ways[to]
			}
			if left == 0 || n >= s.below(faults) {
				continue
			}
			for _, to := range s.edges[st.faulty : st.faulty+uint32(st.nFault)] {
				ways[n] += before[to]
			}
		}
	}
	if len(ways) == 0 {
		return 0
	}
	return ways[0]
}

// below returns the number of states that need fewer faults than n.
func (s *Search) below(n int) uint32 {
	if n < len(s.levels) {
		return s.levels[n]
	}
	return uint32(len(s.states))
}

// order returns the states that need at most so many faults in an order in which
// what follows without a fault comes before what it follows from. It fails if there
// is none: then something can go round for ever.
//
//go:norace
func (s *Search) order(faults int) ([]uint32, bool) {
	if faults < 0 {
		return nil, true
	}
	const (
		entered = 1 + iota
		left
	)
	end := s.below(faults + 1)
	mark := make([]uint8, end)
	order := make([]uint32, 0, end)
	type place struct{ state, edge uint32 }
	var path []place
	for root := range end {
		if mark[root] != 0 {
			continue
		}
		mark[root] = entered
		path = append(path[:0], place{state: root})
		for len(path) > 0 {
			at := &path[len(path)-1]
			st := &s.states[at.state]
			if at.edge == uint32(st.nFree) {
				mark[at.state] = left
				order = append(order, at.state)
				path = path[:len(path)-1]
				continue
			}
			to := s.edges[st.free+at.edge]
			at.edge++
			switch mark[to] {
			case entered:
				return nil, false
			case 0:
				mark[to] = entered
				path = append(path, place{state: to})
			}
		}
	}
	return order, true
}
