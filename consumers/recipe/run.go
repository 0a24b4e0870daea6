package recipe

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// errBusy nacks a message that another worker has, as in package consumers.
var errBusy = errors.New("another worker is at it")

// errDone ends an attempt early and acks: no handler returns it.
var errDone = errors.New("done")

// attempt is a handler at work: the recipe, and what its variables hold.
type attempt struct {
	Recipe
	p     *sim.Proc
	m     broker.Message
	at    int // the block
	tx    sim.Tx
	fresh string // the ID that is new in this attempt
	mine  string // what its lease says
	token int
	fence bool // token is taken
}

func (r Recipe) handle(p *sim.Proc, m broker.Message) error {
	a := attempt{Recipe: r, p: p, m: m}
	defer a.rollback()
	for i := range r.Blocks {
		a.at = i
		p.At(r.site(i))
		if err := rows[r.Blocks[i].Do].run(&a, &r.Blocks[i]); err == errDone {
			return nil
		} else if err != nil {
			return err
		}
	}
	if r.open {
		p.Deliveries()
	}
	return nil
}

// site is the line of a block.
func (r *Recipe) site(i int) sim.Site { return sim.Site{File: r.name(), Line: i + 1} }

func (r Recipe) relayed(p *sim.Proc, m broker.Message) error {
	a := attempt{Recipe: r, p: p, m: m}
	i := slices.IndexFunc(r.Blocks, func(b Block) bool { return b.Do == Enqueue })
	p.At(r.site(i))
	return a.effect(&r.Blocks[i])
}

// rollback is deferred where a transaction begins.
func (a *attempt) rollback() {
	if a.tx != (sim.Tx{}) {
		a.tx.Rollback()
	}
}

// found returns from the handler as the options of a block say, if it is there.
func found(there bool, b *Block) error {
	switch {
	case !there:
		return nil
	case b.Taken == Nack:
		return errBusy
	}
	return errDone
}

// down returns from the handler, or goes on, as the options of a block say about an error.
func down(err error, b *Block) error {
	switch b.Down {
	case GoOn:
		return nil
	case Drop:
		return errDone
	}
	return err
}

// key is what a block knows the message by.
func (a *attempt) key(by ID) string {
	switch by {
	case MessageID:
		return a.m.ID
	case BusinessKey:
		return a.m.Key
	case BodyHash:
		hash := sha256.Sum256([]byte(a.m.Body))
		return fmt.Sprintf("%x", hash[:8])
	case Sequence:
		return a.m.Group + "/" + strconv.Itoa(a.m.Seq)
	}
	if a.fresh == "" {
		a.fresh = a.p.NewID()
	}
	return a.fresh
}

// rowStore is the table: in the open transaction, or each write by itself.
type rowStore interface {
	Get(table, key string) (string, bool)
	Put(table, key, value string)
	PutIfAbsent(table, key, value string) bool
	Insert(table, key string) bool
	InsertFor(table, key string, retention time.Duration) bool
	CompareAndSet(table, key, old, value string) bool
}

func (a *attempt) rows(b *Block) rowStore {
	if b.inTx() {
		return a.tx
	}
	return a.p.DB
}

// marks is the table of the highest sequence numbers, by group.
const marks = "marks"

// above looks up the highest number, and returns it and whether the message's is higher.
func (a *attempt) above(b *Block) (mark string, above bool) {
	mark, _ = a.rows(b).Get(marks, a.m.Group)
	seen, _ := strconv.Atoi(mark)
	return mark, a.m.Seq > seen
}

func runLook(a *attempt, b *Block) error {
	if b.By == NewID {
		a.key(b.By)
	}
	if b.Redelivered && !a.p.Redelivered() {
		return nil
	}
	switch {
	case b.In == Memory:
		return found(a.p.Memory.Has(a.key(b.By)), b)
	case b.In == Cache:
		state, there, err := a.p.Cache.Get(a.key(b.By))
		switch {
		case err != nil:
			return down(err, b)
		case there && a.leases() && state != done:
			return errBusy
		}
		return found(there, b)
	case b.By == Sequence:
		_, above := a.above(b)
		return found(!above, b)
	}
	_, there := a.rows(b).Get(a.table(), a.key(b.By))
	return found(there, b)
}

const (
	done = "done"
	busy = "busy"
	seen = "seen"
)

