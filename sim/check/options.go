package check

import (
	"cmp"
	"fmt"
	"math"
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
	Crash       Kind = "crash"              // a process dies between two steps
	Overrun     Kind = "overrun"            // a worker pauses past a deadline and then goes on
	LoseAck     Kind = "lose-ack"           // an ack or nack does not arrive
	LoseReply   Kind = "lose-reply"         // a step is done, but its answer is lost
	Fail        Kind = "fail"               // a step does nothing and answers with an error
	FailDB      Kind = "fail-statement"     // a statement of the database fails, and the handler goes no further
	Copy        Kind = "copy"               // the network delivers a message twice
	Republish   Kind = "republish"          // the producer publishes again, under the same message ID
	RepublishAs Kind = "republish-as"       // ... under a new message ID
	Reworded    Kind = "republish-reworded" // ... and with another body
	Redrive     Kind = "redrive"            // an operator puts back what lay in the dead-letter queue, under the same message ID
	RedriveAs   Kind = "redrive-as"         // ... under a new one
	Delay       Kind = "delay"              // a publish comes before one that is earlier in its group, which is late
	Restart     Kind = "restart"            // all processes are replaced, as in a deploy
	ExpireKey   Kind = "expire-key"         // what was to be kept for a time is gone, and nobody has waited for that
	Evict       Kind = "evict"              // a key in memory has given way to others
	ForgetAcks  Kind = "forget-acks"        // the broker fails over and lacks an ack
	LoseWrites  Kind = "lose-writes"        // the stores fail over and lose their newest commit
	LoseDB      Kind = "lose-db-writes"     // the database alone does
	LoseCache   Kind = "lose-cache-writes"  // the cache alone does
	DBDown      Kind = "db-down"            // the database alone
	CacheDown   Kind = "cache-down"         // the cache alone
	StoreDown   Kind = "store-down"         // database and cache are out of reach for a while
	ClockAhead  Kind = "clock-ahead"        // a worker takes over a row whose time is not up: its clock is ahead
	Rebalance   Kind = "rebalance"          // a member joins the group or leaves it, and partitions move while their owner is well
)

