package handler

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Message is a message that is sent, and what a handler is handed.
type Message struct {
	// ID is the message ID, one per publish: m1, m2 and so on.
	ID string
	// Key is the business key, one per thing owed: order-1, order-2 and so on. Two
	// messages with one key are about the same thing.
	Key string
	// Body is the payload, as the handler decodes it: "order 1", "order 2" and so on.
	Body string
	// Group is what order is kept within, the message group or partition key: a group
	// for each message.
	Group string
	// Customer is who pays, gets the mail or waits for the goods: Ann, Ben and so on.
	Customer string
	// Seq is the producer's sequence number: the place among the messages of its group,
	// from 1.
	Seq int
	// Amount is what the customer owes, in cents.
	Amount int64
	// Owes is the ID of an earlier message whose debt this one stands for, such as the same
	// order by a second door: both together are to take effect once. What is left out of key,
	// body, group, customer and amount is as in that one.
	Owes string
	// Headers are what a message carries besides. Only a handler of your own reads them.
	Headers map[string]string
	// Delivery is which delivery of the message a handler of your own was handed, from 1.
	Delivery int
}

// HandlerFunc is the handler under test. Returning nil acks the message, returning an
// error nacks it.
type HandlerFunc func(ctx context.Context, m Message) error

// Factory starts a worker process: everything that it makes dies with a crash.
type Factory func(env *Env) HandlerFunc

// Watch is a piece of state that a report shows where it changes.
type Watch struct {
	Name string
	See  func() string
}

// QueueRules is what a broker does with a delivery.
type QueueRules struct {
	Name string
	// MaxDeliveries is after how many deliveries a message is given up: it goes to the
	// dead-letter queue. 0 means that it would be delivered for ever.
	MaxDeliveries int
	// Ordered says that a message which returns comes before those behind it.
	Ordered bool
	// StaleAckCounts says that the ack of a delivery settles the message though it
	// has been handed out again.
	StaleAckCounts bool
}

// Trial are what is tried, what must hold, and the bounds. Zero values mean the defaults.
type Trial struct {
	Messages []Message
	Queue    QueueRules
	Fresh    func() error // makes the world as new, before every schedule
	Holds    func() error // the property, at the end of every schedule
	Watches  []Watch
	Expire   func() error // makes the leases old

	Faults   int           // at most so many in one schedule; -1 means none
	Switches int           // at most so many switches; -1 means none
	Runs     int           // at most so many schedules
	Time     time.Duration // at most so long
	Hang     time.Duration // how long anything may take before it is called stuck
	Ignore   []string      // places at which nothing strikes: a part of their text or name
	Without  []Trouble     // faults that are not tried
	Kept     []string      // plans that are tried first
	All      bool          // go on after the first counterexample, to count

	// Outside runs a function outside of the bubble in which the search runs, and says
	// that there is one; nil means that there is none. See [Bubble].
	Outside func(func())
}

// The defaults of Trial.
const (
	DefaultFaults   = 2
	DefaultSwitches = 1
	DefaultRuns     = 20_000
	DefaultTime     = 30 * time.Second
	DefaultHang     = 10 * time.Second

	maxDeliveries = 5    // where the queue has no limit of its own
	maxPlaces     = 1000 // in one delivery
	maxIdle       = 200  // times that nobody can go on
)

func bound[T int | time.Duration](given, usual T) T {
	switch {
	case given < 0:
		return 0
	case given == 0:
		return usual
	}
	return given
}

// normal fills in the defaults.
func (o Trial) normal() Trial {
	o.Faults = bound(o.Faults, DefaultFaults)
	o.Switches = bound(o.Switches, DefaultSwitches)
	o.Runs = bound(o.Runs, DefaultRuns)
	o.Time = bound(o.Time, DefaultTime)
	o.Hang = bound(o.Hang, DefaultHang)
	if len(o.Messages) == 0 {
		o.Messages = []Message{{ID: "m1", Key: "order-1"}}
	}
	return o
}

// check says what is missing.
func (o *Trial) check() error {
	if o.Holds == nil {
		return fmt.Errorf("nothing must hold: add ExactlyOnce(func() map[string]int) or Holds(func() error)")
	}
	return nil
}

// ExactlyOnce is the property that every message's key was counted once, with the keys of
// those that stand for its debt, and a watch that shows the count.
func ExactlyOnce(messages []Message, count func() map[string]int) (holds func() error, watch Watch) {
	holds = func() error {
		got := count()
		for i, m := range messages {
			if m.Owes != "" {
				continue
			}
			switch n := countOf(got, messages[i:]); n {
			case 1:
			case 0:
				return fmt.Errorf("%s never took effect", m.Key)
			default:
				return fmt.Errorf("%s took effect %s", m.Key, times(n))
			}
		}
		return nil
	}
	see := func() string {
		got, text := count(), ""
		for _, m := range messages {
			if n := got[m.Key]; n > 0 {
				text += fmt.Sprintf(", %s ×%d", m.Key, n)
			}
		}
		if text == "" {
			return "nothing yet"
		}
		return text[2:]
	}
	return holds, Watch{"took effect", see}
}

// countOf returns how often the debt of the first of some messages was counted, under
// whichever key.
func countOf(got map[string]int, messages []Message) (n int) {
	counted := map[string]bool{}
	for i, m := range messages {
		if (i == 0 || m.Owes == messages[0].ID && m.Owes != "") && !counted[m.Key] {
			counted[m.Key] = true
			n += got[m.Key]
		}
	}
	return n
}

// times counts in words.
func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// plural counts things.
func plural(n int, thing string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(thing, "y"):
		thing = strings.TrimSuffix(thing, "y") + "ies"
	case strings.HasSuffix(thing, "ch"):
		thing += "es"
	default:
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
