package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// GatewayKeyRandom hands the receiver an idempotency key that it has just made up.
//
// It promises that nothing is lost, and nothing else: it is Naive with a header. The
// documentation said that the key has to be unique for each request, and so it is,
// for each attempt; to the receiver every retry is a request that it has never seen.
// A key has to be the same for the same thing: it is made where the order is made, and
// carried along. The opposite mistake, one key for two orders, drops the second. It
// costs what GatewayKey costs, and protects from a retry by the HTTP client alone,
// which repeats the request with the header that it has.
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
