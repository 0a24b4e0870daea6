package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// crashes are the faults of a question about the order of steps. untold are the faults of
// a question about acks. With all the usual faults, a pause would break nearly every
// design first, and a candidate would see little else.
var (
	crashes = []check.Kind{check.Crash}
	untold  = []check.Kind{check.Crash, check.LoseAck}
)

// basics are what every interview begins with.
var basics = []Problem{
	{
		Name: "define it",
		Asks: "What does it mean that a consumer is idempotent?",
		Points: []Point{
			{Define, "Handling the same message a second time changes nothing."},
			{Define, "It is about the effect, not the delivery: the message may come twice, the charge must not."},
			{Example, "Bob's ack (the word \"done\" to the queue) gets lost, his order comes again, and he still pays once."},
			{Pitfalls, "A duplicate is not an error. Ack it, and give a caller who waits the first answer again."},
		},
		Shows:  []string{"run lost-ack --consumers naive,inbox", "explain idempotent consumer"},
		Follow: &Follow{"\"Our queue delivers exactly once. So the handler just charges.\"", Attack{Consumer: "naive", Business: sim.Card, Faults: 1, Only: []check.Kind{check.LoseAck}}, 1},
	},
	{
		Name: "why at least once",
		Asks: "Why do queues deliver at least once, and not exactly once?",
		Points: []Point{
			{Define, "A queue may forget a message only after the ack: the word that it was handled."},
			{TradeOffs, "Without an ack the queue must choose: deliver again and risk a second effect, or give up and risk none."},
			{Example, "The bank took $15 and the ack got lost. To the queue it looks as if the worker never began."},
			{Pitfalls, "Not only queues repeat: producers, proxies and impatient customers do too."},
		},
		Shows:  []string{"run lost-ack", "run impatient-customer"},
		Follow: &Follow{"\"Then ack first. At most once, and the duplicates are gone.\"", Attack{Consumer: "ack-first", Business: sim.Card}, 18},
	},
	{
		Name: "where the ack goes",
		Asks: "A handler takes an item from stock, a row in your own database. Where does the ack go?",
		Choices: []Design{
			{"at the end, after the work", Attack{Consumer: "naive", Business: sim.Stock, Only: untold}, 21},
			{"after a commit that holds the work and the message's ID", Attack{Consumer: "inbox", Business: sim.Stock, Only: untold}, 0},
			{"at the beginning, so that no other worker gets the message", Attack{Consumer: "ack-first", Business: sim.Stock, Only: untold}, 18},
		},
		Points: []Point{
			{Implement, "At the very end, after the effect is durable."},
			{Pitfalls, "Ack first, then crash: the effect is lost, because the queue has forgotten the message."},
			{TradeOffs, "Ack last, and crash before it: a duplicate. That is better, because a consumer can detect a duplicate."},
			{Pitfalls, "The ack can get lost too. No place for it is enough: the consumer must remember what it did."},
		},
		Shows: []string{"run lost-ack-then-crash --consumers naive,ack-first,inbox --business stock", "explain ack"},
	},
	{
		Name: "where the IDs are kept",
		Asks: "Make the consumer idempotent: it charges cards, and the bank takes idempotency keys. Where do you keep the IDs it has handled?",
		Choices: []Design{
			{"in Redis first: \"busy\" with an expiry, then the charge, then \"done\" (a lease)", Attack{Consumer: "lease", Business: sim.Card, Only: untold}, 8},
			{"in a table first: the worker that wrote the ID charges (SETNX)", Attack{Consumer: "mark-first", Business: sim.Card, Only: untold}, 5},
			{"in the database, in the same transaction as the charge", Attack{Consumer: "inbox", Business: sim.Card, Only: untold}, 7},
			{"in the same transaction, and the order's number at the bank as a key", Attack{Consumer: "inbox-and-gateway-key", Business: sim.Card, Only: untold}, 0},
			{"in the memory of the process: it is fastest", Attack{Consumer: "memory-set", Business: sim.Card, Only: untold}, 8},
		},
		Points: []Point{
			{Implement, "In your own database: insert the ID under a unique constraint, in one transaction with your work."},
			{Implement, "The bank is outside that transaction. So send the order's number as a key: then the bank remembers, too."},
			{Implement, "If the row is there already, do nothing and ack. Ack after the commit."},
			{Pitfalls, "A deploy clears the memory of a process, and the next worker never had it."},
			{Pitfalls, "In Redis, a crash between the charge and \"done\" leaves a charge without a record."},
		},
		Shows: []string{"run crash-after-effect --consumers lease,inbox,inbox-and-gateway-key", "explain inbox"},
	},
	{
		Name: "effect, mark, commit, ack",
		Asks: "Now the effect is a charge at the bank, which honours idempotency keys. In which order do you charge, record and ack?",
		Choices: []Design{
			{"record the ID, charge, ack", Attack{Consumer: "mark-first", Business: sim.Card, Only: crashes}, 5},
			{"charge, record the ID, ack", Attack{Consumer: "check-then-act", Business: sim.Card, Only: crashes}, 6},
			{"begin, record, charge, commit, ack", Attack{Consumer: "inbox", Business: sim.Card, Only: crashes}, 7},
			{"begin, record, charge under a key that the bank knows, commit, ack", Attack{Consumer: "inbox-and-gateway-key", Business: sim.Card, Only: crashes}, 0},
		},
		Points: []Point{
			{Implement, "Begin, insert the key, perform, commit, and only then ack."},
			{Pitfalls, "Record before the charge, in a separate step: a crash in between loses the charge."},
			{Pitfalls, "Record after it: a crash in between charges twice."},
			{TradeOffs, "With two systems every order leaves a gap; the order only chooses the harm. A key at the receiver closes the gap."},
		},
		Shows: []string{"run crash-after-effect --consumers mark-first,check-then-act,inbox,inbox-and-gateway-key", "run one-line-too-early"},
	},
}
