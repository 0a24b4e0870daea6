package glossary

// brokers say more of the profiles.
var brokers = []Term{
	{Name: "sqs-standard", Term: "Amazon SQS, standard queue",
		Is:  "A consumer polls and holds no connection, so only the visibility timeout brings a message back. In rare cases SQS delivers a message again even after its delete. The fault `copy` stands for that here.",
		See: []string{"SQS", "receipt handle", "sqs-fifo"}},
	{Name: "sqs-fifo", Term: "Amazon SQS, FIFO queue",
		Is:  "Only one message of a group is out at a time. The ID of a deleted message still counts for the dedup window.",
		See: []string{"FIFO", "dedup window", "message group"}},
	{Name: "rabbitmq-quorum", Term: "RabbitMQ, quorum queue",
		Is:  "A lost ack means a lost connection here. Every message that was not acked on it comes back. A frozen worker sends no heartbeats: RabbitMQ closes its connection after three missed ones, 180 s here. No dead-letter exchange is set, so a message beyond the delivery limit is dropped.",
		See: []string{"RabbitMQ", "redelivered flag", "max deliveries"}},
	{Name: "jetstream", Term: "NATS JetStream", Said: []string{"nats jetstream"}, Named: []string{"nats", "core nats"},
		Is:     "JetStream looks up an ack by message, not by delivery. So a late ack counts, even while another worker has the message. A closed connection brings nothing back. Core NATS, without JetStream, keeps nothing: at most once.",
		Breaks: "JetStream compares a publish only if it carries a Nats-Msg-Id (here dedup-by: message-id). It remembers that ID for the whole window, even after the ack. If the work fails after the ack, a republish under that ID is dropped.",
		See:    []string{"late ack", "dedup window", "heartbeat"}},
	{Name: "servicebus-peeklock", Term: "Azure Service Bus, peek-lock", Said: []string{"service bus", "azure service bus", "peeklock", "asb"},
		Is:  "The queue locks a message for one consumer. A consumer that completes it after losing the lock gets an error. The error tells it that another worker may have the message. Duplicate detection can be switched on.",
		See: []string{"late ack", "max deliveries", "dedup window"}},
	{Name: "pubsub", Term: "Google Cloud Pub/Sub", Said: []string{"google pubsub", "gcp pubsub", "pub/sub", "cloud pubsub"},
		Is:     "The client library extends the deadline of each message it holds. A slow worker keeps its message, a frozen one loses it. Each publish has its own ID, so there is no dedup window.",
		Breaks: "With exactly-once delivery switched on, only the latest ack ID counts. The client is told whether its ack counted.",
		See:    []string{"heartbeat", "late ack", "exactly-once"}},
	{Name: "redis-streams", Term: "Redis Streams, consumer group", Said: []string{"redis stream", "xautoclaim", "xclaim", "xack"},
		Is:     "Nothing comes back by itself: another consumer claims a message that was idle for long enough. The application says how long that is. An ack names no consumer, so anybody's ack counts.",
		Breaks: "The consumer that loses its message is not told, and works on.",
		See:    []string{"late ack", "zombie", "delivery count"}},
}
