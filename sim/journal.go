package sim

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// journal is what the stores have committed of late, so that a failover can lose
// it: both stores write one, in the order of the commits. It is kept only where
// writes can be lost.
type journal struct {
	on      bool
	most    int  // how many commits are kept; 0 is all of them
	open    bool // the action under way has committed something
	commits []commit
}

// commit is what was there before a commit: a transaction, a write of its own, or
// an effect in the consumer's own database. What is lost is lost as a whole, so a
// row and the effect that was committed with it are never parted.
type commit struct {
	receipt broker.Receipt // of the attempt that made it
	rows    []store.TableRow
	entries []before
	effects []Effect
	acked   bool      // the message of the attempt, in the same transaction
	posted  []posting // rows of the outbox, with their numbers where a cursor goes by them
	sent    []posting // rows that the relay has marked
	moved   bool      // the cursor of the relay,
	cursor  int32     // which was here
}

// before is a cache entry before it was written, or that there was none.
type before struct {
	store.CacheEntry
	there bool
}

// KeepJournal has a world that is at its beginning keep its last commits, so that
// they can be lost: so many, or all if most is 0.
func (w *World) KeepJournal(most int) {
	w.journal.on, w.journal.most = true, most
	w.forgetful = w.forgetful || w.prog.Transactional // an ack may be lost with a commit
}

// may reports whether faults of a kind can strike a lane, by plan or by chance.
func (l *Lane) may(k FaultKind) bool {
	return l.Rates[k] > 0 || slices.ContainsFunc(l.Plan, func(f Fault) bool { return f.Kind == k })
}

// committing returns the commit of the action under way.
func (w *World) committing(worker int) *commit {
	j := &w.journal
	if !j.open {
		if j.most > 0 && len(j.commits) == j.most {
			j.commits = slices.Delete(j.commits, 0, 1)
			w.forgetPassed()
		}
		j.commits = append(j.commits, commit{receipt: w.workers[worker].receipt})
		j.open = true
	}
	return &j.commits[len(j.commits)-1]
}

// noteRow notes what a row is before a worker writes it outside of a transaction.
func (w *World) noteRow(worker int, table int16, key int32) {
	if !w.journal.on {
		return
	}
	r := store.TableRow{Table: table, Key: key, Value: store.Absent}
	if i, found := w.rows.At(table, key); found {
		r.Value, r.Kept, r.Tenure = w.rows[i].Value, w.rows[i].Kept, w.rows[i].Tenure
	}
	c := w.committing(worker)
	c.rows = append(c.rows, r)
}

// noteEntry notes what a cache entry is before a worker writes it.
func (w *World) noteEntry(worker int, key int32) {
	if !w.journal.on {
		return
	}
	b := before{CacheEntry: store.CacheEntry{Key: key}}
	if i, found := w.cache.At(key); found {
		b = before{w.cache[i], true}
	}
	c := w.committing(worker)
	c.entries = append(c.entries, b)
}

// noteEffect notes an effect that a worker has had in its own database.
func (w *World) noteEffect(worker int, e *Effect) {
	if w.journal.on && w.prog.Parts[e.Part].Local() {
		c := w.committing(worker)
		c.effects = append(c.effects, *e)
	}
}

// noteSent notes a row of the outbox that a relay is about to mark.
func (w *World) noteSent(relay int, p posting) {
	if w.journal.on {
		c := w.committing(relay)
		c.sent = append(c.sent, p)
	}
}

// noteTx notes what a worker's open transaction is about to commit: rows at some places,
// in order, and what else there is.
func (w *World) noteTx(worker int, written []int) {
	for _, i := range written {
		r, c := &w.rows[i], w.committing(worker)
		c.rows = append(c.rows, store.TableRow{Table: r.Table, Key: r.Key, Value: r.Value, Kept: r.Kept, Tenure: r.Tenure})
	}
	if n := w.workers[worker].enqueued; n > 0 {
		c := w.committing(worker)
		c.posted = w.enqueuedBy(worker)
	}
	for at := range w.takings(worker) {
		e := w.ledger[at]
		e.open = false
		w.noteEffect(worker, &e)
	}
}

// newest returns which commit a failover loses: the last of its store. It is -1 if there is
// none.
func (w *World) newest(k ActionKind) int {
	for i := len(w.journal.commits) - 1; i >= 0; i-- {
		if cached := len(w.journal.commits[i].entries) > 0; k == LoseWrites || cached == (k == LoseCacheWrites) {
			return i
		}
	}
	return -1
}

