package check

import (
	"fmt"
	"math"
	"slices"
	"time"

	"dejavu/sim"
)

// Result is what a search has found.
type Result struct {
	NeverTwice Ruling
	NeverLost  Ruling
	NeverStuck Ruling
	// States is how many worlds were met that differ in anything that matters.
	States int
	// Bytes is what they took.
	Bytes int64
	// Schedules is in how many ways all work can be done with at most UpTo faults,
	// within the bounds: the runs that the states stand for. It is exact up to 2^53;
	// +Inf if there is no end to them, or more than a float64 can say.
	Schedules float64
	// Bounds are the options that the search ran with, defaults filled in.
	Bounds Options
	// Left are the IDs of the messages that the lane lists and that were left out, in
	// its order: what holds says nothing of them. A counterexample may be about one of
	// them all the same.
	Left []string
	// Finished says that the search came to its end: no bound on states or memory,
	// and nobody, stopped it. It ends early when all that was asked for is broken.
	Finished bool
	// NoPlace are the kinds of fault that were asked for and that nothing within the
	// bounds gave a place to: they were tried nowhere. It is known when all is searched.
	NoPlace []Kind
	// Stored is the longest time for which the consumer keeps something that it stores,
	// and BankKeys for how long the receiver keeps the keys that it is handed; 0 if
	// nothing of the sort runs out. What holds without ExpireKey, holds for as long as
	// these are longer than the last retry.
	Stored, BankKeys time.Duration
	// UpTo is the number of faults of which everything was tried; -1 if not even
	// what happens without any.
	UpTo int
	full bool // see OutOfMemory
}

// Ruling is what a search found about one property.
type Ruling struct {
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
func (r *Result) Of(p sim.Property) *Ruling {
	return [...]*Ruling{&r.NeverTwice, &r.NeverLost, &r.NeverStuck}[p]
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

// OnLength reports whether what holds depends on a length: something is kept for a time,
// and nothing was tried that outlasts it.
func (r *Result) OnLength() bool {
	return r.Stored+r.BankKeys > 0 && !slices.Contains(r.Bounds.Kinds, ExpireKey)
}

// OutOfMemory reports whether it was the bound on memory that stopped the search.
func (r *Result) OutOfMemory() bool { return !r.Finished && r.full }

// Result returns what has been found so far. To count the schedules and to find the
// traces takes as long as a slice or two: for progress ask States and Budget.
func (s *Search) Result() *Result {
	r := &Result{
		States: s.states.len(), Bytes: s.Bytes(), Bounds: s.opts, Left: s.left, Finished: s.finished, UpTo: s.complete - 1, full: s.full,
	}
	if s.err != nil || s.states.len() == 0 {
		return r
	}
	r.Stored, r.BankKeys = s.start.Lifetimes()
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
		if s.beyond[p] != nil {
			v.Finished, v.Counterexample = true, s.beyond[p]
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
	if len(order) == 0 {
		return 0
	}
	// by state, with so many faults to come, and with one less
	ways, before := make([]float64, s.states.len()), make([]float64, s.states.len())
	for left := 0; left <= faults; left++ {
		ways, before = before, ways
		clear(ways)
		for _, n := range order {
			st := s.states.at(n)
			if st.quiet {
				ways[n] = 1
			}
			for _, to := range s.edges.span(st.free, st.nFree) {
				ways[n] += ways[to]
			}
			if left == 0 || n >= s.below(faults) {
				continue
			}
			for _, to := range s.edges.span(st.faulty, st.nFault) {
				ways[n] += before[to]
			}
		}
	}
	return ways[0]
}

// below returns the number of states that need fewer faults than n.
func (s *Search) below(n int) uint32 {
	if n < len(s.levels) {
		return s.levels[n]
	}
	return uint32(s.states.len())
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
			st := s.states.at(at.state)
			if at.edge == uint32(st.nFree) {
				mark[at.state] = left
				order = append(order, at.state)
				path = path[:len(path)-1]
				continue
			}
			to := s.edges.span(st.free, st.nFree)[at.edge]
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
