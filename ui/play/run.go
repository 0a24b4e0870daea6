package play

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

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
	p := tea.NewProgram(m, m.programOptions(gone)...)
	m.signals = make(chan os.Signal, 4)
	watch(m.signals)
	go attend(m.signals, p)
	mercy := haveMercy(o.In)
	_, err = p.Run()
	mercy()
	signal.Stop(m.signals)
	close(m.signals)
	if m.playing {
		m.pause() // a signal does not wait for that
	}
	m.result.Now, m.result.Story, m.result.Step = m.now(), m.st, m.at.Step
	switch {
	case gone.Err() != nil || vanished(err):
		m.result.Signal, err = 1, nil
	case errors.Is(err, tea.ErrInterrupted):
		m.result.Signal, err = 2, nil
	case err == nil && !m.left:
		m.result.Signal = 15 // asked to end, and not by a key
	}
	return m.result, err
}

// programOptions are what Bubble Tea is told.
func (m *model) programOptions(gone context.Context) []tea.ProgramOption {
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithContext(gone)}
	if f, is := m.o.In.(*os.File); is {
		options = append(options, tea.WithInput(&keyboard{File: f}))
	} else if m.o.In != nil {
		options = append(options, tea.WithInput(m.o.In))
	}
	if f, is := m.o.Out.(*os.File); is {
		options = append(options, tea.WithOutput(&whole{f}))
	} else if m.o.Out != nil {
		options = append(options, tea.WithOutput(m.o.Out))
	}
	if m.mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	return options
}

// lastWait is how long a screen that is asked to end may take. Only one whose terminal
// takes no more output needs longer: it would wait for ever.
const lastWait = 2 * time.Second

// haveMercy ends the program by the signal that has asked it to end, if it cannot by
// itself, and puts the terminal in order as far as that can be done without writing.
// What it returns calls it off.
func haveMercy(in io.Reader) (off func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	ended := make(chan struct{})
	f, is := in.(*os.File)
	var was *term.State
	if is {
		was, _ = term.GetState(f.Fd())
	}
	go func() {
		defer signal.Stop(signals)
		select {
		case <-ended:
			return
		case s := <-signals:
			select {
			case <-ended:
			case <-time.After(lastWait):
				if was != nil {
					_ = term.Restore(f.Fd(), was)
				}
				die(s)
			}
		}
	}()
	return func() { close(ended) }
}

// isAny reports whether an error is one of several.
func isAny(err error, of ...error) bool {
	return slices.ContainsFunc(of, func(one error) bool { return errors.Is(err, one) })
}

// hangup returns a context that ends when the terminal goes away, unless whoever
// started the program wants it to outlive that. Bubble Tea knows the other signals.
func hangup() (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(context.Background())
	}
	return signal.NotifyContext(context.Background(), syscall.SIGHUP)
}

// keyboard is the terminal that keys come from. It ends only with the terminal, and
// that is an error: else nobody would learn of it.
type keyboard struct {
	*os.File
	paste pasted
}

// Read reads keys.
func (k *keyboard) Read(b []byte) (int, error) {
	n, err := k.File.Read(b)
	if n == 0 && err == io.EOF {
		return 0, errVanished
	}
	return k.paste.without(b[:n], n == len(b)), err
}

var errVanished = errors.New("the terminal is there no more")

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
