package program

import (
	"errors"
	"math"
	"strconv"

	"dejavu/sim/op"
	"dejavu/sim/store"
)

// The answers that stand for an error: see [ErrorOf]. Every other answer is 0 or more.
const (
	SaidUnavailable int32 = -1 - iota
	SaidNoReply
	SaidRejected
	SaidFenced
	saidOutside
	SaidDeadlock
	SaidTaken
	SaidLocked
	SaidAborted
	SaidConflict
	SaidOtherBody
)

// errOutside is the answer to whoever has no business here: see outsiders.
var errOutside = errors.New("the handler " + outsideRule)

// errDeadlock is what a database says of a transaction that it has aborted. No handler
// sees it: the attempt is over.
var errDeadlock = errors.New("deadlock: the database has aborted the transaction")

// ErrorOf returns the error that an answer stands for, or nil.
func ErrorOf(a int32) error {
	switch a {
	case SaidUnavailable:
		return ErrUnavailable
	case SaidNoReply:
		return ErrNoReply
	case SaidRejected:
		return ErrAckRejected
	case SaidFenced:
		return ErrFenced
	case saidOutside:
		return errOutside
	case SaidDeadlock:
		return errDeadlock
	case SaidTaken:
		return ErrUniqueViolation
	case SaidLocked:
		return ErrLocked
	case SaidAborted:
		return ErrAborted
	case SaidConflict:
		return ErrConflict
	case SaidOtherBody:
		return ErrOtherBody
	}
	return nil
}

// usual is what a message is answered that is handled for the first time and
// without trouble; askAgain where that cannot be known.
var usual = [op.Count]int32{
	op.PutIfAbsent: 1, op.Insert: 1, op.InsertOrFail: 1, op.TxAck: 1, op.AdvisoryLock: 1, op.TryAdvisoryLock: 1, op.AdvisoryUnlock: 1, op.Swap: 1, op.CacheAdd: 1, op.Deliveries: 1, op.RememberWithin: 1,
	op.CacheSetIf: 1, op.CacheDeleteIf: 1,
	op.Add: askAgain, op.NewID: askAgain,
}

// untroubled is usual as an answer, and not as a guess: what is read from it is the same
// whichever nodes exist already.
var untroubled = usual

// WithoutGuessing runs f while every handler parks at every step, instead of going on with a
// guessed answer: that must change nothing, and a test holds that. It is not safe for
// concurrent use.
func WithoutGuessing(f func()) {
	guesses := usual
	defer func() { usual = guesses }()
	for i := range usual {
		usual[i] = askAgain
	}
	f()
}

// Answered returns what a step was answered, in words: the error that the handler saw, what it
// read, or yes or no. It is "" for a step that answers nothing.
func (p *Program) Answered(to op.Op, answer int32) string {
	if err := ErrorOf(answer); err != nil {
		return err.Error()
	}
	switch to {
	case op.Get, op.CacheGet:
		if answer == 0 {
			return "nothing"
		}
		return strconv.Quote(p.Names.At(answer - 1))
	case op.Has, op.RememberWithin, op.PutIfAbsent, op.Insert, op.InsertOrFail, op.Lock, op.LockNoWait, op.LockSkipLocked, op.TryAdvisoryLock, op.AdvisoryUnlock, op.TxAck, op.Swap, op.CacheAdd, op.CacheSetIf, op.CacheDeleteIf, op.Lookup, op.Redelivered:
		if answer == 1 {
			return "yes"
		}
		return "no"
	case op.Add, op.NewID:
		return p.Names.At(answer)
	case op.Deliveries:
		return strconv.Itoa(int(answer))
	case op.Commit, op.Ack, op.AdvisoryLock, op.CacheSet, op.CacheDelete:
		return "ok"
	}
	if to.Performs() {
		return "ok"
	}
	return ""
}

// unknown is the value of what was written and would be another thing if it were
// written again.
const unknown = math.MinInt32

// Told returns what the step is answered if what it is about has a value, or is store.Absent, and
// the value that it has afterwards.
func (n *Node) Told(value int32) (answer, becomes int32) {
	there := value != store.Absent
	switch n.Op {
	case op.Get, op.CacheGet:
		return value + 1, value
	case op.InsertOrFail:
		if there {
			return SaidTaken, value
		}
		return 1, n.ValNo
	case op.Lock, op.LockNoWait, op.LockSkipLocked:
		return store.Bit(there), value
	case op.Insert, op.PutIfAbsent, op.CacheAdd:
		if there {
			return 0, value
		}
		return 1, n.ValNo
	case op.Swap, op.CacheSetIf, op.CacheDeleteIf:
		if max(value, 0) != n.OldNo {
			return 0, value
		}
		return 1, unknown
	case op.Delete, op.CacheDelete:
		return 0, store.Absent
	}
	return 0, unknown
}

// OwnClock reports whether a step compares the time of a row with its worker's own clock.
func (n *Node) OwnClock() bool { return n.Op == op.Insert && n.TTL > 0 }
