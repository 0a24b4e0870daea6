package play

import (
	"errors"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/ui/words"
)

// A screen that is suspended gives the terminal back before it stops, and takes it
// again when it goes on. Where nobody could let it go on it does not stop: no shell
// waits for whoever leads a session, and the system drops the signal.

// errNotStopped says that nothing has stopped this program.
var errNotStopped = errors.New("nobody could let it go on")

// interlude is something that is done while the terminal is as it was before the
// screen.
type interlude func() error

// Run does it.
func (does interlude) Run() error { return does() }

// SetStdin and the two below are what Bubble Tea asks of a program: this is none.
func (interlude) SetStdin(io.Reader) {}

// SetStdout does nothing.
func (interlude) SetStdout(io.Writer) {}

// SetStderr does nothing.
func (interlude) SetStderr(io.Writer) {}

// What signals say to the screen.
type (
	suspended struct{ err error } // it is back, or it never went, and why
	toSuspend struct{}            // it is asked to stop
	continued struct{}            // what cannot be caught has stopped it, and it goes on
	asked     int                 // it is asked to end, by a signal of this number
)

// Error is for whoever waits for one signal, and gets another.
func (n asked) Error() string { return "asked to end" }

// signalled takes what a signal says.
func (m *model) signalled(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case toSuspend:
		return m.suspend()
	case continued: // whoever had the terminal meanwhile has changed it
		return tea.Exec(interlude(func() error { return nil }), func(error) tea.Msg { return suspended{} })
	case suspended:
		return m.resume(msg.err)
	case asked:
		m.result.Signal = int(msg)
		return m.end()
	}
	return nil
}

// suspend stops the program until somebody lets it go on.
func (m *model) suspend() tea.Cmd {
	if orphaned() {
		return m.resume(errNotStopped)
	}
	if m.playing {
		m.pause()
	}
	return tea.Exec(interlude(func() error { return stop(m.signals) }), func(err error) tea.Msg { return suspended{err} })
}

// resume goes on. The mouse was given back with the terminal, and is not taken again
// by itself.
func (m *model) resume(err error) tea.Cmd {
	var n asked
	switch {
	case errors.As(err, &n):
		return m.signalled(n)
	case err != nil:
		m.say(words.Dim, "It cannot be suspended here: no shell could bring it back. q quits.")
	}
	if m.mouse {
		return tea.EnableMouseCellMotion
	}
	return nil
}

// attend passes on to a program what signals say, until the channel is closed.
func attend(signals <-chan os.Signal, p *tea.Program) {
	for s := range signals {
		if msg := says(s); msg != nil {
			p.Send(msg)
		}
	}
}
