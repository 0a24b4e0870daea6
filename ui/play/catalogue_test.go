package play

import (
	"fmt"
	"testing"

	"dejavu/consumers"
)

// The catalogue is longer than a small terminal is high: what is shown of it is said,
// and moves along.
func TestALongListSaysWhichPartOfItIsShown(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack")}, 100, 16)
	p.press("l")
	all := len(consumers.All())
	p.sees(fmt.Sprintf("1-14 of %d", all))
	for range all - 1 {
		p.press("down")
	}
	p.sees(fmt.Sprintf("%d-%d of %d", all-13, all, all))
}

// Whether an order is busy or done is what a lease tells a duplicate.
func TestTheScreenShowsHowALeaseStands(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "lease"}
	p := start(t, Start{Scenario: s}, 100, 34)
	p.press("enter", "enter")
	p.sees("m1:busy")
	p.press("enter")
	p.sees("m1:done")
}
