package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// GatewayKeyRandom sends the receiver an idempotency key that it has just made up.
//
// It promises only that nothing is lost: it is Naive with a header. The documentation
// said that the key must be unique for each request. This key is unique for each
// attempt, so every retry looks like a new request to the receiver. The key must be the
// same for the same order: make it where the order is made, and pass it along. The
// opposite mistake, one key for two orders, drops the second. It costs what GatewayKey
// costs. It protects only from a retry inside the HTTP client, which repeats the
// request with the same header.
var GatewayKeyRandom = register(sim.Consumer{
	Name:     "gateway-key-random",
	Clause:   "not idempotent: perform with a key that is new in every attempt",
	Identity: sim.ReceiverKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		key := p.NewID() // "must be unique"
		return p.PerformOnce(m, key)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
