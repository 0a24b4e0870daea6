package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// CheckThenAct looks for the message ID in a durable table, performs the effect, and
// records the ID afterwards.
//
// It promises that nothing is lost. A redelivery finds the record, if the first
// delivery got as far as writing it. A crash between the effect and the record is a
// second effect. So are two copies that are handled at the same time: both workers look
// before either one records. Nothing has to fail for that. It costs a row a message and
// two round trips.
var CheckThenAct = register(sim.Consumer{
	Name:     "check-then-act",
	Clause:   "idempotent unless it crashes or races: look in a table, perform, record",
	Identity: sim.MessageID,
	Handle: func(p *sim.Proc, m broker.Message) error {
		if _, seen := p.DB.Get("processed", m.ID); seen {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.DB.Put("processed", m.ID, "done")
		return nil
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
