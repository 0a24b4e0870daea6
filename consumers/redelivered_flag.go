package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// RedeliveredFlag is CheckThenAct that looks only where the queue says that it has
// delivered the message before.
//
// It promises that nothing is lost, and spares almost every message the look. The
// reliability guide of RabbitMQ invites it: a message without the redelivered flag is
// guaranteed not to have been seen before. That is true of the broker message and not
// of the order: a producer that publishes again, or the network's copy, makes a
// broker message of its own, and its flag is not set. For a redelivery it has the gap
// of CheckThenAct between the effect and the record. It costs a row a message and one
// round trip, two if the flag is set.
var RedeliveredFlag = register(sim.Consumer{
	Name:     "redelivered-flag",
	Clause:   "idempotent if the flag told all: look in a table if it is set, perform, record",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		seen := false
		if p.Redelivered() {
			_, seen = p.DB.Get("processed", m.ID)
		}
		if seen {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.DB.Put("processed", m.ID, "done")
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
