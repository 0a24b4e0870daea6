// Package frame draws the screen: one moment of a story in a grid of cells.
//
// A frame is a pure function of the moment, the size and the look. It knows
// nothing of keys, terminals and time, so the screen, the picture in the README and
// the golden tests are one and the same.
package frame

import (
	"slices"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Hint is a key that works now, and what it does.
type Hint struct {
	Keys, Does string
	// Always says that it has its place at the right, whatever else works.
	Always bool
}

// Look is how a moment is looked at: what a frame depends on beside it and the size.
type Look struct {
	// Focus is the lane in view where not all are; Zoom shows it alone.
	Focus int
	Zoom  bool
	// Hints are the keys that work now, the most useful first.
	Hints []Hint
	// Ghost is the other future, or nil, and Other what differs there, in words.
	Ghost *story.Story
	Other words.Line
	// Added are the faults that were added by hand: they are marked before they strike.
	Added []sim.Fault
	// Ask is a question to be answered, or nil.
	Ask *quiz.Question
	// Said makes of what is told of the moment what is said of it: the answer to a guess,
	// or that a fault was never met. nil says what is told.
	Said Saying
	// Panel lies above the frame, or is nil.
	Panel *Panel
	// Moving says that the story moves: what a step did is over before it is read, so the
	// words of the last teaching point stay.
	Moving bool
	// Title and Place replace the scenario's title and the number of the step: ""
	// leaves them.
	Title, Place string
	// NamesOnly leaves out of the lanes' titles whether they are idempotent.
	NamesOnly bool
	// Seed is shown where chance has a say; "" hides it.
	Seed string
	// Present shows less, larger: for a room.
	Present bool
	// Blank shows nothing at all: the room looks at the speaker.
	Blank bool
	// ASCII draws with the characters of every terminal.
	ASCII bool
}

// Panel is text that lies above a frame: help, the palette, a list to choose from.
type Panel struct {
	Title string
	Lines []words.Line
	// Chosen is the line that enter takes, or -1; then Top is the first that is shown.
	Chosen, Top int
	// Columns is how wide the lines are of which these are some: a list that is narrowed
	// keeps its width.
	Columns int
	// Foot says how to leave.
	Foot string
	// Low keeps the lanes in view: the panel covers what is below them.
	Low bool
	// Wide covers the whole rows: nothing that it cuts is left beside it.
	Wide bool
}

// Saying makes of what is told of a moment what is said of it.
type Saying func(told []words.Line) []words.Line

// Say says something else than what is told.
func Say(lines ...words.Line) Saying {
	return func([]words.Line) []words.Line { return lines }
}

// Sizes from which on a layout is used, in cells.
const (
	fullW, fullH       = 190, 55
	wideW, wideH       = 118, 38
	compactW, compactH = 80, 24
	narrowW, narrowH   = 60, 18
)

// Screen draws frames into a grid of its own, and keeps what the next frame can use
// again.
type Screen struct {
	g       *grid.Grid
	v       *story.View
	o       Look
	axis    axis
	amounts map[int64]string
	unit    sim.Business
	patches int // reversed patches left
	keys    []key
	seen    []int // see inView
	wraps   map[wrapKey][]words.Line
	ranks   []int8       // how much each message deserves a row
	widest  int          // see amountW
	wideOf  *story.Story // ... of this story
	other   *story.View  // the other future at the same instant, or nil
	track   rect         // where the time is: for the mouse
	items   map[int]int  // by row: which line of a list stands there
}

// maxPatches is how many reversed patches a frame may have: who is shown more looks
// at none.
const maxPatches = 4

// New returns a screen.
func New() *Screen { return &Screen{g: grid.New(0, 0), amounts: map[int64]string{}} }

// Draw returns the frame of a moment. It is good until Draw is called again.
func (s *Screen) Draw(v *story.View, w, h int, o Look) *grid.Grid {
	s.begin(v, w, h, o)
	s.o.Focus, s.seen = min(max(o.Focus, 0), len(v.Lanes)-1), s.seen[:0]
	switch {
	case o.Blank:
	case o.Present && w >= narrowW && h >= narrowH:
		s.present()
	case w >= fullW && h >= fullH:
		s.full()
	case w >= wideW && h >= wideH:
		s.wide()
	case w >= compactW && h >= compactH:
		s.compact()
	case w >= narrowW && h >= narrowH:
		s.narrow()
	default:
		s.lines()
	}
	if o.Panel != nil && !o.Blank {
		s.panel(o.Panel)
	}
	if o.ASCII {
		s.g.ASCII()
	}
	return s.g
}

// begin takes what a frame is to show, and a blank grid for it.
func (s *Screen) begin(v *story.View, w, h int, o Look) {
	if s.g.W != w || s.g.H != h {
		s.g = grid.New(w, h)
	}
	s.g.Clear()
	s.v, s.o, s.patches = v, o, maxPatches
	if o.Panel != nil && o.Panel.Chosen >= 0 {
		s.patches-- // for the line that is chosen
	}
	if s.unit != v.Scenario.Business {
		s.unit, s.amounts = v.Scenario.Business, map[int64]string{}
	}
	s.other, s.track, s.items = nil, rect{}, nil
	s.ranks = slices.Grow(s.ranks[:0], len(v.Scenario.Messages))[:len(v.Scenario.Messages)]
	for n := range s.ranks {
		s.ranks[n] = int8(s.rank(n))
	}
	if g := o.Ghost; g != nil && g.Scenario.Business == s.unit {
		s.other = g.View(story.Moment{Step: g.StepAt(v.Now)})
	}
}

// rect is a part of the screen.
type rect struct{ x, y, w, h int }

// area is a part of the screen, to be drawn in.
func (s *Screen) area(r rect) grid.Area { return s.g.Area(r.x, r.y, r.w, r.h) }

// layout is which part shows what. Regions stay where they are, whatever happens.
type layout struct {
	lanes  int  // side by side, at most
	strip  int  // lines for the lanes that do not fit, at most
	top    rect // what came in
	middle rect // what each did
	chart  rect // what it cost
	log    rect
	why    rect
	hints  int // row
	boxed  bool
}

func (s *Screen) full() {
	l := layout{lanes: 4, strip: 4, boxed: true}
	l.top = rect{0, 1, s.g.W, 2 + min(max(len(s.v.Scenario.Messages), 4), 6) + 1}
	l.hints = s.g.H - 1
	l.why = rect{1, s.g.H - 8, s.g.W - 2, 7}
	l.chart = rect{0, l.why.y - 12, s.g.W * 13 / 20, 11}
	l.log = rect{l.chart.w, l.chart.y, s.g.W - l.chart.w, 11}
	l.middle = rect{0, l.top.h + 1, s.g.W, l.chart.y - l.top.h - 1}
	s.draw(&l)
}

func (s *Screen) wide() {
	l := layout{lanes: 2, strip: 3, boxed: true}
	l.top = rect{0, 1, s.g.W, 6}
	l.hints = s.g.H - 1
	l.why = rect{1, s.g.H - 5, s.g.W - 2, 4}
	l.chart = rect{0, l.why.y - 7, s.g.W, 7}
	l.middle = rect{0, 7, s.g.W, l.chart.y - 7}
	s.draw(&l)
}

func (s *Screen) compact() {
	l := layout{lanes: 2, strip: 3}
	l.top = rect{1, 1, s.g.W - 2, 1}
	l.hints = s.g.H - 1
	l.why = rect{1, s.g.H - 5, s.g.W - 2, 4}
	l.chart = rect{1, l.why.y - 4, s.g.W - 2, 4}
	l.middle = rect{0, 2, s.g.W, l.chart.y - 2}
	s.draw(&l)
}

func (s *Screen) narrow() {
	l := layout{lanes: 1, strip: 1}
	l.top = rect{1, 1, s.g.W - 2, 1}
	l.hints = s.g.H - 1
	saying := 2
	if s.o.Ask != nil {
		saying = 4 // three answers
	} else if s.g.H > narrowH {
		saying = 3
	}
	l.why = rect{1, s.g.H - 1 - saying, s.g.W - 2, saying}
	l.chart = rect{1, l.why.y - 1, s.g.W - 2, 1}
	l.middle = rect{0, 2, s.g.W, l.chart.y - 2}
	s.draw(&l)
}

// draw draws the regions. Lanes come first: their stamps have the first claim on
// what may be reversed.
func (s *Screen) draw(l *layout) {
	lanes := s.inView(l.lanes)
	others := len(s.v.Lanes) - len(lanes)
	if s.o.Zoom {
		others = 0 // one alone, with all that it has
	}
	strip := min(others, l.strip)
	l.middle.h = min(l.middle.h, s.g.H-s.below()-l.middle.y)
	l.middle.h -= strip
	s.lanes(l.middle, lanes, l.boxed)
	s.strip(rect{l.middle.x + 1, l.middle.y + l.middle.h, l.middle.w - 2, strip}, lanes)
	s.title(0, 0)
	s.top(l.top, l.boxed)
	s.chart(l.chart, lanes, l.boxed)
	if l.log.h > 0 {
		s.log(l.log)
	}
	s.why(l.why)
	s.hints(l.hints)
}

// amount writes a number of the business's units. Texts are kept: a frame needs the
// same few again.
func (s *Screen) amount(n int64) string {
	text, known := s.amounts[n]
	if !known {
		text = words.Amount(s.unit, n)
		if len(s.amounts) < 10_000 {
			s.amounts[n] = text
		}
	}
	return text
}

// short is an amount without its unit where that is said elsewhere.
func (s *Screen) short(n int64) string {
	text := s.amount(n)
	if s.unit != sim.Card {
		for i := range len(text) {
			if text[i] == ' ' {
				return text[:i]
			}
		}
	}
	return text
}

// reversed takes one of the few reversed patches; without one left, bold must do.
func (s *Screen) reversed(st grid.Style) grid.Style {
	st.Bold = true
	if s.patches > 0 {
		s.patches--
		st.Reverse = true
	}
	return st
}

// Styles that are used everywhere.
var (
	plain    = grid.Style{}
	bold     = grid.Style{Bold: true}
	dim      = grid.Style{Role: grid.Scaffold}
	good     = grid.Style{Role: grid.OK}
	bad      = grid.Style{Role: grid.Wrong}
	trouble  = grid.Style{Role: grid.Fault}
	keyStyle = grid.Style{Role: grid.OK, Bold: true}
)

// styleOf is how text of a meaning looks.
func styleOf(m words.Meaning) grid.Style {
	switch m {
	case words.OK:
		return good
	case words.Wrong:
		return grid.Style{Role: grid.Wrong, Bold: true}
	case words.Fault:
		return trouble
	case words.Dim:
		return dim
	case words.Strong:
		return bold
	}
	return plain
}

// write writes a line of text within a number of columns and returns the column
// after it.
func (s *Screen) write(x, y, columns int, line words.Line) int {
	end := x + columns
	for i, p := range line {
		if i > 0 {
			x++
		}
		if x >= end {
			break
		}
		x = s.g.Row(x, y, end-x).Write(p.Text, styleOf(p.As))
	}
	return x
}

// right writes text that ends at a column, and returns the column where it begins.
func (s *Screen) right(end, y int, text string, st grid.Style) int {
	x := end - cells(text)
	s.g.Write(max(x, 0), y, text, st)
	return x
}

// units is what all parts of something owed come to.
func (s *Screen) units(o *sim.Owed) int64 {
	return s.unit.Units(o.Amount) * int64(len(s.unit.Parts()))
}

// owed is what the scenario's messages are worth of which one is published by now.
func (s *Screen) owed(l *story.LaneView) int64 {
	var sum int64
	owed := owing(l)
	for i := range l.Run.Lane.Messages {
		if owed(i) {
			sum += s.units(&l.Run.Lane.Messages[i])
		}
	}
	return sum
}
