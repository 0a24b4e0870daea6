package sim

import (
	"time"

	"dejavu/broker"
)

// Handler handles one delivery of a message. Every method that it calls on p is
// one atomic step, and a crash can fall between any two. Returning nil acks the
// message, returning an error nacks it.
//
// A handler must be a function of the message and of what p answers, and of
// nothing else: it keeps no state in Go variables, starts no goroutine and asks
// no clock. See [Proc].
type Handler func(p *Proc, m broker.Message) error

// Consumer is a strategy against duplicates, or the lack of one.
type Consumer struct {
	// Name is how files and commands call it: lower case, words joined by "-".
	Name string
	// Clause says in a few words what it does, in the order in which it does it.
	Clause string
	// Handle is the strategy itself.
	Handle Handler
	// Relay, if not nil, is a second handler on a process of its own: it is handed what
	// [Tx.Enqueue] has put into the outbox table. Returning nil marks the row sent,
	// returning an error leaves it to be tried again.
	Relay Handler
	// Identity is what it knows a duplicate by: a word for people. It decides nothing;
	// what a consumer really goes by is seen by running it, see [Consumer.Reads].
	Identity Identity
	// Window is how long the queue must remember published message IDs for it: a part
	// of the strategy that lies in front of the handler. See [Lane.Profile].
	Window time.Duration
	// Claims are what it guarantees. Package check holds it to them: all of them, and
	// no others.
	Claims Claims
}

// Claims are the properties that a consumer guarantees in each business, whatever
// goes wrong of what every queue and process can do: crashes, pauses past a deadline,
// lost acks and replies, steps that fail, copies. A publish under a new message ID
// is not among these: whether that is the same thing is for the business to say.
type Claims struct{ Card, Mail, Stock []Property }

// Identity is what a consumer knows a duplicate by. They are five things, never one
// "id": most wrong designs are correct code over the wrong one.
type Identity uint8

// The identities.
const (
	NoIdentity  Identity = iota // it does not look
	MessageID                   // what the producer gives each publish
	BusinessKey                 // the fact itself, however often it is published
	Fingerprint                 // a hash of what the message says
	Sequence                    // the producer's count within its group
	ReceiverKey                 // the receiver of the effect knows it, by a key that it is handed
)

// String returns the identity in words.
func (i Identity) String() string {
	return [...]string{"none", "message ID", "business key", "fingerprint", "sequence", "receiver's key"}[i]
}

// Everywhere claims the same properties in every business.
func Everywhere(p ...Property) Claims { return Claims{Card: p, Mail: p, Stock: p} }

// Of returns what is claimed in a business.
func (c Claims) Of(b Business) []Property { return [...][]Property{c.Card, c.Mail, c.Stock}[b] }

// Owed is one thing owed: what a verdict is given for. It is published as one
// broker message; copies and republishes of that message count for it too.
type Owed struct {
	// ID is its name, unique in a scenario.
	ID string
	// At is when its message is published, in virtual time from the start.
	At time.Duration
	// Message is what consumers are handed.
	broker.Message
}

// Timing is how long things take, in virtual time. The search ignores it.
type Timing struct {
	Effect  time.Duration // a step outside: perform, lookup
	Store   time.Duration // a round trip to a store, or an ack on its way to the queue
	Restart time.Duration // a process that crashed takes messages again after this
}

// DefaultTiming is the timing of every shipped scenario.
func DefaultTiming() Timing {
	return Timing{Effect: time.Second, Store: 10 * time.Millisecond, Restart: 2 * time.Second}
}

// of returns how long a step takes.
func (t *Timing) of(o Op) time.Duration {
	switch o.Place() {
	case InProcess:
		return 0
	case Outside:
		return t.Effect
	}
	return t.Store
}
