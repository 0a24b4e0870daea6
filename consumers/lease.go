package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Lease records an order in a cache: as "busy" for 20 seconds, then as "done" for an
// hour.
//
// It promises that nothing is lost. A duplicate that finds "done" is acked. One that
// finds "busy" is nacked and comes back later. After a crash the lease expires before
// the visibility timeout of 30 seconds does. A much longer lease makes every crash a
// long wait. A lease shorter than the work lets two workers work at once. No length is
// right for a worker that freezes between taking the lease and the effect. And no length
// closes the gap between the effect and "done". A crash there, or an unreachable cache,
// is a second effect. An error deletes the entry, so that the retry need not wait. But
// the error may come after the effect, and a late worker may delete the "done" of its
// successor. It costs an entry for each order of the last hour, and two round trips.
//
// Powertools for AWS Lambda does this, for an hour unless told otherwise. It also
// deletes on error without a condition.
var Lease = register(sim.Consumer{
	Name:     "lease",
	Clause:   "idempotent unless it crashes or freezes: take a lease, perform, mark it done",
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
