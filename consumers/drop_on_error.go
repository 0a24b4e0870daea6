package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// DropOnError looks for the message ID in a cache, and acks the message if the cache
// does not answer.
//
// It promises nothing useful. While the cache is down it drops every message, and
// nobody sees an error: the queue gets an ack. While the cache is up it has the gap of
// CheckThenAct. It costs an entry for each message of the last hour, and two round
// trips.
//
// It differs from FailClosed by one word: nil in place of err. Redpanda Connect's
// dedupe drops on error unless told otherwise.
var DropOnError = register(sim.Consumer{
	Name:     "drop-on-error",
	Clause:   "it loses while its store is down: look in a cache or drop, perform, record",
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
