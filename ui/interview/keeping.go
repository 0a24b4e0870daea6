package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// outage are the faults of a question about a store of IDs that is down.
var outage = []check.Kind{check.StoreDown, check.LoseAck}

// keeping asks which IDs are kept, for how long, and what that costs.
var keeping = []Problem{
	{
		Name: "how long to keep keys",
		Asks: "For how long do you keep the IDs?",
		Choices: []Design{
			{"as long as the broker remembers: 5 minutes (its dedup window)", Attack{Consumer: "broker-window", Business: sim.Card, Scenario: "eight-day-redrive"}, 1},
			{"longer than any retry of the queue: half an hour", Attack{Consumer: "inbox-ttl", Business: sim.Card, Scenario: "eight-day-redrive"}, 8},
			{"an hour, in Redis, as \"done\" (a lease)", Attack{Consumer: "lease", Business: sim.Card, Scenario: "eight-day-redrive"}, 8},
			{"for as long as an operator may put a message back: here, for ever", Attack{Consumer: "inbox", Business: sim.Card, Scenario: "eight-day-redrive"}, 0},
		},
		Points: []Point{
			{Implement, "Until after the latest duplicate: retries, the queue's own retention, a replay by hand."},
			{Pitfalls, "A duplicate that comes after its key expired looks new, and takes effect again."},
			{Example, "An operator puts dead letters (messages the queue gave up on) back after 8 days. The keys were kept for 30 minutes."},
			{Implement, "If the effect's own row contains the key, nothing has to expire."},
		},
		Shows: []string{"run eight-day-redrive", "explain retention"},
	},
	{
		Name: "the store of the IDs is down",
		Asks: "A message that takes an item from stock comes, and the store with the IDs does not answer. What do you do?",
		Choices: []Design{
			{"go on without it: twice is better than late (fail open)", Attack{Consumer: "fail-open", Business: sim.Stock, Only: outage}, 9},
			{"nothing to decide: the IDs are in the database of the stock", Attack{Consumer: "inbox", Business: sim.Stock, Only: outage}, 0},
			{"give the message back until the store answers (fail closed)", Attack{Consumer: "fail-closed", Business: sim.Stock, Only: outage}, 6},
			{"drop the message: none is better than two", Attack{Consumer: "drop-on-error", Business: sim.Stock, Only: outage}, 11},
		},
		Points: []Point{
			{TradeOffs, "Fail open: a message that comes during the outage is not recorded. Its duplicate takes effect even after the outage."},
			{TradeOffs, "Fail closed: the queue grows. With a limit on deliveries, a long outage fills the dead-letter queue."},
			{Pitfalls, "Dropping a message that cannot be looked up loses it. Some libraries do that unless told otherwise."},
			{Implement, "Choose for each effect: a payment waits, a notification goes out. If IDs and effect share a database, there is nothing to choose."},
		},
		Shows: []string{"run redis-down-and-lost-ack", "explain dedup store outage"},
	},
	{
		Name: "storage at 10 k/s",
		Asks: "Ten thousand messages a second, keys for a week. How much do you store, and how?",
		Points: []Point{
			{Implement, "Multiply: 10,000 a second for 604,800 seconds is 6 billion rows."},
			{Example, "4 IDs take 208 B here, row included: 52 B each. Times 6 billion that is about 314 GB."},
			{TradeOffs, "Keep the key, not the message; partition by day, so that one drop removes old keys."},
			{TradeOffs, "If the queue keeps order, one number for each producer is enough: the highest handled (a high-water mark)."},
			{Pitfalls, "A Bloom filter saves space but is sometimes wrong: alone it drops genuine messages. Use it only in front of an exact table."},
		},
		Shows:  []string{"run lost-ack-then-crash --consumers inbox", "explain Bloom filter"},
		Follow: &Follow{"\"Too much. Our messages are numbered, so we keep the highest number and drop any message not above it.\"", Attack{Consumer: "high-water-mark", Business: sim.Stock, Faults: 1}, 13},
	},
}
