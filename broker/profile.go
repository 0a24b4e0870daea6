package broker

import (
	"errors"
	"fmt"
	"time"
)

// AckRule is a broker's answer to an ack whose receipt is no longer current.
type AckRule uint8

// The answers that real brokers give.
const (
	Ignored  AckRule = iota // the call succeeds and changes nothing
	Accepted                // the message counts as done
	Rejected                // the call fails, and the consumer can see it
)

// String returns the answer as one lower-case word.
func (r AckRule) String() string { return [...]string{"ignored", "accepted", "rejected"}[r] }

// Trigger is a set of things that make a broker deliver a message again though
// nobody nacked it.
type Trigger uint8

// The triggers. Several may be set.
const (
	OnTimer      Trigger = 1 << iota // the visibility timeout passes
	OnDisconnect                     // the connection of its holder closes
)

// String returns the triggers joined by "or".
func (t Trigger) String() string {
	return [...]string{"nothing", "timer", "disconnect", "timer or disconnect"}[t]
}

// Order is what a broker promises about the order of deliveries.
type Order uint8

// The promises.
const (
	NoOrder        Order = iota
	GroupOrder           // one message of a group at a time; the next waits until it is settled
	PartitionOrder       // in order within a partition; what returns takes everything after it along
)

// String returns the order as one lower-case word.
func (o Order) String() string { return [...]string{"none", "group", "partition"}[o] }

// AckUnit is how much one ack settles.
type AckUnit uint8

// The units of ack.
const (
	AckEach       AckUnit = iota // one message
	AckBatch                     // everything handed over with it, or nothing
	AckCumulative                // everything in flight of its partition, up to and with it
)

// String returns the unit as one lower-case word.
func (u AckUnit) String() string { return [...]string{"each", "batch", "cumulative"}[u] }

// Assignment is who may be handed a message.
type Assignment uint8

// The assignments.
const (
	AnyWorker Assignment = iota // competing consumers
	// OwnerWorker gives each partition one owner, until a rebalance moves it: when
	// the owner leaves the group (its connection closes) or lets a deadline pass,
	// whatever Redeliver says. Members watch each other, and not only messages.
	OwnerWorker
)

// String returns the assignment as one lower-case word.
func (a Assignment) String() string { return [...]string{"any", "owner"}[a] }

// Limit is what becomes of a message that has had its last delivery.
type Limit uint8

// The ends of a message.
const (
	DeadLetter Limit = iota // it goes to the dead-letter queue, where an operator finds it
	Drop                    // it is gone: there is no dead-letter queue
)

// String returns the end as it is written in a file.
func (l Limit) String() string { return [...]string{"dead-letter", "drop"}[l] }

// Dedup is what a dedup window compares.
type Dedup uint8

// The comparisons.
const (
	ByMessageID Dedup = iota // the message ID that the producer gives each publish
	ByNothing                // the producer gives none that the broker looks at: the window drops nothing
)

// String returns the comparison as it is written in a file.
func (d Dedup) String() string { return [...]string{"message-id", "none"}[d] }

// Profile is a broker's behaviour as data. The zero value is not usable: a
// message that is never redelivered would not be delivered at least once.
type Profile struct {
	// Name is the preset's name, or "" for a profile made by hand.
	Name string
	// Summary is the preset in one line, for a list; it changes nothing.
	Summary string
	// Redeliver says what brings an unsettled message back.
	Redeliver Trigger
	// Visibility is how long a delivered message stays hidden, from its delivery
	// (visibility timeout, ack deadline, lock duration, AckWait). It is used with
	// OnTimer only.
	Visibility time.Duration
	// Heartbeat says that the client extends the visibility for as long as its
	// worker runs, so that it passes only after a crash, a pause or a lost ack.
	Heartbeat bool
	// HeartbeatInterval is how often a client tells the broker that it lives, whether
	// its worker is at work or idle. One that is silent for longer than three of them
	// loses its connection. It is used with OnDisconnect only; 0 means that a silent
	// connection is kept for ever.
	HeartbeatInterval time.Duration
	// LateAck answers an ack whose deadline has passed while no other worker has the
	// message. StaleAck answers an ack whose message was delivered again. A nack with
	// such a receipt is always ignored.
	LateAck, StaleAck AckRule
	// MaxDeliveries is the number of deliveries after which a message that comes
	// back is given up instead, as AtLimit says; 0 means no limit.
	MaxDeliveries int
	// AtLimit is what becomes of a message after MaxDeliveries.
	AtLimit Limit
	// NackDelay is how long a nacked message waits before it is ready again.
	NackDelay time.Duration
	// Backoff, if not empty, replaces NackDelay: the wait after the n-th delivery
	// is element n-1, and the last element from there on.
	Backoff []time.Duration
	// Order is the order that is kept within a message's Group.
	Order Order
	// AckUnit is how much one ack settles.
	AckUnit AckUnit
	// Batch is how many messages are handed over at once; 0 means 1.
	Batch int
	// Assign is who may be handed a message.
	Assign Assignment
	// DedupWindow is how long a published message ID is remembered, from its
	// first publish; a publish with a remembered ID is dropped. 0 means never.
	DedupWindow time.Duration
	// DedupBy is what the window compares: some brokers have one that compares nothing
	// until the producer gives its publishes an ID.
	DedupBy Dedup
}

