package glossary

// delivery is what a queue promises, and how it keeps the promise.
var delivery = []Term{
	{
		Name:   "at-least-once",
		Said:   []string{"at least once delivery", "at-least-once delivery"},
		Is:     "The queue delivers a message until it gets an ack. It cannot tell a dead worker from a slow one, or a lost ack from one that was never sent. When in doubt, it delivers again.",
		Breaks: "Nothing gets lost, and anything may come twice. Nearly every queue works this way. The consumer has to prevent the second effect.",
		See:    []string{"redelivery", "effectively-once", "idempotent consumer"},
		Try:    "play lost-ack-then-crash",
	},
	{
		Name:   "at-most-once",
		Said:   []string{"at most once delivery", "fire and forget"},
		Is:     "The queue forgets a message when it delivers it, or the worker acks before the work. If the worker then dies, nobody knows that something is missing.",
		Breaks: "A crash loses the effect. Nor is it always at most once: if the queue redelivers, a lost early ack brings the message again.",
		Also:   "auto-ack (RabbitMQ), receive-and-delete (Service Bus), NOACK (Redis Streams)",
		Shows:  "ack-first",
		See:    []string{"ack-first", "at-least-once"},
	},
	{
		Name:   "effectively-once",
		Said:   []string{"exactly-once processing", "effectively once"},
		Is:     "The message may come twice, but its effect happens once. People usually mean this by exactly-once: at-least-once delivery, and a consumer that ignores a second delivery.",
		Breaks: "It ends where the transaction ends. An effect outside the database needs a receiver that honours an idempotency key. Without one, the effect stays at least once.",
		See:    []string{"exactly-once", "idempotent consumer", "inbox-and-gateway-key"},
		Try:    "play lost-ack-then-crash --consumers naive,inbox-and-gateway-key",
	},
	{
		Name:   "redelivery",
		Said:   []string{"redeliver", "redelivered", "duplicate delivery", "duplicate", "duplicate message"},
		Is:     "The queue delivers a message that it delivered before. Its worker nacked it, missed the deadline or lost its connection, or another consumer claimed it.",
		Breaks: "A redelivery is no fault: the queue does what it promised. The fault came earlier: a lost ack, a crash, a slow worker.",
		See:    []string{"visibility timeout", "redelivered flag", "delivery count"},
		Try:    "play lost-ack",
	},
	{
		Name:   "ack",
		Said:   []string{"acknowledgement", "acknowledgment", "acknowledge", "complete a message", "delete message", "settle", "settled"},
		Is:     "The consumer tells the queue that it handled a message. Only then may the queue forget it. Ack before the effect, and a crash in between loses the effect. Ack after it, and a crash in between doubles it.",
		Also:   "DeleteMessage (SQS), basic.ack (RabbitMQ), Complete (Service Bus), offset commit (Kafka)",
		Breaks: "An ack is a message too: it can get lost or come too late.",
		See:    []string{"nack", "late ack", "lose-ack"},
		Try:    "play lost-ack",
	},
	{
		Name: "nack",
		Said: []string{"negative acknowledgement", "negative ack", "abandon"},
		Is:   "The consumer gives a message back, and the queue delivers it again, at once or after a delay. A handler nacks by returning an error.",
		Also: "basic.nack (RabbitMQ), Abandon (Service Bus), -NAK (JetStream); SQS has none, one waits for the timeout",
		Breaks: "The redelivery repeats whatever the handler did before its error. An error does not " +
			"mean that nothing happened.",
		See: []string{"fail", "lose-reply", "retry", "poison message"},
		Try: "run quiet-day --consumers naive,mark-first --with fail:m1",
	},
	{
		Name: "requeue",
		Term: "basic.nack and basic.reject (the requeue flag)",
		Said: []string{"basic.nack", "basic.reject", "nack requeue", "requeue=true", "requeue flag"},
		// AMQP 0-9-1 reference, basic.nack and basic.reject; counting as measured on RabbitMQ
		// 4.0.5 and 4.3.6.
		Named:  []string{"reject"},
		Is:     "A RabbitMQ consumer gives a message back by nack or reject. With requeue=true it comes again at once. With requeue=false it goes to the dead-letter exchange, or is dropped if there is none.",
		Breaks: "With requeue=true a message that always fails comes back in a tight loop. A quorum queue ends it after 20 returns. From 4.3 on it counts a reject, but not a nack: that loop has no end.",
		See:    []string{"nack", "poison message", "dead-letter queue", "rabbitmq-quorum"},
		Try:    "run quiet-day --profile rabbitmq-quorum --with fail:m1,times=3",
	},
	{
		Name:   "late ack",
		Said:   []string{"late acknowledgement"},
		Is:     "An ack that comes after its deadline. JetStream, Redis Streams and SQS standard accept it. Pub/Sub may ignore it. SQS FIFO, Service Bus and RabbitMQ answer with an error, so the consumer knows.",
		Breaks: "If the late ack counts, the message is settled. If not, the message comes again.",
		See:    []string{"stale ack", "receipt handle", "visibility timeout"},
		Try:    "play forever-ignored",
	},
	{
		Name:   "stale ack",
		Said:   []string{"stale receipt", "old receipt"},
		Is:     "An ack with the receipt of an earlier delivery, while another worker has the message. SQS standard ignores it. Service Bus refuses it: lock lost. JetStream accepts it, because it looks up the message, not the delivery.",
		Breaks: "Where stale acks are ignored, a slow worker may never finish. Each attempt ends after its deadline, and no ack ever counts.",
		See:    []string{"late ack", "receipt handle", "zombie"},
		Try:    "play nats-late-ack",
	},
	{
		Name:   "poison message",
		Said:   []string{"poison pill", "poison"},
		Is:     "A message whose handler fails on every attempt. Without a limit the queue delivers it for ever. Each delivery repeats whatever the handler does before it fails.",
		Breaks: "A handler that charges first and fails later charges once per delivery. Do first what can fail, and the effect last.",
		See:    []string{"max deliveries", "dead-letter queue", "nack"},
		Try:    "run quiet-day --profile servicebus-peeklock --with fail:m1,times=12",
	},
}
