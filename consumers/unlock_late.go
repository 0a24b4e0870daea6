package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// UnlockLate works under an advisory lock on the order, and frees the lock after the
// transaction has committed.
//
// It promises exactly one effect for each order if the effect is a row in the same
// database. Whoever gets the lock sees what the one before has committed. The lock has
// no length that could be wrong: it ends when it is freed or when its worker dies. An
// effect outside cannot be rolled back, so a crash between it and the commit charges
// again. Everybody has to take the lock: a unique key needs no such discipline. It costs
// a row an order, and six round trips.
var UnlockLate = register(sim.Consumer{
	Name:     "unlock-late",
	Clause:   "under a lock that is held until the commit",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		p.DB.AdvisoryLock(m.Key)
		tx := p.DB.Begin()
		defer tx.Rollback()
		if _, done := tx.Get("done", m.Key); done {
			return nil // the session ends, and the lock
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		tx.Put("done", m.Key, "")
		if err := tx.Commit(); err != nil {
			return err
		}
		p.DB.AdvisoryUnlock(m.Key)
		return nil
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
