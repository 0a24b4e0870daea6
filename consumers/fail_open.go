package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// FailOpen looks for the message ID in a cache and, if the cache does not answer,
// performs all the same.
//
// It promises that nothing is lost and nothing waits, whatever becomes of the cache.
// While the cache is down it is Naive, for it can neither look nor note; and what it did
// then it does not know afterwards. With the cache up it has the gap of CheckThenAct,
// between the effect and the note. It costs an entry for each message of the last hour,
// and two round trips.
//
// It is the right choice where a duplicate is a nuisance and a delay is a loss:
// a notification, a cache to be warmed. Powertools does so for a message without a key:
// it warns, and runs the handler unprotected.
var FailOpen = register(sim.Consumer{
	Name:     "fail-open",
	Clause:   "idempotent while its store answers: look in a cache or go ahead, perform, note",
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
