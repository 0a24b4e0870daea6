package broker

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// preset returns a queue of a shipped profile, with all messages published.
func preset(t *testing.T, name string, messages ...Message) *Queue {
	t.Helper()
	p, ok := Preset(name)
	if !ok {
		t.Fatalf("there is no preset %q", name)
	}
	return published(t, p, 2, messages...)
}

// comeBack makes message n, in flight, return in the way the profile knows.
func comeBack(q *Queue, n int) {
	if q.Profile().Timed() {
		q.TimeOut(n)
	} else {
		q.Disconnect(q.Holder(n))
	}
}

// takes returns the worker that may be handed message n: its owner or, without one, the
// worker that has not had it.
func takes(q *Queue, n int) int {
	if owner := q.Owner(n); owner != None {
		return owner
	}
	return q.Deliveries(n) % 2
}

func TestPresetsAreListedInOrderAndValid(t *testing.T) {
	want := []string{
		"sqs-standard", "sqs-fifo", "rabbitmq-quorum", "jetstream",
		"servicebus-peeklock", "pubsub", "kafka", "kafka-share", "beanstalkd", "bullmq", "celery-redis", "redis-streams", "postgres-skip-locked",
	}
	var got []string
	for _, p := range Presets() {
		got = append(got, p.Name)
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if n := len(p.Summary); n < 20 || n > 100 || strings.Contains(p.Summary, "\n") {
			t.Errorf("%s: a summary of %d bytes is not a line of a list: %q", p.Name, n, p.Summary)
		}
		if p.Visibility > 0 != p.Timed() {
			t.Errorf("%s: visibility %v and redelivery on %v", p.Name, p.Visibility, p.Redeliver)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("presets %v, want %v", got, want)
	}
}

func TestPresetIsFoundByItsNameOnly(t *testing.T) {
	for _, want := range Presets() {
		if got, ok := Preset(want.Name); !ok || got.Summary != want.Summary {
			t.Errorf("%s: found %v, as %q", want.Name, ok, got.Summary)
		}
	}
	if _, ok := Preset(""); ok {
		t.Error("found a preset without a name")
	}
}

func TestChangingAPresetChangesNobodyElses(t *testing.T) {
	all := Presets()
	all[0].Visibility, all[0].Backoff = time.Hour, []time.Duration{1}
	if p, _ := Preset(all[0].Name); p.Visibility == time.Hour || p.Backoff != nil {
		t.Error("a preset is shared")
	}
}

// What becomes of an ack that comes too late is where brokers differ most.
func TestLateAndStaleAcksPerPreset(t *testing.T) {
	tests := []struct {
		claim       string
		preset      string
		late, stale AckRule
	}{
		{"SQS deletes with the last handle and ignores an older one", "sqs-standard", Accepted, Ignored},
		{"SQS FIFO rejects an expired handle", "sqs-fifo", Rejected, Rejected},
		{"RabbitMQ rejects a tag of a closed channel", "rabbitmq-quorum", Rejected, Rejected},
		{"JetStream accepts an ack of any delivery", "jetstream", Accepted, Accepted},
		{"Service Bus rejects an ack without the lock", "servicebus-peeklock", Rejected, Rejected},
		{"Pub/Sub ignores whatever is late", "pubsub", Ignored, Ignored},
		{"Redis accepts an ack from anybody", "redis-streams", Accepted, Accepted},
		{"a share group rejects an ack without the lock", "kafka-share", Rejected, Rejected},
		{"beanstalkd deletes a ready job for anybody, and none that another has reserved", "beanstalkd", Accepted, Rejected},
		{"BullMQ rejects who has lost the lock", "bullmq", Rejected, Rejected},
		{"Celery's table knows the tag of any delivery, and none that is back in the list", "celery-redis", Ignored, Accepted},
		{"Kafka rejects a commit of who owns the partition no more", "kafka", Rejected, Rejected},
		{"PostgreSQL commits nothing of a connection that is gone", "postgres-skip-locked", Rejected, Rejected},
	}
	after := func(answer AckRule, otherwise State) State {
		if answer == Accepted {
			return Acked
		}
		return otherwise
	}
	for _, tt := range tests {
		t.Run(tt.claim, func(t *testing.T) {
			q := preset(t, tt.preset, inGroups("a", "b")...)
			late := q.Deliver(0, takes(q, 0))
			comeBack(q, 0)
			if got := q.Ack(late); got != tt.late {
				t.Errorf("a late ack is %v, want %v", got, tt.late)
			}
			stale := q.Deliver(1, takes(q, 1))
			comeBack(q, 1)
			q.Deliver(1, takes(q, 1))
			if got := q.Ack(stale); got != tt.stale {
				t.Errorf("a stale ack is %v, want %v", got, tt.stale)
			}
			wantStates(t, q, after(tt.late, Ready), after(tt.stale, InFlight))
		})
	}
}

func TestWhoseConnectionIsItsHold(t *testing.T) {
	for _, p := range Presets() {
		q := preset(t, p.Name, inGroups("a")...)
		q.Deliver(0, 0)
		q.Disconnect(0)
		want := InFlight
		if slices.Contains([]string{"rabbitmq-quorum", "kafka", "kafka-share", "beanstalkd", "postgres-skip-locked"}, p.Name) {
			want = Ready
		}
		if got := q.State(0); got != want {
			t.Errorf("%s: the message is %v after its holder's connection closed, want %v", p.Name, got, want)
		}
	}
}

func TestFailedHandlerPerPreset(t *testing.T) {
	tests := []struct {
		claim  string
		preset string
		want   State
		wait   time.Duration
	}{
		{"SQS has no nack and waits for the visibility timeout", "sqs-standard", Delayed, 30 * time.Second},
		{"SQS FIFO does the same and holds up the group", "sqs-fifo", Delayed, 30 * time.Second},
		{"RabbitMQ requeues at once", "rabbitmq-quorum", Ready, 0},
		{"JetStream redelivers after a nak at once", "jetstream", Ready, 0},
		{"Service Bus makes an abandoned message available at once", "servicebus-peeklock", Ready, 0},
		{"Pub/Sub redelivers at once", "pubsub", Ready, 0},
		{"a rollback frees the row at once", "postgres-skip-locked", Ready, 0},
		{"Redis leaves it pending until it may be claimed", "redis-streams", Delayed, 30 * time.Second},
		{"a share group releases the record", "kafka-share", Ready, 0},
		{"beanstalkd releases the job", "beanstalkd", Ready, 0},
		{"a BullMQ job that throws has failed", "bullmq", Dead, 0},
		{"a Celery task asks for a retry in 3 min", "celery-redis", Delayed, 3 * time.Minute},
		{"a Kafka consumer seeks back and polls again", "kafka", Ready, 0},
	}
	for _, tt := range tests {
		t.Run(tt.claim, func(t *testing.T) {
			q := preset(t, tt.preset, inGroups("a")...)
			q.Nack(q.Deliver(0, 0))
			wantStates(t, q, tt.want)
			if got := q.Profile().Delay(1); got != tt.wait {
				t.Errorf("it waits for %v, want %v", got, tt.wait)
			}
		})
	}
}

func TestDeliveryLimitPerPreset(t *testing.T) {
	limits := map[string]int{
		"rabbitmq-quorum":     21, // the first delivery and 20 more
		"servicebus-peeklock": 10,
		"kafka-share":         5,
		"bullmq":              2, // the second stall fails it
	}
	graves := map[string]State{"rabbitmq-quorum": Discarded, "servicebus-peeklock": Dead, "kafka-share": Discarded, "bullmq": Dead}
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			q := preset(t, p.Name, inGroups("a")...)
			delivered := 0
			for ; delivered < 100 && q.State(0) == Ready; delivered++ {
				q.Deliver(0, takes(q, 0))
				comeBack(q, 0)
			}
			want, limited := limits[p.Name]
			if !limited {
				want = 100
			}
			if delivered != want || q.State(0) != graves[p.Name] && limited || !limited && q.State(0) != Ready {
				t.Errorf("%d deliveries, and then %v; want %d", delivered, q.State(0), want)
			}
		})
	}
}

