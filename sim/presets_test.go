package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// What sets the presets apart where time matters: on the timeline. What they answer
// to one call after another is tested with the broker.

// on returns a lane of naive with n messages on a preset.
func on(t *testing.T, name string, n int, plan ...string) sim.Lane {
	l := lane(consumers.Naive, sim.Card, n, plan...)
	l.Queue = preset(t, name)
	return l
}

// handedOut returns when a message was delivered, one after another, as text.
func handedOut(r *sim.Run, name string) string {
	var times []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && r.Name(e) == name }) {
		times = append(times, sim.Span(e.At))
	}
	return strings.Join(times, " ")
}

// A publisher that sends again inside the window is not heard, and a tick later it
// is: the window is counted from the first publish, and ends with the tick.
func TestDedupWindowEndsToTheTick(t *testing.T) {
	for name, window := range map[string]time.Duration{"sqs-fifo": 5 * time.Minute, "jetstream": 2 * time.Minute} {
		on := func(t *testing.T, name string, n int, plan ...string) sim.Lane {
			l := on(t, name, n, plan...)
			l.Queue.DedupBy = broker.ByMessageID // as for a producer that sets Nats-Msg-Id
			return l
		}
		for later, want := range map[time.Duration]string{window - 1: "once", window: "twice", window + 1: "twice"} {
			r := simulate(t, on(t, name, 1, "republish:m1,later="+sim.Span(later)))
			if got := verdicts(r); got != want {
				t.Errorf("%s: published again after %s: %s, want %s", name, sim.Span(later), got, want)
			}
		}
		// An ack does not end it, and a repeat that is dropped does not extend it.
		r := simulate(t, on(t, name, 1, "republish:m1,later=90s", "republish:m1,later="+sim.Span(window)))
		if got := verdicts(r); got != "twice" || r.World().Queue().State(1) != broker.Deduplicated {
			t.Errorf("%s: the first repeat is %v, and then %s", name, r.World().Queue().State(1), got)
		}
		// A new message ID is news at once, and a copy comes from behind the window.
		for _, fault := range []string{"republish:m1,later=1s,new-id=true", "copy:m1"} {
			if got := verdicts(simulate(t, on(t, name, 1, fault))); got != "twice" {
				t.Errorf("%s: %s: %s", name, fault, got)
			}
		}
	}
	for _, p := range broker.Presets() {
		if p.Window() > 0 {
			continue
		}
		if got := verdicts(simulate(t, on(t, p.Name, 1, "republish:m1,later=1ms"))); got != "twice" {
			t.Errorf("%s: it has no window, and a repeat is done %s", p.Name, got)
		}
	}
}

// A worker dies in the middle. RabbitMQ and PostgreSQL see the connection close and hand the
// message to the other worker at once; the others wait for what is left of its time,
// and Pub/Sub for the time since its client last extended it.
func TestWhatBringsAMessageBackAfterACrash(t *testing.T) {
	for name, want := range map[string]string{
		"sqs-standard": "0s 30s", "sqs-fifo": "0s 30s", "rabbitmq-quorum": "0s 1s", "jetstream": "0s 30s",
		"servicebus-peeklock": "0s 1m", "pubsub": "0s 11s",
		"redis-streams": "0s 3s",  // its consumer starts again after 2 s, under its name
		"kafka":         "0s 46s", // at 1 s it dies, and its session lasts for 45 s
		"kafka-share":   "0s 1s", "postgres-skip-locked": "0s 1s", "beanstalkd": "0s 1s", "bullmq": "0s 1m1s", "celery-redis": "0s 1h",
	} {
		if got := handedOut(simulate(t, on(t, name, 1, "crash:m1/before-ack")), "m1"); got != want {
			t.Errorf("%s: delivered at %s, want %s", name, got, want)
		}
	}
}

// One worker freezes past its deadline, and nobody else is there to take the message.
// Its ack then is late, and the answer decides whether the work is done again.
func TestALateAckOnThePresets(t *testing.T) {
	for name, want := range map[string]struct {
		reply      sim.Reply
		deliveries int
	}{
		"sqs-standard": {sim.Taken, 1}, "sqs-fifo": {sim.AckRejected, 2}, "jetstream": {sim.Taken, 1},
		"servicebus-peeklock": {sim.AckRejected, 2}, "pubsub": {sim.AckIgnored, 2}, "redis-streams": {sim.Taken, 1},
		"rabbitmq-quorum": {sim.AckRejected, 2}, // cut off after 180 s of silence
		"kafka":           {sim.AckRejected, 2}, // its session is over after 45 s
		"kafka-share":     {sim.AckRejected, 2}, "beanstalkd": {sim.Taken, 1}, "bullmq": {sim.AckRejected, 2},
		"postgres-skip-locked": {sim.Taken, 1}, // no timer: it is in time
	} {
		l := on(t, name, 1, "pause:m1/before-ack,for=5m")
		l.Processes = 1
		r := simulate(t, l)
		acks := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Kind == sim.Step })
		if got := r.World().Queue().Deliveries(0); acks[0].Reply != want.reply || got != want.deliveries {
			t.Errorf("%s: the late ack is answered %d, and there are %d deliveries; want %d and %d", name, acks[0].Reply, got, want.reply, want.deliveries)
		}
	}
}

