package play

import (
	"slices"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/build/levels"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// lesson is a reader in a lesson. The session says where the run is to stand and what
// is to be read; the model moves it there, as it does in the playground.
type lesson struct {
	*Class
	scene learn.Scene
	bare  bool   // the words are lifted from the run
	away  bool   // in the playground, with the change of the lesson
	last  string // the sentence of the stop that was left

	refuted *refuted // a run of its own that is shown instead, or nil
}

// Time on the wall between two stops, in seconds: what is known is not waited for,
// and what was guessed is wanted at once.
const (
	onTheWay = 6.0
	revealed = 2.0
)

// attend begins a lesson.
func (m *Model) attend(c *Class) {
	m.lesson = &lesson{Class: c, scene: c.Session.Scene()}
	m.from, m.guesses, m.ghost, m.said = c.Lesson.Scenario, false, nil, nil
	m.consumers, m.business = m.from.Consumers, m.from.Business
	m.focus, m.zoom, m.pace = 0, false, 1
	m.show(m.lesson.scene.Story)
	m.jump(0)
	if m.lesson.scene.Resumed {
		m.face(&m.lesson.scene)
		m.jump(m.lesson.scene.Step)
	}
}

// show puts a run on the screen.
func (m *Model) show(st *story.Story) {
	m.st, m.told = st, st.Scenario
	m.focus = min(m.focus, len(st.Lanes)-1)
}

// taught reports whether a lesson has the keys.
func (m *Model) taught() bool { return m.lesson != nil && !m.lesson.away && m.st != nil }

// arrived reports whether the run stands where the scene wants it.
func (m *Model) arrived() bool { return !m.playing && m.at.Step >= m.lesson.scene.Step }

// goOn is the main key of a lesson. Pressed on the way, it is there at once.
func (m *Model) goOn() {
	l := m.lesson
	switch {
	case m.playing:
		m.skipTo(m.until)
	case !m.arrived():
		m.follow()
	case l.scene.Phase == learn.Over:
		m.nextChapter()
	default:
		m.do(learn.Input{Kind: learn.Go})
	}
}

// do tells the session what the reader does, and shows what comes of it.
func (m *Model) do(in learn.Input) {
	l := m.lesson
	was, answers := l.scene, len(l.Session.Answers())
	l.Session.Do(in)
	all := l.Session.Answers()
	if len(all) > answers && l.Answered != nil {
		l.Answered(all[answers])
	}
	l.scene, l.bare = l.Session.Scene(), false
	if l.scene.Phase == was.Phase && len(all) == answers && l.scene.Stop == was.Stop {
		return // the question is still open
	}
	if was.Phase == learn.Telling {
		l.last = was.Text
	}
	if l.scene.Phase == learn.Over {
		l.scene.Story, l.scene.Step = m.st, min(l.scene.Step, m.st.Steps()) // the changed run stays in sight
		if l.Finished != nil {
			l.Finished()
		}
	}
	m.follow()
}

// follow brings the run to where the scene wants it.
func (m *Model) follow() {
	c := &m.lesson.scene
	m.face(c)
	if c.Phase == learn.Changed && c.Story != m.st {
		m.ghost = nil
		if change := m.lesson.Lesson.Change; change.Business == nil && len(change.Consumers) == 0 {
			m.ghost = m.st // the same lanes: the other future stays in sight
		}
		m.show(c.Story)
		m.jump(c.Step)
	}
	if m.at.Step >= c.Step {
		m.at.Toward = 0
		m.rest()
		return
	}
	until, limit := c.Step, onTheWay
	if m.asks(c.Step) {
		until++ // it stops short of that
	}
	if c.Verdict != nil {
		limit = revealed
	}
	m.pace = max(m.between(m.at.Step, c.Step)/limit, 1)
	m.play(until, false)
}

// face turns to the lanes that are spoken of. Where they have no room beside each
// other, the first of them is the one to look at.
func (m *Model) face(c *learn.Scene) {
	named := m.named(c)
	if len(named) == 0 {
		return
	}
	first, last := named[0], named[len(named)-1]
	if n := m.sideBySide(); last-first < n {
		m.focus = last
	} else {
		m.focus = first
	}
}

// named are the lanes that the words of a scene speak of, in order.
func (m *Model) named(c *learn.Scene) []int {
	var lanes []int
	for k, l := range c.Story.Lanes {
		if slices.Contains(c.Speaks, l.Consumer.Name) {
			lanes = append(lanes, k)
		}
	}
	return lanes
}

// between is how long the run takes from a step to another.
func (m *Model) between(from, to int) float64 {
	sum := 0.0
	for step := from; step < to; step++ {
		sum += Wall(m.st, step)
		if p := m.st.StopAt(step); p != nil && step > from {
			sum += dwell
		}
	}
	return sum
}

// asks reports whether a question of the lesson is asked on the way from a step to
// the next: what is to be waited for has been waited for by then.
func (m *Model) asks(step int) bool {
	if !m.taught() || m.refuting() {
		return false
	}
	c := &m.lesson.scene
	return c.Phase == learn.Asking && c.Step == step && step < m.st.Steps()
}

// try opens the playground with the change of the lesson made.
func (m *Model) try() {
	l, change := m.lesson, m.lesson.Lesson.Change
	edit := func() {
		if edits := (whatif.Edits{With: change.With, Without: change.Without}); !edits.Equal(whatif.Edits{}) {
			m.edit(edits, nil, func() {
				m.jump(m.st.Steps())
				m.selected = subject(change)
			})
		}
	}
	m.open(l.Lesson.Scenario, whatif.Edits{}, func() {
		l.away = true
		m.jump(m.st.Steps())
		v := m.version()
		if change.Business != nil {
			v.business = *change.Business
		}
		if len(change.Consumers) > 0 {
			v.consumers = change.Consumers
		}
		if change.Business == nil && len(change.Consumers) == 0 {
			edit()
			return
		}
		m.again(v, change.Say, func() {
			m.opened = m.version()
			edit()
		})
	})
}

// subject is the fault that a change is about, so that its key takes it back.
func subject(c *scenarios.Change) *sim.Fault {
	for _, faults := range [][]sim.Fault{c.Without, c.With} {
		if len(faults) > 0 {
			return &faults[0]
		}
	}
	return nil
}

// comeBack leaves the playground for the lesson.
func (m *Model) comeBack() {
	l := m.lesson
	l.away = false
	m.stop()
	m.outer = nil
	m.said, m.ghost, m.panel, m.selected, m.zoom, m.edited = nil, nil, nil, nil, false, false
	m.show(l.scene.Story)
	m.jump(l.scene.Step)
	m.rest()
}

// nextChapter goes on where a lesson is over.
func (m *Model) nextChapter() {
	if m.lesson.Next == "" {
		m.quit()
	} else {
		m.openChapter(m.lesson.Next)
	}
}

// openChapter begins a chapter, or says why it cannot be taken.
func (m *Model) openChapter(name string) {
	if m.o.Ladder != nil && name == ladder.Chapter {
		m.openLevel(m.o.Ladder.Due().Name)
		return
	}
	if m.o.Workshop != nil && name == levels.Chapter {
		m.openTask(m.o.Workshop.Due().Name)
		return
	}
	c, err := m.o.Course.Open(name)
	if err != nil {
		m.panel = &panel{title: "This cannot be taken", lines: words.Say(words.Wrong, err.Error()).Wrap(max(m.w-6, 20)), foot: "Esc"}
		return
	}
	m.attend(c)
	m.rest()
}
