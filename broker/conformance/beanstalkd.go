package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

var beanstalk = system{
	is:    "beanstalkd",
	start: startBeanstalk,
	probes: map[string]probe{
		"Redeliver":     {measure: redeliver, scaled: "a time to run of 2 s"},
		"Heartbeat":     {measure: onQueue(heartbeat), scaled: "a time to run of 2 s"},
		"LateAck":       {measure: onQueue(lateAck), scaled: "a time to run of 2 s"},
		"StaleAck":      {measure: onQueue(staleAck), scaled: "a time to run of 2 s"},
		"StaleNack":     {measure: onQueue(staleNack), scaled: "a time to run of 2 s"},
		"Rejects":       {measure: onQueue(rejects), scaled: "a time to run of 2 s"},
		"BadAckCloses":  {measure: onQueue(badAckCloses), scaled: "an ack twice"},
		"MaxDeliveries": {measure: onQueue(maxDeliveries), scaled: fmt.Sprintf("it comes %d times", many)},
		"NackDelay":     {measure: onQueue(nackDelay), scaled: "released with a delay of 0"},
		"Order":         {measure: onQueue(order), scaled: "a time to run of 2 s"},
		"AckUnit":       {measure: onQueue(ackUnit), scaled: "a time to run of 2 s"},
		"Assign":        {measure: onQueue(assign)},
		"DedupWindow":   {measure: onQueue(window)},
	},
	left: map[string]string{
		"Visibility":        "each put names it; 60 s is the choice of client libraries: documentation only",
		"HeartbeatInterval": "there is none: a silent worker has until its time to run is over",
		"AtLimit":           "there is no limit",
		"FreeNacks":         "there is no limit",
		"Backoff":           "a release names its delay",
		"Batch":             "a worker reserves one job at a time",
		"DedupBy":           "there is no window",
	},
	facts: []fact{
		{"a worker that touches its job gets its whole time to run again", holds(beanstalkTouch)},
		{"a buried job stays until somebody kicks it", holds(beanstalkBury)},
	},
}

const beanstalkTTR = 2 * time.Second // what stands for the time to run

// beanstalkServers are the processes that were started, one for each queue: see receive.
type beanstalkServers struct {
	path, dir string
	is        string
	mu        sync.Mutex
	started   []*process
	open      []net.Conn
}

