package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// unanswered is what a call to somebody else meets.
var unanswered = []check.Kind{check.LoseReply, check.Crash, check.Copy}

// receivers are about effects outside of one's own database.
var receivers = []Problem{
	{
		Name: "the effect is a third-party API",
		Asks: "The effect is a charge by a payment API that takes idempotency keys. What keeps a customer from paying twice?",
		Choices: []Design{
			{"one transaction around the record and the call", Attack{Consumer: "inbox", Business: sim.Card, Only: unanswered}, 7},
			{"the number of the order, sent along as the key", Attack{Consumer: "gateway-key", Business: sim.Card, Only: unanswered}, 0},
			{"a key that is made for each call: it must be unique", Attack{Consumer: "gateway-key-random", Business: sim.Card, Only: unanswered}, 15},
			{"a question first: was this order charged? If not, charge", Attack{Consumer: "lookup-first", Business: sim.Card, Only: unanswered}, 4},
		},
		Points: []Point{
			{Pitfalls, "A rollback takes back rows. It cannot call the bank."},
			{Implement, "Send a key that is made from the business key, the same on every attempt."},
			{Example, "The bank takes $15 and its answer gets lost (a timeout): the retry under the same key charges nothing."},
			{Pitfalls, "A key made within the call that is retried is a new key each time."},
			{TradeOffs, "Keep an inbox as well: receivers forget their keys, and it spares them the calls."},
		},
		Shows: []string{"run bank-504 --consumers inbox,gateway-key,inbox-and-gateway-key", "explain idempotency key"},
	},
	{
		Name: "a receiver without keys",
		Asks: "The effect is a mail, and no mail server takes a key. What do you build?",
		Choices: []Design{
			{"one transaction around the record and the sending", Attack{Consumer: "inbox", Business: sim.Mail, Only: crashes}, 7},
			{"a record first: rather no mail than two", Attack{Consumer: "mark-first", Business: sim.Mail, Only: crashes}, 5},
			{"a record after it: rather two mails than none", Attack{Consumer: "check-then-act", Business: sim.Mail, Only: crashes}, 6},
		},
		Points: []Point{
			{TradeOffs, "No order of steps is exact here. Say which harm is worse: two, or none."},
			{Implement, "Record first where none is better than two, as with a text message at night; else record last."},
			{Implement, "Where the receiver can be asked, ask before each retry whether it was done."},
			{Example, "With the order number in the mail, whoever gets two of them sees that they are one."},
		},
		Shows: []string{"run commit-never-came --consumers inbox,mark-first", "explain rollback"},
	},
	{
		Name: "Kafka's exactly-once",
		Asks: "Kafka offers exactly-once. What does it give you, and where does it end?",
		Points: []Point{
			{Define, "Results, and the offsets of what they were made from, are committed together, within Kafka."},
			{Implement, "Readers have to ask for read_committed; a producer that was replaced is refused by its epoch, a number that grows."},
			{Pitfalls, "It ends at the log: a charge made inside a transaction that aborts is made again."},
			{Implement, "With a database of your own, store offset or message ID there, in one transaction with the state."},
		},
		Shows:  []string{"explain Kafka transactions", "explain offset"},
		Follow: &Follow{"\"So we put all of it into one transaction, the charge included.\"", Attack{Consumer: "inbox", Business: sim.Card, Faults: 1, Only: crashes}, 7},
	},
	{
		Name: "outbox and inbox",
		Asks: "An order is to be recorded in your database and charged at the bank. What do an outbox and an inbox do for you?",
		Choices: []Design{
			{"an outbox whose relay sends the order's number as a key", Attack{Consumer: "outbox-and-gateway-key", Business: sim.Card, Only: untold}, 0},
			{"an outbox: the charge is a row beside the order, and a relay sends it", Attack{Consumer: "outbox", Business: sim.Card, Only: untold}, 19},
			{"an inbox: message ID, order and charge in one transaction", Attack{Consumer: "inbox", Business: sim.Card, Only: untold}, 7},
		},
		Points: []Point{
			{Define, "An outbox makes one write of two: the order and the message about it are rows of one transaction."},
			{Implement, "A relay reads the rows: send, then mark as sent. If it dies in between, it sends again."},
			{Define, "An inbox is the other end: the message ID and the effect in one transaction."},
			{Pitfalls, "An outbox alone is at least once: fix the ID in the row, so that the receiver can tell a second send."},
		},
		Shows: []string{"run crash-after-effect --consumers outbox,outbox-and-gateway-key,inbox", "explain relay"},
	},
}
