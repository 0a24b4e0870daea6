package story

import (
	"math"
	"slices"
	"time"

	"dejavu/sim"
)

// Moment is a place in a story: after a number of steps, and a share of the way to
// the next one. At a share of 0 nothing is on its way.
type Moment struct {
	Step   int
	Toward float64
}

// View is everything that a face shows of one moment.
type View struct {
	*Story
	Moment
	Now time.Duration
	// Stop is the teaching point at this moment, or nil.
	Stop *Stop
	// Focus is the index of what is owed that this moment is about, or -1.
	Focus int
	Lanes []LaneView
}

// LaneView is one lane at one moment.
type LaneView struct {
	*Lane
	World *sim.World
	// Events are those that had happened; those from Fresh on came with the last
	// step, and those up to Coming are to come with the next.
	Events, Fresh, Coming int
	// Taken, Excess and Missing are in the unit of the business.
	Taken, Excess, Missing int64
	// Times is how often what is owed has taken effect, and Fate what became of it
	// last: Done where nothing special did. Both by index of what is owed.
	Times []int
	Fate  []MarkKind
	// Skipped says that what is owed was delivered again and nothing more was done.
	Skipped []bool
	// Stamped is the mark of each thing owed that is to be looked at: the harms since
	// the last teaching point but one. -1 where there is none.
	Stamped []int
	// Twice and Lost count what is owed that was done again, or never will be.
	Twice, Lost int
	// Harmed says that this lane was harmed at this moment.
	Harmed bool
	Wires  []Wire
}

// View returns what there is to see at a moment. It is good until View is called
// again.
func (s *Story) View(m Moment) *View {
	v := &s.view
	m.Step = min(max(m.Step, 0), s.Steps())
	m.Toward = min(max(m.Toward, 0), 1)
	if m.Step == s.Steps() {
		m.Toward = 0
	}
	fresh := v.Story != s || v.Step != m.Step
	moves := v.Toward > 0 != (m.Toward > 0)
	v.Story, v.Moment = s, m
	v.Now = s.When(m.Step)
	if m.Toward > 0 {
		v.Now += time.Duration(math.Round(m.Toward * float64(s.When(m.Step+1)-v.Now)))
	}
	if fresh {
		v.Stop, v.Focus = s.StopAt(m.Step), -1
		v.Lanes = slices.Grow(v.Lanes[:0], len(s.Lanes))[:len(s.Lanes)]
		for k := range v.Lanes {
			s.look(&v.Lanes[k], k, m.Step, v.Stop)
		}
		v.Focus = v.subject()
	}
	for k := range v.Lanes {
		if fresh || moves {
			v.Lanes[k].wire(m.Toward > 0)
		}
		v.Lanes[k].drain(v.Now)
	}
	return v
}

// look fills in what is to be seen of a lane after n steps.
func (s *Story) look(v *LaneView, k, n int, stop *Stop) {
	l := s.Lanes[k]
	v.Lane = l
	v.Events = s.Upto(n, k)
	v.Fresh, v.Coming = s.Upto(max(n-1, 0), k), s.Upto(min(n+1, s.Steps()), k)
	if l.player == nil {
		l.player = l.Run.Player()
	}
	v.World = l.player.At(v.Events)
	owed := len(l.Run.Lane.Messages)
	v.Times = slices.Grow(v.Times[:0], owed)[:owed]
	v.Fate = slices.Grow(v.Fate[:0], owed)[:owed]
	v.Skipped = slices.Grow(v.Skipped[:0], owed)[:owed]
	v.Stamped = slices.Grow(v.Stamped[:0], owed)[:owed]
	clear(v.Times)
	clear(v.Fate)
	clear(v.Skipped)
	for i := range v.Stamped {
		v.Stamped[i] = -1
	}
	for _, skip := range l.skips {
		if skip.event < v.Events {
			v.Skipped[skip.owed] = true
		}
	}
	news := s.Upto(s.news(n), k)
	v.Taken, v.Excess, v.Missing, v.Twice, v.Lost, v.Harmed = 0, 0, 0, 0, 0, stop.Harmed(k)
	for i, m := range l.marks[:l.passed(v.Events)] {
		if m.Kind != Done && (m.Event >= news || stop.Harmed(k) && stop.Event[k] == m.Event) {
			v.Stamped[m.Owed] = i
		}
		v.Taken, v.Excess, v.Missing = m.Taken, m.Excess, m.Missing
		v.Fate[m.Owed] = max(v.Fate[m.Owed], m.Kind)
		switch m.Kind {
		case Done:
			v.Times[m.Owed]++
		case Again:
			if v.Times[m.Owed]++; v.Times[m.Owed] == 2 {
				v.Twice++
			}
		default:
			v.Lost++
		}
		v.Harmed = v.Harmed || m.Kind != Done && m.Event >= v.Fresh
	}
	for _, g := range l.undone { // still there at this moment
		if g.from < v.Events && v.Events <= g.to {
			v.Fate[g.owed] = max(v.Fate[g.owed], Done)
			v.Taken++
			if v.Times[g.owed]++; v.Times[g.owed] > 1 {
				v.Excess++
			}
		}
	}
}

// news returns the step from which on harms are news at a moment: a stamp is to be
// looked at until the teaching point after its own.
func (s *Story) news(n int) int {
	return s.PrevStop(s.LastStop(n))
}

// subject returns what this moment is about: that of the stop, or else of what
// came with the last step.
func (v *View) subject() int {
	if v.Stop != nil && v.Stop.Kind != AtRest {
		return v.Stop.Owed
	}
	for k := range v.Lanes {
		if l := &v.Lanes[k]; l.Fresh < l.Events {
			return l.owedOf(l.Events - 1)
		}
	}
	return -1
}

// Line returns which line of the handler, from 1, the i-th event's step stands in:
// 0 for none that is known.
func (l *Lane) Line(i int) int {
	if line, known := l.lines[i]; known {
		return line
	}
	if l.lines == nil {
		l.lines = map[int]int{}
	}
	line := 0
	if site := l.Run.Site(i); site.Line > 0 && len(l.Body()) > 0 {
		line = site.Line - l.first + 1
	}
	l.lines[i] = line
	return line
}
