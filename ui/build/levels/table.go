package levels

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

var (
	both  = []sim.Property{sim.NeverTwice, sim.NeverLost}
	twice = []sim.Property{sim.NeverTwice}
	lost  = []sim.Property{sim.NeverLost}
)

// tasks are to be built.
var tasks = []Task{
	{
		Name: "an-ack-gets-lost", Title: "An ack can get lost", Business: sim.Mail, Kinds: []check.Kind{check.LoseAck}, Require: both,
		Answer: "mark in table by business key; perform", Lines: 2, Trips: 1,
		Mends:   []string{"naive", "broker-window"},
		Brief:   "The mail is sent, and the ack gets lost. The queue delivers the message again. Nothing else goes wrong.",
		Teaches: "Who keeps a record knows the second delivery. As long as nothing fails between the mark and the mail, the order does not matter.",
	},
	{
		Name: "a-definite-error", Title: "The mail server says no", Business: sim.Mail, Kinds: []check.Kind{check.LoseAck, check.Fail}, Require: both,
		Answer: "look in table by business key if redelivered; perform; record in table by business key", Lines: 3, Trips: 1,
		Mends:   []string{"mark-first", "memory-lru"},
		Brief:   "A step can fail now, and has done nothing. The queue delivers the message again, and then it must not look handled.",
		Teaches: "A record that comes before the effect turns every error into a loss. Record afterwards. To look only at a redelivery saves the round trip of nearly every message.",
	},
	{
		Name: "two-at-once", Title: "Two copies at once", Business: sim.Mail, Kinds: []check.Kind{check.Copy, check.Fail}, Require: both,
		Answer: "mark in table by business key; perform; delete on error", Lines: 3, Trips: 1,
		Mends:   []string{"check-then-act", "memory-set", "redelivered-flag"},
		Brief:   "The network delivers a message twice, to two workers. Both may look before either records. A step can fail as well.",
		Teaches: "Look and record must be one step: put if absent. And a definite error takes the mark back. The flag does not help: a copy is not redelivered.",
	},
	{
		Name: "no-reply", Title: "The mail server does not answer", Business: sim.Mail, Kinds: []check.Kind{check.LoseReply}, Require: both,
		Answer: "ack early; perform", Lines: 2, Trips: 0,
		Brief:   "The mail is sent, but the reply gets lost. To the handler this looks like an error.",
		Teaches: "An error does not mean that nothing happened. Here nothing else goes wrong, so it is enough that the queue never hears of the error.",
	},
	{
		Name: "rather-two", Title: "Rather two than none", Business: sim.Mail, Kinds: []check.Kind{check.Crash, check.LoseAck}, Require: lost,
		Start:  "mark in table by business key; perform",
		Answer: "perform", Lines: 1, Trips: 0,
		Mends:   []string{"ack-first"},
		Brief:   "A worker can crash. Nobody may miss the mail; two of them do no harm. It begins with the answer to the first level.",
		Teaches: "At-least-once delivery keeps this promise by itself, if the ack comes last. Every line more is a line that can lose.",
	},
	{
		Name: "rather-none", Title: "Rather none than two", Business: sim.Mail, Kinds: []check.Kind{check.Crash, check.LoseAck}, Require: twice,
		Answer: "mark in table by business key; perform", Lines: 2, Trips: 1,
		Brief:   "The same, but it is a text message at night. Nobody may get two; one that is lost does no harm.",
		Teaches: "The mark comes first, in one step, and outlives a crash. What crashes behind it is lost, and that was the choice.",
	},
	{
		Name: "neither", Title: "Neither none nor two", Business: sim.Mail, Kinds: []check.Kind{check.Crash}, Require: both,
		Mends:   []string{"mark-remove", "lease", "lease-fenced", "outbox"},
		Brief:   "A worker can crash. Nobody may miss the mail, and nobody may get two.",
		Teaches: "Nobody can. The mail and the record of it are two steps, and a crash comes between. Whichever is first decides whether that is a loss or a second mail.",
	},
	{
		Name: "a-bank", Title: "A receiver that honours a key", Business: sim.Card, Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Require: both,
		Answer: "perform with key by business key", Lines: 1, Trips: 0,
		Mends:   []string{"gateway-key-random"},
		Brief:   "The effect is a charge now. The bank honours an idempotency key. Workers crash, acks get lost, messages are copied.",
		Teaches: "What mail cannot do, one argument does: the receiver makes effect and record one step. The key must be the same in every attempt.",
	},
	{
		Name: "a-bank-without-keys", Title: "A bank that can only be asked", Business: sim.Card, Kinds: []check.Kind{check.Crash, check.LoseAck}, Require: both,
		Without: []string{"with-key"},
		Answer:  "ask the receiver; perform", Lines: 2, Trips: 1,
		Brief:   "This bank honours no key. But it says whether it has charged an order.",
		Teaches: "The receiver's own books are a record that no crash parts from the effect. It costs a call for every delivery.",
	},
	{
		Name: "ask-and-race", Title: "Ask, and be first", Business: sim.Card, Kinds: []check.Kind{check.Crash, check.Copy}, Require: both,
		Without: []string{"with-key"},
		Answer:  "lease for 20s by business key; ask the receiver; perform", Lines: 3, Trips: 2,
		Mends:   []string{"lookup-first"},
		Brief:   "The same bank. Now the network copies messages, and two workers may ask at the same time.",
		Teaches: "Between the answer and the charge there is a gap. A lease keeps others out of it, and expires after a crash. Neither is enough alone.",
	},
	{
		Name: "a-deaf-bank", Title: "A bank that says nothing", Business: sim.Card, Kinds: []check.Kind{check.Crash, check.Copy}, Require: both,
		Without: []string{"with-key", "ask-the-receiver"},
		Brief:   "This bank honours no key, and cannot be asked.",
		Teaches: "Nobody can. To such a bank a charge is a mail. Look for a receiver that helps before you look for a design.",
	},
	{
		Name: "a-row", Title: "The effect is a row", Business: sim.Stock, Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Require: both,
		Answer: "perform unique by business key", Lines: 1, Trips: 0,
		Brief:   "An item is taken from stock, in your own database.",
		Teaches: "The effect can be its own record: a row whose key is unique. There is no second step that a crash could part from it.",
	},
	{
		Name: "second-click", Title: "The second click", Business: sim.Mail, Kinds: []check.Kind{check.LoseAck, check.RepublishAs}, Require: both,
		Answer: "mark in table by business key; perform", Lines: 2, Trips: 1,
		Mends:   []string{"inbox", "inbox-ttl"},
		Brief:   "An impatient customer clicks again. The producer publishes the order under a new message ID.",
		Teaches: "A message ID is new for each publish. The business key is the same for the same order, however often it comes.",
	},
	{
		Name: "a-counter", Title: "A counter without a key", Business: sim.Stock, Kinds: []check.Kind{check.Crash, check.LoseReply, check.Copy}, Require: both,
		Without: []string{"unique", "ask-the-receiver"},
		Answer:  "begin; insert by business key; perform; commit", Lines: 4, Trips: 3,
		Brief:   "The stock is a bare number: it does not know who has taken from it. It is still a row of your own database.",
		Teaches: "One transaction makes the record and the effect one step. A crash rolls both back. This is the inbox.",
	},
	{
		Name: "a-failover", Title: "A failover forgets", Business: sim.Mail, Kinds: []check.Kind{check.LoseWrites, check.LoseAck}, Require: both,
		Answer: "mark in memory of 3 by business key; look in memory by business key if redelivered; perform", Lines: 3, Trips: 0,
		Brief:   "The database fails over and loses its newest commit. An ack can get lost too. No process dies.",
		Teaches: "A record in a store is only as durable as the store. Here the queue's own flag is: what is redelivered was delivered. That holds as long as nothing crashes.",
	},
	{
		Name: "a-failover-of-stock", Title: "A failover takes the item back", Business: sim.Stock, Kinds: []check.Kind{check.LoseWrites}, Require: both,
		Mends:   []string{"unique-effect", "inbox-key"},
		Brief:   "Stock again. The database fails over and loses its newest commit, after the ack.",
		Teaches: "Nobody can: the effect itself was lost, and the queue has forgotten the message. That is a matter for the database, which must not confirm what it can lose.",
	},
	{
		Name: "a-redrive", Title: "The redrive after the weekend", Business: sim.Card, Deliveries: 2,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.ExpireKey, check.RedriveAs}, Require: both,
		Answer: "ask the receiver; perform", Lines: 2, Trips: 1,
		Mends:   []string{"gateway-key"},
		Brief:   "Messages that were delivered twice are dead-lettered. On Monday an operator puts them back. The bank keeps a key for a day.",
		Teaches: "A key protects as long as somebody remembers it. The latest retry is made by hand, and comes later than every timeout. Books are kept for longer than keys.",
	},
	{
		Name: "a-month-later", Title: "A replay a month later", Business: sim.Card,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.ExpireKey, check.RepublishAs}, Require: both,
		Answer: "mark in table for 30m by business key, nack if taken; ask the receiver; perform with key by business key", Lines: 3, Trips: 2,
		Mends:   []string{"inbox-and-gateway-key", "outbox-and-gateway-key", "stored-result"},
		Brief:   "The producer publishes a month of orders once more, under new IDs, also beside messages that are still at work. Keys expire.",
		Teaches: "Each line covers what another leaves open. The books know the old orders. The key makes one of two charges at once. The mark keeps the second away until the first is in the books.",
	},
}

