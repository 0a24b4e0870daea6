package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/business"
	"dejavu/sim/fault"
	"dejavu/sim/program"
	"dejavu/sim/span"
	"dejavu/sim/store"
)

// Consumer is a strategy against duplicates, or the lack of one.
type Consumer struct {
	// Name is how files and commands call it: lower case, words joined by "-".
	Name string
	// Clause says in a few words what it does, in the order in which it does it.
	Clause string
	// Handle is the strategy itself.
	Handle Handler
	// Relay, if not nil, is a second handler on a process of its own: it is handed what
	// [dejavu/sim/program.Tx.Enqueue] has put into the outbox table. Returning nil marks the
	// row sent, returning an error leaves it to be tried again.
	Relay Handler
	// Cursor makes the relay follow a cursor over the numbers of the rows, and mark none: see
	// [dejavu/sim/program.Tx.Enqueue]. It is handed the lowest row beyond the cursor. Returning
	// nil moves the cursor there, and what lies at or below it is never looked at again. It locks
	// the cursor from one row to the next, so however many relays are started, one is at work.
	Cursor bool
	// Body are the lines of a handler that is data, by which [dejavu/sim/program.Proc.At] says
	// where it is. It is nil for one that is written in a file.
	Body []string
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

// MarkWords are what the ack of a relay is called, in each form that a text needs.
type MarkWords struct{ Do, Does, Did, Doing, Done string }

// Mark returns what the ack of the relay is called: it marks the row or moves the cursor.
func (c *Consumer) Mark() MarkWords {
	if c.Cursor {
		return MarkWords{"move cursor", "moves the cursor", "moved the cursor", "moving the cursor", "cursor moved"}
	}
	return MarkWords{"mark sent", "marks it sent", "marked it sent", "marking it sent", "marked sent"}
}

// Reads returns the fields of a message that decide what a consumer does: the steps
// that its handler or its relay asks for, and what is in them. It is found out by
// running the handlers with messages that differ in one field. Nothing that is
// written about the consumer counts, [Consumer.Identity] least of all.
//
// The handlers are given every answer that a store could give, those that follow
// from the fewest surprises first, until a bound ends it. So a field that matters
// only far down an unlikely path may be missed.
func (c *Consumer) Reads() []Field {
	return program.Reads(program.Code{Handle: c.Handle, Relay: c.Relay, Cursor: c.Cursor, Parts: Card.Parts()})
}

// Claims are the properties that a consumer guarantees, whatever
// goes wrong of what every queue and process can do: crashes, pauses past a deadline,
// lost acks and replies, steps that fail, copies. A publish under a new message ID
// is not among these: whether that is the same thing is for the business to say.
//
// What can be guaranteed depends on where the effect lies and not on what it is, so a
// business is claimed for as the one that is like it: Card lies outside and honours
// idempotency keys, Mail lies outside and honours none, Stock lies in the database.
//
// Where a message has several effects, what is claimed of each of them alone is claimed
// of all of them together, unless Several says otherwise: a handler may take one effect
// for the sign that all are done.
//
// Of a status the same is claimed as of stock, but for NeverTwice, unless Status says
// otherwise: whoever keeps one message from being done twice does not keep an older one from
// being done after a newer.
type Claims struct{ Card, Mail, Stock, Several, Status []Property }

// Everywhere claims the same properties in every business.
func Everywhere(p ...Property) Claims { return Claims{Card: p, Mail: p, Stock: p} }

// Of returns what is claimed in a business.
func (c Claims) Of(b Business) []Property {
	switch parts := b.Parts(); {
	case len(parts) > 1 && c.Several != nil:
		return c.Several
	case len(parts) > 1:
		all := slices.Clone(c.Of(parts[0]))
		for _, part := range parts[1:] {
			all = slices.DeleteFunc(all, func(p Property) bool { return !slices.Contains(c.Of(part), p) })
		}
		return all
	case b.Info().LastWins && c.Status != nil:
		return c.Status
	case b.Info().LastWins:
		return slices.DeleteFunc(slices.Clone(c.Stock), func(p Property) bool { return p == NeverTwice })
	case b.Local():
		return c.Stock
	case b.HonoursKeys():
		return c.Card
	default:
		return c.Mail
	}
}

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

// Lane is one consumer under test: a queue, workers and stores of its own, and
// the messages and the trouble that it shares with the lanes beside it.
type Lane struct {
	Consumer Consumer
	Business Business
	Queue    broker.Profile
	Messages []Owed
	// Processes is how many processes compete for messages; 0 means 2.
	Processes int
	// Threads is how many workers share the memory of a process; 0 means 1.
	Threads int
	// Relays is how many processes handle the rows of an outbox, where the consumer has one;
	// 0 means 1, and MaxRelays is the most. Claim is what they do to a row before that. Where a
	// cursor goes over the rows there is one: it locks the cursor while it is at work.
	Relays int
	Claim  RowClaim
	// Database is how the consumer's own database takes an error; the zero value is
	// Postgres.
	Database Database
	// Timing is how long things take; the zero value means DefaultTiming.
	Timing Timing
	// Plan is what goes wrong. It means the same to every consumer.
	Plan []Fault
	// Rates draws further faults by Seed.
	Rates Rates
	Seed  uint64
	// BankKeys is how long the receiver of the effect honours an idempotency key, from
	// its first use; 0 means DefaultBankKeys, and Forever that no key runs out.
	BankKeys time.Duration
	// Bank is what else the receiver makes of a key: the zero value nothing.
	Bank Bank
	// Spared are faults that chance draws and that do not strike all the same: how
	// would it have gone without this one? One that chance does not draw spares
	// nothing.
	Spared []Fault
	// Until ends the run; 0 means one day after the last publish or planned fault, a
	// pause that is longer than that included.
	Until time.Duration
	// MaxEvents is the budget of the run: it takes no action once there are so many
	// events, whatever is still due. 0 means no budget.
	MaxEvents int
}

// DefaultBankKeys is how long a receiver honours an idempotency key unless a lane says
// otherwise: Stripe removes keys after at least 24 hours.
const DefaultBankKeys = 24 * time.Hour

// Forever is the length of what never runs out.
const Forever time.Duration = -1

// Limits on a lane. They are far above what anyone can watch.
const (
	MaxMessages   = 10_000_000
	MaxWorkers    = fault.MaxWorkers
	MaxFaults     = 10_000
	MaxDeliveries = fault.MaxDeliveries // of one broker message, then the run ends
	MaxTime       = span.Max
)

func (l *Lane) workers() int {
	processes := l.Processes
	if processes == 0 {
		processes = 2
	}
	return processes * max(l.Threads, 1)
}

// CheckPlan says which fault of a plan cannot be, for certain messages and a
// number of workers, and why. It returns -1 and nil if all can.
func CheckPlan(plan []Fault, owed []Owed, rates Rates, workers int) (int, error) {
	if len(plan) == 0 {
		return -1, nil
	}
	copies, most := make(map[string]int, len(owed)), rates.Copies()
	for i := range owed {
		copies[owed[i].ID] = most
	}
	return fault.CheckPlan(plan, copies, workers)
}

// Profile returns the queue of the lane as its consumer has it: one whose strategy
// is a dedup window has a queue that keeps message IDs for at least so long.
func (l *Lane) Profile() broker.Profile {
	p := l.Queue
	if l.Consumer.Window > 0 {
		p.DedupWindow, p.DedupBy = max(p.Window(), l.Consumer.Window), broker.ByMessageID
	}
	return p
}

// bankKeys returns how long the receiver honours a key, or Forever.
func (l *Lane) bankKeys() time.Duration {
	if l.BankKeys == 0 {
		return DefaultBankKeys
	}
	return l.BankKeys
}

// Debts returns of how many things verdicts are given: each part of each message. See
// [Business.Debt].
func (l *Lane) Debts() int { return len(l.Messages) * len(l.Business.Parts()) }

// Validate says what is wrong with a lane, and what to write instead.
func (l *Lane) Validate() error {
	if l.Consumer.Handle == nil {
		return fmt.Errorf("consumer %q has no Handle: give it a function", l.Consumer.Name)
	}
	if len(l.Messages) == 0 {
		return errors.New("no messages: list at least one")
	}
	if len(l.Messages) > MaxMessages {
		return fmt.Errorf("%d messages: at most %d", len(l.Messages), MaxMessages)
	}
	if l.Processes < 0 || l.Threads < 0 || l.Processes > MaxWorkers || l.Threads > MaxWorkers || l.workers() > MaxWorkers {
		return fmt.Errorf("%d processes of %d threads: 1 to %d workers in all", l.Processes, l.Threads, MaxWorkers)
	}
	if l.Relays < 0 || l.Relays > MaxRelays {
		return fmt.Errorf("%d relays: 1 to %d", l.Relays, MaxRelays)
	}
	if len(l.Plan) > MaxFaults {
		return fmt.Errorf("%d faults: at most %d", len(l.Plan), MaxFaults)
	}
	if l.Until < 0 || l.Until > MaxTime {
		return fmt.Errorf("until %v: 0s to %v", l.Until, MaxTime)
	}
	if l.MaxEvents < 0 {
		return fmt.Errorf("a budget of %d events: want 1 or more, or 0 for none", l.MaxEvents)
	}
	if l.BankKeys != Forever && (l.BankKeys < 0 || l.BankKeys > MaxTime) {
		return fmt.Errorf("the bank honours keys for %v: above 0s, up to %v", l.BankKeys, MaxTime)
	}
	for _, d := range []time.Duration{l.Timing.Effect, l.Timing.Store, l.Timing.Restart} {
		if d < 0 || d > MaxTime {
			return fmt.Errorf("a step that takes %v: 0s to %v", d, MaxTime)
		}
	}
	if len(l.Spared) > MaxFaults {
		return fmt.Errorf("%d faults are spared: at most %d", len(l.Spared), MaxFaults)
	}
	queue := l.Profile()
	if err := queue.Validate(); err != nil {
		return err
	}
	if err := checkMessages(l.Messages); err != nil {
		return err
	}
	if i, err := CheckPlan(l.Plan, l.Messages, l.Rates, l.workers()); err != nil {
		return fmt.Errorf("fault %s: %w", l.Plan[i], err)
	}
	return l.Rates.Validate()
}

// Owed is one thing owed: what a verdict is given for. It is published as one
// broker message; copies and republishes of that message count for it too.
type Owed struct {
	// ID is its name, unique in a scenario.
	ID string
	// At is when its message is published, in virtual time from the start.
	At time.Duration
	// NotBefore is when it may be begun, in virtual time from the start: whoever is handed its
	// message before that holds it, unacked. 0 is at once.
	NotBefore time.Duration
	// Owes, if not "", is the ID of an earlier message whose debt this one stands for: the same
	// order by a second door, or a client's retry. Then there is one debt, and the verdict is
	// on that: what either does counts for it, as what a copy does.
	Owes string
	// Message is what consumers are handed.
	broker.Message
}

// checkMessages holds that every thing owed has a name that nothing else has.
func checkMessages(owed []Owed) error {
	if err := checkOwes(owed); err != nil {
		return err
	}
	var seen store.Index
	name := func(i int32) string { return owed[i].ID }
	known := func(id string) bool {
		_, found := seen.Find(id, name)
		return found
	}
	lettered := false // a name or an ID may be that of a copy
	for i := range owed {
		id := owed[i].ID
		switch {
		case id == AllMessages:
			return fmt.Errorf("the id %q is what slow calls every message: choose another", id)
		case id == "":
			return fmt.Errorf("message %d has no id: give it one, such as m%d", i+1, i+1)
		case seen.Enter(int32(i), id, name) != int32(i):
			return fmt.Errorf("two messages have the id %q: an id names one thing owed", id)
		case owed[i].At < 0 || owed[i].At > MaxTime:
			return fmt.Errorf("message %s is published at %v: 0s to %v", id, owed[i].At, MaxTime)
		case owed[i].NotBefore < 0 || owed[i].NotBefore > MaxTime:
			return fmt.Errorf("message %s is not begun before %v: 0s to %v", id, owed[i].NotBefore, MaxTime)
		}
		_, a := fault.SplitCopy(id)
		_, b := fault.SplitCopy(owed[i].Message.ID)
		lettered = lettered || a > 0 || b > 0
	}
	if !lettered {
		return nil
	}
	for i := range owed {
		if of, letter := fault.SplitCopy(owed[i].ID); letter > 0 && known(of) {
			return fmt.Errorf("the id %q is what a copy of %s is called: choose another", owed[i].ID, of)
		}
		if of, letter := fault.SplitCopy(owed[i].Message.ID); letter > 0 && known(of) {
			return fmt.Errorf("the message ID %q is what %s gets when it is published again: choose another", owed[i].Message.ID, of)
		}
	}
	return nil
}

// checkOwes holds that a message which stands for the debt of another names one that is
// listed before it, and is about the same money of the same customer.
func checkOwes(owed []Owed) error {
	if !look(owed).owing {
		return nil
	}
	before := map[string]*Owed{}
	for i := range owed {
		o := &owed[i]
		if o.Owes != "" {
			if err := o.MayOwe(before[o.Owes]); err != nil {
				return fmt.Errorf("message %s owes %s: %w", o.ID, o.Owes, err)
			}
		}
		if before[o.ID] == nil {
			before[o.ID] = o
		}
	}
	return nil
}

// MayOwe says why a message cannot stand for the debt of another, which is nil if none of
// that name is listed before it.
func (o *Owed) MayOwe(of *Owed) error {
	switch {
	case o.Owes == o.ID:
		return errors.New("that is itself. Name an earlier message, or leave owes out")
	case of == nil:
		return errors.New("no message of that id is listed before it. Name an earlier one")
	case of.Owes != "":
		return fmt.Errorf("that one owes %s itself. Write owes: %s", of.Owes, of.Owes)
	case o.Customer != of.Customer:
		return fmt.Errorf("one debt has one customer, not %s and %s", of.Customer, o.Customer)
	case o.Amount != of.Amount:
		return errors.New("one debt has one amount. Give both the same")
	}
	return nil
}

// debtors returns, for each thing listed, whose debt it is: an earlier one's where it says
// so, else its own.
func debtors(owed []Owed) []int32 {
	at, stands := map[string]int32{"": -1}, make([]int32, len(owed))
	for i := range int32(len(owed)) {
		if at[owed[i].ID] = i; owed[i].Owes == "" {
			stands[i] = i
		} else {
			stands[i] = at[owed[i].Owes]
		}
	}
	return stands
}

// looks are what holds of the things owed: to look at many takes long, so it is done once.
type looks struct {
	keyed   bool // the business key of one is not its name
	owing   bool // one is the debt of another
	defers  bool // one is not to be begun before a time
	inOrder bool // they are listed in order of their publish
}

func look(owed []Owed) looks {
	l := looks{inOrder: true}
	for i := range owed {
		o := &owed[i]
		l.keyed, l.owing, l.defers = l.keyed || o.Key != o.ID, l.owing || o.Owes != "", l.defers || o.NotBefore > 0
		l.inOrder = l.inOrder && (i == 0 || owed[i-1].At <= o.At)
	}
	return l
}

// keyClasses returns, for each thing owed, the first that has its business key, or nil where
// each has one of its own: names are unique, so keys that are names are.
func keyClasses(owed []Owed) []int32 {
	first := make(map[string]int32, len(owed))
	classes := make([]int32, len(owed))
	shared := false
	for i := range owed {
		at, found := first[owed[i].Key]
		if !found {
			at = int32(i)
			first[owed[i].Key] = at
		}
		classes[i] = at
		shared = shared || found
	}
	if !shared {
		return nil
	}
	return classes
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

// Database is a kind of database: what becomes of a transaction in which a statement has
// failed. The statements that report an error are InsertOrFail, Lock and its forms; an error
// of Perform aborts nothing, for it may come from anywhere on the way.
type Database uint8

// The databases.
const (
	// Postgres aborts the transaction: every later statement fails, up to a rollback, and
	// a commit rolls back (PostgreSQL 17 manual, "Appendix A, error codes", class 25, and
	// "COMMIT": in 15 it was measured so).
	Postgres Database = iota
	// MySQL undoes the statement alone, and the transaction goes on (MySQL 8.4 manual,
	// "InnoDB Error Handling": a duplicate-key error rolls back the SQL statement).
	MySQL
)

// Databases returns all there are.
func Databases() []Database { return []Database{Postgres, MySQL} }

// String returns the database as a file says it.
func (d Database) String() string { return [...]string{"postgres", "mysql"}[d] }

// What a handler is written with: p and what it reaches. See package dejavu/sim/program.
type (
	Handler = program.Handler
	Proc    = program.Proc
	Memory  = program.Memory
	DB      = program.DB
	Tx      = program.Tx
	Cache   = program.Cache
)

// MaxSteps is how many steps an attempt may take, its return included.
const MaxSteps = program.MaxSteps

// What a step can report, and what a handler can return to reject a message.
var (
	ErrUnavailable     = program.ErrUnavailable
	ErrNoReply         = program.ErrNoReply
	ErrFenced          = program.ErrFenced
	ErrConflict        = program.ErrConflict
	ErrOtherBody       = program.ErrOtherBody
	ErrAckRejected     = program.ErrAckRejected
	ErrUniqueViolation = program.ErrUniqueViolation
	ErrLocked          = program.ErrLocked
	ErrAborted         = program.ErrAborted
	ErrReject          = program.ErrReject
)

// HandlerError says that a handler broke a rule, and Site where.
type (
	HandlerError = program.HandlerError
	Site         = program.Site
)

// Field is a field of a message that a handler may go by.
type Field = program.Field

// The fields of a message, beside its ID.
const (
	KeyField   = program.KeyField
	BodyField  = program.BodyField
	GroupField = program.GroupField
	SeqField   = program.SeqField
)

// Business is what performing means, and so where the effect lies.
type Business = business.Business

// The businesses. What is known of each stands in its row of the table in sim/business.
const (
	Card   = business.Card
	Mail   = business.Mail
	Stock  = business.Stock
	Order  = business.Order
	Status = business.Status
)

// BusinessInfo is everything about a business that is data, and BusinessWords are how people
// talk in it.
type (
	BusinessInfo  = business.Info
	BusinessWords = business.Words
)

// Bank is what the receiver of the effect makes of an idempotency key: of a second request
// whose first is still at work, and of one with another body.
type (
	Bank      = business.Bank
	InFlight  = business.InFlight
	OtherBody = business.OtherBody
)

// What a receiver can make of such a request.
const (
	Wait       = business.Wait
	Conflict   = business.Conflict
	IgnoreBody = business.IgnoreBody
	RefuseBody = business.RefuseBody
)

// Businesses are all there are, in the order in which a list shows them.
func Businesses() []Business { return business.All() }

// SingleEffects are the businesses of one effect each that can be had too often.
func SingleEffects() []Business { return business.Singles() }
