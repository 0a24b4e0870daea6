package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"dejavu/broker"
)

var pubSub = system{
	is:    "pstest, a fake of Google's,",
	start: startPubSub,
	probes: map[string]probe{
		"Redeliver": {measure: redeliver, scaled: "its clock is set on"},
		"Heartbeat": {measure: pubSubHeartbeat, scaled: "the client library extends what its callback holds"},
		"LateAck": {measure: onQueue(lateAck), otherwise: broker.Accepted.String(),
			why: "the fake looks at a deadline when it next delivers; Google promises neither, and ignored is the worse"},
		"StaleAck":      {measure: onQueue(staleAck), scaled: "its clock is set on"},
		"StaleNack":     {measure: onQueue(staleNack), scaled: "its clock is set on"},
		"BadAckCloses":  {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"MaxDeliveries": {measure: onQueue(maxDeliveries), scaled: fmt.Sprintf("it comes %d times", many)},
		"NackDelay":     {measure: onQueue(nackDelay)},
		"Order":         {measure: onQueue(order), scaled: "without an ordering key"},
		"AckUnit":       {measure: onQueue(ackUnit)},
		"Assign":        {measure: onQueue(assign)},
		"DedupWindow":   {measure: onQueue(window)},
	},
	left: map[string]string{
		"Visibility":        "the fake has no default: it must be given 10 s or more",
		"Backoff":           "there is none unless a retry policy is set",
		"HeartbeatInterval": "goes with a redelivery on disconnect",
		"AtLimit":           "there is no limit unless one is set",
		"FreeNacks":         "there is no limit unless one is set",
		"Batch":             "a consumer asks for as many as it wants",
		"DedupBy":           "there is no window",
	},
}

const pubSubDeadline = 10 * time.Second // of the fake's own clock, which is set on

// pubSubFakes are the fakes that were started: each queue has one, with a clock of its own.
type pubSubFakes struct {
	mu    sync.Mutex
	fakes []*pubSubQueue
}

func startPubSub(string) (server, error) { return &pubSubFakes{}, nil }

func (*pubSubFakes) version() string { return moduleVersion("cloud.google.com/go/pubsub/v2") }

func (s *pubSubFakes) stop() {
	for _, q := range s.fakes {
		q.conn.Close()
		q.fake.Close()
	}
}

func (s *pubSubFakes) queue() (queue, error) {
	q := &pubSubQueue{fake: pstest.NewServer()}
	start := time.Now()
	q.fake.SetTimeNowFunc(func() time.Time { return start.Add(time.Duration(q.passed.Load())) })
	var err error
	if q.conn, err = q.dial(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.fakes = append(s.fakes, q)
	s.mu.Unlock()
	if _, err := pubsubpb.NewPublisherClient(q.conn).CreateTopic(context.Background(), &pubsubpb.Topic{Name: pubSubTopic}); err != nil {
		return nil, err
	}
	_, err = pubsubpb.NewSubscriberClient(q.conn).CreateSubscription(context.Background(),
		&pubsubpb.Subscription{Name: pubSubName, Topic: pubSubTopic, AckDeadlineSeconds: int32(pubSubDeadline / time.Second)})
	return q, err
}

const (
	pubSubTopic = "projects/p/topics/t"
	pubSubName  = "projects/p/subscriptions/s"
)

// pubSubQueue is a fake with one subscription.
type pubSubQueue struct {
	fake   *pstest.Server
	conn   *grpc.ClientConn
	passed atomic.Int64 // nanoseconds by which its clock was set on
}

func (q *pubSubQueue) dial() (*grpc.ClientConn, error) {
	return grpc.NewClient(q.fake.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

func (q *pubSubQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		q.fake.Publish(pubSubTopic, []byte(body), nil)
	}
	return nil
}

func (q *pubSubQueue) consumer() (consumer, error) {
	conn, err := q.dial()
	return &pubSubConsumer{conn, pubsubpb.NewSubscriberClient(conn)}, err
}

func (q *pubSubQueue) pass(share float64) {
	q.passed.Add(int64(share * float64(pubSubDeadline)))
}
func (q *pubSubQueue) takeBack(consumer) error { q.pass(1.1); return nil }
func (q *pubSubQueue) soon() time.Duration     { return 100 * time.Millisecond }

// pubSubConsumer pulls. What a client library adds is measured for itself.
type pubSubConsumer struct {
	conn *grpc.ClientConn
	api  pubsubpb.SubscriberClient
}

func (c *pubSubConsumer) vanish() error { return c.conn.Close() }

func (c *pubSubConsumer) receive(within time.Duration) (*delivery, error) {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		//lint:ignore SA1019 a pull that waits would wait for half a second each time
		got, err := c.api.Pull(context.Background(), &pubsubpb.PullRequest{Subscription: pubSubName, MaxMessages: 1, ReturnImmediately: true})
		if err != nil {
			return nil, err
		}
		if len(got.ReceivedMessages) > 0 {
			m := got.ReceivedMessages[0]
			id := m.AckId // the fake changes the message when it delivers it again
			return &delivery{
				body: string(m.Message.Data),
				ack: func() error {
					_, err := c.api.Acknowledge(context.Background(), &pubsubpb.AcknowledgeRequest{Subscription: pubSubName, AckIds: []string{id}})
					return err
				},
				nack: func() error {
					_, err := c.api.ModifyAckDeadline(context.Background(), &pubsubpb.ModifyAckDeadlineRequest{Subscription: pubSubName, AckIds: []string{id}})
					return err
				},
			}, nil
		}
		if time.Now().After(end) {
			return nil, nil
		}
	}
}

// pubSubHeartbeat holds a message in a callback of Google's client library, and looks at
// what the library tells the server meanwhile.
func pubSubHeartbeat(s server) (string, error) {
	made, err := s.queue()
	if err != nil {
		return "", err
	}
	q := made.(*pubSubQueue)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := pubsub.NewClient(ctx, "p", option.WithGRPCConn(q.conn))
	if err != nil {
		return "", err
	}
	id := q.fake.Publish(pubSubTopic, []byte("m1"), nil)
	extends := false
	err = client.Subscriber("s").Receive(ctx, func(_ context.Context, m *pubsub.Message) {
		for range 100 {
			for _, extension := range q.fake.Message(id).Modacks {
				extends = extends || extension.AckDeadline > 0
			}
			if extends {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		m.Ack()
		cancel()
	})
	return strconv.FormatBool(extends), err
}
