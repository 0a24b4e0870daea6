package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// frozen is how a zombie comes about, and what a fence does not help against.
var frozen = []check.Kind{check.Overrun, check.Crash}

// queues are about what a broker does, and what it does not.
var queues = []Problem{
	{
		Name: "FIFO against standard queues",
		Asks: "Would you take a FIFO queue or a standard one, and does FIFO rid you of duplicates?",
		Points: []Point{
			{Define, "FIFO keeps order within a group, and hands out one message of a group at a time."},
			{Define, "Its dedup window drops a second publish under one ID, for 5 min with SQS. It looks at publishes, not at deliveries."},
			{Pitfalls, "After a lost ack or a crash the same message comes again, in perfect order."},
			{TradeOffs, "Order costs parallelism: a message that is stuck holds up its whole group."},
		},
		Shows:  []string{"run lost-ack-then-crash --profile sqs-fifo", "explain sqs-fifo"},
		Follow: &Follow{"\"We are on SQS FIFO, so the handler just charges.\"", Attack{Consumer: "naive", Business: sim.Card, Profile: "sqs-fifo", Faults: 1, Only: untold}, 13},
	},
	{
		Name: "sizing a visibility timeout",
		Asks: "A queue hides a message while somebody works on it: the visibility timeout. How long should that be?",
		Points: []Point{
			{Define, "It measures silence: after so long without an ack the message goes to somebody else."},
			{Implement, "Above the slowest normal run, with room to spare; for longer work extend it by a heartbeat, a sign of life."},
			{TradeOffs, "Longer means fewer duplicates, and a longer wait after each crash."},
			{Pitfalls, "No length is right for a worker that freezes (hidden for 30 s, frozen for 45 s), and none helps against a lost ack."},
		},
		Shows:  []string{"run stop-the-world", "explain visibility timeout"},
		Follow: &Follow{"\"Ours is too short at times. The bank knows each order by its key, so we leave it.\"", Attack{Consumer: "gateway-key", Business: sim.Card, Only: []check.Kind{check.Overrun}}, 0},
	},
	{
		Name: "zombies and fencing",
		Asks: "What is a zombie, and what keeps one from taking an item from stock a second time?",
		Choices: []Design{
			{"a lease: nobody else works on the message meanwhile", Attack{Consumer: "lease", Business: sim.Stock, Only: frozen}, 20},
			{"a lease with a number, and stock refuses an old number (a fencing token)", Attack{Consumer: "lease-fenced", Business: sim.Stock, Only: frozen}, 20},
			{"a unique insert in the transaction that takes the item", Attack{Consumer: "inbox", Business: sim.Stock, Only: frozen}, 0},
		},
		Points: []Point{
			{Define, "A worker that was given up because it froze past its deadline, and wakes up in the middle of its work."},
			{Implement, "Each claim gets a number that grows. Every write carries it, and the store refuses one that is too old."},
			{Pitfalls, "To check the claim once more before the effect leaves the moment after that check."},
			{TradeOffs, "The receiver has to compare the numbers. A card gateway does not, and a fence is no record of what was done."},
		},
		Shows: []string{"run zombies-revenge", "explain fencing token"},
	},
	{
		Name: "ordering and dedup",
		Asks: "Are ordering and deduplication the same problem?",
		Points: []Point{
			{Define, "No: messages in order may come twice, and messages that come once may come out of turn."},
			{Implement, "With order for each key, and one producer that numbers, keep the highest number handled; drop what is not above it."},
			{Pitfalls, "If a later message overtakes an earlier one, such a mark drops the earlier: disorder becomes loss."},
			{Example, "\"Shipped\" overtakes \"paid\": a row with a version takes the newer and ignores the older."},
		},
		Shows:  []string{"explain high-water mark", "run lost-ack --consumers naive,inbox --profile sqs-fifo"},
		Follow: &Follow{"\"A few come out of turn. We keep the highest number and take from stock; the stragglers will be fine.\"", Attack{Consumer: "high-water-mark", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Fail}}, 13},
	},
}
