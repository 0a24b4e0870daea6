package glossary

// producer is what happens before the queue, and what differs if the queue is a log.
var producer = []Term{
	{
		Name:   "publisher confirm",
		Said:   []string{"producer ack", "puback", "publish acknowledgement", "lost confirm", "confirm"},
		Is:     "The broker tells the producer that it has the message. If the confirm is lost, the producer republishes, and the broker has two messages.",
		Breaks: "The second is a new message to the broker: not redelivered, delivery count 1. Only the message ID shows that the two are the same, if the producer kept it.",
		See:    []string{"idempotent producer", "dedup window", "republish"},
		Try:    "play producer-retry",
	},
	{
		Name:   "idempotent producer",
		Said:   []string{"enable.idempotence", "enable idempotence", "producer id", "producer sequence"},
		Is:     "The producer numbers its messages, so the log can drop a repeat. Kafka remembers the last 5 batches of each producer and partition.",
		Breaks: "It covers retries within one producer session. A restart without a transactional ID begins a new session. A message that the application sends twice gets two numbers.",
		See:    []string{"publisher confirm", "Kafka transactions", "dedup window"},
		Try:    "play producer-retry",
	},
	{
		Name:   "dual write",
		Said:   []string{"two writes", "save and publish", "commit and publish"},
		Is:     "One change is written to two places without a common transaction: save the order, publish the event. A crash in between leaves only one of them.",
		Breaks: "Either order fails. If you publish first, you may announce an order that was never saved. If you save first, nobody may hear of it. An outbox turns the two writes into one.",
		Shows:  "outbox",
		See:    []string{"outbox", "transaction", "XA"},
		Try:    "play crash-after-effect",
	},
	{
		Name: "after_commit",
		Term: "enqueue after the commit (after_commit, on_commit)",
		Said: []string{"on_commit", "transaction.on_commit", "transaction_on_commit", "aftercommit", "after_create_commit", "enqueue after commit", "enqueue_after_transaction_commit", "afterCommit"},
		Is:   "The job is enqueued once the transaction has committed. Enqueued inside, it may run before its row is visible, or after a rollback.",
		Breaks: "A crash between the commit and the enqueue loses the job, and nobody knows. It is a dual write in the safe order, not one write. " +
			"An outbox row in the transaction closes the gap.",
		Also:  "after_commit (Rails, Laravel), transaction.on_commit (Django)",
		Shows: "outbox",
		See:   []string{"dual write", "outbox", "relay"},
	},
	{
		Name: "sequence gap",
		Term: "sequence gap (a cursor passes a row that commits later)",
		Said: []string{"cursor", "last processed id", "gap in sequence", "id gap", "auto increment gap", "number two committed first", "global sequence"},
		// PostgreSQL documentation, "Sequence Manipulation Functions": nextval is never rolled back.
		Is:     "A database gives out numbers when rows are inserted, not when they commit. So row 2 can be visible before row 1. A rollback leaves a number that nobody has.",
		Shows:  "cursor-relay",
		Breaks: "A relay that remembers 2 asks for higher numbers, and never sees 1: lost, without any fault. A late number looks like one that was rolled back. Read rows not marked as sent, or wait for older transactions to end.",
		See:    []string{"cursor-relay", "relay", "high-water mark"},
		Try:    "play number-two-first",
	},
	{
		Name: "fan-out",
		Term: "fan-out (one message, several consumers)",
		Said: []string{"multiple handlers", "several handlers", "multiple subscribers", "publish-subscribe", "sns"},
		// Each subscription acks by itself: SNS, Pub/Sub and RabbitMQ documentation.
		Is:     "One publish goes to several consumers: one charges, one mails. Each should have a queue or subscription of its own, with its own acks.",
		Breaks: "If two share one dedup table, the first one's record makes the second skip: put the consumer's name into the key. If several handlers share one delivery, the failure of the last repeats all of them. Each handler then needs a record of its own.",
		See:    []string{"ack unit", "inbox", "business key"},
	},
	{
		Name:   "event sourcing",
		Said:   []string{"event store", "event log"},
		Is:     "The state is the sum of stored events. A writer appends with the version that it read; if another was faster, the append is refused. So the store finds a lost update.",
		Breaks: "A handler that reads the events delivers at least once, like any consumer. A replay rebuilds a view, and must not charge again. Keep effects apart from projections, and store the position with the view.",
		See:    []string{"Axon", "optimistic locking", "replay", "high-water mark"},
		Try:    "play out-of-turn",
	},
	{
		Name:   "relay",
		Said:   []string{"outbox relay", "message relay", "polling publisher", "transaction log tailing"},
		Is:     "The process that sends what is in the outbox: it sends a row, then marks the row as sent.",
		Breaks: "It can crash between the two, and then it sends again: at least once. NServiceBus says of its outbox that duplicates are to be expected. The receiver can use the ID in the row to find them.",
		Shows:  "outbox",
		See:    []string{"outbox", "idempotent consumer", "dual write"},
	},
	{
		Name:   "high-water mark",
		Said:   []string{"hwm", "last processed sequence", "sequence number", "sequence", "watermark"},
		Also:   "token (Axon), last five batches (Kafka producers)",
		Is:     "The consumer keeps one number per producer instead of all IDs: the highest it handled. A message whose number is not higher counts as a duplicate. It takes almost no space.",
		Breaks: "It works only if messages come in order and one writer numbers them. If 2 overtakes 1, then 1 counts as a duplicate and is lost. A republish under a new ID has a new number, and passes.",
		See:    []string{"message group", "partition", "commutative operation"},
		Try:    "play out-of-turn",
	},
	{
		Name:   "partition",
		Said:   []string{"shard", "partition key"},
		Is:     "A part of a log that one consumer reads in order. All records with the same key are in one partition.",
		Breaks: "Order does not protect from duplicates. After a crash the consumer reads again from the last committed offset, in the same order.",
		See:    []string{"offset", "rebalance", "message group"},
	},
	{
		Name:   "offset",
		Said:   []string{"committed offset", "offset commit", "commit offset", "auto commit", "enable.auto.commit"},
		Is:     "A position in a partition. Committing it says: everything before this is done. It is one ack for many messages.",
		Breaks: "If you commit after the work, a crash repeats a range of messages. If you commit before it, a crash skips a range. A timer may do either. The broker takes any offset: an older commit after a newer one moves the position back, and what lies between comes again to the next owner.",
		See:    []string{"ack unit", "rebalance", "partition"},
	},
	{
		Name: "session timeout",
		Term: "session timeout (session.timeout.ms)",
		Said: []string{"session.timeout.ms", "heartbeat.interval.ms"},
		// Kafka documentation, "Consumer Configs": 45 s since 3.0 (KIP-735), heartbeat 3 s.
		Is:     "How long a Kafka group waits for a member that sends no heartbeat: 45 s by default. Then its partitions go to others, from the last committed offset. When a member leaves cleanly, its partitions move at once.",
		Breaks: "Heartbeats come from a thread of their own. A crashed member is noticed after 45 s. A handler that hangs is not: max.poll.interval.ms is for that. A member that froze and wakes up goes on with a partition that another reads by now.",
		See:    []string{"rebalance", "max.poll.interval.ms", "heartbeat", "zombie"},
	},
	{
		Name: "max.poll.interval.ms",
		Term: "max.poll.interval.ms (the handler's deadline in Kafka)",
		Said: []string{"poll interval", "max poll interval", "maxpollintervalms", "maximum application poll interval exceeded"},
		// Kafka documentation, "Consumer Configs"; what the thrown-out member does was measured
		// with franz-go 1.22 on a fake broker.
		Is:     "How long a Kafka consumer may work between two polls: 5 minutes by default, for a whole batch of up to 500 records. After that its client leaves the group, and another member gets the partitions.",
		Breaks: "The slow handler is not stopped. It goes on, its effects happen beside the new owner's, and its commit fails (CommitFailedException). Take fewer records per poll, or pause the partition and go on polling.",
		See:    []string{"CommitFailedException", "session timeout", "rebalance", "slow consumer"},
	},
	{
		Name: "CommitFailedException",
		Term: "CommitFailedException (a replaced member commits)",
		Said: []string{"commitfailederror", "illegal_generation", "unknown_member_id", "illegal generation", "rebalance_in_progress", "commit cannot be completed since the group has already rebalanced", "stale_member_epoch", "fenced_instance_id"},
		// Kafka's Java client, CommitFailedException; error codes as measured on a fake broker.
		Is:     "The group has rebalanced, and the partitions belong to another member. So the broker refuses the commit. On the wire: ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID.",
		Breaks: "Only the commit failed. The effects of the batch have happened, and the new owner does them again from the last committed offset. Do not try the commit again: drop the batch. The usual cause is a handler above max.poll.interval.ms.",
		See:    []string{"max.poll.interval.ms", "rebalance", "late ack", "offset"},
	},
	{
		Name:   "replay",
		Said:   []string{"offset reset", "log replay", "rebuild", "reprocess", "backfill"},
		Is:     "Old messages are read again on purpose: to rebuild a view, to repair a mistake, or because the offsets expired.",
		Breaks: "Every effect outside the database happens again. Keys that have expired do not prevent it.",
		See:    []string{"retention", "offset", "dead-letter redrive"},
		Try:    "play busy-afternoon",
	},
	{
		Name:   "webhook",
		Said:   []string{"webhook redelivery", "callback", "two doors", "owes"},
		Is:     "A provider calls you when something has happened. It calls again if you answer late or with an error. The same fact often also arrives by another route: a redirect, a poll. In a scenario the second message says `owes: m1`: two messages, one debt.",
		Breaks: "Two routes carry one fact under two event IDs. WooCommerce's Stripe plugin had it as a race between redirect and webhook.",
		See:    []string{"business key", "idempotent consumer"},
		Try:    "play woocommerce-two-doors",
	},
}
