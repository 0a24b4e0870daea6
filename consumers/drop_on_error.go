package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// DropOnError looks for the message ID in a cache and, if the cache does not answer,
// acks the message as if it had been found.
//
// It promises nothing that is worth having: what comes while the cache is down is
// thrown away, without an error that anybody would see, and the queue is told that it
// is done. With the cache up it has the gap of CheckThenAct. It costs an entry for each
// message of the last hour, and two round trips.
//
// It is one word away from FailClosed: nil in place of err. Redpanda Connect's
// dedupe drops on error unless told otherwise.
var DropOnError = register(sim.Consumer{
	Name:     "drop-on-error",
	Clause:   "it loses while its store is down: look in a cache or drop, perform, note",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		_, seen, err := p.Cache.Get(m.ID)
		if err != nil || seen {
			return nil // seen, or taken to be
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.Cache.Set(m.ID, "done", time.Hour)
		return nil
	},
	Claims: sim.Everywhere(sim.NeverStuck),
})
