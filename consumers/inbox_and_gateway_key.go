package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// InboxAndGatewayKey is InboxKey around GatewayKey: two nets, one under the other.
//
// It promises exactly one effect for each business key if the effect is a row in
// the same database or the receiver honours keys. The inbox spares the receiver
// the redeliveries and outlives the keys that it forgets; the key at the receiver
// covers the crash between the effect and the commit. For mail, where nobody
// honours a key, that gap stays open. It costs a row a message and three round
// trips. It is what to build for charges.
var InboxAndGatewayKey = register(sim.Consumer{
	Name:     "inbox-and-gateway-key",
	Clause:   "idempotent here and at the receiver: inbox, and an idempotency key",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.Key) {
			return nil // paid before
		}
		if err := p.PerformOnce(m, m.Key); err != nil {
			return err
		}
		return tx.Commit()
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
