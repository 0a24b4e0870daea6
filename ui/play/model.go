package play

import (
	"os"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// model is the screen: where we are, how large it is, and a few flags. What is to be
// seen follows from them.
type model struct {
	o      Options
	w, h   int
	screen *frame.Screen
	frame  string // what View returns: drawn in Update, so that a mistake is caught there
	clock  func() time.Time

	from      *scenarios.Scenario // as it was opened; nil in the menu
	consumers []string
	business  sim.Business
	opened    whatif.Edits // made before the screen was opened
	edits     whatif.Edits
	put       whatif.Edits // what r put away
	place     place        // the instant that is kept through changes
	edited    bool         // a fault was changed by hand since it was opened
	told      *scenarios.Scenario
	st        *story.Story
	ghost     *story.Story
	other     words.Line
	selected  *sim.Fault // where [ and ] landed, or what u switched

	at      story.Moment
	playing bool
	on      bool    // playing goes on beyond the next teaching point
	until   int     // ... else it ends here
	hold    float64 // seconds to wait before it goes on
	pace    float64 // how much faster than meant, so that a long run is over in a minute
	turn    int     // tells the ticks of this playing from those of an older one

	entry                int // chosen in the menu
	focus                int
	zoom, present, blank bool
	guesses, mouse, led  bool
	theme                *grid.Theme
	speed                float64
	panel                *panel
	hunt                 *hunt
	work                 *work // under way, or nil
	guess                guessing
	said                 []words.Line
	cut                  cut
	lesson               *lesson // that is taken, or nil
	left                 bool    // by a key
	signals              chan os.Signal
	result               Result
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

// newModel returns the screen as it begins.
func newModel(o Options) (*model, error) {
	m := &model{
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
	} else if o.Course != nil {
		m.entry = m.nextDue()
	}
	if o.Scenario == nil {
		return m, nil
	}
	if err := m.open(o.Scenario, o.Edits); err != nil {
		return nil, err
	}
	m.begin()
	return m, nil
}

// begin goes to where the command line says.
func (m *model) begin() {
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

// open begins a scenario.
func (m *model) open(s *scenarios.Scenario, edits whatif.Edits) error {
	m.from, m.consumers, m.business = s, s.Consumers, s.Business
	m.opened, m.edits, m.put, m.edited = edits, edits, edits, false
	m.at, m.focus, m.zoom, m.ghost, m.selected = story.Moment{}, 0, false, nil, nil
	m.guess = guessing{asked: m.guess.asked, last: m.guess.last}
	m.stop()
	return m.tellNow()
}

// now is what is on the screen.
func (m *model) now() Now {
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
func (m *model) still() bool {
	return m.at.Toward == 0 || m.st.When(m.at.Step) == m.st.When(min(m.at.Step+1, m.st.Steps()))
}

// moment returns the moment at an instant: what falls on it has happened.
func (m *model) moment(at time.Duration) story.Moment {
	step := m.st.StepAt(at)
	if step >= m.st.Steps() {
		return story.Moment{Step: m.st.Steps()}
	}
	from, to := m.st.When(step), m.st.When(step+1)
	return story.Moment{Step: step, Toward: float64(at-from) / float64(to-from)}
}

// Init asks for nothing: the screen waits to be looked at.
func (m *model) Init() tea.Cmd { return nil }

// View returns the frame.
func (m *model) View() string { return m.frame }

// Update takes a key, a size or a tick. A panic in it is caught: the terminal must
// be given back, and whoever sat before it must learn how to come here again.
func (m *model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	defer func() {
		if p := recover(); p != nil {
			m.result.Panic, m.result.Stack = p, stack()
			m.left = true
			next, cmd = m, tea.Quit
		}
	}()
	moved := m.playing
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if m.w, m.h = msg.Width, msg.Height; m.w <= 0 || m.h <= 0 {
			m.w, m.h = 80, 24 // a terminal that does not say
		}
	case tea.KeyMsg:
		cmd = m.keys(msg)
	case tea.MouseMsg:
		m.mouseAt(msg)
	case tick:
		if msg.turn != m.turn || !m.playing {
			return m, nil // of a playing that is over: nothing has changed
		}
		cmd = m.tick()
	case slice:
		if cmd = m.hunted(msg.of); cmd == nil && m.panel != msg.of.panel {
			return m, nil // it was left
		}
	case part:
		if m.work != msg.of {
			return m, nil // it was left
		}
		m.worked(msg.of)
	case unfolding:
		if msg.of != m.panel || msg.of.hidden == 0 {
			return m, nil // it was left, or all of it is there
		}
		msg.of.hidden--
		cmd = m.unfold(msg.of)
	case toSuspend, continued, suspended, asked:
		cmd = m.signalled(msg)
	case wrote:
		m.panel = nil
		m.said = []words.Line{words.Say(words.Strong, string(msg))}
	}
	if moved && !m.playing && m.taught() {
		m.rest()
	}
	if on := m.nextPart(); on != nil {
		cmd = tea.Batch(cmd, on)
	}
	m.draw()
	return m, cmd
}

// draw makes the frame of this moment.
func (m *model) draw() {
	var g *grid.Grid
	o := m.options()
	if m.st == nil {
		g = m.screen.Menu(m.w, m.h, m.entries(), m.entry, o)
	} else {
		at := m.at
		if m.o.ReducedMotion && m.playing {
			at.Toward = 0 // steps, and nothing between them
		}
		g = m.screen.Draw(m.st.View(at), m.w, m.h, o)
	}
	depth := m.o.Depth
	if m.theme.Name == grid.Mono.Name {
		depth = grid.NoColor
	}
	m.frame = g.ANSI(m.theme, depth)
}

// options is what the frame depends on beside the moment.
func (m *model) options() frame.Options {
	o := frame.Options{
		Focus: m.focus, Zoom: m.zoom, Hints: m.hints(), Ghost: m.ghost, Other: m.other,
		Added: m.edits.With, Ask: m.guess.open, Said: m.said, Present: m.present, Blank: m.blank, ASCII: m.o.ASCII,
	}
	if m.st != nil && m.st.Chance() {
		o.Seed = strconv.FormatUint(m.told.Seed, 10)
	}
	if m.panel != nil {
		o.Panel = m.panel.draw()
	}
	if m.work != nil {
		o.Ask, o.Said = nil, []words.Line{m.work.progress()}
		return o
	}
	if m.taught() {
		m.teach(&o)
	}
	if m.led && m.st != nil && m.at.Step == m.st.Steps() && m.at.Toward == 0 && len(m.said) == 0 {
		o.Said = m.ending()
	}
	return o
}

// ending is what the led run ends with: the definition, what it came to, and what to
// type next.
func (m *model) ending() []words.Line {
	lines := []words.Line{words.Say(words.Strong, "An idempotent consumer gives the same outcome as if each message had arrived once.")}
	lines = append(lines, m.st.Narrate(m.at.Step).Lines[1:]...)
	if m.o.Next != nil {
		lines = append(lines, words.Say(words.Dim, "Next:").And(words.OK, m.o.Next(m.from)))
	}
	return lines
}

// say shows a sentence in place of what is said of the moment, until something
// moves.
func (m *model) say(as words.Meaning, text string) {
	m.said = []words.Line{words.Say(as, text)}
}
