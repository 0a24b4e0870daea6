package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// RecoveryPoints works through a message in atomic phases. Each effect has a transaction
// of its own, with a row that says that it is done. What lies outside gets the business
// key.
//
// It promises exactly one effect for each business key if the effect is a row in the same
// database, or if the receiver honours keys. A mail has neither, so the gap before its
// commit stays open. Its advantage over InboxAndGatewayKey appears only if a message has
// several effects. A retry goes on behind the last point and repeats one phase at most.
// The item is taken for good before the mail is tried. A mail server that is down for
// days then rolls nothing back. The bank must remember the key only until the charge is
// committed. It costs a row and a transaction for each effect.
//
// See Brandur Leach, "Implementing Stripe-like Idempotency Keys in Postgres" (2017). The
// steps between two calls to the outside are an atomic phase there, and its last statement
// moves the recovery point.
var RecoveryPoints = register(sim.Consumer{
	Name:     "recovery-points",
	Clause:   "idempotent part by part: a transaction and a key for each effect",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		for _, part := range p.Parts() {
			point := m.Key + " " + part.String()
			tx := p.DB.Begin()
			if tx.Insert("points", point) { // not done yet
				err := p.PerformPartOnce(m, part, m.Key)
				if err != nil {
					tx.Rollback()
					return err
				}
			}
			if err := tx.Commit(); err != nil {
				return err
			}
		}
		return nil
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
