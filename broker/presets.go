package broker

import "time"

// The presets say what a broker does by default. Each value stands beside its source: a
// page and its section, a source file and its function, or an issue. The comment of a
// preset says what this state machine cannot express of the real broker.

// presets lists the makers of the presets in the order they are shown.
var presets = [...]func() Profile{
	sqsStandard,
	sqsFIFO,
	rabbitMQQuorum,
	jetStream,
	serviceBusPeekLock,
	pubSub,
	redisStreams,
}

// Presets returns the shipped profiles in a fixed order. The caller may change
// them.
func Presets() []Profile {
	all := make([]Profile, len(presets))
	for i, preset := range presets {
		all[i] = preset()
	}
	return all
}

// Preset returns the shipped profile of that name. The caller may change it.
func Preset(name string) (Profile, bool) {
	for _, preset := range presets {
		if p := preset(); p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// sqsStandard is Amazon SQS with a standard queue.
//
// Not expressed: the copy that a replica kept because it was away when the
// message was deleted, and two receivers that get the same message at once (use
// a copy for either); the retention (4 days unless set: SQS API Reference,
// "CreateQueue"), after which an unsettled message is gone.
func sqsStandard() Profile {
	return Profile{
		Name:    "sqs-standard",
		Summary: "hidden for 30 s on a timer; an ack with an old receipt succeeds and does nothing",
		// A consumer polls; it has no connection whose end could return a message.
		Redeliver: OnTimer,
		// 30 s by default, 0 s to 12 h: SQS API Reference, "ChangeMessageVisibility".
		Visibility: 30 * time.Second,
		// The delete asks for the handle received last, and after the timeout that
		// is still this one: SQS API Reference, "DeleteMessage". That it works was
		// tested against AWS in localstack pull request 12442; the re:Post article on
		// ReceiptHandleIsInvalid promises it only for some of the time.
		LateAck: Accepted,
		// An older handle reports success and need not delete: "DeleteMessage".
		StaleAck: Ignored,
		// A message moves only under a redrive policy, and a queue has none until one
		// is set: SQS Developer Guide, "Using dead-letter queues".
		MaxDeliveries: 0,
		// There is no negative ack: a consumer that fails does nothing, and the
		// message comes back when its visibility is over. The machine counts from the
		// failure and not from the delivery, so it is late by the time the handler
		// ran. For a consumer that changes the visibility to 0 s, set 0 s here.
		NackDelay: 30 * time.Second,
	}
}

// sqsFIFO is Amazon SQS with a FIFO queue.
//
// Not expressed: one receive call may return up to ten messages of the same
// group; the deduplication ID may be a hash of the body (the machine compares
// message IDs); a dead-letter queue, if one is set, breaks the order.
func sqsFIFO() Profile {
	p := sqsStandard()
	p.Name = "sqs-fifo"
	p.Summary = "one message of a group at a time; 5 min dedup window; late and stale acks fail"
	// A handle expires with the visibility timeout, and a delete with it fails: AWS
	// re:Post, article on ReceiptHandleIsInvalid, section on FIFO; the same in
	// aws-sdk-js issue 1750 and, tested against AWS, localstack pull request 12442.
	// The API Reference does not set FIFO queues apart here.
	p.LateAck, p.StaleAck = Rejected, Rejected
	// The next message of a group waits until those received are deleted or visible
	// again: SQS Developer Guide, "FIFO queue delivery logic".
	p.Order = GroupOrder
	// 5 min, and a deleted message still counts: SQS Developer Guide, "FIFO queue
	// key terms", entry on the deduplication ID.
	p.DedupWindow = 5 * time.Minute
	return p
}

// rabbitMQQuorum is RabbitMQ with a quorum queue and AMQP 0-9-1.
//
// Not expressed: the consumer timeout of 30 min, which returns what a stuck
// consumer holds (it closed the channel until 4.2 and cancels the consumer from
// 4.3 on: release post of 4.3, "Consumer Timeouts"); since 4.3 a basic.nack and
// that timeout no longer count towards the delivery limit (quorum queue guide,
// "When is delivery count incremented?"), while the machine counts every return;
// a returned message goes back to its old place if it can; acks of several tags at
// once (set the ack unit to cumulative for something like it); an unknown tag closes
// the channel, and so returns what else is in flight there.
func rabbitMQQuorum() Profile {
	return Profile{
		Name:    "rabbitmq-quorum",
		Summary: "comes back when its connection closes, as after 180 s of silence; 20 redeliveries, then dropped",
		// Whatever was not acked is requeued when its channel or connection closes:
		// acknowledgement guide, "Automatic Requeueing". A lost ack takes the
		// connection along, so it needs no timer, and Visibility stays 0.
		Redeliver: OnDisconnect,
		// A client that is silent loses its connection, and a frozen one is silent: its
		// library does not beat either. The server suggests 60 s; the lower of its value
		// and the client's counts, which is 10 s for the Go client (amqp091-go,
		// connection.go, defaultHeartbeat): heartbeat guide, "Heartbeat Timeout Interval".
		// Measured on 3.10.8, 4.0.5 and 4.3.6: closed after three intervals, and the ack
		// of the client that wakes up fails.
		HeartbeatInterval: time.Minute,
		// A delivery tag belongs to its channel; an unknown one closes the channel
		// with PRECONDITION_FAILED: the same guide, "Double Acking and Unknown Tags".
		LateAck:  Rejected,
		StaleAck: Rejected,
		// The limit is 20 since 4.0: quorum queue guide, "Poison Message Handling". It
		// is a number of failures to be exceeded (rabbit_fifo.erl, return_one), so
		// the 21st delivery is the last.
		MaxDeliveries: 21,
		// What exceeds the limit is dropped or dead-lettered, and a queue has no
		// dead-letter exchange until one is set: quorum queue guide, "Poison Message
		// Handling"; dead-lettering guide. Dropped on 4.0.5 and 4.3.6 as measured.
		AtLimit: Drop,
		// A requeued message may be delivered at once: acknowledgement guide,
		// "Negative Acknowledgement and Requeuing". Delayed retry exists since 4.3 and
		// is off by default: .NET AMQP client reference, QuorumQueueDelayedRetryType.
		NackDelay: 0,
	}
}

// jetStream is a NATS JetStream consumer with explicit acks.
//
// Not expressed: a BackOff list replaces AckWait, delivery by delivery, and leaves
// naks alone (the machine's Backoff is about nacks); a nak or a progress report
// with an old receipt counts, at the cost of whoever has the message now (the
// machine ignores it); after MaxDeliver deliveries, if set, there is no
// dead-letter queue: the message stays in the stream and an advisory is sent
// (nats-server issue 5564), which the machine calls dead-lettered, for an operator
// finds it there; at most 1,000 messages may be unacked at once.
func jetStream() Profile {
	return Profile{
		Name:    "jetstream",
		Summary: "hidden for 30 s on a timer; every ack counts, however late; 2 min dedup window if asked for",
		// A closed connection returns nothing: nats-server issues 4716 and 4627.
		Redeliver: OnTimer,
		// AckWait, 30 s: nats-server, server/consumer.go, JsAckWaitDefault.
		Visibility: 30 * time.Second,
		// An ack is looked up by its place in the stream, not by its delivery:
		// server/consumer.go, processAckMsg; discussed in nats-server issue 4786.
		LateAck:  Accepted,
		StaleAck: Accepted,
		// MaxDeliver is -1, no limit: server/consumer.go, setConsumerConfigDefaults.
		MaxDeliveries: 0,
		// A plain nak asks for redelivery at once: NATS documentation, "Ack responses
		// and redelivery".
		NackDelay: 0,
		// 2 min: server/stream.go, StreamDefaultDuplicatesWindow. An ack does not end it
		// and a repeat does not extend it: nats-server issues 5142 and 7302.
		DedupWindow: 2 * time.Minute,
		// It compares the header Nats-Msg-Id (server/stream.go, getMsgId), and no client
		// sets that unasked: NATS documentation, "Message Deduplication". A publish
		// without it is never dropped. For a producer that sets it, set ByMessageID here.
		DedupBy: ByNothing,
	}
}

// serviceBusPeekLock is Azure Service Bus in peek-lock mode without sessions.
//
// Not expressed: sessions, which keep order; the processors of some client
// libraries, which renew the lock for up to 5 min unless told otherwise (set
// Heartbeat for something like it, without that end); a message that the
// consumer dead-letters or defers itself. Whether a lock ends together with its
// connection the documentation read does not say; a timer is assumed.
func serviceBusPeekLock() Profile {
	return Profile{
		Name:    "servicebus-peeklock",
		Summary: "locked for 1 min; an ack after the lock was lost fails; dead-lettered after 10 deliveries",
		// The lock expires, or the receiver abandons the message: Service Bus
		// documentation, "Message transfers, locks, and settlement".
		Redeliver: OnTimer,
		// 1 min by default, at most 5 min: the same page, "Renew locks".
		Visibility: time.Minute,
		// To complete a message without holding its lock fails with
		// MessageLockLost: the same page, "Settling receive operations".
		LateAck:  Rejected,
		StaleAck: Rejected,
		// 10 by default: "Overview of Service Bus dead-letter queues", "Maximum
		// delivery count"; that the tenth is the last: .NET reference,
		// ServiceBusQueue.MaxDeliveryCount.
		MaxDeliveries: 10,
		// An abandoned message is available at once: .NET reference,
		// ServiceBusReceiver.AbandonMessageAsync.
		NackDelay: 0,
		// Duplicate detection must be enabled; its window is then 10 min (20 s to
		// 7 days): "Duplicate detection", "Duplicate detection window size".
		DedupWindow: 0,
	}
}

// pubSub is a Google Cloud Pub/Sub pull subscription without exactly-once
// delivery, read with one of the high-level client libraries.
//
// Not expressed: the libraries stop extending a deadline after an hour; a
// deadline is kept as well as it can be, and a message may come again before it,
// or after its ack; exactly-once delivery, where only the latest ack ID counts
// and any other fails visibly (set both rules to rejected); ordering keys; the
// retention of 7 days.
func pubSub() Profile {
	return Profile{
		Name:    "pubsub",
		Summary: "10 s deadline that the client keeps extending; late and stale acks do nothing",
		// An unacked message is sent again after its deadline: Pub/Sub API reference,
		// Subscription.ackDeadlineSeconds. Old issues saw a closed stream return
		// messages sooner (nodejs-pubsub issue 10): not re-checked.
		Redeliver: OnTimer,
		// 10 s by default, 10 s to 600 s: the same entry.
		Visibility: 10 * time.Second,
		// The libraries extend the deadline of what they hold, by default for up to
		// an hour: "Extend ack time with lease management".
		Heartbeat: true,
		// A late ack may work and must not be relied on: API reference,
		// subscriptions.acknowledge. In google-cloud-java issue 4242 none did. Ignored
		// is the worse of the two answers, and a consumer has to stand it.
		LateAck:  Ignored,
		StaleAck: Ignored,
		// Dead-lettering must be enabled; it then means 5 attempts (5 to 100): API
		// reference, DeadLetterPolicy.
		MaxDeliveries: 0,
		// Redelivery at once, unless a retry policy with backoff is chosen: "Handle
		// message failures", "Subscription retry policy".
		NackDelay: 0,
		// Every publish makes a message with an ID of its own: API reference,
		// Subscription.enableExactlyOnceDelivery.
		DedupWindow: 0,
	}
}

// redisStreams is a Redis Streams consumer group whose consumers claim what
// others have left pending.
//
// Not expressed: nothing comes back by itself, some consumer has to claim it, so
// it comes back when one next looks; a failover may forget deliveries and acks;
// since 8.6 a producer may ask for deduplication (100 s unless set: "XCFGSET");
// since 8.8 a consumer may give a message back at once (XNACK: set NackDelay
// to 0 s for it).
func redisStreams() Profile {
	return Profile{
		Name:    "redis-streams",
		Summary: "claimed by another consumer after 30 s idle (the application's choice); every ack counts",
		// A pending entry changes hands when XCLAIM or XAUTOCLAIM finds it idle for
		// long enough: Redis command reference, "XAUTOCLAIM".
		Redeliver: OnTimer,
		// The idle time is an argument without a default: the same page. 30 s is our
		// choice, that of the other presets.
		Visibility: 30 * time.Second,
		// An ack names stream, group and entry, and no consumer: Redis command
		// reference, "XACK".
		LateAck:  Accepted,
		StaleAck: Accepted,
		// Redis counts the deliveries and leaves it to the application to do
		// something about them: "XCLAIM"; Streams introduction on dead letters.
		MaxDeliveries: 0,
		// A consumer that fails does nothing, and the entry stays pending until it has
		// been idle for long enough. As with SQS the machine counts from the failure.
		NackDelay: 30 * time.Second,
	}
}
