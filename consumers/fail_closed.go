package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// FailClosed looks for the message ID in a cache and, if the cache does not answer,
// gives the message back.
//
// It promises that nothing is lost, and that nothing is performed unlooked: an outage
// of the cache is an outage of the consumer, and the queue grows meanwhile. A limit
// on deliveries turns a long outage into a full dead-letter queue. With the cache up
// it has the gap of CheckThenAct, between the effect and the note; a note that fails
// comes too late to do anything about it. It costs an entry for each message of the
// last hour, two round trips, and waiting.
//
// It is the right choice where a duplicate is worse than a delay, and the usual one
// for money.
var FailClosed = register(sim.Consumer{
	Name:     "fail-closed",
	Clause:   "idempotent unless it crashes or races: look in a cache or give back, perform, note",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		_, seen, err := p.Cache.Get(m.ID)
		if err != nil || seen {
			return err // not now, or done
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.Cache.Set(m.ID, "done", time.Hour)
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