func startBeanstalk(dir string) (server, error) {
	path, err := exec.LookPath("beanstalkd")
	if err != nil {
		return nil, fmt.Errorf("beanstalkd is %w", errNotHere)
	}
	s := &beanstalkServers{path: path, dir: dir}
	first, err := s.queue()
	if err == nil {
		s.is, err = first.(*beanstalkQueue).producer.serverVersion()
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *beanstalkServers) version() string { return s.is }

func (s *beanstalkServers) stop() {
	for _, c := range s.open {
		c.Close()
	}
	for _, p := range s.started {
		p.stop()
	}
}

// queue starts a process with a socket in the folder.
func (s *beanstalkServers) queue() (queue, error) {
	q := &beanstalkQueue{servers: s}
	s.mu.Lock()
	q.socket = filepath.Join(s.dir, strconv.Itoa(len(s.started)))
	p, err := start(nil, s.path, "-l", "unix:"+q.socket)
	if err == nil {
		s.started = append(s.started, p)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for range 100 {
		if q.producer, err = q.dial(); err == nil {
			return q, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, err
}

// beanstalkQueue is the tube of a process that a connection has when it sets none.
type beanstalkQueue struct {
	servers  *beanstalkServers
	socket   string
	producer *beanstalkConsumer
}

func (q *beanstalkQueue) dial() (*beanstalkConsumer, error) {
	conn, err := net.Dial("unix", q.socket)
	if err != nil {
		return nil, err
	}
	q.servers.mu.Lock()
	q.servers.open = append(q.servers.open, conn) // Go would close it when nobody knows it any more
	q.servers.mu.Unlock()
	return &beanstalkConsumer{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (q *beanstalkQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		if _, err := q.producer.told("INSERTED", "put 0 0 %d %d\r\n%s", int(beanstalkTTR/time.Second), len(body), body); err != nil {
			return err
		}
	}
	return nil
}

func (q *beanstalkQueue) consumer() (consumer, error) { return q.dial() }

func (q *beanstalkQueue) pass(share float64) {
	time.Sleep(time.Duration(share * float64(beanstalkTTR)))
}
func (q *beanstalkQueue) soon() time.Duration { return beanstalkTTR * 2 / 5 }

// takeBack lets the time pass, and has the worker say something: see receive.
func (q *beanstalkQueue) takeBack(c consumer) error {
	q.pass(1.1)
	_, err := c.(*beanstalkConsumer).told("USING", "list-tube-used")
	return err
}

// beanstalkConsumer is a connection.
type beanstalkConsumer struct {
	conn net.Conn
	in   *bufio.Reader
	last string // the ID of the job that it has reserved last
}

// told sends a command. It returns what is behind the word that the server should answer
// with; any other answer is an error.
func (c *beanstalkConsumer) told(want, command string, args ...any) (string, error) {
	answer, err := c.ask(command, args...)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnclear, err)
	}
	word, rest, _ := strings.Cut(answer, " ")
	if word != want {
		return "", fmt.Errorf("%s: want %s", answer, want)
	}
	return rest, nil
}

func (c *beanstalkConsumer) ask(command string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(c.conn, command+"\r\n", args...); err != nil {
		return "", err
	}
	line, err := c.in.ReadString('\n')
	return strings.TrimSuffix(line, "\r\n"), err
}

// data reads what follows an answer that ends with its length.
func (c *beanstalkConsumer) data(answer string) (string, error) {
	n, err := strconv.Atoi(answer[strings.LastIndex(answer, " ")+1:])
	if err != nil {
		return "", err
	}
	body := make([]byte, n+len("\r\n"))
	_, err = io.ReadFull(c.in, body)
	return string(body[:n]), err
}

func (c *beanstalkConsumer) serverVersion() (string, error) {
	answer, err := c.told("OK", "stats")
	if err != nil {
		return "", err
	}
	stats, err := c.data(answer)
	_, rest, found := strings.Cut(stats, "\nversion: ")
	if !found {
		return "", errors.Join(err, errors.New("the server does not say its version"))
	}
	is, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(is, `"`), err
}

func (c *beanstalkConsumer) vanish() error { return c.conn.Close() }

// receive asks again and again. Nobody may do that while the time of a job ends: then 1.12
// mostly leaves the job with its worker, until that says something (beanstalkd issue 380;
// measured with nothing but a reserve and a peek every 20 ms). So each queue has a process
// of its own, in which nothing happens while time passes.
func (c *beanstalkConsumer) receive(within time.Duration) (*delivery, error) {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		ready, err := c.ask("peek-ready")
		if err != nil {
			return nil, err
		}
		if ready != "NOT_FOUND" {
			if _, err := c.data(ready); err != nil {
				return nil, err
			}
			answer, err := c.told("RESERVED", "reserve")
			if err != nil {
				return nil, err
			}
			return c.reserved(answer)
		}
		if time.Now().After(end) {
			return nil, nil
		}
	}
}

func (c *beanstalkConsumer) reserved(answer string) (*delivery, error) {
	body, err := c.data(answer)
	id, _, _ := strings.Cut(answer, " ")
	c.last = id
	tells := func(want, command string) func() error {
		return func() error {
			_, err := c.told(want, command, id)
			return err
		}
	}
	return &delivery{body: body, ack: tells("DELETED", "delete %s"), nack: tells("RELEASED", "release %s 0 0"), reject: tells("BURIED", "bury %s 0"), extend: tells("TOUCHED", "touch %s")}, err
}

func beanstalkTouch(q queue) (bool, error) {
	_, two, held, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	q.pass(0.7)
	if err := held.extend(); err != nil {
		return false, err
	}
	q.pass(0.4) // 1.1 of its first time to run, and 0.4 of its second
	_, early, err := comes(two, q)
	return !early, err
}

func beanstalkBury(q queue) (bool, error) {
	one, two, _, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	c := one.(*beanstalkConsumer)
	if _, err := c.told("BURIED", "bury %s 0", c.last); err != nil {
		return false, err
	}
	if err := one.vanish(); err != nil {
		return false, err
	}
	q.pass(1.1)
	if _, early, err := comes(two, q); err != nil || early {
		return false, err
	}
	if _, err := two.(*beanstalkConsumer).told("KICKED", "kick 1"); err != nil {
		return false, err
	}
	_, err = received(two, q)
	return err == nil, err
}
