package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// RedeliveredFlag is CheckThenAct that looks only if the queue says that it delivered
// the message before.
//
// It promises that nothing is lost, and saves the look for almost every message.
// RabbitMQ's reliability guide suggests it: a message without the redelivered flag is
// guaranteed not to have been seen before. That is true of the broker message, not of
// the order. A republish or a copy on the network is a new broker message, and its
// flag is not set. For a redelivery it has the gap of CheckThenAct between the effect
// and the record. It costs a row a message and one round trip, or two if the flag is
// set.
var RedeliveredFlag = register(sim.Consumer{
	Name:     "redelivered-flag",
	Clause:   "idempotent only if the flag is right: look in a table if it is set, perform, record",
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