// loseWrites takes back the newest commit: a failover to a replica that had not
// seen it. Transactions that are open go on.
func (w *World) loseWrites(out *Outcome) {
	j := &w.journal
	at := w.newest(out.Kind)
	c := j.commits[at]
	w.lost, j.commits = &c, slices.Delete(j.commits, at, at+1)
	out.Receipt, out.Undone = c.receipt, len(c.effects) > 0
	for _, r := range slices.Backward(c.rows) {
		w.rows.Revert(r)
	}
	for _, b := range slices.Backward(c.entries) {
		if b.there {
			w.cache.Put(b.CacheEntry)
		} else {
			w.cache.Drop(b.Key)
		}
	}
	for _, e := range c.effects {
		w.undo(e)
	}
	w.unpost(&c)
	if n := int(c.receipt.Msg); c.acked && w.queue.State(n) == broker.Acked {
		w.queue.ForgetAck(n)
		w.moved = append(w.moved, w.queue.Moved()...)
	}
	if c.moved {
		w.cursor = c.cursor
	}
	for _, p := range c.sent {
		p.state = broker.Ready
		w.postAgain(p)
	}
}

// unpost loses the rows of the outbox that a commit has put there.
func (w *World) unpost(c *commit) {
	if w.prog.Cursor {
		w.unpostNumbers(c)
		return
	}
	for i := range c.posted {
		w.unpostNewest(c.posted[i].msg, c.posted[i].of)
	}
}

// unpostNewest loses the newest row of the outbox that hands on a message, or a part of it.
// One that the relay is at goes last: it does not notice.
func (w *World) unpostNewest(msg int32, of int8) {
	at := -1
	for i := range w.outbox {
		if p := &w.outbox[i]; p.msg == msg && p.of == of && (at < 0 || p.state != broker.InFlight) {
			at = i
		}
	}
	w.outbox = slices.Delete(w.outbox, at, at+1)
}

// undo takes an effect out of the ledger: the newest that is the same. In a world
// that was made from a key it is known only what an effect counts for.
func (w *World) undo(e Effect) {
	at := -1
	for i := len(w.ledger) - 1; i >= 0 && (at < 0 || w.ledger[at] != e); i-- { // it is likely to be near the end
		if l := &w.ledger[i]; *l == e || at < 0 && !l.open && l.Owed == e.Owed && l.Part == e.Part && l.stale == e.stale {
			at = i
		}
	}
	w.ledger = slices.Delete(w.ledger, at, at+1)
	*w.counter(int(e.Owed), int(e.Part))--
	w.findLatest()
}

// tenures yields those of what a loss may bring back and has a lifetime.
func (j *journal) tenures(yield func(*store.Tenure) bool) {
	for i := range j.commits {
		c := &j.commits[i]
		for at := range c.rows {
			if r := &c.rows[at]; r.Kept > 0 && !yield(&r.Tenure) {
				return
			}
		}
		for at := range c.entries {
			if b := &c.entries[at]; b.there && b.Lasts > 0 && !yield(&b.Tenure) {
				return
			}
		}
	}
}

// losable returns how many effects that are counted at a place can still be lost.
func (w *World) losable(place int) int {
	j := &w.journal
	n := 0
	for i := range j.commits {
		for _, e := range j.commits[i].effects {
			n += int(store.Bit(w.place(&e) == place))
		}
	}
	return n
}

// commits appends what can still be lost, the oldest first. Who committed it
// matters only to a story.
func (k *keyer) commits(b []byte) []byte {
	b = appendNumber(b, int32(len(k.journal.commits)))
	for i := range k.journal.commits {
		c := &k.journal.commits[i]
		b = appendNumber(b, int32(len(c.rows)))
		for _, r := range c.rows {
			b = appendNumber(b, int32(r.Table))
			b = appendNumber(b, r.Key)
			b = appendNumber(b, r.Value+1)
			if b = append(b, byte(store.Bit(r.Kept > 0))); r.Kept > 0 {
				b = k.tenure(b, &r.Tenure)
			}
		}
		b = appendNumber(b, int32(len(c.entries)))
		for at := range c.entries {
			if b = append(b, byte(store.Bit(c.entries[at].there))); c.entries[at].there {
				b = k.entry(b, &c.entries[at].CacheEntry)
			} else {
				b = appendNumber(b, c.entries[at].Key)
			}
		}
		b = appendNumber(b, int32(len(c.effects)))
		for _, e := range c.effects {
			b = appendNumber(b, int32(k.place(&e)))
		}
		if k.relay != broker.None {
			b = k.outboxCommit(b, c)
		}
		if k.prog.Transactional {
			b = append(b, byte(store.Bit(c.acked)))
			if c.acked {
				b = appendNumber(b, k.called[c.receipt.Msg])
			}
		}
	}
	return b
}

