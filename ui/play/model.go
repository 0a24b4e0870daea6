package play

import (
	"strconv"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// Model is the screen: where we are, how large it is, and a few flags. What is to be
// seen follows from them.
type Model struct {
	o      Start
	w, h   int
	screen *frame.Screen
	grid   *grid.Grid // the frame that was drawn last
	stale  bool       // something has happened since
	wants  []Out      // what to ask for
	clock  func() time.Time

	shown
	outer *shown // what a counterexample was played from, or nil

	playing bool
	rested  time.Time // when it came to its last stop
	on      bool      // playing goes on beyond the next teaching point
	until   int       // ... else it ends here
	hold    float64   // seconds to wait before it goes on
	rush    float64   // how much faster on the way to the next teaching point, so that it is short
	turn    turn

	menu                picker
	present, blank      bool
	guesses, mouse, led bool
	theme               *grid.Theme
	speed               float64
	panel               *panel
	hunt                *hunt
	work                *work // under way, or nil
	ready               questions
	lesson              *lesson    // that is taken, or nil
	siege               *breaking  // the level that is under way, or nil
	bench               *workbench // what is put together, or nil
	left                bool
	choice              string // what was chosen of what there was to choose from
}

// shown is what is played, how it was changed, and where in it we are.
type shown struct {
	from      *scenarios.Scenario // as it was opened; nil in the menu
	consumers []string
	business  sim.Business
	opened    version // as it was when the screen was opened
	edits     whatif.Edits
	put       version // what r put away
	place     place   // the instant that is kept through changes
	edited    bool    // a fault was changed by hand since it was opened
	told      *scenarios.Scenario
	st        *story.Story
	pace      float64 // how much faster than meant, so that a long run is over in a minute
	ghost     *story.Story
	other     words.Line
	selected  *sim.Fault // where [ and ] landed, or what u switched

	at    story.Moment
	focus int
	zoom  bool
	guess guessing
	said  frame.Saying
}

// place is an instant that is kept while faults, consumers and the business change:
// the run may be over by then, or have nothing there. It is good until the cursor
// moves.
type place struct {
	set  bool
	step int // where the cursor stands for it
	at   time.Duration
	nth  int
}

// New returns the screen as it begins, and what it asks for.
func New(o Start) (*Model, []Out) {
	m := &Model{
		o: o, w: 80, h: 24, screen: frame.New(), clock: time.Now,
		present: o.Present, guesses: !o.NoGuess, mouse: !o.NoMouse, theme: o.Theme, speed: o.Speed,
	}
	if m.speed <= 0 {
		m.speed = 1
	}
	if m.theme == nil {
		m.theme = &grid.Dark
	}
	if o.Course != nil && o.Course.First != nil {
		m.attend(o.Course.First)
	} else if o.Ladder != nil && o.Ladder.First != nil {
		m.besiege(o.Ladder.First)
	} else if o.Workshop != nil && o.Workshop.First != nil {
		m.works(o.Workshop.First)
	} else if o.Course != nil || m.rungs() != nil {
		m.menu.chosen = m.nextDue()
	}
	if o.Scenario != nil {
		m.open(o.Scenario, o.Edits, m.begin)
	}
	return m, m.wanted()
}

// begin goes to where the command line says.
func (m *Model) begin() {
	if m.o.At > 0 || m.o.Nth > 0 {
		m.at = m.momentOf(m.o.At, m.o.Nth)
	}
	if m.o.Harm <= 0 {
		return
	}
	seen := 0
	for _, p := range m.st.Stops() {
		if p.Kind == story.AtHarm {
			if seen++; seen == m.o.Harm {
				m.at = story.Moment{Step: p.Step}
				return
			}
		}
	}
	m.say(words.Fault, "There are only "+counted(seen, "harm", "harms")+" in this run: this is its beginning.")
}

// open begins a scenario, and then does what follows.
func (m *Model) open(s *scenarios.Scenario, edits whatif.Edits, then func()) {
	v := version{s.Consumers, s.Business, edits}
	m.tell(s, v, m.prepare, func() {
		m.from, m.opened, m.put, m.edited, m.outer = s, v, v, false, nil
		m.at, m.focus, m.zoom, m.ghost, m.selected = story.Moment{}, 0, false, nil, nil
		m.guess = guessing{asked: m.guess.asked, topics: m.guess.topics}
		m.stop()
		then()
	})
}

// Story returns what is played, or nil, and how many steps of it were taken.
func (m *Model) Story() (*story.Story, int) { return m.st, m.at.Step }

// Moves reports whether the story moves by itself.
func (m *Model) Moves() bool { return m.playing || m.work != nil }

// Lesson returns the lesson that is taken, or nil. One that is over is taken no more.
func (m *Model) Lesson() *scenarios.Lesson {
	if m.lesson == nil || m.lesson.scene.Phase == learn.Over {
		return nil
	}
	return m.lesson.Lesson
}

// Level returns the name of the level that is played, or "".
func (m *Model) Level() string {
	if m.siege == nil {
		return ""
	}
	return m.siege.Name
}

// Choice returns what was chosen where there was something to choose, or "".
func (m *Model) Choice() string { return m.choice }

// Now is what is on the screen.
func (m *Model) Now() Now {
	n := Now{From: m.from, Scenario: m.told, Edits: m.edits, Present: m.present, Theme: m.theme}
	if m.st != nil && m.at.Step == m.place.step && m.place.set {
		n.At, n.Nth = m.place.at, m.place.nth // where we were before a change that has no such moment
	} else if m.st != nil {
		n.At = m.st.View(m.at).Now
		if step := m.at.Step; step > 0 && m.still() && (step < m.st.StepAt(n.At) || n.At == 0) {
			n.Nth = step - m.st.StepAt(n.At-1)
		}
	}
	return n
}

// still reports whether nothing is on its way, or to be seen of it.
func (m *Model) still() bool {
	return m.at.Toward == 0 || m.st.When(m.at.Step) == m.st.When(min(m.at.Step+1, m.st.Steps()))
}

// moment returns the moment at an instant: what falls on it has happened.
func (m *Model) moment(at time.Duration) story.Moment {
	step := m.st.StepAt(at)
	if step >= m.st.Steps() {
		return story.Moment{Step: m.st.Steps()}
	}
	from, to := m.st.When(step), m.st.When(step+1)
	return story.Moment{Step: step, Toward: float64(at-from) / float64(to-from)}
}

// Update takes what comes, and returns what the screen asks for.
func (m *Model) Update(in In) []Out {
	moved := m.playing
	switch in := in.(type) {
	case Resize:
		if m.w, m.h = in.Width, in.Height; m.w <= 0 || m.h <= 0 {
			m.w, m.h = 80, 24 // a terminal that does not say
		}
	case Key:
		m.key(string(in))
	case Mouse:
		m.mouseAt(in)
	case Tap:
		m.tap(in)
	case Recolor:
		m.theme = in.Theme
	case Tick:
		if !m.goesOn(in.of) {
			return nil // nothing has changed
		}
	case Notice:
		m.say(words.Strong, string(in))
	case Pause:
		m.pause()
	case Leave:
		m.leave()
	}
	if moved && !m.playing {
		m.rest() // paused, or asked
	}
	m.judge()
	m.stale = true
	return m.wanted()
}

// wanted returns what the screen has asked for, once.
func (m *Model) wanted() (all []Out) {
	all, m.wants = m.wants, nil
	return all
}

// goesOn goes on with what was to be woken, unless it was left meanwhile.
func (m *Model) goesOn(of any) bool {
	switch of := of.(type) {
	case turn:
		if of != m.turn || !m.playing {
			return false
		}
		m.tick()
	case *hunt:
		if m.panel != of.panel {
			return false
		}
		m.hunted(of)
	case *work:
		if m.work != of {
			return false
		}
		m.worked(of)
	case *workbench:
		if m.bench != of {
			return false
		}
		m.searchOn()
	case *slow:
		if m.panel != of.panel {
			of.stop()
			return false
		}
		m.makes(of)
	}
	return true
}

// Frame returns the frame of this moment, and the colours that it is to be shown in. It
// is good until the next.
func (m *Model) Frame() (*grid.Grid, *grid.Theme) {
	if m.stale || m.grid == nil {
		m.grid, m.stale = m.draw(), false
	}
	return m.grid, m.theme
}

// draw makes the frame of this moment.
func (m *Model) draw() *grid.Grid {
	o := m.options()
	if m.bench != nil {
		return m.screen.Bench(m.w, m.h, m.bench.view(), o)
	}
	if m.st == nil {
		if o.Title = m.o.Heading; m.menu.typed != "" {
			o.Title = "find: " + m.menu.typed
		}
		return m.screen.Menu(m.w, m.h, frame.Menu{Items: m.offers(m.entries()), Chosen: m.menu.chosen}, o)
	}
	at := m.at
	if m.o.ReducedMotion && m.playing {
		at.Toward = 0 // steps, and nothing between them
	}
	return m.screen.Draw(m.st.View(at), m.w, m.h, o)
}

// options is what the frame depends on beside the moment.
func (m *Model) options() frame.Look {
	o := frame.Look{
		Focus: m.focus, Zoom: m.zoom, Hints: m.hints(), Ghost: m.ghost, Other: m.other,
		Added: m.edits.With, Ask: m.guess.open, Said: m.said, Present: m.present, Blank: m.blank, ASCII: m.o.ASCII,
		Moving: m.playing && !m.taught(),
	}
	if m.st != nil && m.st.Chance() {
		o.Seed = strconv.FormatUint(m.told.Seed, 10)
	}
	if m.panel != nil {
		o.Panel = m.panel.draw()
	}
	if m.work != nil {
		o.Ask, o.Said = nil, frame.Say(m.work.progress())
		return o
	}
	if m.taught() {
		m.teach(&o)
	} else if m.siege != nil {
		m.besieged(&o)
	}
	if m.led && m.st != nil && m.at.Step == m.st.Steps() && m.at.Toward == 0 && m.said == nil {
		o.Said = m.ending
	}
	return o
}

// ending is what the led run ends with: the definition, what it came to, and what to
// type next.
func (m *Model) ending(told []words.Line) []words.Line {
	lines := []words.Line{words.Say(words.Strong, "An idempotent consumer gives the same outcome as if each message had arrived once.")}
	lines = append(lines, told[1:]...)
	if m.o.Next != nil {
		lines = append(lines, words.Say(words.Dim, "Next:").And(words.OK, m.o.Next(m.from)))
	}
	return lines
}

// say shows a sentence in place of what is said of the moment, until something
// moves.
func (m *Model) say(as words.Meaning, text string) {
	m.said = frame.Say(words.Say(as, text))
}

// line is the command that reopens a moment.
func (m *Model) line(n Now) string {
	switch {
	case m.lesson != nil && m.lesson.Line != nil:
		return m.lesson.Line(n)
	case m.o.Line != nil:
		return m.o.Line(n)
	}
	return "dejavu play " + n.From.Name
}
