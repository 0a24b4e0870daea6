package play

import (
	"time"

	"dejavu/ui/grid"
)

// In is what comes to the screen: one of the types below.
type In any

type (
	// Key is a key: a character, or the name of one that is none, such as "enter",
	// "left", "pgdown", "esc" or "tab".
	Key string
	// Mouse is the main button of the mouse, held down over a cell.
	Mouse struct{ X, Y int }
	// Tap is a cell that was touched or clicked. On a line of a list it takes that line.
	Tap struct{ X, Y int }
	// Recolor asks for other colours.
	Recolor struct{ Theme *grid.Theme }
	// Resize says how many cells there are.
	Resize struct{ Width, Height int }
	// Tick says that it is time for what a Wake has asked for.
	Tick struct{ of any }
	// Notice is a sentence to be shown, such as what has become of a Save.
	Notice string
	// Pause stands still, at a time that can be written down.
	Pause struct{}
	// Leave leaves the screen, whatever it shows.
	Leave struct{}
)

// Out is what the screen asks of whoever drives it: one of the types below.
type Out any

type (
	// Wake asks for a tick, some time from now.
	Wake struct {
		After time.Duration
		With  Tick
	}
	// UseMouse asks for the mouse, or for no more of it.
	UseMouse bool
	// Save asks for a file to be written that is not there yet, and for a Notice.
	Save struct {
		Name string
		Text []byte
	}
	// Copy asks for a text to be put on the clipboard. Nobody says what became of it.
	Copy string
	// Quit says that the screen was left.
	Quit struct{}
)

// wake asks to be called again for something.
func (m *Model) wake(after time.Duration, of any) {
	m.wants = append(m.wants, Wake{after, Tick{of}})
}
