package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// MemorySet keeps the IDs of the messages that it handled in the memory of its
// process.
//
// It promises that one process that never stops handles a message once. A crash or a
// deploy clears the set. A second process has its own set, and a redelivery may go
// there. Tests with one worker pass, so it gets deployed. It costs an ID a message,
// for as long as the process lives.
var MemorySet = register(sim.Consumer{
	Name:     "memory-set",
	Clause:   "idempotent within one process: look in memory, perform, remember",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if p.Memory.Has(m.ID) {
			return nil // seen before
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.Memory.Add(m.ID)
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
