package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MemoryLRU keeps the IDs of the last messages in the memory of its process: three
// here. It adds an ID before it performs, and removes the ID if performing failed.
//
// It promises no more than MemorySet, and remembers less: after three other IDs, an
// ID looks new again. A larger set fails later, on a busier day. A crash or a
// deploy clears the set. Another process never had it, so a redelivery that goes
// there performs. It has one advantage over MarkFirst: its mark dies with the
// process, so a crash before the effect loses nothing. It costs three IDs, and no
// round trip.
//
// Camel's in-memory repository works this way, with room for 1,000 IDs.
var MemoryLRU = register(sim.Consumer{
	Name:     "memory-lru",
	Clause:   "idempotent for the last 3 within one process: add to memory, perform",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.Memory.AddWithin(m.ID, 3) {
			return nil // seen lately
		}
		if err := p.Perform(m); err != nil {
			p.Memory.Remove(m.ID)
			return err
		}
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
