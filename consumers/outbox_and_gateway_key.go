package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// OutboxAndGatewayKey is Outbox with the business key in both places: in the inbox, and
// sent to the receiver by the relay.
//
// It promises exactly one effect for each business key where the receiver honours keys.
// The relay may perform as often as it likes, because the row fixes the key before the
// first attempt. A new key for each attempt would not help. Mail and stock have no
// receiver that honours keys: there it doubles as Outbox does. It costs what Outbox
// costs. The receiver must remember the key for longer than a row can wait.
var OutboxAndGatewayKey = register(sim.Consumer{
	Name:     "outbox-and-gateway-key",
	Clause:   "idempotent here and at the receiver: outbox, and a relay that sends a key",
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
