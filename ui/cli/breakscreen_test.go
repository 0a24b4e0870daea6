//go:build !windows

package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A level is broken with keys, in the program and on a terminal as people have them.
func TestALevelIsBrokenOnATerminal(t *testing.T) {
	for _, size := range []pty.Winsize{{Rows: 24, Cols: 80}, {Rows: 40, Cols: 120}} {
		t.Run(fmt.Sprintf("%dx%d", size.Cols, size.Rows), func(t *testing.T) {
			t.Parallel()
			x := inWindow(t, &size, "dejavu", "break", "record-too-late", "--reduced-motion")
			for _, s := range []struct{ shows, keys string }{
				{"You are the network.", "\r"},
				{"nobody can", "\r"},
				{"begins", "\x1b[C"},
				{"no m1", "\x1b[C"},
				{"charged", "C"},
				{"crash:m1/after-effect strikes.", "\r"},
				{"You: 1 fault, 9 actions. Par: 1 fault, 9 actions.", "\x1b"},
				{"the end of", "q"},
			} {
				if s.keys == "q" {
					time.Sleep(400 * time.Millisecond) // an escape alone is waited for
				} else {
					x.until(1, s.shows)
					time.Sleep(350 * time.Millisecond) // what comes sooner was meant for what was there before
				}
				x.types(s.keys)
			}
			if code := x.ends(); code != exitOK {
				t.Errorf("exit status %d", code)
			}
			x.until(1, "Next: dejavu break mark-too-early")
		})
	}
}
