package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Lease notes in a cache that the order is being worked on, for twenty seconds, and
// that it is done, for an hour. A duplicate that finds it done is acked; one that
// finds it being worked on is nacked, and comes back later.
//
// It promises that nothing is lost: what a crash leaves behind runs out, and it does
// so before the thirty seconds are over for which the queue hides the message. A lease
// much longer makes every crash a wait, a lease shorter than the work lets two work at
// once. No length is right for a worker that freezes between taking the lease and
// the effect, and none closes the gap between the effect and "done": a crash there is
// a second effect. An error deletes the entry, so that the retry need not wait; but
// the error may come after the effect, and a worker that is so late that another has
// taken over deletes that one's "done". It costs an entry for each order of the last
// hour, and two round trips.
//
// Powertools for AWS Lambda keeps its idempotency records so, for an hour unless told
// otherwise, and deletes on error without a condition.
var Lease = register(sim.Consumer{
	Name:     "lease",
	Clause:   "idempotent unless it crashes or freezes: take a lease, perform, note it done",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		const lease, retention = 20 * time.Second, time.Hour
		ok, err := p.Cache.PutIfAbsent(m.Key, "busy", lease)
		if err != nil {
			return err
		}
		if !ok {
			state, _, err := p.Cache.Get(m.Key)
			if err == nil && state != "done" {
				err = errBusy // not yet: it may still fail
			}
			return err
		}
		if err := p.Perform(m); err != nil {
			p.Cache.Delete(m.Key) // let the retry in
			return err
		}
		return p.Cache.Set(m.Key, "done", retention)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
