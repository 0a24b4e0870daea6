package glossary

// outcomes are the words for what became of a thing owed, and of a run.
var outcomes = []Term{
	{
		Name: "effect",
		Said: []string{"side effect", "business", "effect location"},
		Is: "What a message is for: charge a card, send a mail, take an item from stock. The place of the effect decides what helps. " +
			"Stock is a row in the consumer's own database, so it rolls back. A card is charged outside, by a gateway that honours idempotency keys. A mail is sent outside, and no mail server honours a key.",
		Breaks: "So every strategy has a verdict for each business. Change `business:` in a scenario to see them.",
		See:    []string{"transaction", "idempotency key", "rollback", "several effects"},
		Try:    "run crash-after-effect --business stock",
	},
	{
		Name:   "several effects",
		Term:   "several effects of one message",
		Said:   []string{"order", "three effects", "two effects", "multiple effects", "multiple side effects"},
		Is:     "One message does several things: `business: order` charges a card, takes an item from stock and sends a mail. A crash can fall between two of them, and the retry begins with the first.",
		Breaks: "A handler is not idempotent as a whole: each effect needs its own cure. With inbox-and-gateway-key, after one crash the item is rolled back, a key stops the second charge, and the mail comes twice. Ask of each effect: does it roll back, or does its receiver know a key?",
		See:    []string{"effect", "saga", "Rocket Rides"},
		Try:    "play three-effects",
	},
	{
		Name: "twice",
		Said: []string{"again", "double charge", "duplicate charge", "charged twice", "duplicate email", "duplicate mail", "duplicate effect", "excess", "double"},
		Is:   "One effect that was owed happened more than once. A message that arrives twice is only the occasion for it.",
		See:  []string{"never-twice", "lost", "effect"},
		Try:  "play lost-ack-then-crash",
	},
	{
		Name: "lost",
		Said: []string{"never", "lost message", "lost effect", "missing", "message loss"},
		Is:   "The effect has not happened, and nothing can still bring it. The queue has the ack, or nobody will send again. Recording a message too early causes it.",
		See:  []string{"never-lost", "pending", "parked"},
		Try:  "play crash-before-effect",
	},
	{
		Name: "parked",
		Is:   "The effect has not happened, and its message lies in the dead-letter queue. It is not lost: an operator can still put the message back.",
		See:  []string{"dead-letter queue", "lost", "pending"},
		Try:  "run quiet-day --profile servicebus-peeklock --with fail:m1,times=12",
	},
	{
		Name: "pending",
		Said: []string{"in flight", "inflight", "unacked", "outstanding"},
		Is:   "The effect has not happened yet, and its message is still in the queue or with a worker. It is too early to call it lost.",
		See:  []string{"quiescence", "lost", "parked"},
		Try:  "play stop-the-world",
	},
	{
		Name: "quiescence",
		Said: []string{"rest", "at rest", "quiet", "all is quiet"},
		Is:   "All is quiet: every message is settled, and every worker is idle. Only now can you say that an effect is lost. Before, it may still happen.",
		See:  []string{"pending", "never-stuck"},
		Try:  "play quiet-day",
	},
	{
		Name: "never-twice",
		Said: []string{"never twice", "no duplicates", "safety"},
		Is:   "The property that no effect happens more than once, whatever happens within the bounds of the search.",
		See:  []string{"never-lost", "never-stuck", "twice"},
		Try:  "check inbox --business stock --require never-twice",
	},
	{
		Name: "never-lost",
		Said: []string{"never lost", "no loss", "liveness"},
		Is:   "The property that every effect that is owed has happened when all is quiet. A consumer that does nothing is never-twice, but not never-lost.",
		See:  []string{"never-twice", "never-stuck", "quiescence"},
		Try:  "check inbox --business card --require never-lost",
	},
	{
		Name: "never-stuck",
		Said: []string{"never stuck", "stuck", "livelock"},
		Is:   "The property that the system can always become quiet again. A lease that never expires breaks it: its message stays pending for ever, and is never called lost. Two transactions that wait for each other are not stuck: the database aborts one of them.",
		See:  []string{"never-lost", "quiescence", "lease"},
		Try:  "check inbox --business card --require never-stuck",
	},
	{
		Name: "schedule",
		Said: []string{"interleaving", "exhaustive search", "model checking", "state space"},
		Is:   "One order in which everything may happen. A run is one schedule. The search tries every schedule within its bounds, so no consumer passes by luck.",
		See:  []string{"never-twice", "testing"},
		Try:  "check naive --business card",
	},
	{
		Name: "testing",
		Said: []string{"how do you test it", "fault injection", "chaos testing", "jepsen", "simtest", "test your own handler"},
		Is: "Deliver every message twice, and crash the process between any two steps. Then compare what was owed with what was done. " +
			"Random tests find common gaps and miss rare ones. A search of all schedules finds both. " +
			"simtest.Check searches a model of a handler. simtest.Handler searches your own handler in a go test: a crash between any two " +
			"of its SQL statements or HTTP calls, a lost reply, a second delivery. The README has a test to copy.",
		See: []string{"schedule", "reconciliation"},
		Try: "sweep bad-weather",
	},
}
