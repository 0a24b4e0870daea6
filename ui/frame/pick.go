package frame

import (
	"slices"

	"dejavu/ui/story"
)

// shown is which of what is owed has a row.
type shown struct {
	owed  []int
	more  int
	quiet bool // the others are all done, once
}

// rows picks what has a row: all of it or, where there is too much, first what is
// in trouble, then what is in flight, then what came last; in the order of the
// file. A lane's own rows are the debts of which a message has arrived in it.
func (s *Screen) rows(l *story.LaneView, most int) shown {
	r := shown{owed: s.axis.all[:0], quiet: true}
	n := len(s.v.Scenario.Messages)
	owed := func(int) bool { return true }
	if l != nil {
		owed = owing(l)
	}
	for rank := range 5 {
		for k := range n {
			i := n - 1 - k // the latest of a kind is worth most
			if rank == 4 {
				i = k // but of what is to come, the next
			}
			if int(s.ranks[i]) != rank || !owed(i) {
				continue
			}
			if len(r.owed) < most {
				r.owed = append(r.owed, i)
				continue
			}
			r.more++
			r.quiet = r.quiet && rank == 3
		}
	}
	slices.Sort(r.owed)
	s.axis.all = r.owed
	return r
}

// rank says how much a message deserves a row: 0 most.
func (s *Screen) rank(n int) int {
	rank := 4
	for k := range s.v.Lanes {
		l := &s.v.Lanes[k]
		switch {
		case n == s.v.Focus:
			return 0
		case l.Fate[n] != story.Done:
			rank = min(rank, 1)
		case !arrived(l, n):
		case !l.World.Queue().State(n).Settled():
			rank = min(rank, 2)
		default:
			rank = min(rank, 3)
		}
	}
	return rank
}
