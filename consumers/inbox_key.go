package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// InboxKey is Inbox with the business key in place of the message ID.
//
// It promises what Inbox does, also for a republish under a new message ID: the second
// click of an impatient customer. It is only as good as the key. A key that is too
// coarse drops a second genuine purchase. A key that is too fine works no better than a
// message ID. It does not help an effect outside any more than Inbox does. It costs the
// same.
var InboxKey = register(sim.Consumer{
	Name:     "inbox-key",
	Clause:   "idempotent by business key, in one transaction",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.Key) {
			return nil // paid before
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
