package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MarkFirst records the message ID in one atomic step and performs the effect
// only if it was the first to do so.
//
// It promises that no message takes effect twice under one message ID, and pays
// for it with loss: a crash or an error between the record and the effect leaves
// a message that looks handled and never was. A publish under a new message ID
// is still a second effect. It costs a row a message and one round trip. It is
// the SETNX recipe, and right where none is better than two: a text message.
var MarkFirst = register(sim.Consumer{
	Name:     "mark-first",
	Clause:   "never twice, but it can lose: record in a table, then perform",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.DB.PutIfAbsent("processed", m.ID, "seen") {
			return nil
		}
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverTwice, sim.NeverStuck),
})
