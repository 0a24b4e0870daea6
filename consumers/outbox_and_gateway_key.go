package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// OutboxAndGatewayKey is Outbox with the business key in both places: in the inbox,
// and handed to the receiver by the relay.
//
// It promises exactly one effect for each business key wherever the receiver honours
// keys: the relay may perform as often as it likes, under a key that was fixed before
// it began. A new key for each attempt would be no key at all. Where nobody honours it,
// for mail and for stock, it doubles as Outbox does. It costs what Outbox costs, and a
// key that the receiver has to remember for longer than a row can wait.
var OutboxAndGatewayKey = register(sim.Consumer{
	Name:     "outbox-and-gateway-key",
	Clause:   "idempotent here and at the receiver: outbox, and a relay that hands over a key",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.Key) {
			return nil // paid before, or soon
		}
		tx.Enqueue(m)
		return tx.Commit()
	},
	Relay: func(p *sim.Proc, m broker.Message) error {
		return p.PerformOnce(m, m.Key)
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverLost, sim.NeverStuck},
	},
})
