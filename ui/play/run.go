package play

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"

	_ "dejavu/ui/noquery" // before Bubble Tea asks the terminal
)

// Run shows the screen until it is left, and says how it was. The terminal is as it
// was before, whatever happened.
func Run(o Options) (Result, error) {
	m, err := newModel(o)
	if err != nil {
		return Result{}, err
	}
	m.draw()
	gone, stop := hangup()
	defer stop()
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithContext(gone)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if f, is := o.Out.(*os.File); is {
		options = append(options, tea.WithOutput(&whole{f}))
	} else if o.Out != nil {
		options = append(options, tea.WithOutput(o.Out))
	}
	if m.mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	_, err = tea.NewProgram(m, options...).Run()
	if m.playing {
		m.pause() // a signal does not wait for that
	}
	m.result.Now, m.result.Story, m.result.Step = m.now(), m.st, m.at.Step
	switch {
	case gone.Err() != nil:
		m.result.Signal, err = 1, nil
	case errors.Is(err, tea.ErrInterrupted):
		m.result.Signal, err = 2, nil
	case err == nil && !m.left:
		m.result.Signal = 15 // asked to end, and not by a key
	}
	return m.result, err
}

// hangup returns a context that ends when the terminal goes away, unless whoever
// started the program wants it to outlive that. Bubble Tea knows the other signals.
func hangup() (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(context.Background())
	}
	return signal.NotifyContext(context.Background(), syscall.SIGHUP)
}

// whole is a terminal to which every frame is written as a whole, where it knows
// how: what is half drawn is not shown.
type whole struct{ *os.File }

// Write writes one frame, or a part of one.
func (w *whole) Write(b []byte) (int, error) {
	frame := make([]byte, 0, len(b)+16)
	frame = append(frame, "\x1b[?2026h"...)
	frame = append(frame, b...)
	frame = append(frame, "\x1b[?2026l"...)
	if _, err := w.File.Write(frame); err != nil {
		return 0, err
	}
	return len(b), nil
}

func stack() []byte { return debug.Stack() }

// line is the command that reopens a moment.
func (m *model) line(n Now) string {
	switch {
	case m.lesson != nil && m.lesson.Line != nil:
		return m.lesson.Line(n)
	case m.o.Line != nil:
		return m.o.Line(n)
	}
	return "dejavu play " + n.From.Name
}