func runMark(a *attempt, b *Block) error {
	switch {
	case b.In == Memory:
		return found(!a.p.Memory.AddWithin(a.key(b.By), b.Most), b)
	case b.In == Cache:
		ok, err := a.p.Cache.PutIfAbsent(a.key(b.By), done, b.For)
		if err != nil {
			return down(err, b)
		}
		return found(!ok, b)
	case b.By == Sequence:
		return a.raise(b)
	case b.For > 0:
		return found(!a.p.DB.InsertFor(a.table(), a.key(b.By), b.For), b)
	}
	return found(!a.p.DB.PutIfAbsent(a.table(), a.key(b.By), seen), b)
}

// raise raises the highest number of the group, unless another worker has.
func (a *attempt) raise(b *Block) error {
	mark, above := a.above(b)
	if !above {
		return found(true, b)
	}
	if !a.rows(b).CompareAndSet(marks, a.m.Group, mark, strconv.Itoa(a.m.Seq)) {
		return errBusy
	}
	return nil
}

func runInsert(a *attempt, b *Block) error {
	switch {
	case b.By == Sequence:
		return a.raise(b)
	case b.For > 0:
		return found(!a.tx.InsertFor(a.table(), a.key(b.By), b.For), b)
	}
	return found(!a.tx.Insert(a.table(), a.key(b.By)), b)
}

func runRecord(a *attempt, b *Block) error {
	switch {
	case b.In == Memory && b.Most > 0:
		a.p.Memory.AddWithin(a.key(b.By), b.Most)
	case b.In == Memory:
		a.p.Memory.Add(a.key(b.By))
	case b.In == Cache:
		_ = a.p.Cache.Set(a.key(b.By), done, b.For) // the effect has happened: it is too late for an error
	case b.By == Sequence:
		a.rows(b).Put(marks, a.m.Group, strconv.Itoa(a.m.Seq))
	case b.For > 0:
		a.rows(b).InsertFor(a.table(), a.key(b.By), b.For)
	default:
		a.rows(b).Put(a.table(), a.key(b.By), done)
	}
	return nil
}

func runAsk(a *attempt, b *Block) error {
	has, err := a.p.Lookup(a.m)
	if err != nil {
		return err
	}
	return found(has, b)
}

func runBegin(a *attempt, _ *Block) error {
	a.tx = a.p.DB.Begin()
	return nil
}

func runLease(a *attempt, b *Block) error {
	key := a.key(b.By)
	a.mine = busy
	switch {
	case a.owns() && a.fence:
		a.mine = fmt.Sprint(busy, " ", a.token)
	case a.owns():
		a.mine = a.p.NewID()
	}
	ok, err := a.p.Cache.PutIfAbsent(key, a.mine, b.For)
	switch {
	case ok || err != nil:
		return err
	case b.Taken == Nack:
		return errBusy
	}
	state, _, err := a.p.Cache.Get(key)
	switch {
	case err != nil:
		return err
	case state == done:
		return errDone
	}
	return errBusy // not yet: it may still fail
}

func runToken(a *attempt, b *Block) error {
	a.token, a.fence = a.p.DB.Add("tokens", a.key(b.By), 1), true
	return nil
}

func runPerform(a *attempt, b *Block) error {
	err := a.effect(b)
	if err == nil {
		return nil
	}
	if a.open && a.at+1 == len(a.Blocks) {
		a.p.Deliveries() // what follows may delete a mark
	}
	of, mine, ok := a.undo(a.at)
	if !ok {
		return err
	}
	a.p.At(a.site(a.at + 1))
	switch {
	case of.In == Memory:
		a.p.Memory.Remove(a.key(of.By))
	case of.In == Table:
		a.p.DB.Delete(a.table(), a.key(of.By))
	case mine:
		_, _ = a.p.Cache.DeleteIf(a.key(of.By), a.mine)
	default:
		_ = a.p.Cache.Delete(a.key(of.By))
	}
	return err
}

// effect asks for the effect.
func (a *attempt) effect(b *Block) error {
	switch b.How {
	case WithKey:
		return a.p.PerformOnce(a.m, a.key(b.By))
	case Unique:
		return a.p.PerformUnique(a.m, a.key(b.By))
	case WithToken:
		return a.p.PerformFenced(a.m, a.token)
	}
	return a.p.Perform(a.m)
}

func runDone(a *attempt, b *Block) (err error) {
	of, _ := a.claim(a.at, Lease)
	if b.Mine {
		_, err = a.p.Cache.SetIf(a.key(of.By), a.mine, done, b.For)
		return err
	}
	return a.p.Cache.Set(a.key(of.By), done, b.For)
}