func (k *reader) commits() {
	j := &k.w.journal
	for range k.number() {
		var c commit
		for range k.number() {
			r := store.TableRow{Table: int16(k.number()), Key: k.number(), Value: k.number() - 1, Kept: int32(k.byte())}
			if r.Kept > 0 {
				k.tenure(&r.Tenure)
			}
			c.rows = append(c.rows, r)
		}
		for range k.number() {
			if k.byte() != 0 {
				c.entries = append(c.entries, before{k.entry(), true})
			} else {
				c.entries = append(c.entries, before{CacheEntry: store.CacheEntry{Key: k.number()}})
			}
		}
		for range k.number() {
			c.effects = append(c.effects, k.w.effectAt(int(k.number())))
		}
		if k.w.relay != broker.None {
			k.outboxCommit(&c)
		}
		if k.w.prog.Transactional && k.byte() != 0 {
			c.acked, c.receipt.Msg = true, k.number()
		}
		j.commits = append(j.commits, c)
	}
}

// outboxCommit appends what a commit has done to the outbox.
func (k *keyer) outboxCommit(b []byte, c *commit) []byte {
	b = appendNumber(b, int32(len(c.posted)))
	if len(c.posted) > 0 {
		b = appendNumber(b, k.called[c.posted[0].msg])
	}
	for _, p := range c.posted {
		b = k.rowFor(b, p.of)
	}
	b = appendNumber(b, int32(len(c.sent)))
	for _, p := range c.sent {
		b = k.rowFor(appendNumber(b, k.called[p.msg]), p.of)
		if k.Most > 0 {
			b = appendNumber(b, min(p.tries, k.Most))
		}
	}
	if k.prog.Cursor {
		b = k.cursorCommit(b, c)
	}
	return b
}

func (k *reader) outboxCommit(c *commit) {
	if n := int(k.number()); n > 0 {
		c.receipt.Msg = k.number()
		c.posted = make([]posting, n)
	}
	for i := range c.posted {
		c.posted[i] = posting{msg: c.receipt.Msg, of: k.rowFor()}
	}
	for range k.number() {
		p := posting{msg: k.number(), of: k.rowFor(), tries: 1}
		if k.Most > 0 {
			if p.tries = k.number(); p.tries >= k.Most {
				p.tries = k.Most + 1
			}
		}
		c.sent = append(c.sent, p)
	}
	if k.w.prog.Cursor {
		k.cursorCommit(c)
	}
}

func (w *World) dbDown() bool { return w.down&(action.Both|action.DB) != 0 }

// outOfReach reports whether the store is down that a step goes to.
func (w *World) outOfReach(worker int, n *program.Node) bool {
	if w.down == 0 || !w.stored(worker, n) {
		return false
	}
	cached := n.Op.Place() == InCache
	return cached && w.down&(action.Both|action.Cache) != 0 || !cached && w.dbDown()
}

// stored reports whether a step goes to the consumer's own database or its cache:
// where the effect is a row in that database, it does as well, and the ack of the
// relay always does.
func (w *World) stored(worker int, n *program.Node) bool {
	switch n.Op.Place() {
	case InDB, InCache:
		return true
	case Outside:
		return w.part(n).Local()
	}
	return n.Op == OpAck && w.IsRelay(worker)
}

// KeepAcks has a world that is at its beginning keep of what is acked all that
// matters should its ack be forgotten, so that it can be. A world that need not is
// the smaller: what is done is done.
func (w *World) KeepAcks() { w.forgetful = true }

// forgetAck makes an acked message ready again, as after a failover of the broker to
// a node that has not heard of the ack, or where a replica missed the delete.
func (w *World) forgetAck(out *Outcome) {
	n := int(out.Msg)
	out.Receipt = broker.Receipt{Msg: out.Msg, Delivery: int32(w.queue.Deliveries(n))}
	w.queue.ForgetAck(n)
	w.moved = append(w.moved, w.queue.Moved()...)
	out.Reply = w.returned(n)
}
