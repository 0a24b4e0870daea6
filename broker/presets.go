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
	kafka,
	kafkaShare,
	beanstalkd,
	bullMQ,
	celeryRedis,
	redisStreams,
	postgresSkipLocked,
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
		Name:     "sqs-standard",
		Summary:  "hidden for 30 s on a timer; an ack with an old receipt succeeds and does nothing",
		Measured: Measured{OnFake, "four SQS emulators"},
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
// A handler that fails is taken to reject its message (basic.reject), which every version
// counts. Since 4.3 a basic.nack no longer counts towards the delivery limit (quorum queue
// guide, "When is delivery count incremented?"; measured on 4.3.6, and on 4.0.5 that it
// did): set FreeNacks for it.
//
// Not expressed: a return by the consumer timeout does not count since 4.3 either, where it
// cancels the consumer and leaves the channel open (release post of 4.3, "Consumer
// Timeouts"); a returned message goes back to its old place if it can; acks of several tags
// at once (set the ack unit to cumulative for something like it); a tag that was kept from
// before a reconnect may be the tag of another message by then, and settle that.
func rabbitMQQuorum() Profile {
	return Profile{
		Name:     "rabbitmq-quorum",
		Summary:  "comes back when its connection closes, as after 180 s of silence; 20 redeliveries, then dropped",
		Measured: Measured{OnServer, "RabbitMQ 3.10.8, 4.0.5 and 4.3.6"},
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
		// basic.reject without requeue: acknowledgement guide, "Negative Acknowledgement and
		// Requeuing". Like what exceeds the limit it is dropped or dead-lettered.
		Rejects:      true,
		BadAckCloses: true, // and what else was in flight there comes back, as measured
		// consumer_timeout, 30 min, closed the channel until 4.2: consumer guide, "Delivery
		// Acknowledgement Timeout". Measured on 3.10.8 and 4.0.5.
		ConsumerTimeout: 30 * time.Minute,
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
// naks alone (the machine's Backoff is about nacks); after MaxDeliver deliveries, if set, there is no
// dead-letter queue: the message stays in the stream and an advisory is sent
// (nats-server issue 5564), which the machine calls dead-lettered, for an operator
// finds it there; at most 1,000 messages may be unacked at once.
func jetStream() Profile {
	return Profile{
		Name:     "jetstream",
		Summary:  "hidden for 30 s on a timer; every ack counts, however late; 2 min dedup window if asked for",
		Measured: Measured{OnServer, "nats-server 2.15.3"},
		// A closed connection returns nothing: nats-server issues 4716 and 4627.
		Redeliver: OnTimer,
		// AckWait, 30 s: nats-server, server/consumer.go, JsAckWaitDefault.
		Visibility: 30 * time.Second,
		// An ack is looked up by its place in the stream, not by its delivery:
		// server/consumer.go, processAckMsg; discussed in nats-server issue 4786.
		LateAck:  Accepted,
		StaleAck: Accepted,
		// So is a nak, and with a heartbeat a sign of progress: either takes effect on the
		// delivery of whoever has the message now. Measured on 2.15.3.
		StaleNack: Accepted,
		// AckTerm: nats-server, server/consumer.go, processTerm. It counts late, and on the
		// delivery of another: measured on 2.15.3. The message stays in the stream, as after
		// MaxDeliver.
		Rejects: true,
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
// libraries, which renew the lock of the message at work for up to 5 min unless told
// otherwise (set Heartbeat to HeartbeatAtWork, which has no such end); a message that the
// consumer defers. Whether a lock ends together with its
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
		// A receiver may dead-letter a message itself, which takes its lock: the same page.
		Rejects: true,
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
		Name:     "pubsub",
		Summary:  "10 s deadline that the client keeps extending; late and stale acks may do nothing",
		Measured: Measured{OnFake, "pstest 2.9.0"},
		// An unacked message is sent again after its deadline: Pub/Sub API reference,
		// Subscription.ackDeadlineSeconds. Old issues saw a closed stream return
		// messages sooner (nodejs-pubsub issue 10): not re-checked.
		Redeliver: OnTimer,
		// 10 s by default, 10 s to 600 s: the same entry.
		Visibility: 10 * time.Second,
		// The libraries extend the deadline of what they hold, by default for up to
		// an hour: "Extend ack time with lease management".
		Heartbeat: HeartbeatHeld,
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
		Name:     "redis-streams",
		Summary:  "claimed by another consumer after 30 s idle (the application's choice); every ack counts",
		Measured: Measured{OnServer, "Redis 7.0.15 and 8.0.6, Valkey 9.1.2"},
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
		// A consumer that starts again under its old name reads its pending entries, from
		// ID 0, before new ones: "XREADGROUP", and "Streams", section on recovering. Measured:
		// at once, with a count one higher. A consumer that gets a new name with each start
		// does not: set Resumes to false for it.
		Resumes: true,
		// Redis counts the deliveries and leaves it to the application to do
		// something about them: "XCLAIM"; Streams introduction on dead letters.
		MaxDeliveries: 0,
		// A consumer that fails does nothing, and the entry stays pending until it has
		// been idle for long enough. As with SQS the machine counts from the failure.
		NackDelay: 30 * time.Second,
	}
}

// kafka is a consumer group of Apache Kafka that commits by hand, after it has handled
// what a poll has returned.
//
// Not expressed: a member that polls again is asked before its partitions are taken, and
// the Java client asks only then, so that its owner at work may finish and commit first
// (franz-go does not wait unless told to: BlockRebalanceOnPoll); a consumer that commits
// without being a member (assign) is never fenced off, so set StaleAck to Accepted for it; offsets
// are gone after 7 days without a member (offsets.retention.minutes); a handler that fails
// is called again by its framework, and not by the broker; what is committed by a timer
// (enable.auto.commit) instead of by the handler; no consumer sees a count of deliveries.
func kafka() Profile {
	return Profile{
		Name:     "kafka",
		Summary:  "a new owner begins at the last commit: after 45 s of silence, 5 min of work, or a rebalance",
		Measured: Measured{OnFake, "kfake, with franz-go 1.22.3 and librdkafka 2.0.2"},
		// Nothing is redelivered while its owner is a member. When it is none any more, the
		// next owner begins at the last committed offset: documentation of KafkaConsumer,
		// "Detecting Consumer Failures" and "Offsets and Consumer Position".
		Redeliver: OnDisconnect,
		// session.timeout.ms, 45 s since 3.0: "Consumer Configs", KIP-735. The client's own
		// thread sends heartbeats, also while a handler is at work; a member that closes says
		// good-bye, and its partitions move at once.
		SessionTimeout: 45 * time.Second,
		// max.poll.interval.ms, 5 min: "Consumer Configs". A member that does not poll for
		// longer leaves the group, and its handler goes on.
		ConsumerTimeout: 5 * time.Minute,
		// A commit of a consumer that is no member any more fails: ILLEGAL_GENERATION or
		// UNKNOWN_MEMBER_ID, which the Java client calls CommitFailedException. Measured.
		LateAck:  Rejected,
		StaleAck: Rejected,
		// No delivery is counted: a record stays where it is.
		MaxDeliveries: 0,
		// There is no negative ack. A consumer seeks back to what has failed, and polls again:
		// documentation of KafkaConsumer, seek.
		NackDelay: 0,
		// "Offsets and Consumer Position": a commit is a position in a partition, and speaks
		// for all before it.
		Order:   PartitionOrder,
		AckUnit: AckCumulative,
		// The broker takes any offset, an older one too: the position goes back. Measured: 5,
		// then 2. A member that was replaced cannot do that, for its commit is rejected.
		CommitsBack: true,
		// max.poll.records, 500: "Consumer Configs".
		Batch:  500,
		Assign: OwnerWorker,
		// partition.assignment.strategy begins with the RangeAssignor, which is eager:
		// "Consumer Configs", KIP-429. Measured: even an owner that keeps its partition begins
		// at the last commit again.
		Rebalance: Eager,
		// enable.idempotence is on since 3.0: the broker drops the retry that a producer makes
		// by itself, for as long as delivery.timeout.ms, 2 min: "Producer Configs", KIP-98. What
		// an application sends again has a number of its own.
		DedupWindow: 2 * time.Minute,
		DedupBy:     ByProducer,
	}
}

// kafkaShare is a share group of Apache Kafka (KIP-932), whose members compete for records
// as those of a queue do.
//
// Not expressed: records are acquired in batches, and in order of their offsets where they
// can be; the producer's side is that of kafka.
func kafkaShare() Profile {
	k := kafka()
	return Profile{
		Name:     "kafka-share",
		Summary:  "locked for 30 s, or until the connection closes; late and stale acks fail; dropped after 5",
		Measured: Measured{OnFake, "kfake"},
		// The acquisition lock runs out, or the member goes: KIP-932, "In-flight records".
		Redeliver: OnTimer | OnDisconnect,
		// group.share.record.lock.duration.ms, 30 s: KIP-932, "Broker properties".
		Visibility: 30 * time.Second,
		// INVALID_RECORD_STATE for a consumer that has no lock any more. Measured.
		LateAck:  Rejected,
		StaleAck: Rejected,
		// REJECT archives a record at once: KIP-932, AcknowledgeType. Measured.
		Rejects: true,
		// group.share.delivery.count.limit, 5; then the record is archived, and no dead-letter
		// queue holds it: KIP-932, "In-flight records".
		MaxDeliveries: 5,
		AtLimit:       Drop,
		// RELEASE makes a record available at once: KIP-932, AcknowledgeType.
		NackDelay:   0,
		DedupWindow: k.DedupWindow,
		DedupBy:     k.DedupBy,
	}
}

// beanstalkd is beanstalkd with a time to run of a minute for each job.
//
// Not expressed: a late bury is NOT_FOUND, where a late delete counts; a worker may
// touch its job to begin its time again (set Heartbeat to HeartbeatAtWork); 1.12 may leave a
// job whose time is over with its silent worker, while other clients ask often, until that
// worker next says something (beanstalkd issue 380; measured).
func beanstalkd() Profile {
	return Profile{
		Name:     "beanstalkd",
		Summary:  "back after its time to run, or when the connection closes; a late ack counts, a stale one fails",
		Measured: Measured{OnServer, "beanstalkd 1.12"},
		// Its TTR runs out, or its worker disconnects: protocol.txt, "put" and "reserve".
		Redeliver: OnTimer | OnDisconnect,
		// Each put names its TTR; 60 s is what client libraries put there: greenstalk,
		// DEFAULT_TTR.
		Visibility: time.Minute,
		// A ready job may be deleted by anybody; one that another has reserved is NOT_FOUND:
		// protocol.txt, "delete". Measured on 1.12.
		LateAck:  Accepted,
		StaleAck: Rejected,
		// A job that is buried stays where it is until somebody kicks it: protocol.txt, "bury".
		Rejects: true,
		// Nothing counts: the application may look at "reserves" of stats-job.
		MaxDeliveries: 0,
		// A release names its delay, and 0 is ready at once: protocol.txt, "release".
		NackDelay: 0,
	}
}

// bullMQ is a worker of BullMQ on Redis.
//
// Not expressed: a stalled job comes back 30 s to 60 s after its worker fell silent, with
// the next look of any worker; a job ID is unique for as long as its job is kept.
func bullMQ() Profile {
	return Profile{
		Name:     "bullmq",
		Summary:  "stalled 60 s after its worker fell silent; late and stale acks fail; the second stall fails the job",
		Measured: Measured{OnServer, "BullMQ 6.7.0 on Redis"},
		// A lock of 30 s that nobody renews, and a look for stalled jobs every 30 s: BullMQ
		// documentation, "Stalled jobs"; WorkerOptions.lockDuration, stalledInterval. Measured
		// from the kill of a worker: 61 s.
		Redeliver:  OnTimer,
		Visibility: time.Minute,
		// The worker renews its locks at half of their time: WorkerOptions.lockRenewTime.
		Heartbeat: HeartbeatHeld,
		// moveToFinished asks for the lock: "Missing lock for job", "Lock mismatch". Measured.
		LateAck:  Rejected,
		StaleAck: Rejected,
		// maxStalledCount is 1: a job that stalls for the second time fails.
		MaxDeliveries: 2,
		// attempts is 1: a job whose processor throws has failed, and is kept among the failed
		// ones until somebody retries it: BullMQ documentation, "Retrying failing jobs".
		MaxNacks: 1,
		// An UnrecoverableError fails a job whatever its attempts say: BullMQ documentation,
		// "Stop retrying jobs".
		Rejects: true,
	}
}

// celeryRedis is a Celery worker with Redis as its broker and acks_late.
//
// A message that waits in the worker for its ETA is unacked all that time, so an ETA above
// the visibility timeout is run twice and more: a file says it with not-before.
//
// Not expressed: without acks_late a task is acked before it runs; a task that raises is
// acked, unless it asks to be retried, as is assumed here; up to four messages a process are fetched ahead (worker_prefetch_multiplier:
// set Batch for it).
func celeryRedis() Profile {
	return Profile{
		Name:     "celery-redis",
		Summary:  "back after 1 h without an ack, which no worker can extend; a stale ack counts; 3 retries of a task",
		Measured: Measured{OnServer, "Celery 5.2.6 on Redis"},
		// kombu restores what nobody acked: Celery documentation, "Using Redis", "Visibility
		// timeout". 1 h unless set; nothing extends it.
		Redeliver:  OnTimer,
		Visibility: time.Hour,
		// An ack takes the delivery tag out of a table, whoever sends it, and the next delivery
		// has the same tag. One that comes after the tag was restored to the list, and before it
		// is delivered again, finds nothing to take out: kombu, transport/redis.py, QoS.ack and
		// restore_by_tag. The stale ack was measured with 5.2.6.
		LateAck:  Ignored,
		StaleAck: Accepted,
		// A task that calls retry comes after default_retry_delay, 3 min, and max_retries, 3,
		// times at most: Celery reference, celery.app.task.
		NackDelay: 3 * time.Minute,
		// A task that raises Reject without requeue is gone: Celery reference,
		// celery.exceptions.Reject; kombu, transport/redis.py, QoS.reject.
		Rejects:  true,
		MaxNacks: 4,
		AtLimit:  Drop,
	}
}

// postgresSkipLocked is a queue that is a table of PostgreSQL, from which a worker takes
// the next row with SELECT ... FOR UPDATE SKIP LOCKED and whose transaction it keeps open
// for as long as it works.
//
// Not expressed: a worker that does its work in the very transaction that holds the row,
// where an error of a statement aborts both (the machine holds the row on a connection
// beside the handler's transaction, which may begin another one); a count of deliveries,
// which such a table has only if somebody commits it apart from the work. Libraries that
// mark the row as taken and commit at once are timers instead: pgmq hides it until vt
// (README, "Visibility Timeout"), River rescues a job that has been running for an hour
// (Config.RescueStuckJobsAfter); both can finish a job in the transaction of its effect
// (River: JobCompleteTx).
func postgresSkipLocked() Profile {
	return Profile{
		Name:     "postgres-skip-locked",
		Summary:  "a table in your own database: back when its connection closes; an ack can be part of a transaction",
		Measured: Measured{OnServer, "PostgreSQL 15.18"},
		// A row lock ends with its transaction, and that with its connection: manual of
		// PostgreSQL 17, "Explicit Locking", on row-level locks. Measured on 15.18: a
		// killed worker's row is free at once. So it needs no timer, and Visibility stays 0.
		Redeliver: OnDisconnect,
		// A worker that is silent in the middle of a transaction is left alone:
		// idle_in_transaction_session_timeout is 0 by default (the same manual, "Client
		// Connection Defaults"), and TCP keepalive asks only after two hours.
		HeartbeatInterval: 0,
		// The transaction that held the row is gone with the lock, so an ack in it fails.
		LateAck:  Rejected,
		StaleAck: Rejected,
		// A rollback leaves the row as it was, for the next who looks.
		NackDelay:     0,
		MaxDeliveries: 0,
		// The delete, or the update to done, is a statement like any other.
		Transactional: true,
	}
}
