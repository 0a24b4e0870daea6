package glossary

// brokers say more of the profiles.
var brokers = []Term{
	{Name: "sqs-standard", Term: "Amazon SQS, standard queue",
		Is:  "A consumer polls and has no connection, so only the clock brings a message back. Rarely a copy comes even after the delete; a `copy` stands for that here.",
		See: []string{"SQS", "receipt handle", "sqs-fifo"}},
	{Name: "sqs-fifo", Term: "Amazon SQS, FIFO queue",
		Is:  "Within a group one message is out at a time. The ID of a deleted message still counts for the dedup window.",
		See: []string{"FIFO", "dedup window", "message group"}},
	{Name: "rabbitmq-quorum", Term: "RabbitMQ, quorum queue",
		Is:  "A lost ack means a lost connection here, and that brings back everything that was not acked on it. A frozen worker sends no heartbeats: after three of them, 180 s here, its connection is closed. What exceeds the delivery limit is dropped, for no dead-letter exchange is set.",
		See: []string{"RabbitMQ", "redelivered flag", "max deliveries"}},
	{Name: "jetstream", Term: "NATS JetStream", Said: []string{"nats", "nats jetstream"},
		Is:     "An ack is looked up by the message and not by the delivery, so a late one counts, even while somebody else is at work. A closed connection returns nothing.",
		Breaks: "A publish is compared with nothing unless it carries a Nats-Msg-Id (dedup-by: message-id). Then an ID that was acked is still remembered for the window: what failed afterwards and is published again is dropped.",
		See:    []string{"late ack", "dedup window", "heartbeat"}},
	{Name: "servicebus-peeklock", Term: "Azure Service Bus, peek-lock", Said: []string{"service bus", "azure service bus", "peeklock", "asb"},
		Is:  "A message is locked for its receiver. Whoever completes it after the lock is lost gets an error, and knows that another may be at work. Duplicate detection can be switched on.",
		See: []string{"late ack", "max deliveries", "dedup window"}},
	{Name: "pubsub", Term: "Google Cloud Pub/Sub", Said: []string{"google pubsub", "gcp pubsub", "pub/sub", "cloud pubsub"},
		Is:     "The client libraries extend the deadline of what they hold, so a slow worker keeps its message and a frozen one does not. Each publish has an ID of its own, so there is no dedup window.",
		Breaks: "With exactly-once delivery switched on only the latest ack ID counts, and the client learns whether its ack did.",
		See:    []string{"heartbeat", "late ack", "exactly-once"}},
	{Name: "redis-streams", Term: "Redis Streams, consumer group", Said: []string{"redis stream", "xautoclaim", "xclaim", "xack", "redis"},
		Is:     "Nothing comes back by itself: another consumer claims what was idle for long enough, and how long that is the application says. An ack names no consumer, so anybody's counts.",
		Breaks: "The one whose entry was claimed is not told, and goes on.",
		See:    []string{"late ack", "zombie", "delivery count"}},
}