// Default is the queue of a scenario that names none. It behaves like SQS
// standard with a nack delay: hidden for 30 s, a stale ack is ignored.
func Default() Profile {
	return Profile{
		Redeliver:  OnTimer,
		Visibility: 30 * time.Second,
		LateAck:    Accepted,
		StaleAck:   Ignored,
		NackDelay:  5 * time.Second,
	}
}

// Limits on a profile, so that no file can ask for the absurd.
const (
	MaxBatch      = 1000
	MaxVisibility = 365 * 24 * time.Hour
	MinSpan       = time.Millisecond // of any length of time but none at all
)

// Timed reports whether a delivered message has a visibility timeout.
func (p *Profile) Timed() bool { return p.Redeliver&OnTimer != 0 }

// Window returns how long a published message ID is remembered, or 0 where none is.
func (p *Profile) Window() time.Duration {
	if p.DedupBy == ByNothing {
		return 0
	}
	return p.DedupWindow
}

// missedHeartbeats is after how many intervals without a sign of life a broker closes a
// connection. The RabbitMQ guide on heartbeats speaks of two missed ones; measured on
// 3.10, 4.0 and 4.3 it took three intervals: 15 s for 5 s, and 180 s for 60 s.
const missedHeartbeats = 3

// Silence returns how long a client may be silent before the broker closes its
// connection and redelivers what it held, or 0 where nothing comes of silence.
func (p *Profile) Silence() time.Duration {
	if p.Redeliver&OnDisconnect == 0 {
		return 0
	}
	return missedHeartbeats * p.HeartbeatInterval
}

// Delay returns how long a message waits that was nacked in its n-th delivery.
func (p *Profile) Delay(delivery int) time.Duration {
	if len(p.Backoff) == 0 {
		return p.NackDelay
	}
	return p.Backoff[min(max(delivery, 1), len(p.Backoff))-1]
}

// Validate says what is wrong with a profile and what to write instead.
func (p *Profile) Validate() error {
	if p.Redeliver == 0 {
		return errors.New("a queue that never redelivers is not at-least-once: set redeliver-on to timer, disconnect or both")
	}
	if p.Timed() && p.Visibility <= 0 {
		return errors.New("redelivery on a timer needs a visibility above 0s, such as 30s")
	}
	if p.Visibility > 0 && p.Visibility < MinSpan {
		return fmt.Errorf("visibility %v is too short: at least %v", p.Visibility, MinSpan)
	}
	if p.Visibility > MaxVisibility {
		return fmt.Errorf("visibility %v is too long: at most %v", p.Visibility, MaxVisibility)
	}
	if p.Batch < 0 || p.Batch > MaxBatch {
		return fmt.Errorf("batch %d is out of range: 1 to %d", p.Batch, MaxBatch)
	}
	if p.MaxDeliveries < 0 {
		return fmt.Errorf("max-deliveries %d is negative: use 0 for no limit", p.MaxDeliveries)
	}
	if p.HeartbeatInterval < 0 || p.HeartbeatInterval > MaxVisibility {
		return fmt.Errorf("a heartbeat-interval of %v is out of range: 0s to %v", p.HeartbeatInterval, MaxVisibility)
	}
	for _, d := range append([]time.Duration{p.NackDelay, p.DedupWindow}, p.Backoff...) {
		if d > 0 && d < MinSpan {
			return fmt.Errorf("a delay of %v is too short: at least %v, or 0s for none", d, MinSpan)
		}
		if d < 0 || d > MaxVisibility {
			return fmt.Errorf("a delay of %v is out of range: 0s to %v", d, MaxVisibility)
		}
	}
	return nil
}
