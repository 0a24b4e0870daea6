package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// AckFirst acks before it performs the effect. People call it at-most-once.
//
// It promises little. A crash or an error after the ack loses the effect,
// because the queue will not deliver the message again. It is not even
// at-most-once: if the early ack is lost, the message comes again, and so does
// the effect. A copy of the message is a second effect too. It remembers
// nothing. Auto-ack and receive-and-delete work this way. It is right for a
// metric that may get lost.
var AckFirst = register(sim.Consumer{
	Name:     "ack-first",
	Clause:   "not idempotent: ack, then perform",
	Identity: sim.NoIdentity,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if err := p.Ack(); err != nil {
			return err
		}
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverStuck),
})
