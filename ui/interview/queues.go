package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// frozen are the faults that make a zombie, and one that a fencing token does not help
// against.
var frozen = []check.Kind{check.Overrun, check.Crash}

// queues asks what a broker does, and what it does not do.
var queues = []Problem{
	{
		Name: "FIFO against standard queues",
		Asks: "Would you take a FIFO queue or a standard one? Does FIFO prevent duplicates?",
		Points: []Point{
			{Define, "FIFO keeps order within a group, and delivers one message of a group at a time."},
			{Define, "Its dedup window drops a second publish under the same ID, for 5 min with SQS. It looks at publishes, not at deliveries."},
			{Pitfalls, "After a lost ack or a crash the same message comes again, in perfect order."},
			{TradeOffs, "Order costs parallelism: one stuck message holds up its whole group."},
		},
		Shows:  []string{"run lost-ack-then-crash --profile sqs-fifo", "explain sqs-fifo"},
		Follow: &Follow{"\"We are on SQS FIFO, so the handler just charges.\"", Attack{Consumer: "naive", Business: sim.Card, Profile: "sqs-fifo", Faults: 1, Only: untold}, 13},
	},
	{
		Name: "sizing a visibility timeout",
		Asks: "A queue hides a message while somebody works on it: the visibility timeout. How long should that be?",
		Points: []Point{
			{Define, "It is a limit on silence: without an ack in that time, the queue delivers the message to another worker."},
			{Implement, "Longer than the slowest normal run, with a margin. For longer work, extend it by a heartbeat, a sign of life."},
			{TradeOffs, "A longer timeout means fewer duplicates, but a longer wait after each crash."},
			{Pitfalls, "No length is right for a worker that freezes (hidden for 30 s, frozen for 45 s), and no length helps against a lost ack."},
		},
		Shows:  []string{"run stop-the-world", "explain visibility timeout"},
		Follow: &Follow{"\"Ours is sometimes too short. The bank knows each order by its key, so we leave it.\"", Attack{Consumer: "gateway-key", Business: sim.Card, Only: []check.Kind{check.Overrun}}, 0},
	},
	{
		Name: "zombies and fencing",
		Asks: "What is a zombie, and what keeps one from taking an item from stock a second time?",
		Choices: []Design{
			{"a lease: no other worker works on the message meanwhile", Attack{Consumer: "lease", Business: sim.Stock, Only: frozen}, 20},
			{"a lease with a number, and the stock refuses an old number (a fencing token)", Attack{Consumer: "lease-fenced", Business: sim.Stock, Only: frozen}, 20},
			{"a unique insert in the transaction that takes the item", Attack{Consumer: "inbox", Business: sim.Stock, Only: frozen}, 0},
		},
		Points: []Point{
			{Define, "A worker that froze past its deadline. Another took over, then the first wakes up in the middle of its work."},
			{Implement, "Each lease gets a higher number. Every write carries it, and the store refuses a number that is too old."},
			{Pitfalls, "Checking the lease again before the effect does not help: the worker may freeze right after the check."},
			{TradeOffs, "The receiver has to compare the numbers, and a card gateway does not. Nor does a token record what was done."},
		},
		Shows: []string{"run zombies-revenge", "explain fencing token"},
	},
	{
		Name: "ordering and dedup",
		Asks: "Are ordering and deduplication the same problem?",
		Points: []Point{
			{Define, "No. Messages in order may come twice, and messages that come once may come out of order."},
			{Implement, "If one producer numbers the messages and the queue keeps their order, keep the highest number handled. Drop any message not above it."},
			{Pitfalls, "If a later message overtakes an earlier one, this drops the earlier one: disorder becomes loss."},
			{Example, "\"Shipped\" overtakes \"paid\": a row with a version takes the newer and ignores the older."},
		},
		Shows:  []string{"explain high-water mark", "run lost-ack --consumers naive,inbox --profile sqs-fifo"},
		Follow: &Follow{"\"A few come out of order. We keep the highest number and take from stock; the late ones will be fine.\"", Attack{Consumer: "high-water-mark", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Fail}}, 13},
	},
}
