package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// whileAtWork is how a second delivery meets a first that is still at work, and then
// fails.
var whileAtWork = []check.Kind{check.Overrun, check.Fail}

// identities ask what makes two messages the same, and what to do when they meet.
var identities = []Problem{
	{
		Name: "message ID or business key",
		Asks: "A customer clicks Buy twice, and the shop publishes twice. By which identity do you take only one item from stock?",
		Choices: []Design{
			{"the business key: the number of the order", Attack{Consumer: "inbox-key", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 0},
			{"the message ID", Attack{Consumer: "inbox", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 3},
			{"none: the broker drops what it has seen (its dedup window)", Attack{Consumer: "broker-window", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.RepublishAs}}, 1},
		},
		Points: []Point{
			{Define, "A message ID names a publish. A business key names the fact: this order, this month's invoice."},
			{Example, "Two clicks on Buy: two message IDs, one order."},
			{Implement, "Make the key where the intent arises, and pass it through every retry down to the receiver."},
			{Pitfalls, "Too coarse a key drops a second genuine purchase; one with the attempt in it stops nothing."},
		},
		Shows: []string{"run impatient-customer --consumers inbox,inbox-key", "explain business key"},
	},
	{
		Name: "two workers, same millisecond",
		Asks: "Two workers get the same message in the same millisecond. What keeps both from taking the item from stock?",
		Choices: []Design{
			{"each looks in the table first, and writes the ID when it is done", Attack{Consumer: "check-then-act", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 4},
			{"each keeps the IDs in its memory", Attack{Consumer: "memory-set", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 8},
			{"a unique insert in the transaction that takes the item", Attack{Consumer: "inbox", Business: sim.Stock, Faults: 1, Only: []check.Kind{check.Copy}}, 0},
		},
		Points: []Point{
			{Pitfalls, "To look and to write in two steps lets both look before either writes. Nothing has to be broken for that."},
			{Implement, "Make them one atomic step: a unique insert, or a write on condition."},
			{Implement, "In a transaction the second insert waits until the first commits, and then finds the row."},
			{TradeOffs, "Waiting holds a connection. To let both run until one commit fails does not wait, but a mail goes out twice."},
		},
		Shows: []string{"run twins --consumers check-then-act,inbox --business stock", "explain TOCTOU"},
	},
	{
		Name: "same key, other payload",
		Asks: "A request comes under a key that you know, but with another amount. What do you answer?",
		Points: []Point{
			{Define, "A key stands for one intent: other contents need another key."},
			{Implement, "Keep a hash of the request beside the key. If it differs, refuse: neither charge nor repeat the old answer."},
			{Pitfalls, "A timestamp in the payload makes an honest retry look like another request."},
			{Example, "The reverse mistake takes contents for the key: two order the same coffee, and one gets none."},
		},
		Shows:  []string{"run copy-paste-key", "explain stored-result replay"},
		Follow: &Follow{"\"We need no keys. We hash what a message says, and drop what was said before.\"", Attack{Consumer: "inbox-hash", Business: sim.Card, Scenario: "two-coffees"}, 10},
	},
	{
		Name: "a duplicate while the first is at work",
		Asks: "The message comes again while the first worker is still at it: it takes an item from stock. What does the second one do?",
		Choices: []Design{
			{"it sees the first one's mark and acks; the first removes the mark if it fails", Attack{Consumer: "mark-remove", Business: sim.Stock, Only: whileAtWork}, 11},
			{"it waits for the first one's row lock, and then looks", Attack{Consumer: "inbox", Business: sim.Stock, Only: whileAtWork}, 0},
			{"it does the work as well, for nothing is recorded yet", Attack{Consumer: "check-then-act", Business: sim.Stock, Only: whileAtWork}, 4},
			{"it sees \"busy\", which runs out in time, and comes back later (a lease)", Attack{Consumer: "lease", Business: sim.Stock, Only: whileAtWork}, 20},
		},
		Points: []Point{
			{Pitfalls, "Started is not done: ack the second now, let the first fail, and the message is lost."},
			{Implement, "Let it wait for the first one's lock, or give it back (a nack) to come later."},
			{Implement, "Without a transaction record two states, in progress and done, the first with an expiry."},
			{TradeOffs, "An expiry that is too short lets two work at once; too long, and a crash stalls the message."},
		},
		Shows: []string{"run friendly-fire", "explain lease"},
	},
}
