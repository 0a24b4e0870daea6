package program

import (
	"errors"
	"fmt"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/op"
)

// Handler handles one delivery of a message. Every method that it calls on p is
// one atomic step, and a crash can fall between any two. Returning nil acks the
// message, returning an error nacks it, and returning [ErrReject] rejects it.
//
// A handler must be a function of the message and of what p answers, and of
// nothing else: it keeps no state in Go variables, starts no goroutine and asks
// no clock. See [Proc].
type Handler func(p *Proc, m broker.Message) error

// Proc is what a handler works with: the vocabulary in which a consumer is
// written. Every method is one atomic step. A crash can fall between any two
// steps, and a step takes effect as a whole or not at all.
//
// There is no clock, on purpose: what expires is the business of the store that
// holds it.
type Proc struct {
	// Memory belongs to the process and dies with it.
	Memory Memory
	// DB is the consumer's own database: durable, shared by all its processes.
	DB DB
	// Cache is a separate store beside the database, like a Redis.
	Cache Cache

	prog          *Program
	msg           *broker.Message
	path          []pathStep // the answers to be given before anything new is asked
	at            int        // how many of them have been given
	as            Errand     // whose handler it is, and what it was handed
	open          bool       // a transaction is open,
	tx            txAt       // and what else is known of it
	parked        bool       // the handler is being unwound: steps ask for nothing
	node          int32      // the node the next new step hangs from, after answer
	answer        int32
	acked, reject bool    // it has acked, or rejected its message
	done          int8    // performs so far
	over          bool    // the handler has returned: nothing may be asked for
	finder        *finder // set while a source line is looked for
	line          Site    // see At
}

// What a step can report. A handler that returns one of these, or any other
// error, nacks the message.
var (
	// ErrUnavailable is a definite error: the step did nothing (503).
	ErrUnavailable = errors.New("unavailable: nothing was done")
	// ErrNoReply is an ambiguous error: the step may have been done (504).
	ErrNoReply = errors.New("no reply: it may or may not have been done")
	// ErrFenced is the answer of a stock that has seen a higher token: somebody
	// else has taken over. Nothing was done.
	ErrFenced = errors.New("fenced off: a higher token was seen, nothing was done")
	// ErrConflict is the answer of a receiver that is still at work on another request
	// under the same idempotency key (409), where it does not let the second wait: see
	// Bank. This request has done nothing; the other one may.
	ErrConflict = errors.New("conflict: a request with this key is still at work")
	// ErrOtherBody is the answer of a receiver that knows the idempotency key from a
	// request with another body (422): see [dejavu/sim.Bank]. This request has done nothing.
	ErrOtherBody = errors.New("refused: this key was used with another body")
	// ErrAckRejected is the answer of a queue that rejects a late or stale ack.
	ErrAckRejected = errors.New("ack rejected: the receipt is no longer current")
	// ErrUniqueViolation is the error of a plain INSERT: the key is taken, nothing was
	// written. PostgreSQL's unique_violation (23505), MySQL's error 1062.
	ErrUniqueViolation = errors.New("unique violation: the key is taken")
	// ErrLocked is the error of a lock that does not wait: another one holds the row.
	// PostgreSQL's lock_not_available (55P03), MySQL's error 3572.
	ErrLocked = errors.New("lock not available: another transaction holds the row")
	// ErrAborted is what PostgreSQL says of everything in a transaction in which a
	// statement has failed, up to its end (25P02, in_failed_sql_transaction).
	ErrAborted = errors.New("transaction aborted: an earlier statement in it has failed")
)

// ErrReject, returned by a handler, or wrapped in what it returns, rejects the message: it is
// never to be delivered again, for no retry will help. AckTerm of JetStream and basic.reject
// without requeue of RabbitMQ say so. On a queue that has no such answer
// ([broker.Profile].Rejects), such as SQS, and where acks go together, it is a nack like any other.
var ErrReject = errors.New("rejected: it must not be delivered again")

