package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// LookupFirst asks the receiver whether it has done this already, and performs only
// if it has not.
//
// It promises that nothing is lost, and that a retry after any crash or error finds
// what was done, for whoever did it keeps the record: no key runs out, no table of
// one's own can be lost. Between the answer and the effect there is a gap, though.
// Two copies that are at work at once, or a worker that freezes there, both hear
// "no". And it needs a receiver that can be asked: for mail it is naive. Nothing is
// kept here; it costs a second call to the receiver for every delivery, which makes
// it a check before a manual retry and not a strategy for every message.
var LookupFirst = register(sim.Consumer{
	Name:     "lookup-first",
	Clause:   "idempotent unless it races: ask the receiver, then perform",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		done, err := p.Lookup(m)
		if err != nil {
			return err
		}
		if done {
			return nil
		}
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
