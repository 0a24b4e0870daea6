package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// whileAtWork are the faults that bring a second delivery while the first attempt is
// still at work, and then let the first attempt fail.
var whileAtWork = []check.Kind{check.Overrun, check.Fail}

// identities ask what makes two messages the same, and what to do when they meet.
var identities = []Problem{
	{
		Name: "message ID or business key",
		Asks: "A customer clicks Buy twice, and the shop publishes twice. Which identity makes sure that you take only one item from stock?",
		Choices: []Design{
			{"the business key: the number of the order", Attack{Consumer: "inbox-key", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 0},
			{"the message ID", Attack{Consumer: "inbox", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 25},
			{"none: the broker drops an ID it has seen (its dedup window)", Attack{Consumer: "broker-window", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 1},
		},
		Points: []Point{
			{Define, "A message ID names a publish. A business key names the fact: this order, this month's invoice."},
			{Example, "Two clicks on Buy: two message IDs, one order."},
			{Implement, "Make the key where the customer's intent arises. Every retry passes the same key to the receiver."},
			{Pitfalls, "A key that is too coarse drops a second genuine purchase. A key with the attempt in it stops no duplicate."},
		},
		Shows: []string{"run impatient-customer --consumers inbox,inbox-key", "explain business key"},
	},
	{
		Name: "two workers, same millisecond",
		Asks: "Two workers get the same message in the same millisecond. What keeps both from taking the item from stock?",
		Choices: []Design{
			{"each looks in the table first, and writes the ID after the work", Attack{Consumer: "check-then-act", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 4},
			{"each keeps the IDs in its memory", Attack{Consumer: "memory-set", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 8},
			{"a unique insert in the transaction that takes the item", Attack{Consumer: "inbox", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 0},
		},
		Points: []Point{
			{Pitfalls, "If look and write are two steps, both workers look before either one writes. No worker has to fail for that."},
			{Implement, "Make them one atomic step: a unique insert, or a conditional write."},
			{Implement, "In a transaction the second insert waits until the first commits, then finds the row."},
			{TradeOffs, "Waiting holds a connection. Optimistic locking does not wait: one commit fails, but a mail has gone out twice."},
		},
		Shows: []string{"run twins --consumers check-then-act,inbox --business stock", "explain TOCTOU"},
	},
	{
		Name: "same key, other payload",
		Asks: "A request comes under a key that you know, but with another amount. What do you answer?",
		Points: []Point{
			{Define, "A key stands for one intent. Other contents need another key."},
			{Implement, "Keep a hash of the request with the key. If it differs, refuse: do not charge, and do not repeat the old answer."},
			{Pitfalls, "A timestamp in the payload makes a genuine retry look like another request."},
			{Example, "The reverse mistake uses the contents as the key: two customers order the same coffee, and one gets none."},
		},
		Shows:  []string{"run copy-paste-key", "explain stored-result replay"},
		Follow: &Follow{"\"We need no keys. We hash each message's content, and drop a hash we have seen.\"", Attack{Consumer: "inbox-hash", Business: sim.Card, Scenario: "two-coffees"}, 10},
	},
	{
		Name: "a duplicate while the first is at work",
		Asks: "A worker is taking an item from stock, and the same message comes again. What does the second worker do?",
		Choices: []Design{
			{"it sees the first worker's mark and acks; the first removes its mark if it fails", Attack{Consumer: "mark-remove", Business: sim.Stock, Only: whileAtWork}, 11},
			{"it waits for the first worker's row lock, then looks", Attack{Consumer: "inbox", Business: sim.Stock, Only: whileAtWork}, 0},
			{"it does the work too, because nothing is recorded yet", Attack{Consumer: "check-then-act", Business: sim.Stock, Only: whileAtWork}, 4},
			{"it sees \"busy\", which expires, and comes back later (a lease)", Attack{Consumer: "lease", Business: sim.Stock, Only: whileAtWork}, 20},
		},
		Points: []Point{
			{Pitfalls, "Started is not done. If the second acks now and the first fails, the message is lost."},
			{Implement, "Let it wait for the first worker's lock, or give the message back (a nack) to come later."},
			{Implement, "Without a transaction, record two states: in progress, with an expiry, and done."},
			{TradeOffs, "If the expiry is too short, two workers work at once. If it is too long, a crash stalls the message."},
		},
		Shows: []string{"run friendly-fire", "explain lease"},
	},
}
