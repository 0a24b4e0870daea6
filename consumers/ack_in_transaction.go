package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// AckInTransaction acks the message in the transaction of the effect.
//
// That takes a queue that is a table of the same database, such as postgres-skip-locked.
// On any other queue, the default too, the ack is sent after the commit: this is Naive
// with a transaction around it. An effect that is a row is committed together with the
// ack. No crash falls between them, and no ack gets lost. Nothing need be remembered
// for that. Nothing is kept either, so a copy of the message or a republish takes effect
// again. An effect outside is repeated after a crash before the commit. It costs three
// round trips.
var AckInTransaction = register(sim.Consumer{
	Name:     "ack-in-transaction",
	Clause:   "acks in the transaction of the effect, if the queue is a table there",
	Identity: sim.NoIdentity,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if err := p.Perform(m); err != nil {
			return err
		}
		tx.Ack()
		return tx.Commit()
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
