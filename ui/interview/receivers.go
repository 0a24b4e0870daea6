package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// unanswered are the faults of a question about a call to another system.
var unanswered = []check.Kind{check.LoseReply, check.Crash, check.Copy}

// receivers asks about effects outside the consumer's own database.
var receivers = []Problem{
	{
		Name: "the effect is a third-party API",
		Asks: "The effect is a charge by a payment API that takes idempotency keys. What keeps a customer from paying twice?",
		Choices: []Design{
			{"one transaction around the record and the call", Attack{Consumer: "inbox", Business: sim.Card, Only: unanswered}, 7},
			{"the number of the order, sent along as the key", Attack{Consumer: "gateway-key", Business: sim.Card, Only: unanswered}, 0},
			{"a new key for each call: it must be unique", Attack{Consumer: "gateway-key-random", Business: sim.Card, Only: unanswered}, 15},
			{"ask the bank first: was this order charged? If not, charge", Attack{Consumer: "lookup-first", Business: sim.Card, Only: unanswered}, 4},
		},
		Points: []Point{
			{Pitfalls, "A rollback undoes rows. It cannot undo a charge at the bank."},
			{Implement, "Send a key made from the business key, the same on every attempt."},
			{Example, "The bank takes $15 and its answer gets lost (a timeout). The retry under the same key charges nothing."},
			{Pitfalls, "If the retried call makes the key, each attempt has a new key."},
			{TradeOffs, "Keep an inbox too: receivers forget their keys, and an inbox saves calls."},
		},
		Shows: []string{"run bank-504 --consumers inbox,gateway-key,inbox-and-gateway-key", "explain idempotency key"},
	},
	{
		Name: "a receiver without keys",
		Asks: "The effect is a mail, and no mail server takes a key. What do you build?",
		Choices: []Design{
			{"one transaction around the record and the mail", Attack{Consumer: "inbox", Business: sim.Mail, Only: crashes}, 7},
			{"record first: no mail is better than two", Attack{Consumer: "mark-first", Business: sim.Mail, Only: crashes}, 5},
			{"record afterwards: two mails are better than none", Attack{Consumer: "check-then-act", Business: sim.Mail, Only: crashes}, 6},
		},
		Points: []Point{
			{TradeOffs, "No order of steps is exact here. Say which harm is worse: two, or none."},
			{Implement, "Record first if none is better than two, as with a text message at night. Otherwise record last."},
			{Implement, "If the receiver answers questions, ask before each retry whether it was done."},
			{Example, "Put the order number into the mail: a customer who gets two sees that they are about one order."},
		},
		Shows: []string{"run commit-never-came --consumers inbox,mark-first", "explain rollback"},
	},
	{
		Name: "Kafka's exactly-once",
		Asks: "Kafka offers exactly-once. What does it give you, and where does it end?",
		Points: []Point{
			{Define, "Results and the offsets they were made from are committed together, within Kafka."},
			{Implement, "Readers need read_committed. A replaced producer is refused by its epoch, a number that grows."},
			{Pitfalls, "It ends at the log: if a transaction aborts, a charge made in it is made again."},
			{Implement, "If the state is in your own database, store the offset or message ID there, in the same transaction."},
		},
		Shows:  []string{"explain Kafka transactions", "explain offset"},
		Follow: &Follow{"\"So we put everything into one transaction, also the charge.\"", Attack{Consumer: "inbox", Business: sim.Card, Faults: 1, Only: crashes}, 7},
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
			{Define, "An outbox turns two writes into one: the order and its message are rows in one transaction."},
			{Implement, "A relay sends each row, then marks it as sent. If it dies in between, it sends again."},
			{Define, "An inbox is at the other end: the message ID and the effect are in one transaction."},
			{Pitfalls, "An outbox alone is at least once. Put an ID into the row, so the receiver can detect a second send."},
		},
		Shows: []string{"run crash-after-effect --consumers outbox,outbox-and-gateway-key,inbox", "explain relay"},
	},
}
