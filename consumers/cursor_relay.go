package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// CursorRelay is Outbox with a relay that marks no rows. It reads the rows whose number is
// above its cursor, lowest first. When one is done, it moves the cursor to its number.
//
// It loses nothing as long as transactions commit in the order of their numbers. Nothing
// holds them to that. A row
// draws its number from a sequence when it is inserted, and is seen when it is committed.
// If number two commits first, the cursor moves to two. Number one commits behind it, and
// is never read. No fault is needed for that: a worker pauses between two statements, and
// another does not. A missing number may be a rollback, for a sequence is not
// rolled back, or a transaction that is still open. The relay cannot tell.
//
// It costs one number instead of a mark for each row. Outbox, which marks each row, loses
// nothing. A cursor is safe if writers commit one after another. So it is if the relay
// reads only rows older than every open transaction (pg_snapshot_xmin).
var CursorRelay = register(sim.Consumer{
	Name:     "cursor-relay",
	Clause:   "loses what commits late: record and enqueue in one transaction; a relay follows a cursor",
	Identity: sim.MessageID,
	Cursor:   true,
	Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.ID) {
			return nil // seen before
		}
		tx.Enqueue(m) // draws a number
		return tx.Commit()
	},
	Relay: func(p *sim.Proc, m broker.Message) error {
		return p.Perform(m) // then the cursor moves to its number
	},
	Claims: sim.Everywhere(sim.NeverStuck),
})
