package sim

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
)

// A run that keeps the paths of messages that are settled grows with its length.
func TestPathsOfSettledMessagesAreGivenBack(t *testing.T) {
	handle := func(p *Proc, m broker.Message) error {
		if !p.DB.Insert("inbox", m.ID) {
			return nil
		}
		return p.Perform(m)
	}
	for _, unit := range []broker.AckUnit{broker.AckEach, broker.AckBatch, broker.AckCumulative} {
		for _, most := range []int{0, 1} {
			l := Lane{Consumer: Consumer{Name: "test", Handle: handle}, Queue: broker.Default(), Seed: 1, Rates: Rates{
				LoseAckFault: .1, CrashFault: .1, PauseFault: .1, FailFault: .1, CopyFault: .1,
			}}
			l.Queue.Batch, l.Queue.AckUnit, l.Queue.MaxDeliveries = 10, unit, most
			for i := range 1000 {
				id := fmt.Sprintf("m%d", i+1)
				l.Messages = append(l.Messages, Owed{ID: id, At: time.Duration(i/10) * time.Minute, Message: broker.Message{ID: id, Group: id[:2]}})
			}
			clock, err := NewTimeline(l)
			if err != nil {
				t.Fatal(err)
			}
			for clock.Next() {
			}
			r, err := Simulate(l)
			if err != nil {
				t.Fatal(err)
			}
			for what, w := range map[string]*World{"timeline": clock.world, "At": r.At(r.Len())} {
				kept := 0
				for kind := range int32(len(l.Messages)) {
					if w.prog.Begun(kind) {
						kept++
					}
				}
				if kept > 0 {
					t.Errorf("ack %v, at most %d deliveries, %s: the paths of %d messages are kept", unit, most, what, kept)
				}
			}
		}
	}
}
