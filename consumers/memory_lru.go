package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MemoryLRU keeps the IDs of the last messages in the memory of its process: three
// here. It adds an ID before it performs, and removes it if performing failed.
//
// It promises no more than MemorySet, and remembers less: an ID that three others have
// followed is as good as new. A larger set fails later, on a busier day. A crash or a
// deploy forgets all of it, and another process never had it, so a redelivery that
// goes there performs. One thing it does well: since the mark dies with the process, a
// crash before the effect loses nothing, which is more than MarkFirst can say. It
// costs three IDs, and no round trip.
//
// Camel's in-memory repository works so, with room for a thousand.
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
