package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"dejavu/broker"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var jetStream = system{
	is:    "nats-server, embedded",
	start: startNATS,
	probes: map[string]probe{
		"Redeliver":     {measure: redeliver, scaled: "AckWait 2 s"},
		"Visibility":    {measure: natsAckWait, scaled: "read from a consumer made with nothing set"},
		"Heartbeat":     {measure: onQueue(heartbeat), scaled: "AckWait 2 s"},
		"LateAck":       {measure: onQueue(lateAck), scaled: "AckWait 2 s"},
		"StaleAck":      {measure: onQueue(staleAck), scaled: "AckWait 2 s"},
		"StaleNack":     {measure: onQueue(staleNack), scaled: "AckWait 2 s"},
		"BadAckCloses":  {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"Rejects":       {measure: onQueue(rejects), scaled: "by a term, AckWait 2 s"},
		"MaxDeliveries": {measure: natsMaxDeliver, scaled: fmt.Sprintf("none, as read; and it comes %d times", many)},
		"NackDelay":     {measure: onQueue(nackDelay)},
		"Backoff":       {measure: natsBackoff, scaled: "read from a consumer made with nothing set"},
		"Order":         {measure: onQueue(order), scaled: "AckWait 2 s"},
		"AckUnit":       {measure: onQueue(ackUnit), scaled: "AckWait 2 s, AckExplicit"},
		"Assign":        {measure: onQueue(assign)},
		"DedupWindow":   {measure: natsWindow, scaled: "read; that neither an ack nor a repeat moves its end, with 2 s"},
		"DedupBy":       {measure: natsDedupBy},
	},
	left: map[string]string{
		"HeartbeatInterval": "goes with a redelivery on disconnect",
		"AtLimit":           "there is no limit unless one is set",
		"FreeNacks":         "there is no limit unless one is set",
		"Batch":             "a consumer asks for as many as it wants",
	},
	facts: []fact{
		{"a stale in-progress keeps the message for the one who holds it now", holds(natsStaleProgress)},
		{"a stale term ends the message, though another has it", holds(natsStaleTerm)},
		{"a late term ends the message before it comes again", holds(natsLateTerm)},
		{"a BackOff list replaces AckWait", natsBackoffReplaces},
	},
}

// natsServer is one that runs in this process.
type natsServer struct {
	s      *natsd.Server
	js     jetstream.JetStream
	number atomic.Int64
}

func startNATS(dir string) (server, error) {
	s, err := natsd.NewServer(&natsd.Options{Host: "127.0.0.1", Port: natsd.RANDOM_PORT, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("it does not listen after 10 s")
	}
	js, _, err := natsClient(s)
	return &natsServer{s: s, js: js}, err
}

func natsClient(s *natsd.Server) (jetstream.JetStream, *nats.Conn, error) {
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(conn)
	return js, conn, err
}

func (n *natsServer) version() string { return natsd.VERSION }

func (n *natsServer) stop() {
	n.s.Shutdown()
	n.s.WaitForShutdown()
}

const natsWait = 2 * time.Second // what stands for AckWait, and for the window

// made makes a stream and a consumer with what the caller sets.
func (n *natsServer) made(stream jetstream.StreamConfig, c jetstream.ConsumerConfig) (*natsQueue, error) {
	q := &natsQueue{server: n, name: "q" + strconv.FormatInt(n.number.Add(1), 10)}
	stream.Name, stream.Subjects = q.name, []string{q.name}
	c.Durable, c.AckPolicy = "workers", jetstream.AckExplicitPolicy
	var err error
	if q.stream, err = n.js.CreateStream(context.Background(), stream); err != nil {
		return nil, err
	}
	made, err := q.stream.CreateConsumer(context.Background(), c)
	if err != nil {
		return nil, err
	}
	q.as = made.CachedInfo().Config
	return q, nil
}

func (n *natsServer) queue() (queue, error) {
	return n.made(jetstream.StreamConfig{Duplicates: natsWait}, jetstream.ConsumerConfig{AckWait: natsWait})
}

// natsQueue is a stream with a pull consumer that workers share.
type natsQueue struct {
	server *natsServer
	name   string
	stream jetstream.Stream
	as     jetstream.ConsumerConfig
}

func (q *natsQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		if _, err := q.server.js.Publish(context.Background(), q.name, []byte(body)); err != nil {
			return err
		}
	}
	return nil
}

func (q *natsQueue) consumer() (consumer, error) {
	js, conn, err := natsClient(q.server.s)
	if err != nil {
		return nil, err
	}
	c, err := js.Consumer(context.Background(), q.name, "workers")
	return &natsConsumer{conn, c}, err
}

func (q *natsQueue) pass(share float64)      { time.Sleep(time.Duration(share * float64(natsWait))) }
func (q *natsQueue) takeBack(consumer) error { q.pass(1.1); return nil }
func (q *natsQueue) soon() time.Duration     { return natsWait * 2 / 5 }

type natsConsumer struct {
	conn *nats.Conn
	c    jetstream.Consumer
}

func (c *natsConsumer) vanish() error {
	c.conn.Close()
	return nil
}

func (c *natsConsumer) receive(within time.Duration) (*delivery, error) {
	m, err := c.next(within)
	if m == nil || err != nil {
		return nil, err
	}
	return &delivery{
		body: string(m.Data()),
		ack: func() error { // the server answers this ack
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err := m.DoubleAck(ctx)
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
				return fmt.Errorf("%w: %w", errUnclear, err)
			}
			return err
		},
		nack:   m.Nak,
		reject: m.Term,
		extend: m.InProgress,
	}, nil
}

