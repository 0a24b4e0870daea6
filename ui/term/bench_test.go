package term

import (
	"bytes"
	"io"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios"
	"dejavu/ui/play"
)

// empty is a Bubble Tea program that does nothing.
type empty struct{}

func (empty) Init() tea.Cmd                         { return nil }
func (e empty) Update(tea.Msg) (tea.Model, tea.Cmd) { return e, nil }
func (empty) View() string                          { return "faults" }

// How long it takes from the start of a program to its first frame: the screen's
// should be close to that of one that does nothing.
func BenchmarkFirstFrame(b *testing.B) {
	for _, c := range []struct {
		name string
		make func() tea.Model
	}{
		{"empty", func() tea.Model { return empty{} }},
		{"flagship", func() tea.Model {
			s, _ := scenarios.Get("lost-ack-then-crash")
			return newScreen(play.Start{Scenario: s, At: -1}, Terminal{})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				in, typed := io.Pipe()
				first := make(chan struct{})
				p := tea.NewProgram(c.make(), tea.WithInput(in), tea.WithOutput(&until{text: "faults", seen: first}), tea.WithoutSignalHandler())
				go p.Send(tea.WindowSizeMsg{Width: 120, Height: 40})
				go func() {
					<-first
					p.Kill()
					_ = typed.Close()
				}()
				_, _ = p.Run() // killed
			}
		})
	}
}

// until closes a channel when a text was written.
type until struct {
	text string
	seen chan struct{}
	all  []byte
	done bool
}

func (u *until) Write(b []byte) (int, error) {
	if u.all = append(u.all, b...); !u.done && bytes.Contains(u.all, []byte(u.text)) {
		u.done = true
		close(u.seen)
	}
	return len(b), nil
}
