package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Lease notes in a cache that an order is being worked on, for twenty seconds, and then
// that it is done, for an hour. It promises that nothing is lost: a duplicate that
// finds the order done is acked, one that finds it being worked on is nacked and comes
// back later, and what a crash leaves behind runs out, before the thirty seconds are
// over for which the queue hides the message. A lease much longer makes every crash a
// wait; one shorter than the work lets two work at once. No length is right for a
// worker that freezes between taking the lease and the effect, and none closes the gap
// between the effect and "done": a crash there, or a cache that cannot be reached, is
// a second effect. An error deletes the entry, so that the retry need not wait; but it
// may come after the effect, and a worker that is so late that another has taken over
// deletes that one's "done". It costs an entry for each order of the last hour, and
// two round trips.
//
// Powertools for AWS Lambda does so, for an hour unless told otherwise. It deletes on
// error without a condition, too.
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
