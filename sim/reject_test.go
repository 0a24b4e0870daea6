package sim_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// hopeless finds out after a second that no retry will help, and says so.
var hopeless = sim.Consumer{Name: "hopeless", Handle: func(p *sim.Proc, m broker.Message) error {
	if err := p.Perform(m); err != nil {
		return fmt.Errorf("no such customer: %w", sim.ErrReject)
	}
	return nil
}}

// Where the broker takes a reject, it is the last that is heard of the message: parked, or
// gone where there is no dead-letter queue. Where it does not, a reject is a nack, and the
// message comes until the limit. In a group whose acks go together nobody can be rejected.
func TestAMessageThatIsRejectedNeverComesAgain(t *testing.T) {
	for name, want := range map[string]string{
		"jetstream":           "1 delivery, parked",
		"servicebus-peeklock": "1 delivery, parked",
		"beanstalkd":          "1 delivery, parked",
		"bullmq":              "1 delivery, parked",
		"rabbitmq-quorum":     "1 delivery, never",
		"kafka-share":         "1 delivery, never",
		"celery-redis":        "1 delivery, never",
		"sqs-standard":        "3 delivery, parked",
		"pubsub":              "3 delivery, parked",
		"redis-streams":       "3 delivery, parked",
		"kafka":               "3 delivery, parked",
	} {
		l := lane(hopeless, sim.Card, 1, "fail:m1,times=9")
		if l.Queue = preset(t, name); !l.Queue.Rejects {
			l.Queue.MaxDeliveries = 3
		}
		r := simulate(t, l)
		q := r.World().Queue()
		if got := fmt.Sprintf("%d delivery, %s", q.Deliveries(0), r.World().Verdicts().Of[0]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// JetStream takes a reject from whoever sends it. Worker 1 is silent for 45 s, and then
// rejects what worker 2 has by now: worker 2 charges all the same, its ack changes nothing,
// and the message is not done. A late reject, with nobody at work, ends the message too.
func TestAStaleRejectTakesTheMessageFromItsHolder(t *testing.T) {
	l := lane(hopeless, sim.Card, 1, "fail:m1/1", "pause:m1/1/before-effect,for=45s", "slow:m1/2,for=25s")
	l.Queue = preset(t, "jetstream")
	r := simulate(t, l)
	if q := r.World().Queue(); q.State(0) != broker.Dead || q.Deliveries(0) != 2 || len(r.World().Ledger()) != 1 {
		t.Errorf("%v after %d deliveries, %d effects", q.State(0), q.Deliveries(0), len(r.World().Ledger()))
	}
	rejects := where(r, func(e *sim.Event) bool { return e.Rejects })
	if len(rejects) != 1 || rejects[0].Reply != sim.Buried || rejects[0].At != 46010*time.Millisecond {
		t.Errorf("rejected: %+v", rejects)
	}
	if acks := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && !e.Failed }); len(acks) != 1 || acks[0].Reply != sim.AckIgnored {
		t.Errorf("acks: %+v", acks)
	}
	l.Queue = preset(t, "servicebus-peeklock") // a lock that is lost is lost
	l.Plan = l.Plan[:2]
	l.Plan[1].For = 90 * time.Second
	if r = simulate(t, l); r.World().Queue().State(0) != broker.Acked {
		t.Errorf("a reject without the lock: %v", r.World().Queue().State(0))
	}
}
