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

// Rebalancing says which messages a rebalance gives back if partitions have owners. What
// is given back is delivered from the last commit on, also to an owner that keeps its
// partition and is still at work in it.
type Rebalancing uint8

// The ways to rebalance.
const (
	Cooperative Rebalancing = iota // those of the partitions that move
	Eager                          // those of every partition: each owner gives up all it has, and gets a new share
)

// String returns the way as it is written in a file.
func (r Rebalancing) String() string { return [...]string{"cooperative", "eager"}[r] }

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
	// ByProducer is the number that a producer's client gives a publish, and repeats with
	// its own retry. Another publish has another number, whatever its message ID says.
	ByProducer
)

// String returns the comparison as it is written in a file.
func (d Dedup) String() string { return [...]string{"message-id", "none", "producer"}[d] }

// Evidence is what a preset rests on, beside its documentation.
type Evidence uint8

// What there is.
const (
	OnPaper  Evidence = iota // the documentation only
	OnFake                   // a program that imitates the broker
	OnServer                 // the broker itself
)

// String returns what it is in a word.
func (e Evidence) String() string { return [...]string{"documentation", "fake", "server"}[e] }

// Measured says what a preset was tested against.
type Measured struct {
	By Evidence
	On string // which program, and which version; "" on paper
}

// String says it in a few words: server (nats-server 2.15.3).
func (m Measured) String() string {
	if m.By == OnPaper {
		return "documentation only"
	}
	return m.By.String() + " (" + m.On + ")"
}

// Unnamed returns the profile as one made by hand: a preset that was changed is not
// that broker any more, and nobody has measured it.
func (p Profile) Unnamed() Profile {
	p.Name, p.Summary, p.Measured = "", "", Measured{}
	return p
}

// Heartbeat says which messages a client keeps extending while its worker runs.
type Heartbeat uint8

// The heartbeats.
const (
	NoHeartbeat Heartbeat = iota
	// HeartbeatHeld extends all that the worker holds: lease management of the Pub/Sub
	// client libraries.
	HeartbeatHeld
	// HeartbeatAtWork extends the message that the handler is at, from the moment at which
	// it is: what waits behind it in the batch, prefetched, expires. The processors of Azure
	// Service Bus do that (azure-sdk-for-net issue 23704, azure-sdk-for-java issue 25203).
	HeartbeatAtWork
)

// String returns the heartbeat as it is written in a file.
func (h Heartbeat) String() string { return [...]string{"false", "true", "at-work"}[h] }

// Profile is a broker's behaviour as data. The zero value is not usable: a
// message that is never redelivered would not be delivered at least once.
type Profile struct {
	// Name is the preset's name, or "" for a profile made by hand.
	Name string
	// Summary is the preset in one line, for a list; it changes nothing.
	Summary string
	// Measured says what the preset was tested against; it changes nothing, and says
	// nothing of a profile made by hand.
	Measured Measured
	// Redeliver says what brings an unsettled message back.
	Redeliver Trigger
	// Visibility is how long a delivered message stays hidden, from its delivery
	// (visibility timeout, ack deadline, lock duration, AckWait). It is used with
	// OnTimer only.
	Visibility time.Duration
	// Heartbeat says of which messages the client extends the visibility for as long as
	// its worker runs, so that it passes only after a crash, a pause or a lost ack.
	Heartbeat Heartbeat
	// HeartbeatInterval is how often a client tells the broker that it lives, whether
	// its worker is at work or idle. One that is silent for longer than three of them
	// loses its connection. It is used with OnDisconnect only; 0 means that a silent
	// connection is kept for ever.
	HeartbeatInterval time.Duration
	// SessionTimeout is how long a member of a group may be silent before its partitions
	// move. Its client tells the broker that it lives, also while its worker is at work. A
	// member whose process has died is silent, too: until its session is over nobody has
	// its partitions. And a commit that is lost does not end a session: the next one
	// speaks for it. It is used with OwnerWorker only, and takes the place of
	// HeartbeatInterval; 0 means that a group has no sessions, and a death is noticed at once.
	SessionTimeout time.Duration
	// ConsumerTimeout is how long a consumer may take over what it was handed, until it has
	// acked all of it. One that takes longer is cut off, though it lives and is at work.
	// It is used with OnDisconnect only; 0 means any time.
	ConsumerTimeout time.Duration
	// Resumes says that a worker whose process has restarted first gets back what it held,
	// at once: the entries are pending under its name.
	Resumes bool
	// LateAck answers an ack whose deadline has passed while no other worker has the
	// message. StaleAck answers an ack whose message was delivered again.
	LateAck, StaleAck AckRule
	// StaleNack answers a nack whose message was delivered again: Accepted takes it from
	// whoever has it now. A late nack has nothing to give back, and is ignored.
	StaleNack AckRule
	// BadAckCloses says that an ack which is rejected, or sent twice, closes the connection
	// of its worker: what else is in flight there comes back.
	BadAckCloses bool
	// Rejects says that a consumer can reject a message: it is given up at once, as AtLimit
	// says, however few its deliveries are. A late or stale receipt is answered as that of an
	// ack is. Where it is false there is no such answer, and a reject is a nack.
	Rejects bool
	// MaxDeliveries is the number of deliveries after which a message that comes
	// back is given up instead, as AtLimit says; 0 means no limit.
	MaxDeliveries int
	// AtLimit is what becomes of a message that is rejected, or after MaxDeliveries or MaxNacks.
	AtLimit Limit
	// MaxNacks is the number of nacks after which a message is given up, however few its
	// deliveries are; 0 means no limit on nacks.
	MaxNacks int
	// FreeNacks says that a delivery which ends in a nack does not count towards
	// MaxDeliveries.
	FreeNacks bool
	// NackDelay is how long a nacked message waits before it is ready again.
	NackDelay time.Duration
	// Backoff, if not empty, replaces NackDelay: the wait after the n-th delivery
	// is element n-1, and the last element from there on.
	Backoff []time.Duration
	// Order is the order that is kept within a message's Group.
	Order Order
	// AckUnit is how much one ack settles.
	AckUnit AckUnit
	// CommitsBack says that an ack which is accepted is the position of its partition, whatever
	// was there: an older ack replaces a newer one, and the messages in between come again
	// to the next owner, unless another ack covers it first. It is used with AckCumulative
	// and a SessionTimeout, and without OnTimer.
	CommitsBack bool
	// Batch is how many messages are handed over at once; 0 means 1.
	Batch int
	// Assign is who may be handed a message.
	Assign Assignment
	// Rebalance is what a rebalance gives back; it is used with OwnerWorker only.
	Rebalance Rebalancing
	// Transactional says that the queue is a table of the consumer's own database: an ack
	// can be part of a transaction there, and is committed or rolled back with it.
	Transactional bool
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

// TakesBack reports whether an ack can take back a newer one: it is a position, and one that
// comes late or is stale counts.
func (p *Profile) TakesBack() bool {
	return p.CommitsBack && p.acksPositions() && (p.LateAck == Accepted || p.StaleAck == Accepted)
}

// acksPositions reports whether an ack is a position in a log that members of a group read.
func (p *Profile) acksPositions() bool {
	return p.AckUnit == AckCumulative && p.SessionTimeout > 0 && !p.Timed()
}

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
	if p.SessionTimeout > 0 {
		return p.SessionTimeout
	}
	return missedHeartbeats * p.HeartbeatInterval
}

