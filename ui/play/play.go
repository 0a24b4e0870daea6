// Package play is the screen as a model: keys, the mouse and time in, frames out.
//
// All truth is in the simulation and all drawing in package frame; what is kept
// here is a cursor, a size and a few flags. Whoever drives it hands what comes to
// [Model.Update], does what that asks for, and shows [Model.Frame]. Package term does so
// in a terminal. What belongs to a terminal is not known here: signals, cut sequences,
// how to suspend.
package play

import (
	"time"

	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/whatif"
)

// Start is how the screen is to begin, and what it needs from whoever starts it.
type Start struct {
	// Scenario is what is played; nil begins with the menu. Edits are the changes
	// made to it by hand, on the command line or when it was last on the screen.
	Scenario *scenarios.Scenario
	Edits    whatif.Edits
	// At is the instant at which to begin, negative for the beginning; Harm, if not
	// 0, is the n-th harm to begin at instead.
	At   time.Duration
	Harm int
	// Nth is the step to begin at of those that fall on At, from 1; 0 is the last.
	Nth int
	// Menu is what there is to choose from, in order of learning, and Led the one
	// that is shown to whoever comes for the first time. They are used where Scenario
	// is nil.
	Menu []scenarios.Heading
	Led  string
	// Own are scenarios of one's own that the menu offers, too.
	Own []*scenarios.Scenario

	// Choices are what there is to choose from in place of a menu, under a heading: the
	// screen is left with one, or with none.
	Choices []frame.MenuItem
	Heading string

	// Lessons is the command that teaches what the menu only shows, and Attack the one that
	// has people break it.
	Lessons, Attack string

	// Course is set to show lessons in place of scenarios, Ladder and Workshop to show levels.
	Course   *Course
	Ladder   *Ladder
	Workshop *Workshop

	// Clipboard says that whoever drives the screen may reach a clipboard.
	Clipboard bool

	Present, NoGuess, NoMouse, ReducedMotion, ASCII bool
	// Speed is how fast it is played: 1 is as it is meant.
	Speed float64
	Theme *grid.Theme

	// Line returns the command that reopens a moment of what is played, as it was
	// changed by hand.
	Line func(now Now) string
	// Linked says that this is no command but a link: it is copied in place of the token.
	Linked bool
	// Next returns the command to type next, for the end of the led one.
	Next func(s *scenarios.Scenario) string
}

// Now is what is on the screen: what Line writes down.
type Now struct {
	// From is the scenario as it was opened, in the menu or by name.
	From *scenarios.Scenario
	// Scenario is From with other consumers and another business, if they were
	// changed, and Edits applied.
	Scenario *scenarios.Scenario
	Edits    whatif.Edits
	At       time.Duration
	// Present and Theme are how it is shown.
	Present bool
	Theme   *grid.Theme
	// Nth says which of the steps that fall on At was the last to be taken, from 1; 0
	// says that all were.
	Nth int
}
