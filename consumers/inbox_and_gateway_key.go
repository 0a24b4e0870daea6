package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// InboxAndGatewayKey is InboxKey around GatewayKey: a row here, and a key at the receiver.
//
// It promises exactly one effect for each business key if the effect is a row in the same
// database, or if the receiver honours keys. The inbox keeps redeliveries away from the
// receiver, and remembers after the receiver forgot its key. The key at the receiver
// covers a crash between the effect and the commit. For mail that gap stays open, because
// no mail server honours a key. It costs a row a message and three round trips. Build this
// one for charges.
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
