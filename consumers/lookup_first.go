package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// LookupFirst asks the receiver whether the effect has happened, and performs only if
// it has not.
//
// It promises that nothing is lost, where a message has one effect. A retry after any
// crash or error finds the effect in the receiver's own records. No key expires there,
// and no table here can be lost. But there is a gap between the answer and the effect.
// Two workers with two copies both hear "no". So does the next worker, if the first one
// freezes there. And it needs a receiver that answers the question: for mail it works
// like Naive. It keeps nothing here, but calls the receiver twice for every delivery. So
// use it before a manual retry, not for every message. For an order it asks only the bank.
// After a crash that follows the charge, "yes" ends the attempt, and nobody takes the
// item or sends the mail.
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
	Claims: sim.Claims{
		Card:    []sim.Property{sim.NeverLost, sim.NeverStuck},
		Mail:    []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock:   []sim.Property{sim.NeverLost, sim.NeverStuck},
		Several: []sim.Property{sim.NeverStuck},
	},
})