// Perform has the effect: it charges the card, sends the mail or takes the item
// from stock, as the scenario's business says. m must be the message that the
// handler was handed. Stock joins the open transaction, if there is one.
//
// An order has all three, in a step each: the charge, the item, the mail. A crash can
// fall between them, and an error ends it: what comes after is not done.
func (p *Proc) Perform(m broker.Message) error {
	p.handed(&m, "performed")
	return p.performAll(step{Op: op.Perform})
}

// PerformOnce is Perform with an idempotency key for the receiver. One that
// honours keys does nothing, and reports success, if it has seen the key; where
// none is honoured it is Perform. It may refuse the request instead, if the first one
// under the key is at work or had another body: see [dejavu/sim.Bank].
func (p *Proc) PerformOnce(m broker.Message, key string) error {
	p.handed(&m, "performed")
	p.keyed(key)
	return p.performAll(step{Op: op.PerformKey, Key: key})
}

// Tables of the consumer's own database that the stock itself keeps.
const (
	TableEffects = "effects" // a row for each item taken by PerformUnique
	tableFence   = "fence"   // the highest token that PerformFenced has seen, by business key
)

// PerformUnique is Perform as a conditional write: the effect is a row of the table
// "effects" whose key is unique, and where that key is taken it does nothing and
// reports success. It is one atomic step, it joins the open transaction, and it
// waits for a row that another one has written. Only stock is a row in the
// consumer's own database; for card and mail it is Perform.
func (p *Proc) PerformUnique(m broker.Message, key string) error {
	p.handed(&m, "performed")
	if key == "" && p.listens() {
		p.fault("performed with an empty unique key: pass what is unique about the effect, or call Perform")
	}
	return p.performAll(step{Op: op.PerformUnique, Table: TableEffects, Key: key})
}

// PerformFenced is Perform with a fencing token: in one atomic step the stock
// refuses, with ErrFenced, a token lower than the highest that it has seen for m's
// business key. The highest is a row of the table "fence", which joins the open
// transaction. Somebody has to check a token, and card gateways and mail servers
// do not: there it is Perform.
func (p *Proc) PerformFenced(m broker.Message, token int) error {
	p.handed(&m, "performed")
	if token < 0 && p.listens() {
		p.fault("performed with a negative fencing token: tokens count up from 0")
	}
	return p.performAll(step{Op: op.PerformFenced, Table: tableFence, Key: m.Key, Value: strconv.Itoa(token)})
}

// Lookup asks the receiver whether it has an effect under m's business key. A
// mail server keeps nothing that could be asked: there the answer is always no. Of an
// order it asks the bank, which knows nothing of the item and the mail.
func (p *Proc) Lookup(m broker.Message) (bool, error) {
	p.handed(&m, "performed")
	a := p.ask(&step{Op: op.Lookup, Part: p.answering()})
	return a == 1, ErrorOf(a)
}

// Ack acks the message before the handler has returned. An attempt acks once:
// after it a return reports nothing. A lost ack is silent; only a queue that
// rejects late or stale acks makes it return an error.
func (p *Proc) Ack() error {
	if p.listens() && (p.acked || p.tx.Acks) {
		p.fault(ackedTwice)
	}
	return ErrorOf(p.ask(&step{Op: op.Ack}))
}

const ackedTwice = "acked twice: an attempt acks once, by p.Ack, by tx.Ack or by returning nil"

// NewID returns an ID that no attempt has seen before.
func (p *Proc) NewID() string { return p.text(p.ask(&step{Op: op.NewID})) }

// Deliveries returns how often the queue has delivered this broker message,
// this time included.
func (p *Proc) Deliveries() int { return max(int(p.ask(&step{Op: op.Deliveries})), 0) }

// Redelivered returns the queue's redelivered flag: whether this broker message
// was delivered before. A copy is a broker message of its own.
func (p *Proc) Redelivered() bool { return p.ask(&step{Op: op.Redelivered}) == 1 }

