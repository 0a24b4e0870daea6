package consumers

import (
	"cmp"
	"fmt"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// LeaseFenced is Lease with a fencing token: each holder of the lease gets a higher
// number than the one before, shows it to the receiver, and gives up or completes only
// a lease that still carries it.
//
// It promises that nothing is lost, and that a worker which wakes up after its lease
// has run out can neither take the item, for the stock has seen a higher number,
// nor delete what its successor has noted. A bank and a mail server check no number:
// there it still doubles. And a token is no memory of what was done: a crash between
// the effect and "done" hands the next holder a higher number, and the stock lets it
// through. It costs an entry for each order of the last hour, two rows for an order,
// and four round trips.
//
// Kleppmann's fencing tokens are this; ZooKeeper's zxid is often taken for the number.
var LeaseFenced = register(sim.Consumer{
	Name:     "lease-fenced",
	Clause:   "idempotent unless it crashes: take a lease and a token, perform, note it done",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		const ttl, keep = 20 * time.Second, time.Hour
		state, held, err := p.Cache.Get(m.Key)
		if err != nil || state == "done" {
			return err
		}
		if held {
			return errBusy
		}
		token := p.DB.Add("tokens", m.Key, 1)
		mine := fmt.Sprint("busy ", token)
		ok, err := p.Cache.PutIfAbsent(m.Key, mine, ttl)
		if !ok {
			return cmp.Or(err, errBusy)
		}
		if err := p.PerformFenced(m, token); err != nil {
			p.Cache.DeleteIf(m.Key, mine) // only if mine
			return err
		}
		_, err = p.Cache.SetIf(m.Key, mine, "done", keep)
		return err
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
