package play

import (
	"math"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

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
	dwell     = 0.6  // at a teaching point, if it goes on by itself
	dwellHarm = 1.4
)

// tick says that it is time for the next frame of a playing.
type tick struct{ turn int }

// wait asks for the next tick. Nothing ticks unless something moves.
func (m *model) wait() tea.Cmd {
	turn := m.turn
	return tea.Tick(time.Second/30, func(time.Time) tea.Msg { return tick{turn} })
}

// wall is how long the way to the next step takes on the wall, at the speed that is
// meant.
func (m *model) wall(step int) float64 {
	gap := (m.st.When(step+1) - m.st.When(step)).Seconds()
	d := shortest + 0.5*math.Log2(1+gap)
	for k, l := range m.st.Lanes {
		for i := m.st.Upto(step, k); i < m.st.Upto(step+1, k); i++ {
			if e := &l.Run.Events()[i]; e.Kind == sim.Deliver || e.Op == sim.OpReturn || e.Op == sim.OpAck {
				d = max(d, travelled)
			}
		}
	}
	return min(d, longest)
}

// length is how long the whole run takes.
func (m *model) length() float64 {
	sum := 0.0
	for step := range m.st.Steps() {
		sum += m.wall(step)
	}
	return sum
}

// tick moves on by one frame.
func (m *model) tick() tea.Cmd {
	left := frameTime * m.speed * m.pace
	for left > 0 && m.playing {
		if m.hold > 0 {
			used := min(left, m.hold)
			m.hold -= used
			left -= used
			continue
		}
		asks, goal := m.halt(), 1.0
		if asks != nil {
			goal = eve
		}
		d := m.wall(m.at.Step)
		if rest := (goal - m.at.Toward) * d; left < rest {
			m.at.Toward += left / d
			break
		} else {
			left -= rest
		}
		if asks != nil {
			asks()
			return nil
		}
		m.arrive()
	}
	if !m.playing {
		return nil
	}
	return m.wait()
}

// halt returns what is to be asked before the next step, or nil.
func (m *model) halt() func() {
	if m.asks(m.at.Step) {
		return m.hover
	}
	if q := m.due(); q != nil {
		return func() { m.ask(q) }
	}
	return nil
}

// hover stands still where a question is asked.
func (m *model) hover() {
	m.at.Toward, m.playing = eve, true
	m.pause()
}

// arrive takes the next step, and stops where there is something to see.
func (m *model) arrive() {
	m.at = story.Moment{Step: m.at.Step + 1}
	m.said, m.place = nil, place{}
	m.unselect()
	m.reveal()
	if m.at.Step >= m.st.Steps() || !m.on && m.at.Step >= m.until {
		m.stop()
		return
	}
	if p := m.st.StopAt(m.at.Step); p != nil {
		m.hold = dwell
		if p.Kind == story.AtHarm {
			m.hold = dwellHarm
		}
	}
}

// play begins to move, to a step or, if on, without an end.
func (m *model) play(until int, on bool) tea.Cmd {
	if m.at.Step >= m.st.Steps() {
		return nil
	}
	m.until, m.on, m.playing, m.hold = until, on, true, 0
	m.turn++
	if m.o.ReducedMotion && !on {
		m.skipTo(until)
		return nil
	}
	return m.wait()
}

// skipTo goes where a playing would end, without showing the way. Questions on the
// way are asked all the same.
func (m *model) skipTo(until int) {
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
func (m *model) stop() {
	m.playing, m.on, m.at.Toward, m.hold = false, false, 0, 0
	m.turn++
}

// jump goes to a step at once. No question is asked on the way.
func (m *model) jump(step int) {
	m.stop()
	m.at = story.Moment{Step: min(max(step, 0), m.st.Steps())}
	m.said, m.guess.open, m.place = nil, nil, place{}
	m.unselect()
	m.reveal()
}

// unselect forgets the fault that u is about, unless u is to bring it back, or it was
// added by hand and has not struck yet.
func (m *model) unselect() {
	if m.selected == nil || m.edits.Off(*m.selected) {
		return
	}
	struck := slices.ContainsFunc(m.st.Strikes(), func(s story.Strike) bool {
		return s.Step <= m.at.Step && s.Fault.String() == m.selected.String()
	})
	added := slices.ContainsFunc(m.edits.With, func(f sim.Fault) bool { return f.String() == m.selected.String() })
	if struck || !added {
		m.selected = nil
	}
}

// back is how many steps were taken before this moment, if it lies between two.
func (m *model) back() int {
	if m.at.Toward > 0 {
		return m.at.Step + 1
	}
	return m.at.Step
}

// forward is the main key: play to the next teaching point. Pressed again on the
// way, it is there at once.
func (m *model) forward() tea.Cmd {
	if m.guess.open != nil {
		m.skipGuess()
	}
	if m.playing && !m.on {
		m.skipTo(m.until)
		return nil
	}
	if m.at.Step >= m.st.Steps() {
		return m.nextStory()
	}
	return m.play(m.st.NextStop(m.at.Step), false)
}

// goTo goes to an instant at once, be it between two steps, or one of several that
// fall on it. The instant is kept, whatever the run has there.
func (m *model) goTo(n Now) {
	m.jump(0)
	m.at = m.momentOf(n.At, n.Nth)
	m.place = place{true, m.at.Step, n.At, n.Nth}
}

// momentOf returns the moment at an instant or, of several steps that fall on it, at
// the nth, from 1.
func (m *model) momentOf(at time.Duration, nth int) story.Moment {
	if nth > 0 {
		return story.Moment{Step: min(m.st.StepAt(at-1)+nth, m.st.StepAt(at))}
	}
	return m.moment(at)
}