// Kinds are all there are: first those tried by default, and last those that nobody has
// listed here, in the order of [sim.Faults].
func Kinds() []Kind {
	all := append(DefaultKinds(), Republish, RepublishAs, Reworded, Redrive, RedriveAs, Delay, Restart, ExpireKey, Evict, ForgetAcks, LoseWrites, StoreDown, DBDown, CacheDown, Rebalance, ClockAhead, FailDB, LoseDB, LoseCache)
	for _, f := range sim.Faults() {
		for _, k := range KindsOf(f.Kind) {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	return all
}

// DefaultKinds are the kinds that are tried unless others are asked for: what every
// at-least-once queue and every process can do.
func DefaultKinds() []Kind {
	return []Kind{Crash, Overrun, LoseAck, LoseReply, Fail, Copy}
}

// KindOf returns which kind of fault an action is that costs one.
func KindOf(w *sim.World, a sim.Action) Kind {
	if w.Expiry(a) == sim.ExpiresUnawaited {
		return ExpireKey
	}
	return kindOfAction(a.Kind)
}

// kindOfAction is KindOf for what is the same in every world. An action that is a fault
// only at times has another name as one.
func kindOfAction(k sim.ActionKind) Kind {
	switch {
	case k == sim.Publish:
		return Delay
	case k == sim.ForgetAck:
		return ForgetAcks
	case k == sim.Drain:
		return Restart
	case k == sim.Leave || k == sim.Join:
		return Rebalance
	case k == sim.Expire || k.EndsWait():
		return Overrun
	}
	return Kind(k.String())
}

// KindsOf returns the kinds of fault that a fault of a plan can be to a search.
func KindsOf(k sim.FaultKind) []Kind {
	var kinds []Kind
	for _, a := range k.Info().Actions {
		if kind := kindOfAction(a); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return slices.Compact(kinds)
}

// Row returns the row of the kind of fault of a plan that a kind is by itself. It is empty
// where there is none.
func (k Kind) Row() *sim.FaultInfo {
	for i, f := range sim.Faults() {
		if slices.Contains(KindsOf(f.Kind), k) {
			return &sim.Faults()[i]
		}
	}
	return sim.FaultKind("").Info()
}

// Options are the bounds of a search. The zero value of each means its default.
type Options struct {
	// Messages is how many things are owed. A lane that lists none is searched with
	// made-up ones, see [MessagesFor], and 0 means 2 of them. Of a lane that lists
	// messages so many are taken: first those that have something in common, see
	// [Related]. There 0 means all of them, up to MaxMessages, as long as the search
	// ends within MaxStates and GrowStates; [Result].Left names the others.
	Messages int
	// Workers is how many workers compete, each in a process of its own unless the
	// lane has threads. 0 means what the lane has, and 2 if it does not say.
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
	// 1 GiB. The search that is stopped takes no more than that.
	MaxStates int
	MaxBytes  int64
	// Memory, if set, bounds all searches together that have it, in place of MaxBytes.
	Memory *Budget
	// GrowStates is how many states a search may meet that takes more than two messages
	// without being told how many: AutoStates.
	GrowStates int
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

// AutoStates is the default of GrowStates. With one more message there are mostly
// about ten times as many states.
const AutoStates = 2_000_000

// Normal returns the options with their defaults filled in.
func (o Options) Normal() Options {
	o.Messages = cmp.Or(o.Messages, DefaultMessages)
	o.Workers = cmp.Or(o.Workers, DefaultWorkers)
	o.Faults = cmp.Or(o.Faults, DefaultFaults)
	o.MaxStates = cmp.Or(o.MaxStates, DefaultMaxStates)
	if o.Memory != nil {
		o.MaxBytes = o.Memory.Most()
	}
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.GrowStates = cmp.Or(o.GrowStates, AutoStates)
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
	// MaxMaxStates and MaxMaxBytes are the most that MaxStates and MaxBytes can be.
	MaxMaxStates = math.MaxInt32
	MaxMaxBytes  = 1 << 40
)

func (o Options) validate() error {
	for _, b := range []struct {
		name           string
		n, least, most int64
	}{
		{"messages", int64(o.Messages), 1, MaxMessages}, {"workers", int64(o.Workers), 1, MaxWorkers},
		{"faults", int64(o.Faults), 0, MaxFaults}, {"copies", int64(o.Copies), 0, sim.MaxCopies},
		{"states", int64(o.MaxStates), 1, MaxMaxStates}, {"bytes", o.MaxBytes, 1, MaxMaxBytes}, {"states to grow to", int64(o.GrowStates), 1, MaxMaxStates},
	} {
		if b.n < b.least || b.n > b.most {
			return fmt.Errorf("%d %s: %d to %d", b.n, b.name, b.least, b.most)
		}
	}
	for _, k := range o.Kinds {
		if !slices.Contains(Kinds(), k) {
			return fmt.Errorf("unknown kind of fault %q: one of %s", k, strings.Join(Names(Kinds()), ", "))
		}
	}
	return nil
}

// Names are the names of kinds of fault.
func Names(kinds []Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// bounded returns the lane that a search is about, and the options with what the lane
// has: of the lane that it is given the consumer, the business, the queue, the threads,
// the processes and the messages, without the trouble that is planned there. It is the
// one place in which a search is made of a lane.
func (o Options) bounded(l sim.Lane) (sim.Lane, Options, error) {
	threads := max(l.Threads, 1)
	if o.Workers == 0 {
		o.Workers = l.Processes * threads
	}
	listed := len(l.Messages)
	if o.Messages == 0 && listed > 0 {
		o.Messages = min(listed, MaxMessages)
	}
	o = o.Normal()
	if err := o.validate(); err != nil {
		return l, o, err
	}
	l.Plan, l.Rates, l.Spared, l.Until = nil, nil, nil, 0
	switch {
	case listed == 0:
		l.Messages = MessagesFor(l.Consumer, l.Business, o.Messages)
	case listed < o.Messages:
		return l, o, fmt.Errorf("%d messages of %d that the lane lists: ask for fewer", o.Messages, listed)
	default:
		l.Messages = Related(l.Messages, o.Messages)
	}
	if o.Workers%threads != 0 {
		return l, o, fmt.Errorf("%d workers in processes of %d threads: ask for a multiple", o.Workers, threads)
	}
	l.Processes = o.Workers / threads
	if l.Queue.Redeliver == 0 {
		l.Queue = broker.Default()
	}
	return l, o, l.Validate()
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
// nobody says otherwise. One whose handler goes by a sequence number or a group is sent
// messages of one group, numbered in the order in which they are listed: with a group
// for each message there would be nothing to go by. What a handler goes by is found
// out by running it, see [sim.Consumer.Reads], and not by what its author says of it. So it
// is where a status is set: what nobody else sets cannot be stale.
func MessagesFor(c sim.Consumer, b sim.Business, n int) []sim.Owed {
	all := Messages(n)
	reads := c.Reads()
	if b.Info().LastWins || slices.Contains(reads, sim.SeqField) || slices.Contains(reads, sim.GroupField) {
		for i := range all {
			all[i].Group, all[i].Seq = "orders", i+1
			if b.Info().LastWins {
				all[i].Customer = all[0].Customer
			}
		}
	}
	return all
}

var customers = [...]string{"Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana"}
