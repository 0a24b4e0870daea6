package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
)

// server is a broker that runs here.
type server interface {
	version() string
	// queue makes a new queue, with a visibility timeout of a second or two where it has one.
	queue() (queue, error)
	stop()
}

// queue is one queue of a server.
type queue interface {
	publish(bodies ...string) error
	// consumer connects another consumer.
	consumer() (consumer, error)
	// pass lets that share of the visibility timeout pass.
	pass(share float64)
	// takeBack makes the queue take back what a consumer holds, as a real one would: its
	// time passes or, where there is none, its channel closes.
	takeBack(consumer) error
	// soon is how long a message that is due may take, and less than the visibility timeout.
	soon() time.Duration
}

// consumer is one that takes messages from a queue.
type consumer interface {
	// receive returns the next delivery, or nil if none comes in that time.
	receive(within time.Duration) (*delivery, error)
	// vanish closes its connection while it holds what it holds.
	vanish() error
}

// delivery is a message in the hands of a consumer.
type delivery struct {
	body string
	ack  func() error // its error means that the broker refuses it, or is errUnclear
	nack func() error
	// reject says that the message must never come again, where a broker knows that.
	reject func() error
	// extend asks for more time, where a broker knows that.
	extend func() error
}

// errUnclear is the error of an ack that came to nothing for another reason.
var errUnclear = errors.New("neither taken nor refused")

// These ask any queue the questions that the fields of a profile answer. Each returns what
// the profile would print.

// onQueue asks a question of a new queue.
func onQueue(ask func(queue) (string, error)) func(server) (string, error) {
	return func(s server) (string, error) {
		q, err := s.queue()
		if err != nil {
			return "", fmt.Errorf("cannot make a queue: %w", err)
		}
		return ask(q)
	}
}

// crew returns two consumers, after publishing. The first has received the first message.
func crew(q queue, bodies ...string) (one, two consumer, held *delivery, err error) {
	if err = q.publish(bodies...); err != nil {
		return
	}
	if one, err = q.consumer(); err != nil {
		return
	}
	if held, err = received(one, q); err != nil {
		return
	}
	two, err = q.consumer()
	return
}

// received is receive where a message is due.
func received(c consumer, q queue) (*delivery, error) {
	d, err := c.receive(q.soon() + 2*time.Second)
	if err == nil && d == nil {
		err = errors.New("a message that is due does not come")
	}
	return d, err
}

// comes reports whether a consumer receives something, and what.
func comes(c consumer, q queue) (string, bool, error) {
	d, err := c.receive(q.soon())
	if d == nil || err != nil {
		return "", false, err
	}
	return d.body, true, nil
}

// redeliver asks what brings back a message from a consumer that lives and says nothing,
// and from one whose connection closes.
func redeliver(s server) (string, error) {
	var by broker.Trigger
	for _, t := range []struct {
		trigger broker.Trigger
		happens func(queue, consumer) error
	}{
		{broker.OnTimer, func(q queue, _ consumer) error { q.pass(1.3); return nil }},
		{broker.OnDisconnect, func(_ queue, c consumer) error { return c.vanish() }},
	} {
		back, err := onQueue(func(q queue) (string, error) {
			one, two, _, err := crew(q, "m1")
			if err != nil {
				return "", err
			}
			if err := t.happens(q, one); err != nil {
				return "", err
			}
			body, _, err := comes(two, q)
			return body, err
		})(s)
		if err != nil {
			return "", err
		}
		if back != "" {
			by |= t.trigger
		}
	}
	return by.String(), nil
}

// noTimer returns 0 if a message does not come back from a consumer that lives.
func noTimer(s server) (string, error) {
	by, err := redeliver(s)
	if strings.Contains(by, broker.OnTimer.String()) {
		return "some", err
	}
	return time.Duration(0).String(), err
}

// heartbeat asks whether a client keeps its message by living.
func heartbeat(q queue) (string, error) {
	_, two, _, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	q.pass(1.3)
	_, back, err := comes(two, q)
	return strconv.FormatBool(!back), err
}

// lateAck asks what an ack does that comes after its time, while nobody else has the message.
func lateAck(q queue) (string, error) {
	one, two, held, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if err := q.takeBack(one); err != nil {
		return "", err
	}
	refused := held.ack()
	_, back, err := comes(two, q)
	return answer(refused, back, err)
}

// staleAck asks the same while somebody else has the message, who then lets it go.
func staleAck(q queue) (string, error) {
	one, two, held, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if err := q.takeBack(one); err != nil {
		return "", err
	}
	if _, err := received(two, q); err != nil {
		return "", err
	}
	refused := held.ack()
	if err := q.takeBack(two); err != nil {
		return "", err
	}
	third, err := q.consumer()
	if err != nil {
		return "", err
	}
	_, back, err := comes(third, q)
	return answer(refused, back, err)
}

// staleNack asks what a nack does while somebody else has the message. One that is refused
// does nothing.
func staleNack(q queue) (string, error) {
	held, err := replaced(q)
	if err != nil {
		return "", err
	}
	refused := held.nack()
	if errors.Is(refused, errUnclear) {
		return "", refused
	}
	taken, err := again(q)
	if taken {
		return broker.Accepted.String(), err
	}
	return broker.Ignored.String(), err
}

// rejects asks whether a consumer can say that its message must never come again.
func rejects(q queue) (string, error) {
	one, _, held, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if err := held.reject(); err != nil {
		return "", err
	}
	if err := q.takeBack(one); err != nil {
		return "", err
	}
	back, err := again(q)
	return strconv.FormatBool(!back), err
}

