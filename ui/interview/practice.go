package interview

import "dejavu/sim"

// practice asks people who have run such a system.
var practice = []Problem{
	{
		Name: "make a decrement idempotent",
		Asks: "The handler says: balance = balance - 10. How do you make that idempotent, in your own database?",
		Choices: []Design{
			{"it is one statement, and a statement is atomic: leave it", Attack{Consumer: "naive", Business: sim.Stock, Only: untold}, 9},
			{"first record that this message was seen, then subtract", Attack{Consumer: "mark-first", Business: sim.Stock, Only: untold}, 5},
			{"write a unique row for each order (a conditional write)", Attack{Consumer: "unique-effect", Business: sim.Stock, Only: untold}, 0},
			{"put it in one transaction with the message's key", Attack{Consumer: "inbox-key", Business: sim.Stock, Only: untold}, 0},
		},
		Points: []Point{
			{Define, "A change that depends on the current value adds up. Setting a value does not, but may overwrite a newer one."},
			{Implement, "Put the message's key and the change into one transaction."},
			{Implement, "Or write a unique row for each order, and sum the rows to get the balance."},
			{Implement, "Or let the message name the version it expects, and write only at that version. The second time it has changed."},
		},
		Shows: []string{"run bare-decrement", "explain decrement"},
	},
	{
		Name: "how do you test it",
		Asks: "How do you test that a consumer is idempotent?",
		Points: []Point{
			{Implement, "Deliver every message twice, and crash a process between any two steps."},
			{Implement, "Then compare what was owed with what was done. Use the receiver's records, not your own table."},
			{Pitfalls, "With one worker and no faults, every wrong handler passes."},
			{TradeOffs, "Random tests find common gaps. A search of all schedules also finds rare ones, within its bounds."},
		},
		Shows:  []string{"sweep bad-weather --consumers naive,inbox --seeds 1..100", "check inbox --business stock --faults 2"},
		Follow: &Follow{"\"Seen IDs are in a map. Our test hands the handler one message twice, and it passes.\"", Attack{Consumer: "memory-set", Business: sim.Stock, Only: untold}, 14},
	},
	{
		Name: "trade-offs",
		Asks: "What does idempotency cost, and when is it not worth it?",
		Points: []Point{
			{TradeOffs, "Storage: a row or a key for each message, for as long as a duplicate can come."},
			{TradeOffs, "Time: round trips for each message, and waiting for a lock when two copies meet."},
			{TradeOffs, "Complexity: a table to clean, a key to pass on. Record and effect must share a database, or the receiver must help."},
			{Example, "Not worth it where a repeat does no harm: setting a status. Or where a loss does none: a measurement."},
		},
		Shows:  []string{"run bad-weather --consumers naive,mark-first,inbox,gateway-key --summary", "explain natural idempotency"},
		Follow: &Follow{"\"Ours is three lines: mark the message, charge, and remove the mark if the charge fails.\"", Attack{Consumer: "mark-remove", Business: sim.Card}, 2},
	},
	{
		Name: "how would you notice",
		Asks: "How would you notice in production that something takes effect twice, or never?",
		Points: []Point{
			{Pitfalls, "A duplicate raises no error. If you do not look for it, a customer finds it first."},
			{Implement, "Reconcile: each day compare orders with the receiver's records, by business key. Look for two effects, and for none."},
			{Implement, "Count redeliveries, dropped duplicates, late acks and dead letters. Look into any jump."},
			{Pitfalls, "A dropped duplicate may be a loss. Check some of them, and ask why if the count falls to zero."},
		},
		Shows:  []string{"sweep bad-weather --consumers naive,check-then-act --seeds 1..100", "explain reconciliation"},
		Follow: &Follow{"\"We mark each message before we charge. In half a year nobody was charged twice: all is well.\"", Attack{Consumer: "mark-first", Business: sim.Card}, 5},
	},
}
