package consumers

import (
	"strconv"

	"dejavu/broker"
	"dejavu/sim"
)

// HighWaterMark keeps for each group the highest sequence number that it has handled,
// and takes whatever is not above it for seen. It promises that no stock is taken
// twice, and it remembers one row for a group instead of one for a message: nothing
// ever has to expire. It moves the mark in the transaction of the effect, and only if
// nobody else has moved it since it looked, so two workers cannot both pass. Its price
// is order. A message that is overtaken, because it was nacked or published late or
// because one worker is slower than another, lies behind the mark when it comes, and is
// dropped: every disorder is a loss. It is legal where the queue keeps order within a
// group and hands out one message of a group at a time, and where the producer never
// begins to count anew. A fact that is published again under a new message ID gets a
// new number, and takes effect again. Outside of the database it doubles as Inbox does.
// It costs a row a group and four round trips.
//
// A consumer of a log that keeps its offset in the database, beside its state, does so.
var HighWaterMark = register(sim.Consumer{
	Name:     "high-water-mark",
	Clause:   "idempotent by sequence, in one transaction; it loses what comes out of turn",
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
	},
})