// repairs begin with what broke in a real system.
var repairs = []Task{
	{
		Name: "fresh-intent", Title: "A new payment intent for each retry", Thread: "akash-network/console PR #3449",
		Business: sim.Card, Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Require: both,
		Start: "perform with key by new ID", Answer: "perform with key by business key", Lines: 1, Trips: 0, Edits: 1,
		Brief:   "Each attempt made a payment intent of its own. The bank saw a new request every time.",
		Teaches: "The key must be made where the order is made, and passed along.",
	},
	{
		Name: "outbox-check", Title: "Check the outbox, invoke, create", Thread: "NServiceBus #4086",
		Business: sim.Stock, Kinds: []check.Kind{check.Copy, check.LoseAck}, Require: both, Without: []string{"unique", "with-token", "ask-the-receiver"},
		Start:  "begin; look in transaction by business key; perform; record in transaction by business key; commit",
		Answer: "begin; insert by business key; perform; record in transaction by business key; commit", Lines: 5, Trips: 4, Edits: 1,
		Brief:   "The record is looked for and written in one transaction. Copies that arrive together both run all the same.",
		Teaches: "A look locks no row that is not there yet. An insert with a unique key does: the second one waits, and finds it.",
	},
	{
		Name: "deduplicator", Title: "Seen before it was handled", Thread: "Watermill Deduplicator v1.5.1",
		Business: sim.Mail, Kinds: []check.Kind{check.Copy, check.Fail}, Require: both,
		Start:  "mark in table by business key; perform",
		Answer: "mark in table by business key; perform; delete on error", Lines: 3, Trips: 1, Edits: 1,
		Brief:   "The message is recorded first. If the handler fails once, the next attempt finds the record, and the message is dropped.",
		Teaches: "A mark that comes first must be taken back when the effect fails.",
	},
	{
		Name: "webhook-race", Title: "The webhook and the redirect", Thread: "WooCommerce Stripe gateway #489",
		Business: sim.Card, Kinds: []check.Kind{check.Copy, check.Crash}, Require: both,
		Start:  "look in table by business key; perform; record in table by business key",
		Answer: "look in table by business key; perform with key by business key; record in table by business key", Lines: 3, Trips: 2, Edits: 1,
		Brief:   "The same payment arrives by the webhook and by the redirect. Both look, both find nothing, both act.",
		Teaches: "No delay mends a race. One key at the receiver does, and the look before it then only saves calls.",
	},
	{
		Name: "unlocked-inbox", Title: "An inbox row that nobody locked", Thread: "MassTransit #3791",
		Business: sim.Mail, Kinds: []check.Kind{check.Copy, check.LoseAck}, Require: both,
		Start:  "begin; look in transaction by business key; enqueue; record in transaction by business key; commit",
		Answer: "begin; insert by business key; enqueue; record in transaction by business key; commit", Lines: 5, Trips: 6, Edits: 1,
		Brief:   "Inbox and outbox in one transaction. Two copies both find no row, and each puts a mail into the outbox.",
		Teaches: "The outbox sends what it is given, twice if it is given twice. The unique row in front of it has to keep copies away.",
	},
	{
		Name: "stuck-lease", Title: "A lease that nobody gives back", Thread: "Powertools for AWS Lambda #1038",
		Business: sim.Card, Kinds: []check.Kind{check.Crash, check.Copy}, Require: both, Without: []string{"with-key"},
		Start:  "mark in table by business key, nack if taken; ask the receiver; perform",
		Answer: "lease for 20s by business key; ask the receiver; perform", Lines: 3, Trips: 2, Edits: 1,
		Brief:   "A record says that somebody is at work. After a crash nobody is, and every delivery is given back for ever.",
		Teaches: "What keeps others out must end by itself: a lease has a length, and a mark has none.",
	},
}
