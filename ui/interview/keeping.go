package interview

import (
	"dejavu/sim"
	"dejavu/sim/check"
)

// outage is what a store of IDs meets when it is needed most.
var outage = []check.Kind{check.StoreDown, check.LoseAck}

// keeping is about what is remembered, for how long, and what that takes.
var keeping = []Problem{
	{
		Name: "how long to keep keys",
		Asks: "For how long do you keep the IDs?",
		Choices: []Design{
			{"as long as the broker remembers: 5 minutes (its dedup window)", Attack{Consumer: "broker-window", Business: sim.Card, Scenario: "eight-day-redrive"}, 1},
			{"longer than any retry of the queue: half an hour", Attack{Consumer: "inbox-ttl", Business: sim.Card, Scenario: "eight-day-redrive"}, 8},
			{"an hour, in Redis, as \"done\" (a lease)", Attack{Consumer: "lease", Business: sim.Card, Scenario: "eight-day-redrive"}, 8},
			{"for as long as somebody may put a message back by hand: here, for good", Attack{Consumer: "inbox", Business: sim.Card, Scenario: "eight-day-redrive"}, 0},
		},
		Points: []Point{
			{Implement, "For longer than the latest duplicate can come: retries, the queue's own retention, a replay by hand."},
			{Pitfalls, "What comes after its key has gone is a new message, and takes effect again."},
			{Example, "Dead letters (messages the queue gave up on) are put back by hand after 8 days; the keys were kept for 30 minutes."},
			{Implement, "Where the row of the effect carries the key itself, nothing has to expire."},
		},
		Shows: []string{"run eight-day-redrive", "explain retention"},
	},
	{
		Name: "the store of the IDs is down",
		Asks: "A message that takes an item from stock comes, and the store with the IDs does not answer. What do you do?",
		Choices: []Design{
			{"go on without it: better twice than late (fail open)", Attack{Consumer: "fail-open", Business: sim.Stock, Only: outage}, 8},
			{"nothing to decide: the IDs are in the database of the stock", Attack{Consumer: "inbox", Business: sim.Stock, Only: outage}, 0},
			{"give the message back until the store answers (fail closed)", Attack{Consumer: "fail-closed", Business: sim.Stock, Only: outage}, 6},
			{"throw the message away: rather none than two", Attack{Consumer: "drop-on-error", Business: sim.Stock, Only: outage}, 11},
		},
		Points: []Point{
			{TradeOffs, "Fail open, and what comes meanwhile is noted nowhere: its duplicate takes effect even when the store is back."},
			{TradeOffs, "Fail closed, and the queue grows: with a limit on deliveries a long outage fills the dead letters."},
			{Pitfalls, "To drop what cannot be looked up is to lose it. Some libraries do that unless told otherwise."},
			{Implement, "Choose for each effect: money waits, a notification goes out. One database for both leaves nothing to choose."},
		},
		Shows: []string{"run redis-down-and-lost-ack", "explain dedup store outage"},
	},
	{
		Name: "storage at 10 k/s",
		Asks: "Ten thousand messages a second, keys for a week. How much do you store, and how?",
		Points: []Point{
			{Implement, "Multiply: 10,000 a second for 604,800 seconds is 6 billion rows."},
			{Example, "4 IDs take 208 B here, row included: 52 B each. Times 6 billion that is about 314 GB."},
			{TradeOffs, "Keep the key, not the message; partition by day, so that old keys go with one drop."},
			{TradeOffs, "Where order is kept, one number for each producer is enough: the highest handled (a high-water mark)."},
			{Pitfalls, "A Bloom filter saves room and is sometimes wrong: alone it drops genuine messages; before an exact table it may stand."},
		},
		Shows:  []string{"run lost-ack-then-crash --consumers inbox", "explain Bloom filter"},
		Follow: &Follow{"\"Too much. Our messages are numbered, so we keep the highest number and drop what is not above it.\"", Attack{Consumer: "high-water-mark", Business: sim.Stock, Faults: 1}, 13},
	},
}
