package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Outbox records the message ID and puts the effect into an outbox table, in one
// transaction; a relay performs what lies there, and marks it sent.
//
// It promises that what was recorded will be done: record and promise are committed
// together, so no crash can come between them (the dual write). It does not promise
// that it is done once: the relay that dies between the effect and the mark does it
// again, and nobody can know. The message that the handler sees twice is found in the
// inbox, however long a worker froze. It is the outbox alone that doubles: with a key
// at the receiver it is exact, see OutboxAndGatewayKey. Stock would have been safe in
// the first transaction; here it is taken out of it, for nothing.
//
// It costs two rows a message, a relay that polls or follows the log, and the time
// until that comes round. NServiceBus and MassTransit build it in, and say that it can
// send twice; Debezium reads the table from the log.
var Outbox = register(sim.Consumer{
	Name:     "outbox",
	Clause:   "idempotent up to the relay: record and enqueue in one transaction, and a relay performs",
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
