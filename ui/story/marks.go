package story

import (
	"cmp"
	"slices"

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
	Kind  MarkKind
	Nth   int // effect of what is owed: 1, 2, ...; 0 where there is none
	// Taken, Excess and Missing are the totals of the lane from here on, in the unit
	// of the business. They are never netted.
	Taken, Excess, Missing int64
}

// findMarks writes the ledger of a lane.
func (l *Lane) findMarks() {
	for i := range l.effects.Nth {
		l.pace.did(1)
		if n := l.effects.Nth[i]; n > 0 {
			owed := l.Run.World().Owed(int(l.Run.Events()[i].Msg))
			l.marks = append(l.marks, Mark{Event: int(l.effects.Settled[i]), Owed: owed, Nth: n, Kind: words.Either(n > 1, Again, Done)})
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
			sum.Taken += units
			sum.Excess += units
		default:
			sum.Missing += units
		}
		m.Taken, m.Excess, m.Missing = sum.Taken, sum.Excess, sum.Missing
	}
}

// findGone marks what never took effect with the event after which no copy of it was
// left in queue or worker: the last that settled one, or ended an attempt at one. No
// event names what was buried with the batch of another: that is looked up in the world.
func (l *Lane) findGone() {
	l.fates = make([]MarkKind, len(l.Run.Lane.Messages))
	verdicts := l.Run.Verdicts()
	if !slices.Contains(verdicts.Of, sim.Never) && !slices.Contains(verdicts.Of, sim.Parked) {
		return
	}
	last := l.lastOf()
	var unnamed []int // buried with others
	for owed, of := range verdicts.Of {
		switch {
		case of == sim.Never:
			l.fates[owed] = Never
		case of == sim.Parked:
			l.fates[owed] = Buried
			if l.Event(last[owed]).Reply != sim.Buried {
				unnamed = append(unnamed, owed)
			}
		}
	}
	if len(unnamed) > 0 {
		l.settledBy(unnamed, last)
	}
	for owed, kind := range l.fates {
		if kind != Done {
			l.marks = append(l.marks, Mark{Event: last[owed], Owed: owed, Kind: kind})
		}
	}
}

// lastOf returns the last event that settled a message of each thing owed, or ended an
// attempt at one.
func (l *Lane) lastOf() []int {
	last := make([]int, len(l.Run.Lane.Messages))
	for i := range l.Run.Events() {
		l.pace.did(1)
		e := l.Event(i)
		if e.Kind.OfWorld() {
			continue
		}
		if e.Op != 0 && e.Receipt.Delivery > 0 || e.Reply.GivesUp() || e.Reply == sim.Deduplicated || e.Finished {
			last[l.OwedBy(i)] = i
		}
	}
	for i := range l.Attempts { // a restart is about no message, and ends attempts at many
		if a := &l.Attempts[i]; len(a.Events) > 0 {
			last[a.Owed] = max(last[a.Owed], a.Events[len(a.Events)-1])
		}
	}
	return last
}

// settledBy sets, for some of what is owed, the first event, from the one given on,
// after which all copies of it are settled.
func (l *Lane) settledBy(these []int, from []int) {
	copies := map[int][]int{}
	w := l.Run.World()
	for n := range w.Queue().Len() {
		copies[w.Owed(n)] = append(copies[w.Owed(n)], n)
	}
	slices.SortStableFunc(these, func(a, b int) int { return cmp.Compare(from[a], from[b]) })
	p := l.Run.Player()
	for i := 0; i < l.Run.Len() && len(these) > 0; i++ {
		w := p.At(i + 1)
		l.pace.did(1 + len(these))
		open := func(n int) bool { return n < w.Queue().Len() && !w.Queue().State(n).Settled() }
		for k := 0; k < len(these) && from[these[k]] <= i; {
			if slices.ContainsFunc(copies[these[k]], open) {
				k++
				continue
			}
			from[these[k]] = i
			these = slices.Delete(these, k, k+1)
		}
	}
	for _, owed := range these {
		from[owed] = l.Run.Len() - 1
	}
}

// Marks returns the ledger of the lane, in order.
func (l *Lane) Marks() []Mark { return l.marks }

// A skip is a delivery of what had been done already that did nothing more: same
// message, same outcome.
type skip struct{ event, owed int }

// findSkips notes the deliveries at which there was nothing left to do.
func (l *Lane) findSkips() {
	for i := range l.Attempts {
		a := &l.Attempts[i]
		l.pace.did(len(a.Events))
		if len(a.Events) == 0 || len(a.Relays) > 0 || slices.ContainsFunc(a.Events, func(e int) bool { return l.effects.Nth[e] > 0 }) {
			continue
		}
		last := a.Events[len(a.Events)-1]
		if l.Event(last).Reply == sim.Taken && l.countOf(a.Owed, last) > 0 {
			l.skips = append(l.skips, skip{last, a.Owed})
		}
	}
	slices.SortFunc(l.skips, func(a, b skip) int { return cmp.Compare(a.event, b.event) })
}

// passed returns how many marks are true after a number of events.
func (l *Lane) passed(events int) int {
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
// delivered, what it counts for, and for the how manieth time. It comes in order.
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
