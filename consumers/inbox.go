package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Inbox inserts the message ID in the same transaction as the effect.
//
// It promises exactly one effect for each message ID if the effect is a row in
// the same database. Both are committed, or neither is. An effect outside
// cannot be rolled back. A crash after it and before the commit removes the
// record but not the charge, and the redelivery charges again. A republish
// under a new message ID looks new. It costs a row a message, and three round
// trips.
var Inbox = register(sim.Consumer{
	Name:     "inbox",
	Clause:   "idempotent by message ID, in one transaction",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.ID) {
			return nil // seen before
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
