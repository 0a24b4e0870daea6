// Package term shows the screen of package play in a terminal. It is the only importer
// of Bubble Tea.
//
// Here is what the screen need not know: keys that come in pieces, signals, how to
// suspend, and a terminal that goes away. Two goroutines wait for signals; all else is
// done in turn.
package term

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	"dejavu/ui/abreast"
	"dejavu/ui/grid"
	_ "dejavu/ui/noquery" // before Bubble Tea asks the terminal
	"dejavu/ui/play"
	"dejavu/ui/story"
)

// Terminal is where keys come from and frames go to.
type Terminal struct {
	In    io.Reader
	Out   io.Writer
	Depth grid.Depth
}

// Exit is how the screen was left.
type Exit struct {
	Now   play.Now
	Story *story.Story // nil if nothing was played
	// Step is the moment at which it was left.
	Step int
	// Choice is what was chosen, if there was something to choose from.
	Choice string
	// Signal is 1 if the terminal went away, 2 for an interrupt, 3 for a request to quit,
	// 15 for one to end, or 0.
	Signal int
	// Panic is what the screen panicked with, or nil: a mistake of ours. The terminal
	// was restored.
	Panic any
	Stack []byte
}

// screen is the model as Bubble Tea knows it.
type screen struct {
	model   *play.Model
	begin   []play.Out // what it asked for when it was made
	on      Terminal
	typed   typed
	mouse   bool
	left    bool   // by a key
	frame   string // what View returns: drawn in Update, so that a mistake is caught there
	signals chan os.Signal
	result  Exit
}

func newScreen(o play.Start, on Terminal) *screen {
	m, wants := play.New(o)
	s := &screen{model: m, begin: wants, on: on, mouse: !o.NoMouse, typed: typed{clock: time.Now}}
	s.draw()
	return s
}

// Run shows the screen until it is left, and says how it was. The terminal is as it
// was before, whatever happened.
func Run(o play.Start, on Terminal) (Exit, error) {
	s := newScreen(o, on)
	gone, stop := hangup()
	defer stop()
	p := tea.NewProgram(s, s.programOptions(gone)...)
	s.signals = make(chan os.Signal, 4)
	watch(s.signals)
	go attend(s.signals, p)
	mercy := haveMercy(on.In)
	_, err := p.Run()
	mercy()
	signal.Stop(s.signals)
	close(s.signals)
	s.model.Update(play.Pause{}) // a signal does not wait for that
	s.result.Now = s.model.Now()
	s.result.Story, s.result.Step = s.model.Story()
	s.result.Choice = s.model.Choice()
	switch {
	case gone.Err() != nil || vanished(err):
		s.result.Signal, err = 1, nil
	case errors.Is(err, tea.ErrInterrupted):
		s.result.Signal, err = 2, nil
	case err == nil && !s.left:
		s.result.Signal = 15 // asked to end, and not by a key
	}
	return s.result, err
}

// programOptions are what Bubble Tea is told.
func (s *screen) programOptions(gone context.Context) []tea.ProgramOption {
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithContext(gone)}
	if f, is := s.on.In.(*os.File); is {
		options = append(options, tea.WithInput(&keyboard{File: f}))
	} else if s.on.In != nil {
		options = append(options, tea.WithInput(s.on.In))
	}
	if f, is := s.on.Out.(*os.File); is {
		options = append(options, tea.WithOutput(&whole{f}))
	} else if s.on.Out != nil {
		options = append(options, tea.WithOutput(s.on.Out))
	}
	if s.mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	return options
}

// Init does what the model has asked for when it was made.
func (s *screen) Init() tea.Cmd { return s.do(s.begin) }

// View returns the frame.
func (s *screen) View() string { return s.frame }

// Update takes a key, a size or a tick. A panic in it is caught: the terminal must
// be given back, and whoever sat before it must learn how to come here again.
func (s *screen) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	defer func() {
		if p := recover(); p != nil {
			s.result.Panic, s.result.Stack = p, abreast.Stack(p)
			s.left = true
			next, cmd = s, tea.Quit
		}
	}()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		cmd = s.hand(play.Resize{Width: msg.Width, Height: msg.Height})
	case tea.KeyMsg:
		cmd = s.keys(msg)
	case tea.MouseMsg:
		if msg.Button == tea.MouseButtonLeft && msg.Action != tea.MouseActionRelease {
			cmd = s.hand(play.Mouse{X: msg.X, Y: msg.Y})
		}
	case play.Tick, play.Notice:
		cmd = s.hand(msg)
	default:
		cmd = s.signalled(msg)
	}
	s.draw()
	return s, cmd
}

// draw makes the frame of this moment.
func (s *screen) draw() {
	g, theme := s.model.Frame()
	depth := s.on.Depth
	if theme.Name == grid.Mono.Name {
		depth = grid.NoColor
	}
	s.frame = g.ANSI(theme, depth)
}

// keys takes what was typed.
func (s *screen) keys(msg tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, key := range s.typed.keys(msg) {
		switch key {
		case "ctrl+c":
			s.result.Signal = 2
			cmds = append(cmds, s.hand(play.Leave{}))
		case "ctrl+z":
			cmds = append(cmds, s.suspend())
		default:
			cmds = append(cmds, s.hand(key))
		}
	}
	return tea.Batch(cmds...)
}

// hand hands something to the model, and does what that asks for.
func (s *screen) hand(in play.In) tea.Cmd { return s.do(s.model.Update(in)) }

// do does what the model asks for.
func (s *screen) do(wants []play.Out) tea.Cmd {
	var cmds []tea.Cmd
	for _, out := range wants {
		switch out := out.(type) {
		case play.Wake:
			cmds = append(cmds, tea.Tick(out.After, func(time.Time) tea.Msg { return out.With }))
		case play.UseMouse:
			if s.mouse = bool(out); s.mouse {
				cmds = append(cmds, tea.EnableMouseCellMotion)
			} else {
				cmds = append(cmds, tea.DisableMouse)
			}
		case play.Save:
			cmds = append(cmds, func() tea.Msg { return writeFile(out.Name, out.Text) })
		case play.Copy:
			cmds = append(cmds, func() tea.Msg { return s.copies(string(out)) })
		case play.Quit:
			s.left = true
			cmds = append(cmds, tea.Quit)
		}
	}
	return tea.Batch(cmds...)
}

// copies asks the terminal to put a text on the clipboard (OSC 52). It does not answer. The
// sequence is one write, and so are frames: neither falls into the other.
func (s *screen) copies(text string) tea.Msg {
	if _, err := io.WriteString(s.on.Out, "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(text))+"\x07"); err != nil {
		return play.Notice("It could not be copied: " + err.Error())
	}
	return nil
}

// writeFile writes a file that is not there yet.
func writeFile(name string, text []byte) play.Notice {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		if os.IsExist(err) {
			return play.Notice(name + " is there already, and was left as it is: move it away first.")
		}
		return play.Notice("The file could not be written: " + err.Error())
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(name) // half a file would stand in the way of the next try
		return play.Notice("The file could not be written: " + err.Error())
	}
	return play.Notice("Written: " + name)
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
	room := b[:len(b)-len(k.paste.tail)]
	n, err := k.File.Read(room)
	if n == 0 && err == io.EOF {
		return 0, errVanished
	}
	return k.paste.without(b, n, n == len(room)), err
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
