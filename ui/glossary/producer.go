package glossary

// producer is what happens before the queue, and to queues that are logs.
var producer = []Entry{
	{
		Name:   "publisher confirm",
		Said:   []string{"producer ack", "puback", "publish acknowledgement", "lost confirm", "confirm"},
		Is:     "The broker tells the producer that it has a message. When the confirm is lost the producer sends again, and the broker has two.",
		Breaks: "The second is a message of its own: not redelivered, delivery count one. Only the message ID says that they are the same, if the producer kept it.",
		See:    []string{"idempotent producer", "dedup window", "republish"},
		Try:    "run quiet-day --consumers naive,inbox --with republish:m1",
	},
	{
		Name:   "idempotent producer",
		Said:   []string{"enable.idempotence", "enable idempotence", "producer id", "producer sequence"},
		Is:     "A producer that numbers what it sends, so that the log can drop a repeat. Kafka remembers the last five batches of each producer and partition.",
		Breaks: "It covers the retries of one producer's session. A restart without a transactional ID begins a new one; and what the application sends twice has two numbers.",
		See:    []string{"publisher confirm", "Kafka transactions", "dedup window"},
	},
	{
		Name:   "dual write",
		Said:   []string{"two writes", "save and publish", "commit and publish"},
		Is:     "One change in two places without a transaction over both: save the order, publish the event. A crash in between leaves one of them.",
		Breaks: "Whichever goes first. Publish first, and you may announce what never was; save first, and nobody may hear of it. An outbox makes one write of it.",
		See:    []string{"outbox", "transaction", "XA"},
		Try:    "play crash-after-effect",
	},
	{
		Name:   "relay",
		Said:   []string{"outbox relay", "message relay", "polling publisher", "transaction log tailing"},
		Is:     "The process that reads the outbox and sends what it finds: send, then mark as sent.",
		Breaks: "It can die between the two, and then it sends again: at least once. NServiceBus says of its outbox that duplicates are to be expected. The receiver needs the ID that the row fixed.",
		See:    []string{"outbox", "idempotent consumer", "dual write"},
	},
	{
		Name:   "high-water mark",
		Said:   []string{"hwm", "last processed sequence", "sequence number", "sequence", "watermark"},
		Also:   "token (Axon), last five batches (Kafka producers)",
		Is:     "Instead of all IDs one number is kept per producer: the highest handled so far. Whatever is not higher is a duplicate. It takes no room.",
		Breaks: "Only where messages come in order and one writer numbers them. If 2 overtakes 1, then 1 is taken for a duplicate, and lost.",
		See:    []string{"message group", "partition", "commutative operation"},
	},
	{
		Name:   "partition",
		Said:   []string{"shard", "partition key"},
		Is:     "A part of a log that one consumer reads in order. All records with one key are in one partition.",
		Breaks: "Order within it is no protection from duplicates: after a crash it is read again from the last committed offset, in the same order.",
		See:    []string{"offset", "rebalance", "message group"},
	},
	{
		Name:   "offset",
		Said:   []string{"committed offset", "offset commit", "commit offset", "auto commit", "enable.auto.commit"},
		Is:     "A place in a partition. To commit it says: everything before this is done. One ack for many messages.",
		Breaks: "Committed late, a crash repeats a range; early, it skips one. Committed by a timer it may do either.",
		See:    []string{"ack unit", "rebalance", "partition"},
	},
	{
		Name:   "rebalance",
		Said:   []string{"consumer group rebalance", "partition reassignment", "claim steal"},
		Is:     "The partitions of a consumer group are dealt out anew: someone joined, left, or was silent for too long. The new owner begins at the last committed offset.",
		Breaks: "Everything since then comes again: duplicates come in ranges. The old owner may still be finishing its batch.",
		See:    []string{"offset", "zombie", "partition"},
	},
	{
		Name:   "replay",
		Said:   []string{"offset reset", "log replay", "rebuild", "reprocess", "backfill"},
		Is:     "Old messages are read again on purpose: to rebuild a view, to mend a mistake, or because the offsets had expired.",
		Breaks: "For every effect outside it is as if all of it had just happened. Keys that have expired will not stop it.",
		See:    []string{"retention", "offset", "dead-letter redrive"},
	},
	{
		Name:   "webhook",
		Said:   []string{"webhook redelivery", "callback", "two doors"},
		Is:     "A provider calls you when something has happened, and calls again if you answer late or with an error. The same fact often arrives by a second way as well: a redirect, a poll.",
		Breaks: "Two doors, one fact, and two event IDs. WooCommerce's Stripe plugin met it as a race between redirect and webhook.",
		See:    []string{"business key", "idempotent consumer"},
		Try:    "play impatient-customer --consumers inbox,inbox-key",
	},
}
