package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"dejavu/broker"
)

var rabbitMQ = system{
	is:    "rabbitmq-server",
	start: startRabbit,
	probes: map[string]probe{
		"Redeliver":         {measure: redeliver, scaled: "silent for 2 s on a live connection"},
		"Visibility":        {measure: noTimer, scaled: "silent for 2 s on a live connection"},
		"HeartbeatInterval": {measure: rabbitHeartbeat, scaled: "as the server proposes it; that 3 missed ones end a connection, with 1 s"},
		"ConsumerTimeout":   {measure: rabbitConsumerTimeout, scaled: "as the node is set; that it takes a message away, with 2 s on a second node"},
		"LateAck":           {measure: onQueue(lateAck), scaled: "on the channel that is opened after the one that was closed"},
		"StaleAck":          {measure: onQueue(staleAck), scaled: "on the channel that is opened after the one that was closed"},
		"StaleNack":         {measure: onQueue(staleNack), scaled: "on the channel that is opened after the one that was closed"},
		"Rejects":           {measure: onQueue(rejects), scaled: "by basic.reject without requeue"},
		"BadAckCloses":      {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"MaxDeliveries":     {measure: rabbitLimit, scaled: "by closing the channel; before 4.0 with a limit of 20 set, which is the default since"},
		"AtLimit":           {measure: rabbitAtLimit, scaled: "after a limit of 1"},
		"FreeNacks":         {measure: rabbitFreeNacks, scaled: "by basic.reject; before 4.0 with a limit of 20 set"},
		"NackDelay":         {measure: onQueue(nackDelay)},
		"Order":             {measure: onQueue(order)},
		"AckUnit":           {measure: onQueue(ackUnit), scaled: "without the flag multiple"},
		"Assign":            {measure: onQueue(assign)},
		"DedupWindow":       {measure: onQueue(window)},
	},
	left: map[string]string{
		"Heartbeat": "it extends a timeout, and there is none",
		"Backoff":   "there is none",
		"Batch":     "a consumer says how many it wants (prefetch)",
		"DedupBy":   "there is no window",
	},
}

// rabbitServer is a node in a folder of its own.
type rabbitServer struct {
	dir     string
	env     []string
	mapper  *process // epmd, through which Erlang's nodes find each other
	process *process
	url     string
	is      string
	number  atomic.Int64
	mu      sync.Mutex
	open    []*amqp.Connection
}

func startRabbit(dir string) (server, error) {
	s, err := startNode(dir, "")
	if err != nil {
		return nil, err
	}
	return s, nil
}

const rabbitName = "conformance@localhost" // each node has a mapper of its own, so all can have it

// rabbitProgram returns the path of one of RabbitMQ's programs. Those on the PATH of Debian
// change to a user who may not write here.
func rabbitProgram(name string) (string, error) {
	if plain := "/usr/lib/rabbitmq/bin/" + name; exists(plain) {
		return plain, nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is %w", name, errNotHere)
	}
	return path, nil
}

// startNode starts a node with arguments for Erlang, such as "-rabbit NAME VALUE".
func startNode(dir, args string) (*rabbitServer, error) {
	path, err := rabbitProgram("rabbitmq-server")
	if err != nil {
		return nil, err
	}
	epmd, err := exec.LookPath("epmd")
	if err != nil {
		return nil, fmt.Errorf("epmd, of Erlang, is %w", errNotHere)
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "plugins"), []byte("[].\n"), 0o600); err != nil {
		return nil, err
	}
	s := &rabbitServer{dir: dir, url: "amqp://guest:guest@127.0.0.1:" + ports[0] + "/"}
	none := filepath.Join(dir, "none")
	s.env = append(os.Environ(), "HOME="+dir, "RABBITMQ_MNESIA_BASE="+dir, "RABBITMQ_LOG_BASE="+dir, "RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(dir, "plugins"),
		"RABBITMQ_NODENAME="+rabbitName, "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT="+ports[0], "RABBITMQ_DIST_PORT="+ports[1],
		"ERL_EPMD_PORT="+ports[2], "ERL_EPMD_ADDRESS=127.0.0.1", "RABBITMQ_CONF_ENV_FILE="+none, "RABBITMQ_CONFIG_FILE="+none,
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+args)
	// Erlang would start the mapper itself, and leave it behind.
	if s.mapper, err = start(s.env, epmd); err != nil {
		return nil, err
	}
	if s.process, err = start(s.env, path); err != nil {
		s.mapper.stop()
		return nil, err
	}
	if err := s.wait(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// wait waits for the node to answer, a minute at most.
func (s *rabbitServer) wait() error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(300 * time.Millisecond) {
		conn, err := s.dial(amqp.Config{Heartbeat: 10 * time.Second})
		if err == nil {
			s.is, _ = conn.Properties["version"].(string)
			return nil
		}
		select {
		case end := <-s.process.gone:
			s.process.gone <- end
			return fmt.Errorf("rabbitmq-server ended while it started: %w", end)
		default:
		}
		if time.Now().After(end) {
			return err
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// freePorts returns ports that nobody listens on.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}

func (s *rabbitServer) version() string { return s.is }

func (s *rabbitServer) stop() {
	for _, c := range s.open {
		c.Close()
	}
	s.process.stop()
	s.mapper.stop()
}

func (s *rabbitServer) dial(c amqp.Config) (*amqp.Connection, error) {
	conn, err := amqp.DialConfig(s.url, c)
	if err == nil {
		s.mu.Lock()
		s.open = append(s.open, conn)
		s.mu.Unlock()
	}
	return conn, err
}

func (s *rabbitServer) queue() (queue, error) { return s.limited(nil) }

// limited is a quorum queue with arguments.
func (s *rabbitServer) limited(args amqp.Table) (*rabbitQueue, error) {
	conn, err := s.dial(amqp.Config{Heartbeat: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	q := &rabbitQueue{server: s, name: "q" + strconv.FormatInt(s.number.Add(1), 10)}
	if q.channel, err = conn.Channel(); err != nil {
		return nil, err
	}
	all := amqp.Table{"x-queue-type": "quorum"}
	for name, value := range args { // order does not matter: a table has none
		all[name] = value
	}
	_, err = q.channel.QueueDeclare(q.name, true, false, false, false, all)
	return q, errors.Join(err, q.channel.Confirm(false))
}

// rabbitQueue is a quorum queue.
type rabbitQueue struct {
	server  *rabbitServer
	channel *amqp.Channel
	name    string
}

func (q *rabbitQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		sent, err := q.channel.PublishWithDeferredConfirm("", q.name, false, false, amqp.Publishing{Body: []byte(body), MessageId: body})
		if err != nil {
			return err
		}
		sent.Wait()
	}
	return nil
}

func (q *rabbitQueue) consumer() (consumer, error) {
	conn, err := q.server.dial(amqp.Config{Heartbeat: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	c := &rabbitConsumer{q: q, conn: conn}
	return c, c.open()
}

func (q *rabbitQueue) pass(share float64) {
	time.Sleep(time.Duration(share * float64(1500*time.Millisecond)))
}
func (q *rabbitQueue) soon() time.Duration { return 600 * time.Millisecond }

// takeBack closes the channel of the consumer, and opens another one: as after a lost
// connection, when the consumer connects again.
func (q *rabbitQueue) takeBack(c consumer) error {
	holder := c.(*rabbitConsumer)
	return errors.Join(holder.channel.Close(), holder.open())
}

// rabbitConsumer gets one message after the other, without a prefetch.
type rabbitConsumer struct {
	q       *rabbitQueue
	conn    *amqp.Connection
	channel *amqp.Channel
	closed  chan *amqp.Error
}

func (c *rabbitConsumer) open() error {
	var err error
	if c.channel, err = c.conn.Channel(); err == nil {
		c.closed = c.channel.NotifyClose(make(chan *amqp.Error, 1))
	}
	return err
}

func (c *rabbitConsumer) vanish() error { return c.conn.Close() }

func (c *rabbitConsumer) receive(within time.Duration) (*delivery, error) {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		m, ok, err := c.channel.Get(c.q.name, false)
		if err != nil {
			return nil, err
		}
		if ok {
			return &delivery{
				body:   string(m.Body),
				ack:    func() error { return c.told(c.channel.Ack(m.DeliveryTag, false)) },
				nack:   func() error { return c.told(c.channel.Reject(m.DeliveryTag, true)) }, // a basic.nack counts no more since 4.3
				reject: func() error { return c.told(c.channel.Reject(m.DeliveryTag, false)) },
			}, nil
		}
		if time.Now().After(end) {
			return nil, nil
		}
	}
}

// told waits for the channel error with which a server refuses an ack: a channel that
// answers the next call was not closed.
func (c *rabbitConsumer) told(err error) error {
	if err != nil {
		return err
	}
	if _, err := c.channel.QueueDeclarePassive(c.q.name, true, false, false, false, nil); err == nil {
		return nil
	}
	if why := <-c.closed; why != nil {
		return why
	}
	return errors.New("the channel is closed")
}

// tapped is a connection that can be looked at, and stopped: then it sends nothing, as
// that of a client whose process is frozen.
type tapped struct {
	net.Conn
	stopped atomic.Bool
	mu      sync.Mutex
	heard   bytes.Buffer
}

func (t *tapped) Write(b []byte) (int, error) {
	if t.stopped.Load() {
		return len(b), nil
	}
	return t.Conn.Write(b)
}

func (t *tapped) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard.Write(b[:n])
	return n, err
}

// proposed returns the heartbeat interval that the server proposed: the last field of its
// method connection.tune (class 10, method 30), after the limits of channels and frames.
func (t *tapped) proposed() (time.Duration, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, after, found := bytes.Cut(t.heard.Bytes(), []byte{1, 0, 0, 0, 0, 0, 12, 0, 10, 0, 30})
	if !found || len(after) < 8 {
		return 0, errors.New("the server proposes no heartbeat")
	}
	return time.Duration(binary.BigEndian.Uint16(after[6:8])) * time.Second, nil
}

// rabbitHeartbeat returns the interval that the server proposes, if a client that is
// frozen loses its message after three of them.
func rabbitHeartbeat(s server) (string, error) {
	q, err := s.(*rabbitServer).limited(nil)
	if err != nil {
		return "", err
	}
	tap := &tapped{}
	conn, err := s.(*rabbitServer).dial(amqp.Config{Heartbeat: time.Second, Dial: func(network, addr string) (net.Conn, error) {
		var err error
		tap.Conn, err = net.Dial(network, addr)
		return tap, err
	}})
	if err != nil {
		return "", err
	}
	interval, err := tap.proposed()
	if err != nil {
		return "", err
	}
	one := &rabbitConsumer{q: q, conn: conn}
	if err := errors.Join(one.open(), q.publish("m1")); err != nil {
		return "", err
	}
	if _, err := received(one, q); err != nil {
		return "", err
	}
	two, err := q.consumer()
	if err != nil {
		return "", err
	}
	tap.stopped.Store(true)
	began := time.Now()
	if d, err := two.receive(6 * time.Second); d == nil || err != nil {
		return "", errors.Join(err, errors.New("a frozen consumer keeps its message for 6 intervals"))
	}
	if after := time.Since(began); after < 1500*time.Millisecond {
		return "", fmt.Errorf("a frozen consumer loses its message after %v, at an interval of 1 s", after)
	}
	return interval.String(), nil
}

// likeToday returns a queue with the delivery limit that is the default since 4.0.
func (s *rabbitServer) likeToday() (*rabbitQueue, error) {
	if major, _, _ := strings.Cut(s.is, "."); major == "3" {
		return s.limited(amqp.Table{"x-delivery-limit": 20})
	}
	return s.limited(nil)
}

func rabbitFreeNacks(s server) (string, error) {
	q, err := s.(*rabbitServer).likeToday()
	if err != nil {
		return "", err
	}
	return freeNacks(q)
}

// rabbitLimit counts deliveries that end with a closed channel.
func rabbitLimit(s server) (string, error) {
	q, err := s.(*rabbitServer).likeToday()
	if err != nil {
		return "", err
	}
	n, err := rabbitCrashes(q)
	return strconv.Itoa(n), err
}

func rabbitCrashes(q *rabbitQueue) (int, error) {
	if err := q.publish("m1"); err != nil {
		return 0, err
	}
	c, err := q.consumer()
	if err != nil {
		return 0, err
	}
	for n := range many {
		d, err := c.receive(q.soon())
		if d == nil || err != nil {
			return n, err
		}
		if err := q.takeBack(c); err != nil {
			return n, err
		}
	}
	return 0, nil
}

// rabbitAtLimit looks whether a message over its limit is anywhere.
func rabbitAtLimit(s server) (string, error) {
	q, err := s.(*rabbitServer).limited(amqp.Table{"x-delivery-limit": 1})
	if err != nil {
		return "", err
	}
	if _, err := rabbitCrashes(q); err != nil {
		return "", err
	}
	is, err := q.channel.QueueDeclarePassive(q.name, true, false, false, false, nil)
	if is.Messages > 0 {
		return "kept", err
	}
	return broker.Drop.String(), err
}

// rabbitConsumerTimeout returns consumer_timeout as the node has it, if on a node with a
// short one a consumer that lives and says nothing loses its message.
func rabbitConsumerTimeout(s server) (string, error) {
	node := s.(*rabbitServer)
	is, err := node.setting("consumer_timeout")
	if err != nil {
		return "", err
	}
	milliseconds, err := strconv.ParseInt(is, 10, 64)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(node.dir, "second")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	// the node looks once in each tick, which is a minute unless set
	second, err := startNode(dir, "-rabbit consumer_timeout 2000 -rabbit channel_tick_interval 500")
	if err != nil {
		return "", err
	}
	defer second.stop()
	q, err := second.limited(nil)
	if err != nil {
		return "", err
	}
	began := time.Now()
	_, two, _, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if d, err := two.receive(15 * time.Second); d == nil || err != nil {
		return "", errors.Join(err, errors.New("a consumer keeps its message for 15 s"))
	}
	if after := time.Since(began); after < 2*time.Second {
		return "", fmt.Errorf("a consumer loses its message after %v", after)
	}
	return (time.Duration(milliseconds) * time.Millisecond).String(), nil
}

// setting returns what the node has for a setting of its application rabbit.
func (s *rabbitServer) setting(name string) (string, error) {
	path, err := rabbitProgram("rabbitmqctl")
	if err != nil {
		return "", err
	}
	command := exec.Command(path, "-n", rabbitName, "eval", "element(2, application:get_env(rabbit, "+name+")).")
	command.Env = s.env
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("rabbitmqctl: %w\n%s", err, said)
	}
	return strings.TrimSpace(string(said)), nil
}
