package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// UniqueEffect lets the effect remember itself: instead of "one less" it writes
// "reserved for this order", in a row whose key is unique. Again is nothing.
//
// It promises exactly one effect for each business key, in one atomic step, with no
// table beside it that could disagree: the row is the record. It works where the effect
// is a row of one's own, and nowhere else: a card and a mail have no such condition, and
// there it is Naive. A bare counter cannot remember who has changed it; keep the
// reservations, and count them. It costs nothing that the effect does not cost anyway.
//
// INSERT with ON CONFLICT DO NOTHING does so, and UPDATE with a condition on the
// state that the row must have.
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
