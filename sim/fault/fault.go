// Package fault is trouble that means the same to every consumer: the kinds that there are,
// how a fault is written and checked, and how chance draws one.
package fault

import (
	"cmp"
	"slices"
	"time"

	"dejavu/sim/action"
)

// Fault is one thing that goes wrong, said so that it means the same to every
// consumer. It strikes an attempt (Message, Delivery), a message, or the world.
type Fault struct {
	Kind Kind
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
	// are down. A fail or lose-reply that lasts strikes each such step meanwhile, of every
	// delivery unless one is named: the receiver is down.
	For time.Duration
	// By is how far the clock of a worker is ahead: it takes over a row that has no more time
	// left than that.
	By time.Duration
	// Later is how long after the publish a copy, republish or redrive comes. What is
	// not in the dead-letter queue by then, it or a copy of it, is not redriven.
	Later time.Duration
	// NewID gives a republish or redrive a message ID of its own.
	NewID bool
	// Body is what a republish under a new message ID says in place of the first body, if it
	// is not "": the same fact in other words, as through a second door, or with the time of
	// the retry in it.
	Body string
	// Which stores an outage strikes: "db", "cache" or, if "", both. The database takes
	// along the outbox and, where the effect is a row in it, the effect. Steps of the cache,
	// and the commit, answer with an error; any other step of the database ends the attempt.
	Which string
	// Join says that a rebalance is for a member that joins, and not for one that leaves.
	Join bool
	// At is when the world is struck, or what lasts begins, from the start.
	At time.Duration
	// Drain is how long a restart gives a process that is at work to end what it is at,
	// before it is killed; with 0 it is killed at once.
	Drain time.Duration
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
		if !f.Every() {
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
	f.By = cmp.Or(f.By, u.By)
	f.Later = cmp.Or(f.Later, u.Later)
	f.Last = cmp.Or(f.Last, u.Last)
	return f
}

// Lasts reports whether the fault is a fail or a lose-reply that strikes for a time.
func (f Fault) Lasts() bool { return f.Kind.Info().Hits == OnStep && f.For > 0 }

// During reports whether a fault strikes what is answered at a moment: always, unless it
// lasts.
func (f *Fault) During(at int64) bool {
	return f.For == 0 || !f.Lasts() || at >= int64(f.At) && at < int64(f.At+f.For)
}

// Every reports whether the fault may strike every delivery of a message, and every message.
func (f Fault) Every() bool { return f.Kind.Info().All || f.Lasts() }

// Written returns the fault as a file or a flag would say it, whoever thought of it.
func (f Fault) Written() Fault {
	f = f.Normal()
	f.Drawn = false
	return f
}

// Same reports whether two faults mean the same, whoever thought of them.
func (f Fault) Same(o Fault) bool { return f.Written() == o.Written() }

// Among reports whether a fault is the same as one of others.
func (f Fault) Among(faults []Fault) bool {
	f = f.Written()
	return slices.ContainsFunc(faults, func(o Fault) bool { return o.Written() == f })
}

// Covers reports whether the fault, which strikes attempts, is meant for the n-th
// delivery of what it names.
func (f Fault) Covers(delivery int) bool {
	f = f.Normal()
	return f.Delivery == 0 || delivery >= f.Delivery && delivery < f.Delivery+f.Times
}

// Becomes returns the action that the fault turns into where nothing else is said: which
// of those of its kind it is.
func (f Fault) Becomes() action.Kind {
	switch kinds := f.Kind.Info().Actions; {
	case f.Body != "":
		return action.RepublishReworded
	case f.NewID, f.Drain > 0, f.Join, f.Which == WhichDB:
		return kinds[1]
	case f.Which == WhichCache:
		return kinds[2]
	default:
		return kinds[0]
	}
}
