package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

var redisStreams = system{
	is:    "redis-server",
	start: startRedis,
	probes: map[string]probe{
		"Redeliver":     {measure: redeliver, scaled: "claimed after 2 s idle"},
		"Heartbeat":     {measure: onQueue(heartbeat), scaled: "claimed after 2 s idle"},
		"LateAck":       {measure: onQueue(lateAck), scaled: "claimed after 2 s idle"},
		"StaleAck":      {measure: onQueue(staleAck), scaled: "claimed after 2 s idle"},
		"BadAckCloses":  {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"Resumes":       {measure: onQueue(redisResumes), scaled: "reads from ID 0, under its old name"},
		"MaxDeliveries": {measure: onQueue(redisMaxDeliveries), scaled: fmt.Sprintf("claimed %d times, at once", many)},
		"Order":         {measure: onQueue(order), scaled: "claimed after 2 s idle"},
		"AckUnit":       {measure: onQueue(ackUnit), scaled: "claimed after 2 s idle"},
		"Assign":        {measure: onQueue(assign)},
		"DedupWindow":   {measure: onQueue(window)},
	},
	left: map[string]string{
		"Visibility":        "the application's choice: the server has no default",
		"StaleNack":         "there is no nack before 8.8",
		"FreeNacks":         "there is no limit",
		"NackDelay":         "there is no nack before 8.8: it is the idle time again",
		"Backoff":           "there is none",
		"HeartbeatInterval": "goes with a redelivery on disconnect",
		"AtLimit":           "there is no limit",
		"Batch":             "a consumer asks for as many as it wants",
		"DedupBy":           "there is no window",
	},
	facts: []fact{
		{"an ack of a consumer that never had the entry counts", holds(redisAnyAck)},
	},
}

const redisIdle = 2 * time.Second // what stands for the idle time

// redisServer is a process with a socket in its folder.
type redisServer struct {
	process *process
	client  *redis.Client
	socket  string
	is      string
	number  atomic.Int64
}

func startRedis(dir string) (server, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server is %w", errNotHere)
	}
	s := &redisServer{socket: filepath.Join(dir, "redis.sock")}
	if s.process, err = start(nil, path, "--port", "0", "--unixsocket", s.socket, "--save", "", "--appendonly", "no", "--dir", dir); err != nil {
		return nil, err
	}
	for range 100 {
		if _, err = os.Stat(s.socket); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.client = redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket})
	if err == nil {
		s.is, err = redisVersion(s.client)
	}
	if err != nil {
		s.stop()
	}
	return s, err
}

func redisVersion(c *redis.Client) (string, error) {
	info, err := c.Info(context.Background(), "server").Result()
	_, rest, _ := strings.Cut(info, "redis_version:")
	is, _, _ := strings.Cut(rest, "\r\n")
	return is, err
}

func (s *redisServer) version() string { return s.is }

func (s *redisServer) stop() {
	s.client.Close()
	s.process.stop()
}

func (s *redisServer) queue() (queue, error) {
	q := &redisQueue{server: s, stream: "q" + strconv.FormatInt(s.number.Add(1), 10)}
	return q, s.client.XGroupCreateMkStream(context.Background(), q.stream, "workers", "0").Err()
}

// redisQueue is a stream with a group.
type redisQueue struct {
	server *redisServer
	stream string
	number int
	idle   time.Duration // how long an entry must be idle to be claimed; 0: redisIdle
}

func (q *redisQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		if err := q.server.client.XAdd(context.Background(), &redis.XAddArgs{Stream: q.stream, Values: []string{"body", body}}).Err(); err != nil {
			return err
		}
	}
	return nil
}

func (q *redisQueue) consumer() (consumer, error) {
	q.number++
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: q.server.socket})
	return &redisConsumer{q: q, client: client, name: "c" + strconv.Itoa(q.number)}, client.Ping(context.Background()).Err()
}

func (q *redisQueue) pass(share float64)      { time.Sleep(time.Duration(share * float64(redisIdle))) }
func (q *redisQueue) takeBack(consumer) error { q.pass(1.1); return nil }
func (q *redisQueue) soon() time.Duration     { return redisIdle * 2 / 5 }

// redisConsumer reads what is new, and claims what is idle if nothing is.
type redisConsumer struct {
	q      *redisQueue
	client *redis.Client
	name   string
}

func (c *redisConsumer) vanish() error { return c.client.Close() }

func (c *redisConsumer) receive(within time.Duration) (*delivery, error) {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		m, err := c.next()
		if err != nil {
			return nil, err
		}
		if m != nil {
			return &delivery{body: fmt.Sprint(m.Values["body"]), ack: func() error { return c.ack(m.ID) }}, nil
		}
		if time.Now().After(end) {
			return nil, nil
		}
	}
}

func (c *redisConsumer) next() (*redis.XMessage, error) {
	fresh, err := c.client.XReadGroup(context.Background(), &redis.XReadGroupArgs{Group: "workers", Consumer: c.name, Streams: []string{c.q.stream, ">"}, Count: 1, Block: -1}).Result()
	if err == nil {
		return &fresh[0].Messages[0], nil
	}
	if !errors.Is(err, redis.Nil) {
		return nil, err
	}
	idle := redisIdle
	if c.q.idle > 0 {
		idle = c.q.idle
	}
	claimed, _, err := c.client.XAutoClaim(context.Background(), &redis.XAutoClaimArgs{Stream: c.q.stream, Group: "workers", Consumer: c.name, MinIdle: idle, Start: "0", Count: 1}).Result()
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	return &claimed[0], nil
}

// ack is refused by nobody: the answer is a number, 0 if nothing was pending.
func (c *redisConsumer) ack(id string) error {
	return c.client.XAck(context.Background(), c.q.stream, "workers", id).Err()
}

// redisMaxDeliveries has a message claimed again and again.
func redisMaxDeliveries(q queue) (string, error) {
	q.(*redisQueue).idle = time.Millisecond
	if err := q.publish("m1"); err != nil {
		return "", err
	}
	c, err := q.consumer()
	if err != nil {
		return "", err
	}
	for n := range many {
		if _, came, err := comes(c, q); err != nil || !came {
			return strconv.Itoa(n), err
		}
	}
	return "0", nil
}

// redisResumes reads what is pending for a name, as a consumer does that has restarted.
func redisResumes(q queue) (string, error) {
	one, _, _, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if err := one.vanish(); err != nil {
		return "", err
	}
	restarted, err := q.consumer()
	if err != nil {
		return "", err
	}
	c := restarted.(*redisConsumer)
	got, err := c.client.XReadGroup(context.Background(), &redis.XReadGroupArgs{Group: "workers", Consumer: one.(*redisConsumer).name, Streams: []string{c.q.stream, "0"}, Count: 1, Block: -1}).Result()
	return strconv.FormatBool(err == nil && len(got[0].Messages) == 1), err
}

func redisAnyAck(q queue) (bool, error) {
	one, two, _, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	c := one.(*redisConsumer)
	pending, err := c.client.XPendingExt(context.Background(), &redis.XPendingExtArgs{Stream: c.q.stream, Group: "workers", Start: "-", End: "+", Count: 1}).Result()
	if err != nil || len(pending) != 1 {
		return false, err
	}
	if err := two.(*redisConsumer).ack(pending[0].ID); err != nil {
		return false, err
	}
	q.pass(1.1)
	back, err := again(q)
	return !back, err
}
