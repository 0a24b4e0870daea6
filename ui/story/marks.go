package story

import (
	"cmp"
	"slices"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/words"
)

// MarkKind is what a Mark is about.
type MarkKind uint8

// The kinds of mark.
const (
	Done   MarkKind = iota // the first effect of what is owed: as it should be
	Again                  // another one
	Never                  // no copy is left, and it never took effect
	Buried                 // the last copy went to the dead-letter queue, and it never took effect
)

// Mark is an entry in the ledger of a lane: something owed has taken effect, has
// done so again, or never will.
type Mark struct {
	Event int // with which it became true
	Owed  int // index of what is owed
	Part  int // which part of it, where a message has several effects
	Kind  MarkKind
	Nth   int // effect of what is owed: 1, 2, ...; 0 where there is none
	// Taken, Excess and Missing are the totals of the lane from here on, in the unit
	// of the business. They are never netted.
	Taken, Excess, Missing int64
}

// findMarks writes the ledger of a lane.
func (l *LaneStory) findMarks() {
	for i := range l.effects.Nth {
		l.pace.did(1)
		if n := l.effects.Nth[i]; n > 0 {
			e := l.Event(i)
			m := Mark{Event: int(l.effects.Settled[i]), Owed: l.OwedBy(i), Part: int(e.Part), Nth: n, Kind: words.Either(n > 1, Again, Done)}
			if of := l.effects.Effects[l.debt(&m)]; n == 2 && of[0] == i { // a status that is stale, though set for the first time
				first := m
				first.Kind, first.Nth = Done, 1
				l.marks = append(l.marks, first)
			}
			l.marks = append(l.marks, m)
		}
	}
	l.findGone()
	slices.SortStableFunc(l.marks, func(a, b Mark) int { return cmp.Compare(a.Event, b.Event) })
	var sum Mark
	for i := range l.marks {
		m := &l.marks[i]
		units := l.Run.Lane.Business.Units(l.Run.Lane.Messages[m.Owed].Amount)
		switch m.Kind {
		case Done:
			sum.Taken += units
		case Again:
			if !l.sets(m) {
				sum.Taken += units
			}
			sum.Excess += units
		default:
			sum.Missing += units
		}
		m.Taken, m.Excess, m.Missing = sum.Taken, sum.Excess, sum.Missing
	}
}

// findGone marks what never took effect, and never will.
func (l *LaneStory) findGone() {
	l.fates = make([]MarkKind, l.Run.Lane.Debts())
	for _, g := range l.Run.Gone(l.pace.did) {
		l.fates[g.Debt] = words.Either(g.Parked, Buried, Never)
		owed, part := l.Run.Lane.Business.Owing(g.Debt)
		l.marks = append(l.marks, Mark{Event: g.Event, Owed: owed, Part: part, Kind: l.fates[g.Debt]})
	}
}

// Trade is the business that a mark is about: a part of the lane's, where that has several.
func (l *LaneStory) Trade(m *Mark) sim.Business { return l.part(m.Part) }

func (l *LaneStory) part(n int) sim.Business { return l.Run.Lane.Business.Parts()[n] }

// debt is the number of what a mark counts for.
func (l *LaneStory) debt(m *Mark) int { return l.Run.Lane.Business.Debt(m.Owed, m.Part) }

// DebtName calls what is owed for one part of a message: the ID, with the part if there
// are several.
func (l *LaneStory) DebtName(owed, part int) string {
	return scenarios.DebtName(&l.Run.Lane.Messages[owed], l.Run.Lane.Business, part)
}

// countOf returns how often a debt was paid after an event.
func (l *LaneStory) countOf(debt, event int) int {
	n, _ := slices.BinarySearchFunc(l.effects.Effects[debt], event+1, func(i, upto int) int { return cmp.Compare(int(l.effects.Settled[i]), upto) })
	return n
}

// counts returns how often each part of a message had taken effect after an event.
func (l *LaneStory) counts(owed, event int) []int {
	all := make([]int, len(l.Run.Lane.Business.Parts()))
	for part := range all {
		all[part] = l.countOf(l.Run.Lane.Business.Debt(owed, part), event)
	}
	return all
}

// whole returns how often all of a message had taken effect after an event.
func (l *LaneStory) whole(owed, event int) int { return slices.Min(l.counts(owed, event)) }

// Marks returns the ledger of the lane, in order.
func (l *LaneStory) Marks() []Mark { return l.marks }

// A skip is a delivery of what had been done already that did nothing more: same
// message, same outcome.
type skip struct{ event, owed int }

// findSkips notes the deliveries at which there was nothing left to do.
func (l *LaneStory) findSkips() {
	for i := range l.Attempts {
		a := &l.Attempts[i]
		l.pace.did(len(a.Events))
		if len(a.Events) == 0 || len(a.Relays) > 0 || slices.ContainsFunc(a.Events, func(e int) bool { return l.effects.Nth[e] > 0 }) {
			continue
		}
		last := a.Events[len(a.Events)-1]
		if l.Event(last).Reply == sim.Taken && l.whole(a.Owed, last) > 0 {
			l.skips = append(l.skips, skip{last, a.Owed})
		}
	}
	slices.SortFunc(l.skips, func(a, b skip) int { return cmp.Compare(a.event, b.event) })
}

// passed returns how many marks are true after a number of events.
func (l *LaneStory) passed(events int) int {
	n, _ := slices.BinarySearchFunc(l.marks, events, func(m Mark, events int) int {
		return words.Either(m.Event < events, -1, 1)
	})
	return n
}

// Totals returns what a lane had taken after n steps, how much of it was too much,
// and what it never will, in the unit of the business.
func (s *Story) Totals(n, lane int) (taken, excess, missing int64) {
	l := s.Lanes[lane]
	if i := l.passed(s.Upto(n, lane)); i > 0 {
		m := &l.marks[i-1]
		return m.Taken, m.Excess, m.Missing
	}
	return 0, 0, 0
}

// Deliveries calls yield for every delivery in any lane, with its step: what was
// delivered, what it counts for, and how often by then. It comes in order.
func (s *Story) Deliveries(yield func(step int, name string, owed, delivery int)) {
	for _, r := range s.Arrivals() {
		first, owed := -1, 0
		for k := range s.Lanes {
			if a, came := s.In(&r, k); came {
				owed = a.Owed
				if step := s.StepOf(k, a.Begins()); first < 0 || step < first {
					first = step
				}
			}
		}
		yield(first, r.Name, owed, r.Number)
	}
}

// sets reports whether a mark is about a status, of which the last write wins.
func (l *LaneStory) sets(m *Mark) bool { return l.Trade(m).Info().LastWins }

// setBefore returns the effect over which one was set that is stale: the last of a newer
// message that had become true, or -1.
func (l *LaneStory) setBefore(stale int) int {
	last, w := -1, l.Run.World()
	for i, settled := range l.effects.Settled {
		if settled < 0 || settled >= l.effects.Settled[stale] || !w.Newer(w.Listed(int(l.Event(i).Msg)), w.Listed(int(l.Event(stale).Msg))) {
			continue
		}
		if last < 0 || settled > l.effects.Settled[last] {
			last = i
		}
	}
	return last
}
