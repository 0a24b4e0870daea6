package story

import (
	"strings"
	"testing"

	"dejavu/sim"
)

// What a consumer takes for done was done for another: the words must not say that
// it had recorded this one.
func TestALossToAnotherMessagesRecordSaysWhose(t *testing.T) {
	for _, c := range []struct {
		consumer string
		change   func(first, second *sim.Owed)
		faults   []sim.Fault
		lost     int
		key      string
	}{
		{"inbox-hash", func(a, b *sim.Owed) { b.Body = a.Body }, nil, 1, "found 8"},
		{"high-water-mark", func(a, b *sim.Owed) { a.Group, b.Group, b.At = "g", "g", a.At }, []sim.Fault{{Kind: sim.FailFault, Message: "m1"}}, 0, "found g"},
	} {
		s := get(t, "quiet-day")
		s.Consumers, s.Messages, s.Faults = []string{c.consumer}, s.Messages[:2], c.faults
		c.change(&s.Messages[0], &s.Messages[1])
		told := tell(t, s)
		l := told.Lanes[0]
		if len(l.Outcome.Never) != 1 || l.Outcome.Never[0] != s.Messages[c.lost].ID {
			t.Errorf("%s: %+v", c.consumer, l.Outcome)
			continue
		}
		said := l.excuseLoss(&Stop{Owed: c.lost, Mark: Never})
		if !strings.HasPrefix(said, c.key) || !strings.Contains(said, "and took it for done, for") {
			t.Errorf("%s: %s", c.consumer, said)
		}
	}
}
