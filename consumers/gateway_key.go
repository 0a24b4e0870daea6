package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// GatewayKey sends the business key to the receiver as an idempotency key, and keeps
// nothing itself.
//
// It promises exactly one effect for each business key, while the receiver honours and
// remembers keys. A card gateway honours keys. A mail server does not: there it works
// like Naive. Keys expire: Stripe may remove one after 24 hours. A redelivery after
// that charges again. It costs nothing here, and a call to the receiver for every
// delivery.
var GatewayKey = register(sim.Consumer{
	Name:     "gateway-key",
	Clause:   "idempotent at the receiver: perform with an idempotency key",
	Identity: sim.ReceiverKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		return p.PerformOnce(m, m.Key)
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverLost, sim.NeverStuck},
	},
})
