package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// UnlockEarly works under an advisory lock on the order, and frees the lock before the
// transaction commits.
//
// It promises that nothing is lost. One worker at a time looks and performs. But what it
// records is not committed yet when the lock is free. The next worker takes the
// lock, looks, finds nothing, and performs again. No fault of a worker is needed for
// that, only a copy of the message at the wrong moment. Against anything but two workers
// at once the lock does nothing: a crash after an effect outside charges again. It costs
// a row an order, and six round trips.
//
// A @Transactional method in Spring that locks and unlocks in its body does this: the
// transaction is begun and committed around it. Hibernate often writes what the method has
// changed only at the commit.
var UnlockEarly = register(sim.Consumer{
	Name:     "unlock-early",
	Clause:   "under a lock that is freed before the commit",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		p.DB.AdvisoryLock(m.Key)
		if _, done := tx.Get("done", m.Key); done {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.DB.AdvisoryUnlock(m.Key)
		tx.Put("done", m.Key, "") // the next looks now
		return tx.Commit()
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
