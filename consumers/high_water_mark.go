package consumers

import (
	"strconv"

	"dejavu/broker"
	"dejavu/sim"
)

// HighWaterMark keeps the highest sequence number it handled for each group. A
// message that is not above the mark counts as a duplicate.
//
// It promises that no stock is taken twice. Its price is order: if another message
// overtakes one, the late one is below the mark, and is dropped. A nack, a late
// publish or a slow worker is enough for that. It keeps one row a group instead of
// one a message, so nothing has to expire. It moves the mark in the effect's
// transaction, and only if no other worker moved it meanwhile. It needs one
// message of a group at a time, in order, and numbers that never restart. A
// republish under a new message ID has a new number, and takes effect again.
// Outside the database it doubles as Inbox does. It costs a row a group and four
// round trips.
//
// A log consumer that keeps its offset beside its state works this way.
var HighWaterMark = register(sim.Consumer{
	Name:     "high-water-mark",
	Clause:   "idempotent by sequence number, in one transaction; it loses late messages",
	Identity: sim.Sequence,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		mark, _ := tx.Get("marks", m.Group)
		if seen, _ := strconv.Atoi(mark); m.Seq <= seen {
			return nil // not above the mark
		}
		seq := strconv.Itoa(m.Seq)
		if !tx.CompareAndSet("marks", m.Group, mark, seq) {
			return errBusy // another worker has moved it
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverStuck},
		// What it drops is older than what is set.
		Status: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})
