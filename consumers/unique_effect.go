package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// UniqueEffect makes the effect its own record. Instead of "one less" it writes
// "reserved for this order", in a row whose key is unique. A repeat changes nothing.
//
// It promises exactly one effect for each business key, in one atomic step. There is no
// second table that could disagree: the row is the record. It works only where the
// effect is a row in your own database. For a card and a mail there is no such
// condition, and it works like Naive. A bare counter does not know who changed it: keep
// the reservations, and count them. It costs nothing beyond the effect itself.
//
// INSERT with ON CONFLICT DO NOTHING does this. So does UPDATE with a condition on the
// state of the row.
var UniqueEffect = register(sim.Consumer{
	Name:     "unique-effect",
	Clause:   "idempotent where the effect is a row: perform as a conditional write",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		return p.PerformUnique(m, m.Key)
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
