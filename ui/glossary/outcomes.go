package glossary

// outcomes are the words for what became of a thing owed, and of a run.
var outcomes = []Term{
	{
		Name: "effect",
		Said: []string{"side effect", "business", "effect location"},
		Is: "What the message is for: a card is charged, a mail is sent, an item is taken from stock. Where it lies decides everything. " +
			"Stock is a row in the consumer's own database and rolls back with it; a card is charged outside, by a gateway that honours keys; a mail is outside, and nobody honours anything.",
		Breaks: "So every strategy has three verdicts, one for each. Change `business:` and see.",
		See:    []string{"transaction", "idempotency key", "rollback"},
		Try:    "run crash-after-effect --business stock",
	},
	{
		Name: "twice",
		Said: []string{"again", "double charge", "duplicate effect", "excess", "double"},
		Is:   "The effect of one thing owed is there more than once. A message that comes twice is not that: it is only the chance for it.",
		See:  []string{"never-twice", "lost", "effect"},
		Try:  "play lost-ack-then-crash",
	},
	{
		Name: "lost",
		Said: []string{"never", "lost message", "lost update", "lost effect", "missing", "message loss"},
		Is:   "The effect is not there, and nothing is left that could still bring it: the queue has its ack, or nobody will send again. It is the price of remembering too early.",
		See:  []string{"never-lost", "pending", "parked"},
		Try:  "play crash-before-effect",
	},
	{
		Name: "parked",
		Is:   "The effect is not there, and its message lies in the dead-letter queue. Not done and not lost: somebody can still put it back.",
		See:  []string{"dead-letter queue", "lost", "pending"},
		Try:  "run quiet-day --profile servicebus-peeklock --with fail:m1,times=12",
	},
	{
		Name: "pending",
		Said: []string{"in flight", "inflight", "unacked", "outstanding"},
		Is:   "The effect is not there yet, and a message of it is still in the queue or at work. Who calls that lost has looked too early.",
		See:  []string{"quiescence", "lost", "parked"},
		Try:  "play stop-the-world",
	},
	{
		Name: "quiescence",
		Said: []string{"rest", "at rest", "quiet", "settled", "all is quiet"},
		Is:   "All is quiet: every message is settled and every worker idle. Only now can it be said that something was lost; before, it may still come.",
		See:  []string{"pending", "never-stuck"},
		Try:  "play quiet-day",
	},
	{
		Name: "never-twice",
		Said: []string{"never twice", "no duplicates", "safety"},
		Is:   "The property that nothing owed takes effect more than once, whatever happens within the bounds that were searched.",
		See:  []string{"never-lost", "never-stuck", "twice"},
		Try:  "check inbox --business stock --require never-twice",
	},
	{
		Name: "never-lost",
		Said: []string{"never lost", "no loss", "liveness"},
		Is:   "The property that everything owed has taken effect once all is quiet. A consumer that does nothing at all is never twice; this is the other half.",
		See:  []string{"never-twice", "never-stuck", "quiescence"},
		Try:  "check inbox --business card --require never-lost",
	},
	{
		Name: "never-stuck",
		Said: []string{"never stuck", "stuck", "deadlock", "livelock"},
		Is:   "The property that it can always become quiet again. Where it cannot, as with a lease that never runs out, nothing is ever called lost: it is pending for ever. Two transactions that wait for each other are not stuck: the database aborts one of them.",
		See:  []string{"never-lost", "quiescence", "lease"},
		Try:  "check inbox --business card --require never-stuck",
	},
	{
		Name: "schedule",
		Said: []string{"interleaving", "exhaustive search", "model checking", "state space"},
		Is:   "One order in which everything may happen. A run is one schedule; the search tries them all within its bounds, so that a consumer cannot be lucky.",
		See:  []string{"never-twice", "testing"},
		Try:  "check naive --business card",
	},
	{
		Name: "testing",
		Said: []string{"how do you test it", "fault injection", "chaos testing", "jepsen", "simtest", "test your own handler"},
		Is: "Deliver every message twice, and let a process die between any two steps; then compare what is owed with what was done. " +
			"Chance finds the common gaps and flatters the rare ones; a search of all schedules does not. " +
			"simtest.Check searches a model of a handler. simtest.Handler searches your own handler in a go test: a crash between any two " +
			"of its SQL statements or HTTP calls, a lost reply, a second delivery. The README has the test to copy.",
		See: []string{"schedule", "reconciliation"},
		Try: "sweep bad-weather",
	},
}