// badAckCloses asks whether an ack that is sent twice gives back what else its consumer holds.
func badAckCloses(q queue) (string, error) {
	one, two, held, err := crew(q, "m1", "m2")
	if err != nil {
		return "", err
	}
	if _, err := received(one, q); err != nil {
		return "", err
	}
	if err := held.ack(); err != nil {
		return "", err
	}
	if again := held.ack(); errors.Is(again, errUnclear) {
		return "", again
	}
	_, back, err := comes(two, q)
	return strconv.FormatBool(back), err
}

// answer is what an ack was answered with, and whether its message came back all the same.
func answer(refused error, back bool, err error) (string, error) {
	rule := broker.Accepted
	switch {
	case errors.Is(refused, errUnclear):
		return "", refused
	case refused != nil:
		rule = broker.Rejected
	case back:
		rule = broker.Ignored
	}
	return rule.String(), err
}

// many deliveries without an end are taken for no limit.
const many = 30

// maxDeliveries asks after how many deliveries a message that is given back each time
// comes no more.
func maxDeliveries(q queue) (string, error) {
	if err := q.publish("m1"); err != nil {
		return "", err
	}
	c, err := q.consumer()
	if err != nil {
		return "", err
	}
	for n := range many {
		d, err := c.receive(q.soon())
		if err != nil {
			return "", err
		}
		if d == nil {
			return strconv.Itoa(n), nil
		}
		if err := d.nack(); err != nil {
			return "", err
		}
	}
	return "0", nil
}

// freeNacks asks, where there is a limit, whether nacks leave it alone.
func freeNacks(q queue) (string, error) {
	n, err := maxDeliveries(q)
	return strconv.FormatBool(n == "0"), err
}

// nackDelay asks whether a message that is given back comes at once.
func nackDelay(q queue) (string, error) {
	_, two, held, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	if err := held.nack(); err != nil {
		return "", err
	}
	if _, back, err := comes(two, q); err != nil || !back {
		return "later", err
	}
	return time.Duration(0).String(), nil
}

// order asks whether a message waits for the one before it, and whether one that comes
// back takes along what was after it and is done.
func order(q queue) (string, error) {
	one, two, _, err := crew(q, "m1", "m2")
	if err != nil {
		return "", err
	}
	d, err := two.receive(q.soon())
	switch {
	case err != nil:
		return "", err
	case d == nil:
		return broker.GroupOrder.String(), nil
	}
	if err := d.ack(); err != nil {
		return "", err
	}
	if err := q.takeBack(one); err != nil {
		return "", err
	}
	third, err := q.consumer()
	if err != nil {
		return "", err
	}
	bodies, err := rest(third, q)
	if len(bodies) > 1 {
		return broker.PartitionOrder.String(), err
	}
	return broker.NoOrder.String(), err
}

// ackUnit asks what comes back after the last of three was acked.
func ackUnit(q queue) (string, error) {
	one, two, _, err := crew(q, "m1", "m2", "m3")
	if err != nil {
		return "", err
	}
	var last *delivery
	for range 2 {
		if last, err = received(one, q); err != nil {
			return "", err
		}
	}
	if err := last.ack(); err != nil {
		return "", err
	}
	if err := q.takeBack(one); err != nil {
		return "", err
	}
	bodies, err := rest(two, q)
	switch {
	case err != nil:
		return "", err
	case len(bodies) == 2:
		return broker.AckEach.String(), nil
	case len(bodies) == 0:
		return broker.AckCumulative.String(), nil
	}
	return "", fmt.Errorf("%q came back after the ack of the third of three", bodies)
}

// rest receives all that comes.
func rest(c consumer, q queue) ([]string, error) {
	var bodies []string
	for {
		body, more, err := comes(c, q)
		if err != nil || !more || len(bodies) == many {
			return bodies, err
		}
		bodies = append(bodies, body)
	}
}

// assign asks whether two consumers share what is there.
func assign(q queue) (string, error) {
	_, two, _, err := crew(q, "m1", "m2")
	if err != nil {
		return "", err
	}
	if _, shared, err := comes(two, q); err != nil || !shared {
		return broker.OwnerWorker.String(), err
	}
	return broker.AnyWorker.String(), nil
}

// window sends one message twice, as a client does that sets nothing, and asks whether
// both come.
func window(q queue) (string, error) {
	if err := q.publish("m1", "m1"); err != nil {
		return "", err
	}
	c, err := q.consumer()
	if err != nil {
		return "", err
	}
	bodies, err := rest(c, q)
	if len(bodies) == 2 {
		return time.Duration(0).String(), err
	}
	return "some", err
}

// holds asks a question of a new queue that has one answer.
func holds(ask func(queue) (bool, error)) func(server) (bool, error) {
	return func(s server) (bool, error) {
		q, err := s.queue()
		if err != nil {
			return false, fmt.Errorf("cannot make a queue: %w", err)
		}
		return ask(q)
	}
}

// replaced returns the delivery of a consumer whose message another one holds by now.
func replaced(q queue) (*delivery, error) {
	one, two, held, err := crew(q, "m1")
	if err != nil {
		return nil, err
	}
	if err := q.takeBack(one); err != nil {
		return nil, err
	}
	_, err = received(two, q)
	return held, err
}

// again reports whether the message comes to a third consumer.
func again(q queue) (bool, error) {
	third, err := q.consumer()
	if err != nil {
		return false, err
	}
	_, back, err := comes(third, q)
	return back, err
}
