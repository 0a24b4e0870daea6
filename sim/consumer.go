package sim

import (
	"slices"
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

// Claims are the properties that a consumer guarantees, whatever
// goes wrong of what every queue and process can do: crashes, pauses past a deadline,
// lost acks and replies, steps that fail, copies. A publish under a new message ID
// is not among these: whether that is the same thing is for the business to say.
//
// What can be guaranteed depends on where the effect lies and not on what it is, so a
// business is claimed for as the one that is like it: Card lies outside and honours
// idempotency keys, Mail lies outside and honours none, Stock lies in the database.
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
func (c Claims) Of(b Business) []Property {
	switch {
	case b.Local():
		return c.Stock
	case b.HonoursKeys():
		return c.Card
	default:
		return c.Mail
	}
}

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

// Field is a field of a message that a handler may go by.
type Field uint8

// The fields of a message, beside its ID.
const (
	KeyField Field = iota
	BodyField
	GroupField
	SeqField
	fieldCount
)

// Reads returns the fields of a message that decide what a consumer does: the steps
// that its handler or its relay asks for, and what is in them. It is found out by
// running the handlers with messages that differ in one field. Nothing that is
// written about the consumer counts, [Consumer.Identity] least of all.
//
// The handlers are given every answer that a store could give, those that follow
// from the fewest surprises first, until a bound ends it. So a field that matters
// only far down an unlikely path may be missed.
func (c *Consumer) Reads() []Field {
	var all []Field
	for _, relay := range []bool{false, true} {
		if c.Handle == nil || relay && c.Relay == nil {
			continue
		}
		s := newReading(c, relay)
		s.walk() // it learns what the handler writes,
		s.walk() // and then finds that in the stores
		for f := range fieldCount {
			if s.read[f] && !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	slices.Sort(all)
	return all
}

// mostReadings is how many steps of a handler are compared: those of the whole
// catalogue are far fewer.
const mostReadings = 1500

// mostSurprises is how many answers of a path may be other than usual.
const mostSurprises = 3

// reading runs a handler with a message and with others that differ from it in one
// field each, and gives all of them the same answers.
type reading struct {
	prog   *Program
	relay  bool
	fields []Field // by kind of message, from kind 1
	read   [fieldCount]bool
	values []string // what may be found in a store
}

func newReading(c *Consumer, relay bool) *reading {
	plain := broker.Message{ID: "m1", Key: "k1", Body: "b1", Group: "g1", Seq: 1, Customer: "Ann", Amount: 1200}
	s := &reading{relay: relay, values: []string{"", "1", "2", "3"}}
	texts := []Owed{{Message: plain}}
	vary := func(f Field, change func(*broker.Message)) {
		m := plain
		change(&m)
		texts, s.fields = append(texts, Owed{Message: m}), append(s.fields, f)
	}
	vary(KeyField, func(m *broker.Message) { m.Key = "k2" })
	vary(BodyField, func(m *broker.Message) { m.Body = "b2" })
	vary(GroupField, func(m *broker.Message) { m.Group = "g2" })
	vary(SeqField, func(m *broker.Message) { m.Seq = 2 })
	vary(SeqField, func(m *broker.Message) { m.Seq = 3 })
	s.prog = newProgram(c.Handle, c.Relay, texts)
	return s
}

// stand is where the handlers have come to, by kind of message; 0 for one that has
// gone a way of its own.
type stand []int32

// walk compares the handlers step by step, along the paths with the fewest answers
// that are not usual first.
func (s *reading) walk() {
	var waiting [mostSurprises + 1][]stand
	start := make(stand, len(s.fields)+1)
	for kind := range start {
		start[kind] = s.prog.root(int32(kind), s.relay)
	}
	waiting[0] = []stand{start}
	seen := 0
	for surprises := 0; surprises <= mostSurprises; surprises++ {
		for i := 0; i < len(waiting[surprises]) && seen < mostReadings; i++ {
			seen++
			at := waiting[surprises][i]
			if s.compare(at); !slices.ContainsFunc(at[1:], func(n int32) bool { return n != 0 }) {
				continue // nothing is left to be found out
			}
			for _, answer := range s.answers(at[0]) {
				more := surprises
				if answer != usual[s.prog.nodes[at[0]].op] {
					more++
				}
				if more <= mostSurprises {
					waiting[more] = append(waiting[more], s.follow(at, answer))
				}
			}
		}
	}
}

// compare notes who asks for another step than the message that all others vary, and
// drops what is known.
func (s *reading) compare(at stand) {
	plain := &s.prog.nodes[at[0]]
	if plain.value != "" && !slices.Contains(s.values, plain.value) {
		s.values = append(s.values, plain.value)
	}
	for kind, f := range s.fields {
		n := at[kind+1]
		if n == 0 {
			continue
		}
		if other := &s.prog.nodes[n]; !same(&plain.step, &other.step) || plain.failed != other.failed {
			s.read[f] = true
		}
		if s.read[f] {
			at[kind+1] = 0
		}
	}
}

// follow gives all the same answer.
func (s *reading) follow(at stand, answer int32) stand {
	to := make(stand, len(at))
	for kind, n := range at {
		if n != 0 {
			to[kind] = s.prog.next(int32(kind), n, answer)
		}
	}
	return to
}

// answers lists what a step may be answered.
func (s *reading) answers(n int32) []int32 {
	op := s.prog.nodes[n].op
	var all []int32
	switch op {
	case OpReturn, OpPanic, opBroken:
		return nil
	case OpHas, OpRememberWithin, OpPutIfAbsent, OpSwap, OpInsert, OpCacheAdd, OpCacheSetIf, OpCacheDeleteIf, OpLookup, OpRedelivered:
		all = []int32{0, 1}
	case OpGet, OpCacheGet:
		all = []int32{0}
		for _, text := range s.values {
			all = append(all, s.prog.names.of(text)+1)
		}
	case OpAdd:
		for _, sum := range []string{"1", "2", "3"} {
			all = append(all, s.prog.names.of(sum))
		}
	case OpNewID:
		all = []int32{s.prog.names.of("new-1")}
	case OpDeliveries:
		all = []int32{1, 2, 3}
	default:
		all = []int32{0}
	}
	if op == OpPerformFenced {
		all = append(all, saidFenced)
	}
	if op == OpAck {
		return append(all, saidRejected)
	}
	if op.CanFail() {
		all = append(all, saidUnavailable)
	}
	return all
}
