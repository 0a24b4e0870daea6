package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// FailClosed looks for the message ID in a cache, and gives the message back if the
// cache does not answer.
//
// It promises that nothing is lost, and that it never performs without looking first.
// So an outage of the cache is an outage of the consumer, and the queue grows
// meanwhile. If deliveries are limited, a long outage fills the dead-letter queue.
// While the cache is up it has the gap of CheckThenAct, between the effect and the
// record. An error while recording comes too late: the effect has happened. It costs an
// entry for each message of the last hour, two round trips, and waiting.
//
// It is right where a duplicate is worse than a delay. It is the usual choice for
// money.
var FailClosed = register(sim.Consumer{
	Name:     "fail-closed",
	Clause:   "idempotent unless it crashes or races: look in a cache or nack, perform, record",
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
