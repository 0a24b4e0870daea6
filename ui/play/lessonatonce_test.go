//go:build !windows

package play

import (
	"testing"
	"time"
)

// A wrong answer is called wrong with the key, and not when the run has come there.
func TestRightOrWrongIsSaidWhileTheRunIsOnItsWay(t *testing.T) {
	for answer, want := range map[string]string{"1": "Not quite. It is \"", "2": "Right, \""} {
		p := start(t, course(t, "ghost-charge", false, &pupil{}), 80, 24)
		p.toGuess()
		p.press("3", "3", "enter")
		p.toGuess()
		p.press(answer)
		p.now = p.now.Add(time.Second)
		p.send(Key(answer))
		if !p.m.playing {
			t.Fatal("nothing moves")
		}
		p.reads(want, "NAIVE charges for each delivery")
		p.whole()
	}
}
