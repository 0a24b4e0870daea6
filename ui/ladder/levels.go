package ladder

import (
	"slices"
	"strconv"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/learn"
)

// Level is something to break, or to say of that nobody can.
type Level struct {
	// Name is what is typed; Title heads it. Number counts the levels of the ladder from
	// 1; it is 0 for a consumer that is a level by itself.
	Name, Title string
	Number      int
	// Consumer is attacked, Goal is what is to be broken there, and Faults is the budget.
	Consumer string
	Business sim.Business
	Goal     sim.Property
	Faults   int
	// Kinds are what this network can do; nil are the usual kinds.
	Kinds []check.Kind
	// Scene is a scenario file with the orders and the queue. Its consumer is replaced.
	Scene string
	// Par is the best that can be done; 0 actions say that nobody can.
	Par learn.Score
	// Brief is said before, and Teaches after it.
	Brief, Teaches string
	// Belief is the misconception of those who miss it; 0 names none.
	Belief scenarios.Misconception
}

// Levels are the ladder, the first rung first.
func Levels() []Level {
	all := slices.Clone(levels)
	for i := range all {
		all[i].Number = i + 1
	}
	return all
}

// Names are what the levels are called, in order.
func Names() []string {
	var names []string
	for i := range levels {
		names = append(names, levels[i].Name)
	}
	return names
}

// Chapter is what the lesson is called that leads through the first levels, and ChapterTitle
// heads it.
const (
	Chapter      = "attack"
	ChapterTitle = "You are the network"
)

// Lesson are the levels of that lesson.
func Lesson() []Level { return Levels()[:3] }

// Find returns the level with a name or a number.
func Find(word string) (Level, bool) {
	for _, l := range Levels() {
		if l.Name == word || strconv.Itoa(l.Number) == word {
			return l, true
		}
	}
	return Level{}, false
}

// Next is the level after another, or "".
func Next(name string) string {
	if l, ok := Find(name); ok && l.Number < len(levels) {
		return levels[l.Number].Name
	}
	return ""
}

// Against returns the first level that attacks a consumer.
func Against(consumer string) (Level, bool) {
	return first(func(l *Level) bool { return l.Consumer == consumer })
}

// Training returns the first level that shows a misconception to be one.
func Training(m scenarios.Misconception) (Level, bool) {
	return first(func(l *Level) bool { return l.Belief == m && m != 0 })
}

func first(is func(*Level) bool) (Level, bool) {
	for _, l := range Levels() {
		if is(&l) {
			return l, true
		}
	}
	return Level{}, false
}

// Scenes. Groups and numbers matter only to a consumer that reads them.
const (
	oneOrder = `title: One order
messages:
  - {id: m1, at: 1s, customer: Cy, amount: $120}
consumers: [naive]
`
	twoOrders = `title: Two orders
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $40, group: orders, seq: 1}
  - {id: m2, at: 3m, customer: Cy, amount: $120, group: orders, seq: 2}
consumers: [naive]
`
	inARow = `title: Two orders in a row
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $40, group: orders, seq: 1}
  - {id: m2, at: 5s, customer: Cy, amount: $120, group: orders, seq: 2}
queue: {profile: sqs-fifo}
consumers: [naive]
`
	twoCoffees = `title: Two coffees
messages:
  - {id: m1, at: 1s, customer: Cy, amount: $4, body: a coffee for Cy}
  - {id: m2, at: 20s, customer: Cy, amount: $4, body: a coffee for Cy}
consumers: [naive]
`
	oneChance = `title: One delivery, then the dead-letter queue
messages:
  - {id: m1, at: 1s, customer: Cy, amount: $120}
queue: {max-deliveries: 1}
consumers: [naive]
`
)

