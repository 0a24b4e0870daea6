package consumers

import (
	"crypto/sha256"
	"fmt"

	"dejavu/broker"
	"dejavu/sim"
)

// InboxHash is Inbox with a hash of the body in place of the message ID. Nobody has to
// agree on an ID: equal content counts as the same message.
//
// It promises what InboxKey does for a republish with the same body, and it needs
// nothing from the producer. It cannot tell a duplicate from a second genuine purchase
// of the same thing: the second coffee is never charged. A timestamp in the body makes
// the purchases differ, but the duplicates too. It does not help an effect outside any
// more than Inbox does. It costs a row a message, with a hash of 8 bytes here, and
// three round trips.
//
// SQS FIFO does this with content-based deduplication (SHA-256 of the body).
// Watermill's deduplicator does it by default, with an Adler-32 that takes different
// short bodies for the same.
var InboxHash = register(sim.Consumer{
	Name:     "inbox-hash",
	Clause:   "idempotent by content hash, in one transaction",
	Identity: sim.Fingerprint,
	Handle: func(p *sim.Proc, m broker.Message) error {
		hash := sha256.Sum256([]byte(m.Body))
		key := fmt.Sprintf("%x", hash[:8])
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", key) {
			return nil // said before
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
