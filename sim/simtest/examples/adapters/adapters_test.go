package adapters_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/adapters"
	"dejavu/sim/simtest/handler"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/hibiken/asynq"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/riverqueue/river"
	"github.com/twmb/franz-go/pkg/kgo"
)

type chargeArgs struct {
	Order string `json:"order"`
}

func (chargeArgs) Kind() string { return "charge" }

// all adapts one function to every library. It is told what the library handed over.
func all(handle func(got string) error) map[string]simtest.HandlerFunc {
	return map[string]simtest.HandlerFunc{
		"watermill": adapters.Watermill(func(m *message.Message) ([]*message.Message, error) {
			return nil, handle(fmt.Sprintf("%s %s %s %s", m.UUID, m.Metadata.Get("key"), m.Payload, m.Metadata.Get("trace")))
		}),
		"sqs": adapters.SQS(func(_ context.Context, m types.Message) error {
			return handle(fmt.Sprintf("%s %s %s %s", *m.MessageId, *m.MessageAttributes["key"].StringValue, *m.Body, *m.MessageAttributes["trace"].StringValue))
		}),
		"kafka": adapters.Kafka("charges", func(_ context.Context, r *kgo.Record) error {
			return handle(fmt.Sprintf("%s %s %s %s", r.Headers[0].Value, r.Key, r.Value, r.Headers[1].Value))
		}),
		"asynq": adapters.Asynq("charge", asynq.HandlerFunc(func(_ context.Context, task *asynq.Task) error {
			return handle(fmt.Sprintf("m1 a %s %s", task.Payload(), task.Headers()["trace"]))
		})),
		"river": adapters.River(river.WorkFunc(func(_ context.Context, job *river.Job[chargeArgs]) error {
			return handle(fmt.Sprintf("m1 %s %s t", job.Args.Order, job.EncodedArgs))
		})),
		"jetstream": adapters.JetStream("charges", func(m jetstream.Msg) {
			if handle(fmt.Sprintf("%s a %s %s", m.Headers().Get(jetstream.MsgIDHeader), m.Data(), m.Headers().Get("trace"))) != nil {
				m.Nak()
				return
			}
			m.Ack()
		}),
	}
}

func TestEveryAdapterHandsOverTheMessageAndTheAnswer(t *testing.T) {
	m := simtest.Message{ID: "m1", Key: "a", Body: `{"order":"a"}`, Headers: map[string]string{"trace": "t"}, Delivery: 1}
	refuse := errors.New("no")
	for _, answer := range []error{nil, refuse} {
		got := ""
		for name, handle := range all(func(what string) error { got = what; return answer }) {
			got = ""
			err := handle(t.Context(), m)
			if want := `m1 a {"order":"a"} t`; got != want || (err == nil) != (answer == nil) {
				t.Errorf("%s: handed over %q, want %q; answered %v to %v", name, got, want, err, answer)
			}
		}
	}
	silent := adapters.JetStream("charges", func(jetstream.Msg) {})
	if err := silent(t.Context(), m); err == nil {
		t.Error("a message that nobody acked counts as acked")
	}
}

// ledger counts charges.
type ledger struct {
	mu      sync.Mutex
	charges map[string]int
}

func (l *ledger) charge(order string) func() error {
	return func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.charges[order]++
		return nil
	}
}

func (l *ledger) options() handler.Trial {
	messages := []handler.Message{{ID: "m1", Key: "a", Body: `{"order":"a"}`, Headers: map[string]string{"trace": "t"}}}
	holds, watch := handler.ExactlyOnce(messages, func() map[string]int { return l.charges })
	return handler.Trial{
		Messages: messages, Holds: holds, Watches: []handler.Watch{watch}, Faults: 1,
		Fresh: func() error { l.charges = map[string]int{}; return nil },
	}
}

func TestEveryAdapterCanBeSearched(t *testing.T) {
	for name := range all(nil) {
		var l ledger
		r := handler.Search(func(env *handler.Env) handler.HandlerFunc {
			return all(func(string) error { return env.Do("charge", l.charge("a")) })[name]
		}, l.options())
		if r.Broken == nil || r.Broken.Plan != "crash:m1/before-ack" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Watermill's own Deduplicator remembers a message before the handler has handled it. So
// one error is enough: the message comes again, counts as a duplicate, and is acked.
func TestWatermillsDeduplicatorLosesAMessageAfterOneError(t *testing.T) {
	var l ledger
	o := l.options()
	// Its memory is of one process: a crash wipes it, and another worker lacks it. That is
	// known, and documented.
	o.Without = []handler.Trouble{handler.Crash, handler.Pause}
	r := handler.Search(func(env *handler.Env) handler.HandlerFunc {
		seen, err := middleware.NewMapExpiringKeyRepository(time.Hour)
		if err != nil {
			t.Error(err)
		}
		dedup := middleware.Deduplicator{KeyFactory: middleware.NewMessageHasherSHA256(1 << 20), Repository: seen}
		return adapters.Watermill(dedup.Middleware(func(m *message.Message) ([]*message.Message, error) {
			return nil, env.Do("charge", l.charge("a"))
		}))
	}, o)
	if r.Broken == nil || r.Undecided != "" {
		t.Fatalf("%+v", r)
	}
	text := r.Report(func(plan string) string { return plan })
	for _, want := range []string{"a never took effect, by an error at 1-charge", "m1 was acked in delivery 2 without charge (adapters_test.go:", "fail:m1/at-1-charge"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}
