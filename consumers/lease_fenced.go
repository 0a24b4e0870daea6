package consumers

import (
	"cmp"
	"fmt"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// LeaseFenced is Lease with a fencing token: each holder gets a higher number, and
// shows it to the receiver. It completes or releases only a lease that still has its
// number.
//
// It promises that nothing is lost. A worker that wakes up after its lease expired
// cannot take the item: the stock has seen a higher number. Nor can it delete its
// successor's record. A bank and a mail server check no number, so there it still
// doubles. And a token does not remember the effect. After a crash between the effect
// and "done", the stock accepts the next holder's number. It costs an entry for each
// order of the last hour, two rows for an order, and four round trips.
//
// Kleppmann describes these fencing tokens. ZooKeeper's zxid is often used as the
// number.
var LeaseFenced = register(sim.Consumer{
	Name:     "lease-fenced",
	Clause:   "idempotent unless it crashes: take a lease and a token, perform, mark it done",
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
