package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// FailOpen looks for the message ID in a cache, and performs anyway if the cache does
// not answer.
//
// It promises that nothing is lost and nothing waits, whatever happens to the cache.
// While the cache is down it works like Naive: it can neither look nor record. Later it
// does not know what it did. While the cache is up it has the gap of CheckThenAct,
// between the effect and the record. It costs an entry for each message of the last
// hour, and two round trips.
//
// It is right where a duplicate is a nuisance and a delay is a loss: a notification,
// warming a cache. Powertools does this for a message without a key: it warns, and runs
// the handler unprotected.
var FailOpen = register(sim.Consumer{
	Name:     "fail-open",
	Clause:   "idempotent while its store answers: look in a cache or go on, perform, record",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if _, seen, _ := p.Cache.Get(m.ID); seen {
			return nil // no answer is a no
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.Cache.Set(m.ID, "done", time.Hour)
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
