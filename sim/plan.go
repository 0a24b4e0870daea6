package sim

import (
	"cmp"
	"time"
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
		if !f.Kind.Info().All {
			f.Delivery = max(f.Delivery, 1)
		}
	} else if f.Delivery == 1 {
		f.Delivery = 0 // what strikes a message has no delivery
	}
	u := &f.Kind.Info().Usual
	if f.Before == "" && f.After == "" {
		f.Before = u.Before
	}
	f.For = cmp.Or(f.For, u.For)
	f.Later = cmp.Or(f.Later, u.Later)
	f.Last = cmp.Or(f.Last, u.Last)
	return f
}

// Covers reports whether the fault, which strikes attempts, is meant for the n-th
// delivery of what it names.
func (f Fault) Covers(delivery int) bool {
	f = f.Normal()
	return f.Delivery == 0 || delivery >= f.Delivery && delivery < f.Delivery+f.Times
}
