package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MarkRemove is MarkFirst with an undo: it records the message ID, performs,
// and removes the record if performing failed.
//
// It promises little, because each half breaks the other. After a crash
// between the record and the effect, the message looks handled, as with
// MarkFirst. A timeout at the bank is an error after the effect. It removes
// the record, and the retry repeats the effect. And a redelivery during a slow
// first attempt is acked as a duplicate, so the queue forgets the message. If
// the first attempt then fails, nobody tries again. It costs a row a message
// and one round trip.
//
// Camel's idempotent consumer does this unless told otherwise: it adds
// eagerly, and removes on failure.
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
