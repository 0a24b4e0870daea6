package sim

import "time"

// FaultKind is a kind of trouble that a plan can hold, as files write it.
type FaultKind string

// The kinds of fault. D1 and so on are the sources of duplicates that they stand for,
// as the domain reference counts them; what has no number duplicates nothing by itself.
const (
	CrashFault      FaultKind = "crash"       // the process dies (D3), or the relay of an outbox (D11)
	LoseAckFault    FaultKind = "lose-ack"    // the ack does not arrive (D1)
	FailFault       FaultKind = "fail"        // a step answers with an error and does nothing (D7)
	LoseReplyFault  FaultKind = "lose-reply"  // a step is done, but its answer is lost (D17)
	PauseFault      FaultKind = "pause"       // the worker freezes and then goes on (D4)
	SlowFault       FaultKind = "slow"        // the receiver takes its time, and the worker waits for it (D2)
	CopyFault       FaultKind = "copy"        // the network delivers a message twice (D15)
	RepublishFault  FaultKind = "republish"   // the producer publishes again: under its ID (D8), or a new one (D9)
	RedriveFault    FaultKind = "redrive"     // an operator puts back what lay in the dead-letter queue (D20)
	DelayFault      FaultKind = "delay"       // a publish reaches the queue late, perhaps after a later one: disorder
	RestartFault    FaultKind = "restart"     // all processes are replaced, as in a deploy (D3, for all at once)
	ForgetAcksFault FaultKind = "forget-acks" // the broker fails over and lacks its last acks (D13, D14)
	LoseWritesFault FaultKind = "lose-writes" // the stores fail over and lose their last commits (D26)
	StoreDownFault  FaultKind = "store-down"  // database and cache are out of reach for a while: who dedups there cannot
)

// FaultKinds are all there are, in the order in which a list shows them.
func FaultKinds() []FaultKind {
	return []FaultKind{
		LoseAckFault, CrashFault, PauseFault, SlowFault, FailFault, LoseReplyFault,
		CopyFault, RepublishFault, RedriveFault, DelayFault,
		RestartFault, ForgetAcksFault, LoseWritesFault, StoreDownFault,
	}
}

// ByAttempt reports whether a fault of this kind strikes an attempt: one
// delivery of one broker message. The others strike a message or the world.
func (k FaultKind) ByAttempt() bool {
	switch k {
	case CopyFault, RepublishFault, RedriveFault, DelayFault:
		return false
	}
	return !k.ByWorld()
}

// renews reports whether a fault of this kind makes another broker message of one.
func (k FaultKind) renews() bool { return !k.ByAttempt() && !k.ByWorld() && k != DelayFault }

// ByWorld reports whether a fault of this kind strikes the world at a time of its
// own, and names no message.
func (k FaultKind) ByWorld() bool {
	switch k {
	case RestartFault, ForgetAcksFault, LoseWritesFault, StoreDownFault:
		return true
	}
	return false
}

// AllMessages is what a fault that strikes every message names: a slow receiver is
// slow to everyone. No message may be called that.
const AllMessages = "all"

// Points that every consumer has.
const (
	PointEffect = "effect" // before: the next step is the attempt's first Perform; after: that Perform has answered
	PointAck    = "ack"    // before: the next step is the ack, by p.Ack or by returning
)

// Defaults of a fault's fields.
const (
	DefaultPause = 45 * time.Second
	DefaultSlow  = 70 * time.Second
	DefaultCopy  = time.Millisecond
	DefaultAgain = 20 * time.Second
	DefaultDown  = 20 * time.Second
	DefaultDelay = 5 * time.Second

	DefaultRedrive = 8 * 24 * time.Hour
)

// Fault is one thing that goes wrong, said so that it means the same to every
// consumer. It strikes an attempt (Message, Delivery), a message, or the world.
type Fault struct {
	Kind FaultKind
	// Message names what is struck: an ID, or that of a copy, m2b. For copy, republish,
	// redrive and delay it is what is owed. A copy of a message that the dedup window
	// dropped does not happen: there is nothing to copy. For slow it may be
	// AllMessages: everything, copies included.
	Message string
	// Delivery of Message that is struck, from 1; for slow, 0 is every delivery.
	Delivery int
	// Before or After, if not "", is the point at which a crash or pause strikes:
	// effect, ack (before only) or the name of a step. A point that the attempt
	// does not reach strikes as the attempt ends, if every consumer has it, and
	// not at all if it is the name of a step.
	Before, After string
	// Step is what fail and lose-reply strike: the first step with that name, or,
	// if "", the first Perform.
	Step string
	// Times is how many deliveries are struck, from Delivery on; 0 means 1.
	Times int
	// Worker, if not 0, strikes only attempts of that worker, from 1.
	Worker int
	// For is how long a pause lasts, how long the first Perform of a slow attempt
	// takes, how much later a delayed publish reaches the queue, or how long the stores
	// are down.
	For time.Duration
	// Later is how long after the publish a copy, republish or redrive comes. What is
	// not in the dead-letter queue by then, it or a copy of it, is not redriven.
	Later time.Duration
	// NewID gives a republish or redrive a message ID of its own.
	NewID bool
	// At is when the world is struck, from the start.
	At time.Duration
	// Last is how many acks or commits a failover loses; 0 means 1. Where an ack speaks
	// for others, or takes others along, those come on top.
	Last int
	// Drawn says that the fault was drawn by a rate and is not part of a plan.
	Drawn bool
}

// Normal returns the fault with its defaults filled in, so that what means the
// same is equal.
func (f Fault) Normal() Fault {
	if f.Kind.ByAttempt() {
		f.Times = max(f.Times, 1)
		if f.Kind != SlowFault {
			f.Delivery = max(f.Delivery, 1)
		}
	} else if f.Delivery == 1 {
		f.Delivery = 0 // what strikes a message has no delivery
	}
	switch {
	case f.Kind == CrashFault && f.Before == "" && f.After == "":
		f.Before = PointAck
	case f.Kind == PauseFault && f.Before == "" && f.After == "":
		f.Before = PointEffect
	}
	switch {
	case f.Kind == PauseFault && f.For == 0:
		f.For = DefaultPause
	case f.Kind == SlowFault && f.For == 0:
		f.For = DefaultSlow
	case f.Kind == DelayFault && f.For == 0:
		f.For = DefaultDelay
	case f.Kind == RedriveFault && f.Later == 0:
		f.Later = DefaultRedrive
	case f.Kind == StoreDownFault && f.For == 0:
		f.For = DefaultDown
	case (f.Kind == ForgetAcksFault || f.Kind == LoseWritesFault) && f.Last == 0:
		f.Last = 1
	case f.Kind == CopyFault && f.Later == 0:
		f.Later = DefaultCopy
	case f.Kind == RepublishFault && f.Later == 0:
		f.Later = DefaultAgain
	}
	return f
}

// Covers reports whether the fault, which strikes attempts, is meant for the n-th
// delivery of what it names.
func (f Fault) Covers(delivery int) bool {
	f = f.Normal()
	return f.Delivery == 0 || delivery >= f.Delivery && delivery < f.Delivery+f.Times
}
