package interview

import "dejavu/sim"

// practice is what is asked of those who have run such a thing.
var practice = []Problem{
	{
		Name: "make a decrement idempotent",
		Asks: "The handler says: balance = balance - 10. How do you make that idempotent, in your own database?",
		Choices: []Design{
			{"it is one statement, and a statement is atomic: leave it", Attack{Consumer: "naive", Business: sim.Stock, Only: untold}, 9},
			{"write down first that this message was seen, then subtract", Attack{Consumer: "mark-first", Business: sim.Stock, Only: untold}, 5},
			{"write a row for each order, which can be there once (a conditional write)", Attack{Consumer: "unique-effect", Business: sim.Stock, Only: untold}, 0},
			{"put it in one transaction with the message's key", Attack{Consumer: "inbox-key", Business: sim.Stock, Only: untold}, 0},
		},
		Points: []Point{
			{Define, "A change that depends on what is there does more each time; to set a value does not, but may overwrite a newer one."},
			{Implement, "Put the message's key and the change into one transaction."},
			{Implement, "Or write a row for each fact, unique by order, and let the balance be their sum."},
			{Implement, "Or let the message name the version it expects, and write only at that one: the second time it is gone."},
		},
		Shows: []string{"run bare-decrement", "explain decrement"},
	},
	{
		Name: "how do you test it",
		Asks: "How do you test that a consumer is idempotent?",
		Points: []Point{
			{Implement, "Deliver every message twice, and let a process die between any two steps."},
			{Implement, "Then compare what was owed with what was done, at the receiver and not in your own table."},
			{Pitfalls, "One worker and good weather: every wrong handler passes."},
			{TradeOffs, "Chance finds the common gaps. A search through all schedules finds the rare ones too, within its bounds."},
		},
		Shows:  []string{"sweep bad-weather --consumers naive,inbox --seeds 1..100", "check inbox --business stock --faults 2"},
		Follow: &Follow{"\"Seen IDs are in a map. Our test hands the handler one message twice, and it passes.\"", Attack{Consumer: "memory-set", Business: sim.Stock, Only: untold}, 14},
	},
	{
		Name: "trade-offs",
		Asks: "What does idempotency cost, and when is it not worth it?",
		Points: []Point{
			{TradeOffs, "Storage: a row or a key for each message, for as long as a duplicate can come."},
			{TradeOffs, "Time: round trips for each message, and waiting for a lock where copies meet."},
			{TradeOffs, "Complexity: a table to clean, a key to pass on, and record and effect tied to one database or a helpful receiver."},
			{Example, "Not worth it where a second time does no harm, such as setting a status, or a measurement that may be missed."},
		},
		Shows:  []string{"run bad-weather --consumers naive,mark-first,inbox,gateway-key --summary", "explain natural idempotency"},
		Follow: &Follow{"\"Ours is three lines: mark the message, charge, and remove the mark if the charge fails.\"", Attack{Consumer: "mark-remove", Business: sim.Card}, 11},
	},
	{
		Name: "how would you notice",
		Asks: "How would you notice in production that something takes effect twice, or never?",
		Points: []Point{
			{Pitfalls, "A duplicate raises no error: without a look nobody hears of it before a customer does."},
			{Implement, "Reconcile: each day compare orders with the receiver's records, by business key. Look for two, and for none."},
			{Implement, "Count redeliveries, duplicates that were dropped, late acks and dead letters, and look at what jumps."},
			{Pitfalls, "A dropped duplicate may be a loss: look at some of them, and at a count that falls to zero."},
		},
		Shows:  []string{"sweep bad-weather --consumers naive,check-then-act --seeds 1..100", "explain reconciliation"},
		Follow: &Follow{"\"We mark each message before we charge. In half a year nobody was charged twice: all is well.\"", Attack{Consumer: "mark-first", Business: sim.Card}, 5},
	},
}
