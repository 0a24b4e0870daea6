package glossary

// profileFields are the keys of a queue in a scenario file that no other page is about. What
// they say of real systems stands with its source in broker/presets.go.
var profileFields = []Term{
	{
		Name:   "redeliver-on",
		Is:     "What brings back a message that nobody acked. timer: its visibility timeout expires. disconnect: the connection of its worker closes. A queue can do both, as beanstalkd does.",
		Breaks: "A frozen worker keeps its connection. With disconnect alone, nobody else gets its message until the broker misses its heartbeats.",
		See:    []string{"redelivery", "visibility timeout", "heartbeat-interval"},
		Try:    "run stop-the-world --profile rabbitmq-quorum",
	},
	{
		Name:   "heartbeat-interval",
		Is:     "How often a client tells the broker that it lives. The broker closes the connection of a client that is silent for three intervals, and redelivers what it held. It needs redeliver-on: disconnect. RabbitMQ suggests 60 s.",
		Breaks: "It says that the client lives, not that its handler gets on. A worker that was frozen wakes up and goes on beside the next one.",
		See:    []string{"heartbeat", "redeliver-on", "zombie"},
		Try:    "run stop-the-world --profile rabbitmq-quorum",
	},
	{
		Name:   "stale-nack",
		Is:     "What a nack does when the message has been delivered again. ignored: nothing. accepted: the message comes back, although another worker is at work on it. JetStream accepts it.",
		Breaks: "A slow worker that fails takes the message from its successor. A third worker gets it, and two are at work at once.",
		See:    []string{"nack", "stale ack", "receipt handle"},
	},
	{
		Name:   "bad-ack-closes",
		Is:     "Whether the broker closes the connection of a worker whose ack it rejects, or that acks twice, as RabbitMQ does with PRECONDITION_FAILED. It needs redeliver-on: disconnect.",
		Breaks: "All else that is in flight on the connection comes back too. Nothing was wrong with it, and its effects happen again.",
		See:    []string{"PRECONDITION_FAILED", "late ack", "stale ack"},
		Try:    "run stop-the-world --profile rabbitmq-quorum",
	},
	{
		Name:   "max-nacks",
		Is:     "After how many nacks the queue gives up on a message, however few its deliveries are. 0 means that a nack is no more than a delivery.",
		Also:   "attempts (BullMQ, 1 unless set), max_retries (Celery, 3 unless set: the fourth failure is the last)",
		Breaks: "A worker that dies sends no nack. So a message that kills its worker is not given up by this limit: that takes max-deliveries.",
		See:    []string{"nack", "max deliveries", "at-limit", "free-nacks"},
	},
	{
		Name:   "free-nacks",
		Is:     "Whether a delivery that ends in a nack is left out of max-deliveries. Then only crashes, timeouts and lost acks use up the limit. RabbitMQ leaves out basic.nack since 4.3.",
		Breaks: "A message that always fails comes back for ever. It needs a limit of its own: max-nacks.",
		See:    []string{"nack", "max deliveries", "max-nacks", "poison message"},
	},
	{
		Name:   "at-limit",
		Is:     "What happens to a message that is given up, or that a worker rejects. dead-letter: the queue moves it to the dead-letter queue. drop: the message is gone. RabbitMQ drops it until somebody sets a dead-letter exchange.",
		Breaks: "A message that is dropped may be one whose effect never happened. Nobody can put it back.",
		See:    []string{"max deliveries", "dead-letter queue", "lost"},
		Try:    "run quiet-day --profile servicebus-peeklock --with fail:m1,times=12",
	},
	{
		Name:   "nack-delay",
		Is:     "How long a message waits after a nack until it is delivered again. backoff gives a wait for each delivery in its place.",
		Breaks: "With 0 s a message that fails comes back at once, again and again. Where the limit on deliveries is low, it is given up before a short outage is over.",
		See:    []string{"nack", "exponential backoff", "max deliveries"},
	},
	{
		Name:   "resumes",
		Is:     "Whether a worker that starts again gets first what it held when its process ended. It does not wait for a timeout. A consumer of Redis Streams does so when it reads from ID 0 first.",
		Breaks: "The effect may have happened before the process ended. And a worker that starts under a new name gets nothing back.",
		See:    []string{"redelivery", "redis-streams", "visibility timeout"},
	},
	{
		Name:   "assign",
		Is:     "Who gets a message. any: any idle worker. owner: the worker to which the message's partition belongs.",
		Breaks: "An owner is alone only until a rebalance. The old owner may still be at work when the new one begins.",
		See:    []string{"partition", "rebalance", "zombie"},
	},
	{
		Name:   "commits-back",
		Is:     "Whether an older ack takes back newer ones of its partition. Then the ack is a position: it counts even if it is older than the last one, and the messages after it come again to the next owner. It needs ack-unit: cumulative, a session-timeout and redeliver-on: disconnect. Kafka takes any offset of a member.",
		Breaks: "Two workers that commit out of order move the position back. After the next rebalance, messages come again that were handled and acked.",
		See:    []string{"offset", "ack unit", "rebalance", "session timeout"},
	},
	{
		Name:   "dedup-by",
		Is:     "What the dedup window compares. message-id: the message ID of each publish. none: nothing, because the producer sets no ID. producer: the number that a producer's client gives a publish, and repeats with its own retry. JetStream compares nothing unless the producer sets an ID; Kafka goes by the producer.",
		Breaks: "A window that compares nothing drops nothing. A producer's number is new when the application makes a republish.",
		See:    []string{"dedup window", "idempotent producer", "message ID"},
	},
}
