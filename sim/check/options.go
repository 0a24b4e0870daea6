package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Kind is a kind of fault that a search can try.
type Kind string

// The kinds. Each fault of each kind spends one of [Options].Faults.
const (
	Crash       Kind = "crash"        // a process dies between two steps
	Overrun     Kind = "overrun"      // a worker pauses past a deadline and then goes on
	LoseAck     Kind = "lose-ack"     // an ack or nack does not arrive
	LoseReply   Kind = "lose-reply"   // a step is done, but its answer is lost
	Fail        Kind = "fail"         // a step does nothing and answers with an error
	Copy        Kind = "copy"         // the network delivers a message twice
	Republish   Kind = "republish"    // the producer publishes again, under the same message ID
	RepublishAs Kind = "republish-as" // ... under a new message ID
	Redrive     Kind = "redrive"      // an operator puts back what lay in the dead-letter queue, under the same message ID
	RedriveAs   Kind = "redrive-as"   // ... under a new one
	Delay       Kind = "delay"        // a publish comes before one that is earlier in its group, which is late
	Restart     Kind = "restart"      // all processes are replaced, as in a deploy
	ExpireKey   Kind = "expire-key"   // what a store was to keep for longer than a message is hidden is gone
	Evict       Kind = "evict"        // a key in memory has given way to others
	ForgetAcks  Kind = "forget-acks"  // the broker fails over and lacks an ack
	LoseWrites  Kind = "lose-writes"  // the stores fail over and lose their newest commit
	StoreDown   Kind = "store-down"   // database and cache are out of reach for a while
)

// Kinds are all there are: first those tried by default.
func Kinds() []Kind {
	return append(DefaultKinds(), Republish, RepublishAs, Redrive, RedriveAs, Delay, Restart, ExpireKey, Evict, ForgetAcks, LoseWrites, StoreDown)
}

// DefaultKinds are the kinds that are tried unless others are asked for: what every
// at-least-once queue and every process can do.
func DefaultKinds() []Kind {
	return []Kind{Crash, Overrun, LoseAck, LoseReply, Fail, Copy}
}

// KindOf returns which kind of fault an action is that costs one.
func KindOf(w *sim.World, a sim.Action) Kind {
	switch a.Kind {
	case sim.Publish:
		return Delay
	case sim.ForgetAck:
		return ForgetAcks
	case sim.TimeOut:
		return Overrun
	case sim.Expire:
		if w.Outlasts(a) {
			return ExpireKey
		}
		return Overrun
	}
	return Kind(a.Kind.String())
}

// Options are the bounds of a search. The zero value of each means its default.
type Options struct {
	// Messages is how many things are owed: 2. A lane that lists messages is searched
	// with the first so many of them, one that lists none with some that are made up.
	Messages int
	// Workers is how many workers compete, 2, each in a process of its own unless
	// the lane has threads.
	Workers int
	// Faults is how many faults may happen in one run: 3. A negative number is none.
	Faults int
	// Copies is how many copies and republishes of each message there may be, within
	// Faults; 0 means as many as Faults allows.
	Copies int
	// Kinds are the kinds of fault: DefaultKinds.
	Kinds []Kind
	// Properties are what is asked for: all three. The search ends when each of them
	// is found broken.
	Properties []sim.Property
	// MaxStates and MaxBytes stop a search that grows too large: 5 million states,
	// 1 GiB.
	MaxStates int
	MaxBytes  int
	// Plain keeps apart what differs only in the numbers of processes: twice the states
	// and more, for a test that nothing else is different.
	Plain bool
}

// Defaults of Options.
const (
	DefaultMessages  = 2
	DefaultWorkers   = 2
	DefaultFaults    = 3
	DefaultMaxStates = 5_000_000
	DefaultMaxBytes  = 1 << 30
)

// Normal returns the options with their defaults filled in.
func (o Options) Normal() Options {
	fill := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	fill(&o.Messages, DefaultMessages)
	fill(&o.Workers, DefaultWorkers)
	fill(&o.Faults, DefaultFaults)
	fill(&o.MaxStates, DefaultMaxStates)
	fill(&o.MaxBytes, DefaultMaxBytes)
	o.Faults = max(o.Faults, 0)
	if o.Copies == 0 {
		o.Copies = o.Faults
	}
	if o.Kinds == nil {
		o.Kinds = DefaultKinds()
	}
	if o.Properties == nil {
		o.Properties = []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck}
	}
	return o
}

// Limits on options: beyond them no search ends.
const (
	MaxMessages = 8
	MaxWorkers  = 8
	MaxFaults   = 8
)

func (o Options) validate() error {
	for _, b := range []struct {
		name           string
		n, least, most int
	}{
		{"messages", o.Messages, 1, MaxMessages}, {"workers", o.Workers, 1, MaxWorkers},
		{"faults", o.Faults, 0, MaxFaults}, {"copies", o.Copies, 0, sim.MaxCopies},
		{"states", o.MaxStates, 1, 1 << 31}, {"bytes", o.MaxBytes, 1, 1 << 40},
	} {
		if b.n < b.least || b.n > b.most {
			return fmt.Errorf("%d %s: %d to %d", b.n, b.name, b.least, b.most)
		}
	}
	for _, k := range o.Kinds {
		if !slices.Contains(Kinds(), k) {
			return fmt.Errorf("unknown kind of fault %q: one of %s", k, names(Kinds()))
		}
	}
	return nil
}

func names(kinds []Kind) string {
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = string(k)
	}
	return strings.Join(texts, ", ")
}

// bounded returns the lane that a search is about: of the lane that it is given
// the consumer, the business, the queue and the first messages, without the trouble
// that is planned there.
func (o Options) bounded(l sim.Lane) (sim.Lane, error) {
	l.Plan, l.Rates, l.Spared, l.Until = nil, nil, nil, 0
	l.Messages = slices.Clone(l.Messages)
	if len(l.Messages) == 0 {
		l.Messages = MessagesFor(l.Consumer, o.Messages)
	}
	if len(l.Messages) < o.Messages {
		return l, fmt.Errorf("%d messages of %d that the lane lists: ask for fewer", o.Messages, len(l.Messages))
	}
	l.Messages = l.Messages[:o.Messages]
	threads := max(l.Threads, 1)
	if o.Workers%threads != 0 {
		return l, fmt.Errorf("%d workers in processes of %d threads: ask for a multiple", o.Workers, threads)
	}
	l.Processes = o.Workers / threads
	if l.Queue.Redeliver == 0 {
		l.Queue = broker.Default()
	}
	return l, l.Validate()
}

// Messages returns n messages that have nothing in common: what a search is about
// if nobody says otherwise.
func Messages(n int) []sim.Owed {
	all := make([]sim.Owed, n)
	for i := range all {
		id := fmt.Sprintf("m%d", i+1)
		all[i] = sim.Owed{ID: id, At: time.Duration(i) * time.Minute, Message: broker.Message{
			ID: id, Key: fmt.Sprintf("order-%d", i+1), Body: fmt.Sprintf("order %d", i+1), Seq: 1, Group: id,
			Customer: customers[i%len(customers)], Amount: int64(1200 + 100*i),
		}}
	}
	return all
}

// MessagesFor returns n messages for a consumer: what a search of it is about if
// nobody says otherwise. One that knows duplicates by a sequence is sent messages of
// one group, numbered in the order in which they are listed.
func MessagesFor(c sim.Consumer, n int) []sim.Owed {
	all := Messages(n)
	if c.Identity == sim.Sequence {
		for i := range all {
			all[i].Group, all[i].Seq = "orders", i+1
		}
	}
	return all
}

var customers = [...]string{"Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"}
