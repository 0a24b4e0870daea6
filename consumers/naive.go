package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Naive performs the effect and acks: everybody's first version.
//
// It promises that nothing is lost, and nothing else. Each redelivery is another
// effect. One comes after a lost ack, after a crash before the ack, after work
// longer than the visibility timeout, and with every copy. It remembers nothing and
// costs nothing.
var Naive = register(sim.Consumer{
	Name:     "naive",
	Clause:   "not idempotent: perform, then ack",
	Identity: sim.NoIdentity,
	Handle: func(p *sim.Proc, m broker.Message) error {
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