// At says which line asks for what is asked for next, in a handler that is data: its Go is
// that of whoever runs it. See [dejavu/sim.Consumer].Body. It is no step.
func (p *Proc) At(line Site) { p.line = line }

func (p *Proc) text(answer int32) string {
	if answer <= 0 {
		return ""
	}
	return p.prog.Names.At(answer)
}

const keptRule = "kept p of an attempt that is over: take the p that the handler is handed, and keep it nowhere"

// listens reports whether what is asked for now counts. Nothing of p may be looked at
// before it has said so: another goroutine may be at work on it.
func (p *Proc) listens() bool {
	if !ours() {
		return false
	}
	if p.over {
		p.fault(keptRule)
	}
	return !p.parked
}

func (p *Proc) handed(m *broker.Message, did string) {
	if p.listens() && *m != *p.msg {
		p.fault(did + " a message that it was not handed: pass on the message as it came")
	}
}

// keyed refuses an empty idempotency key.
func (p *Proc) keyed(key string) {
	if key == "" && p.listens() {
		p.fault("performed with an empty idempotency key: pass a key, or call Perform")
	}
}

// parkSignal unwinds a handler that asked for a step whose answer is not known.
type parkSignal struct{}

// ask is the one way in which a handler touches the world. While the handler
// replays, it gives the answers of the path; then it goes on with the usual
// answers; where there is none it parks.
func (p *Proc) ask(s *step) int32 {
	if !ours() {
		return p.prog.outsiders.outside()
	}
	if p.over {
		p.fault(keptRule)
	}
	if p.parked {
		return 0
	}
	if s.Op.Place() == op.Outside {
		s.Tx = p.open
	} else if s.Tx && !p.open {
		p.fault("used a transaction that is over: begin another")
	}
	if p.finder != nil {
		return p.finder.ask(p, s)
	}
	if p.at < len(p.path) {
		known := &p.path[p.at]
		if !same(&p.prog.Nodes[known.node].step, s) {
			p.fault(notDeterministic(*s, p.prog.Nodes[known.node].step))
		}
		if known.answer == askAgain {
			p.park()
		}
		p.at++
		p.follow(s, known.answer)
		p.node, p.answer = known.node, known.answer
		return known.answer
	}
	if p.at+1 >= MaxSteps {
		p.fault(fmt.Sprintf("asked for more than %d steps in one attempt: does it loop for ever?", MaxSteps))
	}
	p.node = p.prog.grow(p, s)
	p.at++
	p.answer = usual[s.Op]
	if p.answer == askAgain {
		p.park()
	}
	p.follow(s, p.answer)
	return p.answer
}

func (p *Proc) park() {
	p.parked = true
	panic(parkSignal{})
}

// follow keeps what later steps need to know of the answers so far.
func (p *Proc) follow(s *step, answer int32) {
	switch s.Op {
	case op.Begin:
		p.open = true
	case op.Commit:
		p.open = answer == SaidUnavailable || answer == SaidNoReply // the client is in doubt: it may still roll back
		p.acked = p.acked || p.tx.Acks && answer == 0
		p.tx.Aborted, p.tx.Locked, p.tx.Acks = p.tx.Aborted && p.open, p.tx.Locked && answer == SaidUnavailable, p.tx.Acks && answer == SaidUnavailable
	case op.Rollback:
		p.open, p.tx.Aborted, p.tx.Locked, p.tx.Acks = false, false, false, false
	case op.TxAck:
		p.tx.Acks = answer == 1
	case op.AdvisoryUnlock:
		p.tx.Session -= int8(max(answer, 0))
	case op.Ack:
		p.acked = true
	default:
		switch {
		case s.Op.Performs():
			p.done++
		case answer < 0 && s.Tx && s.Op.Place() == op.InDB:
			p.tx.Aborted = p.tx.Aborted || !p.prog.MySQL
		case !s.Op.Holds() || answer != 1:
		case s.Tx:
			p.tx.Locked = true
		default:
			p.tx.Session++
		}
	}
}
