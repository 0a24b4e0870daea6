package sim

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"dejavu/broker"
)

// What a run takes beside its input must not grow with what is said of each message.
func TestARunWithoutEventsTakesAtMost250BytesAMessage(t *testing.T) {
	naive := func(p *Proc, m broker.Message) error { return p.Perform(m) }
	inbox := func(p *Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if tx.Insert("inbox", m.ID) {
			if err := p.Perform(m); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	const n = 20_000
	for name, handle := range map[string]Handler{"naive": naive, "inbox": inbox} {
		l := Lane{Consumer: Consumer{Name: name, Handle: handle}, Queue: broker.Default(), Rates: Rates{LoseAckFault: .1}}
		for i := range n {
			id := fmt.Sprintf("m%d", i+1)
			l.Messages = append(l.Messages, Owed{ID: id, At: time.Duration(i) * time.Second, Message: broker.Message{ID: id, Key: id, Group: id}})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Tally(l); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / n; got > 250 {
			t.Errorf("%s takes %d bytes a message, want at most 250", name, got)
		}
	}
}
