//go:build !windows

package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/creack/pty"

	"dejavu/sim/testkit"
)

// pressed presses keys, each when something is to be seen, and later than what is dropped
// because it was meant for what was there before.
func (x *session) pressed(steps [][2]string) {
	x.t.Helper()
	for _, s := range steps {
		if s[0] != "" {
			x.until(1, s[0])
		}
		time.Sleep(350 * time.Millisecond)
		x.types(s[1])
	}
}

// A level is broken with keys, in the program and on a terminal as people have them.
func TestALevelIsBrokenOnATerminal(t *testing.T) {
	t.Parallel()
	for _, size := range testkit.Sample(1, []pty.Winsize{{Rows: 24, Cols: 80}, {Rows: 40, Cols: 120}}) {
		t.Run(fmt.Sprintf("%dx%d", size.Cols, size.Rows), func(t *testing.T) {
			t.Parallel()
			x := inWindow(t, &size, "dejavu", "break", "record-too-late", "--reduced-motion")
			x.pressed([][2]string{
				{"You are the network.", "\r"}, {"nobody can", "\r"}, {"begins", "\x1b[C"}, {"no m1", "\x1b[C"}, {"charged", "C"},
				{"crash:m1/after-effect strikes.", "\r"}, {"You: 1 fault, 9 actions. Par: 1 fault, 9 actions.", "\x1b"}, {"", "q"},
			})
			if code := x.ends(); code != exitOK {
				t.Errorf("exit status %d", code)
			}
			x.until(1, "Next: dejavu break mark-too-early")
		})
	}
}

// The first level of build is solved with keys.
func TestAConsumerIsBuiltOnATerminal(t *testing.T) {
	t.Parallel()
	for _, size := range testkit.Sample(1, []pty.Winsize{{Rows: 24, Cols: 80}, {Rows: 40, Cols: 120}}) {
		t.Run(fmt.Sprintf("%dx%d", size.Cols, size.Rows), func(t *testing.T) {
			t.Parallel()
			x := inWindow(t, &size, "dejavu", "build", "1")
			x.pressed([][2]string{
				{"Wanted for mail", "\r"}, {"broken by one lost ack", "a"}, {"Add a line", "mark in table by b"}, {"mark in table by business key", "\r"},
				{"", "["}, {"Solved: 2 lines, 1 trip; par 2, 1.", "q"},
			})
			if code := x.ends(); code != exitOK {
				t.Errorf("exit status %d", code)
			}
			x.until(1, "Next: dejavu build a-definite-error")
		})
	}
}
