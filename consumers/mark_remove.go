package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MarkRemove is MarkFirst with a way back: it records the message ID, performs, and
// removes the record if performing failed.
//
// It promises little, for each half of it breaks the other. A crash after the record
// leaves a message that looks handled and never was, as in MarkFirst. An error that
// comes after the effect, a timeout at the bank, removes the record of what was done,
// and the retry does it again. And a redelivery that arrives while a slow first attempt
// is still at work is acked as a duplicate, so the queue lets go of the message: if the
// first attempt then fails, nobody is left to do it. It costs a row a message and one
// round trip.
//
// Camel's idempotent consumer does so unless told otherwise: it adds eagerly, and
// removes on failure.
var MarkRemove = register(sim.Consumer{
	Name:     "mark-remove",
	Clause:   "it can lose and double: record in a table, perform, remove the record on error",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.DB.PutIfAbsent("processed", m.ID, "seen") {
			return nil
		}
		if err := p.Perform(m); err != nil {
			p.DB.Delete("processed", m.ID)
			return err
		}
		return nil
	},
	Claims: sim.Everywhere(sim.NeverStuck),
})
