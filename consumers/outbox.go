package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Outbox records the message ID and puts the effect into an outbox table, in one
// transaction. A relay performs what is in the table, and marks it as sent.
//
// It promises that a recorded message is performed in the end: one transaction commits
// the record and the outbox row, so no crash comes between them (the dual write). It
// does not promise to perform once. A relay that dies between the effect and the mark
// repeats the effect. A second delivery finds its ID in the inbox, however long a
// worker froze. Only the relay doubles; a key at the receiver makes it exact, see
// OutboxAndGatewayKey. Stock would have been safe in the first transaction. The outbox
// moves it out, and gains nothing.
//
// It costs two rows a message, a relay that polls or follows the log, and a delay.
// NServiceBus and MassTransit build it in, and say that it can send twice. Debezium
// reads the table from the log.
var Outbox = register(sim.Consumer{
	Name:     "outbox",
	Clause:   "idempotent up to the relay: record and enqueue in one transaction; a relay performs",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.ID) {
			return nil // seen before
		}
		tx.Enqueue(m)
		return tx.Commit()
	},
	Relay: func(p *sim.Proc, m broker.Message) error {
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
