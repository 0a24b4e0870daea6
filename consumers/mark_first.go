package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MarkFirst records the message ID in one atomic step. It performs the effect only if
// the ID was not there.
//
// It promises that no message ID takes effect twice. The price is loss. After a crash
// or an error between the record and the effect, the message looks handled, but its
// effect never happens. A republish under a new message ID is still a second effect. It
// costs a row a message and one round trip. It is the SETNX recipe. It is right where
// no effect is better than two: a text message.
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