func (c *natsConsumer) next(within time.Duration) (jetstream.Msg, error) {
	batch, err := c.c.Fetch(1, jetstream.FetchMaxWait(within))
	if err != nil {
		return nil, err
	}
	m := <-batch.Messages()
	return m, batch.Error()
}

// unset is a queue whose makers set nothing.
func (n *natsServer) unset() (*natsQueue, error) {
	return n.made(jetstream.StreamConfig{}, jetstream.ConsumerConfig{})
}

func natsAckWait(s server) (string, error) {
	q, err := s.(*natsServer).unset()
	if err != nil {
		return "", err
	}
	return q.as.AckWait.String(), nil
}

func natsBackoff(s server) (string, error) {
	q, err := s.(*natsServer).unset()
	if err != nil {
		return "", err
	}
	return fmt.Sprint(q.as.BackOff), nil
}

func natsMaxDeliver(s server) (string, error) {
	q, err := s.(*natsServer).unset()
	if err != nil {
		return "", err
	}
	if q.as.MaxDeliver != -1 {
		return strconv.Itoa(q.as.MaxDeliver), nil
	}
	return maxDeliveries(q)
}

// natsWindow returns the default, if a window is what the preset takes it for.
func natsWindow(s server) (string, error) {
	unset, err := s.(*natsServer).unset()
	if err != nil {
		return "", err
	}
	q, err := s.queue()
	if err != nil {
		return "", err
	}
	send := func() (bool, error) {
		sent, err := s.(*natsServer).js.Publish(context.Background(), q.(*natsQueue).name, []byte("m"), jetstream.WithMsgID("id"))
		if err != nil {
			return false, err
		}
		return sent.Duplicate, nil
	}
	c, err := q.consumer()
	if err != nil {
		return "", err
	}
	for _, at := range []struct {
		what    string
		pass    float64
		dropped bool
	}{{"the first", 0, false}, {"a repeat after its ack", 0.6, true}, {"one after the window, which the repeat did not extend", 0.7, false}} {
		q.pass(at.pass)
		dropped, err := send()
		if err != nil {
			return "", err
		}
		if dropped != at.dropped {
			return "", fmt.Errorf("%s: dropped is %v", at.what, dropped)
		}
		if !dropped {
			d, err := received(c, q)
			if err != nil {
				return "", err
			}
			if err := d.ack(); err != nil {
				return "", err
			}
		}
	}
	return unset.stream.CachedInfo().Config.Duplicates.String(), nil
}

// natsDedupBy sends the same body twice, as a client does that sets no ID.
func natsDedupBy(s server) (string, error) {
	dropped, err := onQueue(window)(s)
	if dropped == "0s" {
		return broker.ByNothing.String(), err
	}
	return broker.ByMessageID.String(), err
}

// natsStaleProgress asks after the time of the second delivery, in which the first
// consumer reported progress.
func natsStaleProgress(q queue) (bool, error) {
	held, err := replaced(q)
	if err != nil {
		return false, err
	}
	q.pass(0.7)
	if err := held.extend(); err != nil {
		return false, err
	}
	q.pass(0.4)
	back, err := again(q)
	return !back, err
}

// natsStaleTerm asks for the message once more, after the time of the second delivery.
func natsStaleTerm(q queue) (bool, error) {
	held, err := replaced(q)
	if err != nil {
		return false, err
	}
	if err := held.reject(); err != nil {
		return false, err
	}
	q.pass(1.3)
	back, err := again(q)
	return !back, err
}

// natsLateTerm rejects a message whose time is over, while nobody asks for messages.
func natsLateTerm(q queue) (bool, error) {
	_, _, held, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	q.pass(1.3)
	if err := held.reject(); err != nil {
		return false, err
	}
	q.pass(0.1) // a term is answered by nobody
	back, err := again(q)
	return !back, err
}

func natsBackoffReplaces(s server) (bool, error) {
	q, err := s.(*natsServer).made(jetstream.StreamConfig{}, jetstream.ConsumerConfig{AckWait: time.Minute, BackOff: []time.Duration{natsWait}, MaxDeliver: 5})
	if err != nil {
		return false, err
	}
	if _, _, _, err := crew(q, "m1"); err != nil {
		return false, err
	}
	q.pass(1.3)
	return again(q)
}