// CutsOff reports whether a worker that holds something can be cut off while it lives: it
// is silent for too long, or takes too long.
func (p *Profile) CutsOff() bool { return p.Silence() > 0 || p.ConsumerTimeout > 0 }

// Patience returns how long the broker waits before it redelivers the messages of a frozen
// worker, or 0 if it waits for ever.
func (p *Profile) Patience() time.Duration {
	patience := time.Duration(0)
	for _, d := range [...]time.Duration{p.timer(), p.Silence(), p.ConsumerTimeout} {
		if d > 0 && (patience == 0 || d < patience) {
			patience = d
		}
	}
	return patience
}

func (p *Profile) timer() time.Duration {
	if !p.Timed() {
		return 0
	}
	return p.Visibility
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
	if p.MaxDeliveries < 0 || p.MaxNacks < 0 {
		return fmt.Errorf("%s %d is negative: use 0 for no limit", p.negative(), min(p.MaxDeliveries, p.MaxNacks))
	}
	if p.StaleNack == Rejected {
		return errors.New("nobody hears of a rejected nack: set stale-nack to ignored or accepted")
	}
	if p.SessionTimeout > 0 && (p.Assign != OwnerWorker || p.Redeliver&OnDisconnect == 0) {
		return errors.New("a session-timeout is about the members of a group: it goes with assign: owner and redeliver-on: disconnect")
	}
	if p.ConsumerTimeout > 0 && p.Redeliver&OnDisconnect == 0 {
		return errors.New("a consumer-timeout closes a connection: it goes with redeliver-on: disconnect")
	}
	if p.BadAckCloses && p.Redeliver&OnDisconnect == 0 {
		return errors.New("bad-ack-closes is about a connection: it goes with redeliver-on: disconnect")
	}
	if p.CommitsBack && !p.acksPositions() {
		return errors.New("commits-back is about a position in a log: it goes with ack-unit: cumulative, a session-timeout and redeliver-on: disconnect; without them set it to false")
	}
	return p.validateTimes()
}

// negative names the limit that is below 0.
func (p *Profile) negative() string {
	if p.MaxDeliveries < 0 {
		return "max-deliveries"
	}
	return "max-nacks"
}

// validateTimes is Validate for what may be 0.
func (p *Profile) validateTimes() error {
	for _, t := range []struct {
		name string
		is   time.Duration
	}{
		{"heartbeat-interval", p.HeartbeatInterval}, {"session-timeout", p.SessionTimeout}, {"consumer-timeout", p.ConsumerTimeout},
	} {
		if t.is < 0 || t.is > MaxVisibility {
			return fmt.Errorf("a %s of %v is out of range: 0s to %v", t.name, t.is, MaxVisibility)
		}
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
