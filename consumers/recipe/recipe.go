// Package recipe is a consumer as data: a list of blocks, each one line of a handler.
//
// What is data can be put together by hand, enumerated, drawn at random and searched, none
// of which Go code can. A [Recipe] runs ([Recipe.Consumer]), is printed as a file of package
// consumers that does the same ([Recipe.Go]), and has a text form ([Recipe.String], [Parse]):
//
//	begin
//	insert by business key
//	perform with key by business key
//	commit
//
// A block does one thing, in the order in which it stands. What it finds or what fails ends
// the attempt: what is found is acked, an error is nacked, unless its options say otherwise.
// Everything that there is to know of a kind of block stands in one row: see verbs.go.
//
// [Recipe.Check] refuses what no handler can be, or what could never have its effect.
package recipe

import (
	"slices"
	"time"

	"dejavu/sim"
)

// Recipe is a consumer as data.
type Recipe struct {
	// Name is the consumer's name; "recipe" if it is empty.
	Name   string
	Blocks []Block

	open bool // it goes on: see Begun
}

// Block is one line of a handler. Which of the options a step takes says its row; the
// others are left at zero.
type Block struct {
	Do Verb
	// In is where something is kept, and Most how many keys a memory holds; 0 is no limit.
	In   Store
	Most int
	// By is what a message is known by.
	By ID
	// For is how long it is kept, or how long a lease lasts; 0 is for ever.
	For time.Duration
	// How is the way in which the effect is asked for.
	How Way
	// Taken is what follows if it is there already, and Down if the cache does not answer.
	Taken, Down Reaction
	// Redelivered has it look only if the queue says that it delivered the message before.
	Redelivered bool
	// Mine has it write or delete only the lease that this attempt took.
	Mine bool
}

// Verb is what a block does.
type Verb uint8

// The verbs.
const (
	Ack     Verb = iota // ack before the handler returns
	Look                // look whether it is kept; found: return
	Mark                // put if absent; taken: return
	Record              // keep it
	Ask                 // ask the receiver whether it has the effect; yes: return
	Begin               // begin a transaction
	Insert              // insert a unique row in the transaction; taken: return
	Lease               // take a lease in the cache; done: return, busy: nack
	Token               // count a fencing token up
	Perform             // have the effect
	Delete              // if the effect fails, delete the mark or the lease
	Done                // note the lease done
	Enqueue             // put the effect into the outbox, for a relay
	Commit              // commit the transaction
)

// Store is where a block keeps something.
type Store uint8

// The stores.
const (
	NoStore     Store = iota
	Memory            // of the process
	Cache             // beside the database, with a TTL
	Table             // of the consumer's database, each write by itself
	Transaction       // the same table, in the open transaction
)

// ID is what a block knows a message by.
type ID uint8

// The identities.
const (
	NoID        ID = iota
	MessageID      // one for each publish
	BusinessKey    // one for each thing owed
	Sequence       // the producer's count: a store keeps the highest of a group
	BodyHash       // of what the message says
	NewID          // made up in every attempt
)

// Way is how an effect is asked for.
type Way uint8

// The ways.
const (
	Plainly   Way = iota
	WithKey       // with an idempotency key
	Unique        // as a row whose key is unique
	WithToken     // with the fencing token
)

// Reaction is what a block makes of what it finds.
type Reaction uint8

// The reactions. Usual is to return if something is taken, and to nack if a store is down.
const (
	Usual Reaction = iota
	Nack           // give the message back
	GoOn           // as if nothing were there
	Drop           // return: the message is acked
)

// MaxBlocks is how many blocks a recipe may have: what a whiteboard holds.
const MaxBlocks = 16

// Consumer returns the consumer that a recipe describes. The recipe must pass
// [Recipe.Check].
func (r Recipe) Consumer() sim.Consumer {
	c := r.Bare()
	c.Clause, c.Identity = r.clause(), r.identity()
	for _, b := range r.Blocks {
		c.Body = append(c.Body, b.String())
	}
	return c
}

// Bare is Consumer without what is written about it, for whoever runs many.
func (r Recipe) Bare() sim.Consumer {
	r.Blocks = slices.Clone(r.Blocks)
	c := sim.Consumer{Name: r.name(), Handle: r.handle}
	if _, ok := r.relay(); ok {
		c.Relay = r.relayed
	}
	return c
}

// Begun is Bare for what begins a recipe. An attempt that comes to its end asks for
// Deliveries, as no block does: what follows there is not known.
func (r Recipe) Begun() sim.Consumer {
	r.open = true
	return r.Bare()
}

func (r Recipe) name() string {
	if r.Name == "" {
		return "recipe"
	}
	return r.Name
}

// relay returns the block that fills the outbox, if there is one.
func (r Recipe) relay() (Block, bool) {
	i := slices.IndexFunc(r.Blocks, func(b Block) bool { return b.Do == Enqueue })
	if i < 0 {
		return Block{}, false
	}
	return r.Blocks[i], true
}

// identity is what it knows a duplicate by, in the words of the catalogue: what the first
// block goes by that has one.
func (r Recipe) identity() sim.Identity {
	for _, b := range r.Blocks {
		switch {
		case b.Do == Perform && b.How == WithKey:
			return sim.ReceiverKey
		case b.By != NoID && b.By != NewID:
			return [...]sim.Identity{MessageID: sim.MessageID, BusinessKey: sim.BusinessKey, Sequence: sim.Sequence, BodyHash: sim.Fingerprint}[b.By]
		}
	}
	return sim.NoIdentity
}

// table is the table of the consumer's database. There is one: what a transaction inserts,
// a look without a transaction finds.
func (r Recipe) table() string {
	if slices.ContainsFunc(r.Blocks, func(b Block) bool { return b.Do == Insert }) {
		return "inbox"
	}
	return "processed"
}

// leases reports whether an entry of the cache may be a lease that is not done.
func (r Recipe) leases() bool {
	return slices.ContainsFunc(r.Blocks, func(b Block) bool { return b.Do == Lease })
}

// owns reports whether a lease is told from that of another attempt.
func (r Recipe) owns() bool {
	return slices.ContainsFunc(r.Blocks, func(b Block) bool { return b.Mine })
}

// claim returns the last block before i that has claimed the message: the mark or the lease
// that is deleted or noted done.
func (r Recipe) claim(i int, is ...Verb) (Block, bool) {
	for i--; i >= 0; i-- {
		if slices.Contains(is, r.Blocks[i].Do) {
			return r.Blocks[i], true
		}
	}
	return Block{}, false
}

// inTx reports whether what the block keeps is part of the open transaction.
func (b *Block) inTx() bool { return b.Do == Insert || b.In == Transaction }

// undo returns the mark or the lease that is deleted if the effect of block i fails, and
// whether only if it is this attempt's.
func (r Recipe) undo(i int) (of Block, mine, ok bool) {
	if i+1 == len(r.Blocks) || r.Blocks[i+1].Do != Delete {
		return Block{}, false, false
	}
	of, ok = r.claim(i, Mark, Lease)
	return of, r.Blocks[i+1].Mine, ok
}
