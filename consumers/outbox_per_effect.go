package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// OutboxPerEffect has an outbox row for each effect outside. One transaction records the
// message, takes the item from stock, and enqueues a row for each of the others.
// The relay takes the rows one by one, and sends the business key with each.
//
// It promises exactly one effect for each business key if the effect is a row in the same
// database, or if the receiver honours keys. A mail has neither, so the gap before its mark
// stays open. Its advantage over OutboxAndGatewayKey appears only if a message has several
// effects. The item joins the first transaction, and no relay can take it again. An error or
// a crash at the mail repeats the mail alone: the row of the charge is marked by then. Mail
// servers that are down for days hold up mails, and nothing else.
//
// It costs a row for each effect, and their order. A row that waits to be tried again keeps
// no other back. So the mail may be sent before the card is charged, or although it never is. Where a message has one effect, it is OutboxAndGatewayKey, or for stock an inbox.
var OutboxPerEffect = register(sim.Consumer{
	Name:     "outbox-per-effect",
	Clause:   "idempotent part by part: record, take the stock and enqueue each effect outside; a relay sends a key",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.Key) {
			return nil // done before, or soon
		}
		for _, part := range p.Parts() {
			if !part.Local() {
				tx.EnqueuePart(m, part)
				continue
			}
			err := p.PerformPart(m, part)
			if err != nil {
				return err
			}
		}
		return tx.Commit()
	},
	Relay: func(p *sim.Proc, m broker.Message) error {
		return p.PerformOnce(m, m.Key) // the part that its row is for
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
