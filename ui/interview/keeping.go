package interview

import (
	"dejavu/sim"
)

// keeping is about what is remembered, for how long, and what that takes.
var keeping = []Question{
	{
		Name: "how long to keep keys",
		Asks: "For how long do you keep the IDs?",
		Points: []Point{
			{Implement, "For longer than the latest duplicate can come: retries, the queue's own retention, a replay by hand."},
			{Pitfalls, "What comes after its key has gone is a new message, and takes effect again."},
			{Example, "Somebody puts dead letters (messages the queue gave up on) back after a week; the keys were kept for a day."},
			{Implement, "Where the row of the effect carries the key itself, nothing has to expire."},
		},
		Shows:  []string{"run ten-minutes-later", "explain retention"},
		Follow: &Follow{"\"The broker's dedup window will do: it remembers five minutes.\"", Attack{Consumer: "broker-window", Business: sim.Card, Scenario: "ten-minutes-later"}},
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
		Follow: &Follow{"\"Too much. Our messages are numbered, so we keep the highest number and drop what is not above it.\"", Attack{Consumer: "high-water-mark", Business: sim.Stock, Faults: 1}},
	},
}