// levels is the ladder. Each rung has one gap.
var levels = []Level{
	{
		Name: "any-lost-ack", Title: "Any lost ack", Consumer: "naive", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.LoseAck, check.Fail}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 7}, Belief: 23,
		Brief:   "This worker charges, and keeps no record.",
		Teaches: "The queue delivers again each message whose ack it did not get.",
	}, {
		Name: "ack-too-early", Title: "Ack too early", Consumer: "ack-first", Goal: sim.NeverLost, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 4}, Belief: 18,
		Brief:   "This worker acks at once, so that nothing comes twice.",
		Teaches: "After the ack the queue forgets the message. A crash then loses the charge.",
	}, {
		Name: "memory-dies", Title: "Memory dies", Consumer: "memory-set", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.Fail}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 9}, Belief: 8,
		Brief:   "This worker remembers in memory what it has charged.",
		Teaches: "A crash takes the memory with it. The next process knows nothing.",
	}, {
		Name: "both-look", Title: "Both look", Consumer: "check-then-act", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Copy, check.LoseAck}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 8}, Belief: 4,
		Brief:   "This worker looks in a table before it charges. A lost ack does no harm now.",
		Teaches: "Two workers can both look before either records. Nothing has to fail for that.",
	}, {
		Name: "record-too-late", Title: "The record comes too late", Consumer: "check-then-act", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Fail}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 9}, Belief: 6,
		Brief:   "The same worker, on a network that makes no copies.",
		Teaches: "Between the charge and the record there is a gap, and a crash fits in.",
	}, {
		Name: "mark-too-early", Title: "The mark comes too early", Consumer: "mark-first", Goal: sim.NeverLost, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 8}, Belief: 5,
		Brief:   "This worker records the ID first, in one step that only one worker wins.",
		Teaches: "A record before the charge says that it was done. After a crash nobody does it.",
	}, {
		Name: "error-is-no-no", Title: "An error is not a no", Consumer: "mark-remove", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Fail, check.LoseReply, check.LoseAck}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 10}, Belief: 2,
		Brief:   "This worker removes its record if the charge fails, so that the retry may charge.",
		Teaches: "An error can come after the charge: the bank charged, and its answer got lost.",
	}, {
		Name: "flag-not-set", Title: "The flag is not set", Consumer: "redelivered-flag", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.LoseAck, check.Republish}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 8}, Belief: 17,
		Brief:   "This worker looks in its table only if the queue says that it delivered before.",
		Teaches: "The flag is about the broker's message. A second publish is another message.",
	}, {
		Name: "lease-and-crash", Title: "A lease forgets", Consumer: "lease", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 10}, Belief: 20,
		Brief:   "This worker takes a lease of 20 seconds, so that only one charges.",
		Teaches: "A lease says who works, not what was done. It expires after a crash.",
	}, {
		Name: "frozen-holder", Title: "The frozen holder", Consumer: "lease-fenced", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Overrun, check.LoseAck, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 13}, Belief: 12,
		Brief:   "This lease has a number, and only its holder can change it.",
		Teaches: "A worker that freezes outlives its lease. The bank does not look at the number.",
	}, {
		Name: "ask-then-act", Title: "Ask, then act", Consumer: "lookup-first", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.LoseReply, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 8}, Belief: 21,
		Brief:   "This worker keeps nothing. It asks the bank what was charged, and the bank knows.",
		Teaches: "The bank's answer is true when it is given. Two workers can both hear no.",
	}, {
		Name: "rollback-and-bank", Title: "A rollback and a bank", Consumer: "inbox", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 11}, Belief: 7,
		Brief:   "This worker records and charges in one transaction: both, or none.",
		Teaches: "A rollback takes back the record, and not the charge: the bank is not in it.",
	}, {
		Name: "one-transaction", Title: "One transaction", Consumer: "inbox", Business: sim.Stock, Goal: sim.NeverTwice, Faults: 2,
		Scene: twoOrders, Belief: 22,
		Brief:   "The same worker takes an item from stock: a row in its own database.",
		Teaches: "If record and effect are in one database, one commit decides about both.",
	}, {
		Name: "relay-dies", Title: "The relay dies", Consumer: "outbox", Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 12}, Belief: 19,
		Brief:   "This worker writes the charge into an outbox, with its record. A relay charges.",
		Teaches: "The outbox moves the gap to the relay: it can die between charge and mark.",
	}, {
		Name: "second-click", Title: "The second click", Consumer: "inbox", Business: sim.Stock, Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.LoseAck, check.Copy, check.RepublishAs}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 12}, Belief: 25,
		Brief:   "The worker with one transaction again. Its record is the message ID.",
		Teaches: "One order can have two message IDs. Record what is owed: a business key.",
	}, {
		Name: "half-an-hour", Title: "Half an hour", Consumer: "inbox-ttl", Business: sim.Stock, Goal: sim.NeverTwice, Faults: 2,
		Kinds: []check.Kind{check.LoseAck, check.Republish, check.ExpireKey}, Scene: oneOrder, Par: learn.Score{Faults: 2, Actions: 14}, Belief: 14,
		Brief:   "This worker deletes a record after half an hour. No test waits that long.",
		Teaches: "Records must outlive the last retry, and a person makes that one.",
	}, {
		Name: "same-coffee", Title: "The same coffee", Consumer: "inbox-hash", Business: sim.Stock, Goal: sim.NeverLost, Faults: 1,
		Scene: twoCoffees, Par: learn.Score{Faults: 0, Actions: 13}, Belief: 10,
		Brief:   "This worker records a hash of the content: no ID is needed.",
		Teaches: "The same content can be another order. Here nothing has to go wrong.",
	}, {
		Name: "late-number", Title: "The late number", Consumer: "high-water-mark", Business: sim.Stock, Goal: sim.NeverLost, Faults: 1,
		Kinds: []check.Kind{check.LoseAck, check.Copy, check.Delay}, Scene: inARow, Par: learn.Score{Faults: 1, Actions: 14}, Belief: 13,
		Brief:   "This queue keeps the order, and the worker keeps the highest number that it handled.",
		Teaches: "The queue keeps the order in which it got them. A late publish looks like a duplicate.",
	}, {
		Name: "no-keys-here", Title: "No keys here", Consumer: "gateway-key", Business: sim.Mail, Goal: sim.NeverTwice, Faults: 1,
		Kinds: []check.Kind{check.LoseAck, check.Fail}, Scene: oneOrder, Par: learn.Score{Faults: 1, Actions: 7}, Belief: 26,
		Brief:   "This worker sends an idempotency key with each mail.",
		Teaches: "A key helps only where the receiver looks at it. A mail server does not.",
	}, {
		Name: "key-at-the-bank", Title: "A key at the bank", Consumer: "gateway-key", Goal: sim.NeverTwice, Faults: 2,
		Scene: twoOrders, Belief: 22,
		Brief:   "The same worker at a bank. It keeps no record itself.",
		Teaches: "The bank decides in one step whether a key is new. Then no gap is left here.",
	}, {
		Name: "day-old-key", Title: "A key a day old", Consumer: "gateway-key", Goal: sim.NeverTwice, Faults: 2,
		Kinds: []check.Kind{check.LoseAck, check.Republish, check.ExpireKey}, Scene: oneOrder, Par: learn.Score{Faults: 2, Actions: 8}, Belief: 1,
		Brief:   "The same worker, on a network that has time. The bank keeps a key for a day.",
		Teaches: "Every record of duplicates has an end. Exactly once lasts until then.",
	}, {
		Name: "two-records", Title: "Two records", Consumer: "inbox-and-gateway-key", Goal: sim.NeverTwice, Faults: 2,
		Scene: twoOrders, Belief: 22,
		Brief:   "This worker records in a table, and sends a key to the bank.",
		Teaches: "The table stops redeliveries. The key covers a crash before the commit.",
	}, {
		Name: "eight-days-later", Title: "Eight days later", Consumer: "inbox-and-gateway-key", Goal: sim.NeverTwice, Faults: 3,
		Kinds: []check.Kind{check.Crash, check.LoseAck, check.Redrive, check.ExpireKey}, Scene: oneChance, Par: learn.Score{Faults: 3, Actions: 13}, Belief: 14,
		Brief:   "The same worker. After one delivery a message waits in the dead-letter queue.",
		Teaches: "An operator can put back a message after its key has expired at the bank.",
	},
}
