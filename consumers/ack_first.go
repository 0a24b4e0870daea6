package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// AckFirst acks before it performs the effect: at-most-once, it is said.
//
// It promises little: a crash or an error after the ack loses the effect, for the
// queue will not deliver the message again. It is not even at-most-once: if the
// early ack itself is lost, the message comes again and so does the effect; and
// a copy of the message is a second effect as ever. It remembers nothing. It is
// what auto-ack and receive-and-delete do, and right for a metric that may be
// missed.
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