// The same with a second worker, which has the message by then: the ack is stale.
func TestAStaleAckOnThePresets(t *testing.T) {
	for name, want := range map[string]sim.Reply{
		"sqs-standard": sim.AckIgnored, "sqs-fifo": sim.AckRejected, "jetstream": sim.Taken,
		"servicebus-peeklock": sim.AckRejected, "pubsub": sim.AckIgnored, "redis-streams": sim.Taken,
		"kafka-share": sim.AckRejected, "beanstalkd": sim.AckRejected, "bullmq": sim.AckRejected, "celery-redis": sim.Taken,
	} {
		v := preset(t, name).Visibility
		l := on(t, name, 1, "pause:m1/before-ack,for="+sim.Span(v+500*time.Millisecond), "pause:m1/2/before-effect,for=5s")
		r := simulate(t, l)
		acks := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Kind == sim.Step })
		if acks[0].Receipt.Delivery != 1 || acks[0].Reply != want {
			t.Errorf("%s: the ack of delivery %d is answered %d, want %d", name, acks[0].Receipt.Delivery, acks[0].Reply, want)
		}
	}
}

// An ack that arrives at the very instant at which the deadline passes is in time.
func TestAnAckAtTheDeadlineIsInTime(t *testing.T) {
	for _, p := range broker.Presets() {
		if !p.Timed() || p.Heartbeat != broker.NoHeartbeat {
			continue
		}
		for over, want := range map[time.Duration]bool{0: false, 1: true} {
			r := simulate(t, on(t, p.Name, 1, "slow:m1/1,for="+sim.Span(p.Visibility-10*time.Millisecond+over)))
			if late := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.TimeOut })) > 0; late != want {
				t.Errorf("%s: an ack %d ns after the deadline is late: %v", p.Name, over, late)
			}
		}
	}
}

// A message that fails always: some presets give up on it.
func TestDeliveryLimitOnThePresets(t *testing.T) {
	limits := map[string]int{
		"rabbitmq-quorum": 21, "servicebus-peeklock": 10, "kafka-share": 5,
		"bullmq": 1, "celery-redis": 4, // these count failures
	}
	for _, p := range broker.Presets() {
		r := simulate(t, on(t, p.Name, 1, "fail:m1,times=40"))
		limit, limited := limits[p.Name]
		want := fmt.Sprintf("parked after %d", limit)
		switch {
		case !limited:
			want = "once after 41"
		case p.AtLimit == broker.Drop:
			want = fmt.Sprintf("never after %d", limit)
		}
		if got := fmt.Sprintf("%s after %d", verdicts(r), r.World().Queue().Deliveries(0)); got != want {
			t.Errorf("%s: %s, want %s", p.Name, got, want)
		}
	}
}

// Two messages of one group, and the first has to be delivered again: on SQS FIFO the
// second waits for that; elsewhere it goes ahead.
func TestOrderOnThePresets(t *testing.T) {
	for _, p := range broker.Presets() {
		l := on(t, p.Name, 2, "crash:m1/before-effect")
		l.Processes = 3 // one dies, one takes its message, and one is free
		for i := range l.Messages {
			l.Messages[i].At, l.Messages[i].Group = 0, "one"
		}
		want := "0s"
		switch p.Name {
		case "sqs-fifo":
			want = "31.01s"
		case "kafka":
			want = "" // it comes and goes with the batch of m1
		}
		if got := handedOut(simulate(t, l), "m2"); got != want {
			t.Errorf("%s: m2 is delivered at %s, want %s", p.Name, got, want)
		}
	}
}

// A handler says that it failed. RabbitMQ, JetStream, Service Bus and Pub/Sub hand
// the message out at once; SQS and Redis have no word for it and wait.
func TestAFailedHandlerOnThePresets(t *testing.T) {
	for name, want := range map[string]string{
		"sqs-standard": "0s 31.01s", "sqs-fifo": "0s 31.01s", "rabbitmq-quorum": "0s 1.01s", "jetstream": "0s 1.01s",
		"servicebus-peeklock": "0s 1.01s", "pubsub": "0s 1.01s", "redis-streams": "0s 31.01s", "kafka": "0s 1.01s", "postgres-skip-locked": "0s 1.01s",
	} {
		if got := handedOut(simulate(t, on(t, name, 1, "fail:m1")), "m1"); got != want {
			t.Errorf("%s: delivered at %s, want %s", name, got, want)
		}
	}
}

// Pub/Sub's client extends the deadline of what its worker has in hand, as BullMQ's does. A
// RabbitMQ client has half an hour, a Celery worker an hour, and a Kafka consumer five
// minutes from poll to poll.
func TestALongHandlerOnThePresets(t *testing.T) {
	for _, p := range broker.Presets() {
		r := simulate(t, on(t, p.Name, 1, "slow:m1,for=5m"))
		again := r.World().Queue().Deliveries(0) > 1
		if want := p.Timed() && p.Heartbeat == broker.NoHeartbeat && p.Visibility < time.Hour || p.Name == "kafka"; again != want {
			t.Errorf("%s: five minutes of work bring it again: %v", p.Name, again)
		}
	}
}
