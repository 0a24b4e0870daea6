package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// crashes are the faults of a question about the order of steps, and untold those of
// one about what the queue hears: among all the usual ones it is a pause that breaks
// nearly everything soonest, and a candidate would see little else.
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
			{Define, "Handling the same message again leaves everything as it was after the first time."},
			{Define, "It is about the effect, not the delivery: the message may come twice, the charge must not."},
			{Example, "Bob's ack (the word \"done\" to the queue) gets lost, his order comes again, and he still pays once."},
			{Pitfalls, "A duplicate is no error. It is acked, and a caller who waits gets the first answer once more."},
		},
		Shows:  []string{"run lost-ack --consumers naive,inbox", "explain idempotent consumer"},
		Follow: &Follow{"\"Our queue delivers exactly once. So the handler just charges.\"", Attack{Consumer: "naive", Business: sim.Card, Faults: 1, Only: []check.Kind{check.LoseAck}}, 1},
	},
	{
		Name: "why at least once",
		Asks: "Why do queues deliver at least once, and not exactly once?",
		Points: []Point{
			{Define, "A queue may forget a message only when it has heard that it was handled: the ack."},
			{TradeOffs, "So the queue has to choose: send again and risk a second effect, or give up and risk none."},
			{Example, "The bank took $15 and the ack got lost: to the queue that is the silence of a worker that never began."},
			{Pitfalls, "Queues are not alone: producers, proxies and impatient customers repeat things as well."},
		},
		Shows:  []string{"run lost-ack", "run impatient-customer"},
		Follow: &Follow{"\"Then ack first. At most once, and the duplicates are gone.\"", Attack{Consumer: "ack-first", Business: sim.Card}, 18},
	},
	{
		Name: "where the ack goes",
		Asks: "A handler takes an item from stock, a row in your own database. Where does the ack go?",
		Choices: []Design{
			{"at the end, after the work", Attack{Consumer: "naive", Business: sim.Stock, Only: untold}, 9},
			{"after a commit that holds the work and the message's ID", Attack{Consumer: "inbox", Business: sim.Stock, Only: untold}, 0},
			{"at the beginning, so that nobody else gets the message", Attack{Consumer: "ack-first", Business: sim.Stock, Only: untold}, 18},
		},
		Points: []Point{
			{Implement, "Last of all: when the effect is durable, and not before."},
			{Pitfalls, "Ack first, then crash: the effect is lost, for the queue has let go of the message."},
			{TradeOffs, "Ack last, then crash before it: a duplicate. That is the better trouble, for it can be recognised."},
			{Pitfalls, "The ack can get lost as well. No place for it is enough; something has to remember."},
		},
		Shows: []string{"run lost-ack-then-crash --consumers naive,ack-first,inbox --business stock", "explain ack"},
	},
	{
		Name: "where the IDs are kept",
		Asks: "Make the consumer idempotent: it takes an item from stock. Where do you keep the IDs it has handled?",
		Choices: []Design{
			{"in the memory of the process: it is fastest", Attack{Consumer: "memory-set", Business: sim.Stock, Only: untold}, 8},
			{"in a table: look first, do the work, write the ID down after it", Attack{Consumer: "check-then-act", Business: sim.Stock, Only: untold}, 6},
			{"in the database of the stock, in one transaction with the work", Attack{Consumer: "inbox", Business: sim.Stock, Only: untold}, 0},
			{"in a table, written first: whoever wrote it does the work (SETNX)", Attack{Consumer: "mark-first", Business: sim.Stock, Only: untold}, 5},
			{"in Redis: \"busy\" with an expiry, then the work, then \"done\" (a lease)", Attack{Consumer: "lease", Business: sim.Stock, Only: untold}, 8},
		},
		Points: []Point{
			{Implement, "Insert the key under a unique constraint, in the transaction that does the work."},
			{Implement, "If the row is there already, do nothing and ack. Ack after the commit."},
			{Pitfalls, "The memory of a process dies with a deploy, and the next worker never had it."},
			{Pitfalls, "Elsewhere, Redis or another database, record and effect can part at a crash or a failover."},
		},
		Shows: []string{"run deploy --consumers memory-set,inbox --business stock", "explain inbox"},
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
			{Pitfalls, "Record before the charge, in a step of its own: a crash in between loses the charge."},
			{Pitfalls, "Record after it: a crash in between charges twice."},
			{TradeOffs, "Between two systems no order closes the gap; it only chooses the harm. A key at the receiver closes it."},
		},
		Shows: []string{"run crash-after-effect --consumers mark-first,check-then-act,inbox,inbox-and-gateway-key", "run one-line-too-early"},
	},
}
