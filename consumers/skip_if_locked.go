package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// SkipIfLocked tries an advisory lock on the order, and acks if another worker holds it.
//
// It promises one effect at most for each order if the effect is a row in the same
// database. It trusts that whoever holds the lock will finish. If that one fails, it is
// rolled back, and the message that could have come again is acked: nobody did it.
// The lock itself is sound. It ends with the transaction, so a crash frees it at once,
// and slow work never outlasts it. An effect outside cannot be rolled back, and a crash
// before the commit charges again. It costs a row an order, and five round trips.
//
// Oban inserted unique jobs like this up to 2.17.10, with pg_try_advisory_xact_lock.
var SkipIfLocked = register(sim.Consumer{
	Name:     "skip-if-locked",
	Clause:   "acks if another worker holds the lock",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.TryAdvisoryLock(m.Key) {
			return nil // somebody is at it: trust them
		}
		if _, done := tx.Get("done", m.Key); done {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		tx.Put("done", m.Key, "")
		return tx.Commit()
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverStuck},
	},
})
