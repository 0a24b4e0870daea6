package play

import (
	"math"
	"slices"
	"time"

	"dejavu/sim"
	"dejavu/ui/story"
)

// Time on the wall, in seconds.
const (
	frameTime = 1.0 / 30
	longest   = 2.0  // of any wait, be it 30 s or 8 days
	shortest  = 0.12 // of a step that shows little
	travelled = 0.45 // of a message or an ack on its way
	aMinute   = 60.0 // a whole run is over in about that
	onePress  = 2.9  // the longest way to the next teaching point
	dwell     = 0.6  // at a teaching point, if it goes on by itself
	dwellHarm = 1.4
)

// turn tells the ticks of this playing from those of an older one.
type turn int

// wait asks for the next tick. Nothing ticks unless something moves.
func (m *Model) wait() {
	m.wake(time.Second/30, m.turn)
}

// Wall is how long the way to the next step takes on the wall, in seconds at the speed
// that is meant.
func Wall(st *story.Story, step int) float64 {
	gap := (st.When(step+1) - st.When(step)).Seconds()
	d := shortest + 0.5*math.Log2(1+gap)
	for k, l := range st.Lanes {
		for i := st.Upto(step, k); i < st.Upto(step+1, k); i++ {
			if e := &l.Run.Events()[i]; e.Kind == sim.Deliver || e.Op == sim.OpReturn || e.Op == sim.OpAck || e.CommitsAck() {
				d = max(d, travelled)
			}
		}
	}
	return min(d, longest)
}

// length is how long the whole run takes.
func length(st *story.Story) float64 {
	sum := 0.0
	for step := range st.Steps() {
		sum += Wall(st, step)
		st.Looked(1)
	}
	return sum
}

// tick moves on by one frame.
func (m *Model) tick() {
	left := frameTime * m.speed * max(m.pace, m.rush)
	for left > 0 && m.playing {
		if m.hold > 0 {
			used := min(left, m.hold)
			m.hold -= used
			left -= used
			continue
		}
		asks, goal := m.halt(), 1.0
		if asks != nil {
			goal = Eve
		}
		d := Wall(m.st, m.at.Step)
		if rest := (goal - m.at.Toward) * d; left < rest {
			m.at.Toward += left / d
			break
		} else {
			left -= rest
		}
		if asks != nil {
			asks()
			return
		}
		m.arrive()
	}
	if m.playing {
		m.wait()
	}
}

// halt returns what is to be asked before the next step, or nil.
func (m *Model) halt() func() {
	if m.asks(m.at.Step) {
		return m.hover
	}
	if q := m.due(); q != nil {
		return func() { m.ask(q) }
	}
	return nil
}

// hover stands still where a question is asked.
func (m *Model) hover() {
	m.at.Toward, m.playing = Eve, true
	m.pause()
}

// arrive takes the next step, and stops where there is something to see.
func (m *Model) arrive() {
	m.at = story.Moment{Step: m.at.Step + 1}
	m.said, m.place = nil, place{}
	m.unselect()
	m.reveal()
	if m.at.Step >= m.st.Steps() || !m.on && m.at.Step >= m.until {
		m.stop()
		if m.st.StopAt(m.at.Step) != nil {
			m.rest()
		}
		return
	}
	m.hold = Hold(m.st, m.at.Step)
}

// Hold is how long what goes on by itself rests at a step, in seconds.
func Hold(st *story.Story, step int) float64 {
	switch p := st.StopAt(step); {
	case p == nil:
		return 0
	case p.Kind == story.AtHarm:
		return dwellHarm
	}
	return dwell
}

// play begins to move, to a step or, if on, without an end.
func (m *Model) play(until int, on bool) {
	if m.at.Step >= m.st.Steps() {
		return
	}
	m.until, m.on, m.playing, m.hold, m.rush = until, on, true, 0, 1
	if !on && !m.taught() {
		m.rush = m.between(m.at.Step, until) / onePress
	}
	m.turn++
	if m.o.ReducedMotion && !on {
		m.skipTo(until)
	} else {
		m.wait()
	}
}

// skipTo goes where a playing would end, without showing the way. Questions on the
// way are asked all the same.
func (m *Model) skipTo(until int) {
	for m.playing && m.at.Step < until {
		if asks := m.halt(); asks != nil {
			asks()
			return
		}
		m.arrive()
	}
	m.hold = 0
}

// stop stands still.
func (m *Model) stop() {
	m.playing, m.on, m.at.Toward, m.hold = false, false, 0, 0
	m.turn++
}

// rest notes that the story has come to a stop: see hasty.
func (m *Model) rest() { m.rested = m.clock() }

// jump goes to a step at once. No question is asked on the way.
func (m *Model) jump(step int) {
	m.stop()
	m.at = story.Moment{Step: min(max(step, 0), m.st.Steps())}
	m.said, m.guess.open, m.place = nil, nil, place{}
	m.unselect()
	m.reveal()
}

// unselect forgets the fault that u is about, unless u is to bring it back, or it was
// added by hand and has not struck yet.
func (m *Model) unselect() {
	if m.selected == nil || m.edits.Off(*m.selected) {
		return
	}
	added := slices.ContainsFunc(m.edits.With, func(f sim.Fault) bool { return f.String() == m.selected.String() })
	if m.struck(*m.selected) || !added {
		m.selected = nil
	}
}

// struck reports whether a fault has struck by now.
func (m *Model) struck(f sim.Fault) bool {
	return slices.ContainsFunc(m.st.Strikes(), func(s story.Strike) bool {
		return s.Step <= m.at.Step && s.Fault.String() == f.String()
	})
}

// back is how many steps were taken before this moment, if it lies between two.
func (m *Model) back() int {
	if m.at.Toward > 0 {
		return m.at.Step + 1
	}
	return m.at.Step
}

// forward is the main key: play to the next teaching point.
func (m *Model) forward() {
	if m.guess.open != nil {
		m.skipGuess()
	}
	switch {
	case m.at.Step >= m.st.Steps():
		m.nextStory()
	default:
		m.play(m.st.NextStop(m.at.Step), false)
	}
}

// goTo goes to an instant at once, be it between two steps, or one of several that
// fall on it. The instant is kept, whatever the run has there.
func (m *Model) goTo(n Now) {
	m.jump(0)
	m.at = m.momentOf(n.At, n.Nth)
	m.place = place{true, m.at.Step, n.At, n.Nth}
}

// momentOf returns the moment at an instant or, of several steps that fall on it, at
// the nth, from 1.
func (m *Model) momentOf(at time.Duration, nth int) story.Moment {
	if nth > 0 {
		return story.Moment{Step: min(m.st.StepAt(at-1)+nth, m.st.StepAt(at))}
	}
	return m.moment(at)
}