func TestDedupWindowPerPreset(t *testing.T) {
	windows := map[string]time.Duration{
		"sqs-fifo":  5 * time.Minute,
		"jetstream": 2 * time.Minute,
		"kafka":     2 * time.Minute, // of a producer's own retry

		"kafka-share": 2 * time.Minute,
	}
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			if want := windows[p.Name]; p.DedupWindow != want {
				t.Errorf("a window of %v, want %v", p.DedupWindow, want)
			}
			repeat := func() (taken bool) {
				q := New(&p, 1, []Message{{ID: "m"}, {ID: "m"}})
				q.Publish(0, false)
				q.Ack(q.Deliver(0, 0))
				return q.Publish(1, false)
			}
			if taken := repeat(); taken != (p.Name != "sqs-fifo") {
				t.Errorf("a repeated ID after the ack: taken is %v", taken)
			}
			if p.DedupBy = ByMessageID; repeat() != (p.DedupWindow == 0) {
				t.Error("a repeated ID after the ack, of a producer that sends one for the window to compare")
			}
		})
	}
}

func TestOnlySQSFIFOAndKafkaKeepOrder(t *testing.T) {
	for _, p := range Presets() {
		q := preset(t, p.Name, inGroups("a", "a", "b")...)
		q.Deliver(0, 0)
		switch p.Name {
		case "sqs-fifo":
			wantDeliverable(t, q, 1, 2)
		case "kafka": // what comes behind it in its partition goes to the same owner, b to the other
			wantDeliverable(t, q, 0, 1)
			wantDeliverable(t, q, 1, 2)
		default:
			wantDeliverable(t, q, 1, 1, 2)
		}
	}
}

func TestOnlyPubSubAndBullMQClientsExtendTheDeadlineUnasked(t *testing.T) {
	for _, p := range Presets() {
		if want := p.Name == "pubsub" || p.Name == "bullmq"; (p.Heartbeat != NoHeartbeat) != want {
			t.Errorf("%s: heartbeat is %v", p.Name, p.Heartbeat)
		}
	}
}

func TestDefaultIsSQSWithAShorterWaitAfterAFailure(t *testing.T) {
	sqs, _ := Preset("sqs-standard")
	d := Default()
	if d.Redeliver != sqs.Redeliver || d.Visibility != sqs.Visibility ||
		d.LateAck != sqs.LateAck || d.StaleAck != sqs.StaleAck || d.NackDelay >= sqs.NackDelay {
		t.Errorf("the default %+v is not like %+v", d, sqs)
	}
}
