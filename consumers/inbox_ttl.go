package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// InboxTTL is Inbox with rows that are deleted after half an hour.
//
// It promises what Inbox does, if no message comes back later than that. The latest
// retry is made by hand: a redrive after a weekend, a replay of last week. Retention
// must be longer than that one; longer than the visibility timeout is not enough.
// Outside the database it doubles as Inbox does. It costs three round trips and a row
// for each message of the last half hour: messages per second, times 1,800, times some
// 50 bytes.
//
// MassTransit's inbox keeps its rows for 30 minutes by default, NServiceBus for 7
// days.
var InboxTTL = register(sim.Consumer{
	Name:     "inbox-ttl",
	Clause:   "idempotent by message ID for half an hour, in one transaction",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("inbox", m.ID, 30*time.Minute) {
			return nil // seen before, and not too long ago
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
