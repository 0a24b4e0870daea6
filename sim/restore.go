package sim

import (
	"encoding/binary"
	"math"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/store"
)

// Restore makes w a world that has the given key: not the one that the key was
// written of, but one with the same future. Its ledger says how often things took
// effect and not when, and its receipts are numbered again. w must be of the
// program that the key is of, without a budget of its own having been exceeded;
// clones of w are not changed.
//
//go:norace
func (w *World) Restore(key []byte) {
	k := reader{key: key, w: w, Counting: w.counting()}
	if w.budget >= 0 {
		w.budget = int(k.number())
	}
	k.extras()
	k.at += w.queue.Restore(k.key[k.at:], k.Counting)
	k.postings()
	for i := range w.workers {
		k.worker(i)
	}
	k.rows()
	k.effects()
	k.seldom()
	w.moved, w.moves, w.lost, w.took, w.passed, w.left, w.skipped = w.moved[:0], w.moves[:0], nil, 0, false, false, false
}

// reader reads what keyer wrote, part by part. It counts where it is, and does not
// cut the key: that would write three words for every byte.
type reader struct {
	key []byte
	at  int
	w   *World
	broker.Counting
}

//go:norace
func (k *reader) number() int32 {
	if u := k.byte(); u < 0x80 {
		return int32(u)
	}
	k.at--
	u, size := binary.Uvarint(k.key[k.at:])
	k.at += size
	return int32(u)
}

//go:norace
func (k *reader) byte() byte {
	c := k.key[k.at]
	k.at++
	return c
}

// seldom reads what few worlds have.
//
//go:norace
func (k *reader) seldom() {
	w := k.w
	has := k.byte()
	for i := range w.memory {
		m := &w.memory[i]
		m.Keys, m.Recent, m.Draining = m.Keys[:0], m.Recent[:0], false
		if has&hasMemory != 0 {
			n := k.number()
			m.Draining = n&1 != 0
			for range n >> 1 {
				m.Keys = append(m.Keys, k.number())
			}
			m.Recent = k.list(m.Recent)
		}
	}
	w.cache, w.honoured, w.ids = w.cache[:0], w.honoured[:0], 0
	if has&hasCache != 0 {
		k.cache()
	}
	if has&hasHonoured != 0 {
		k.bankKeys()
	}
	if has&hasIDs != 0 {
		w.ids = k.number()
	}
	w.down, w.journal.open, w.journal.commits = action.Stores(has/isDown), false, w.journal.commits[:0]
	if has&hasCommits != 0 {
		k.commits()
	}
}

//go:norace
func (k *reader) bankKeys() {
	w := k.w
	for range k.number() {
		h := store.BankKey{Key: k.number()}
		if w.bank.OtherBody == RefuseBody {
			h.Body = k.number()
			k.tenure(&h.Tenure)
		}
		w.honoured = append(w.honoured, h)
	}
}

//go:norace
func (k *reader) list(s []int32) []int32 {
	s = s[:0]
	for range k.number() {
		s = append(s, k.number())
	}
	return s
}

//go:norace
func (k *reader) extras() {
	w := k.w
	if !w.alone {
		w.extras, w.alone = nil, true
	}
	w.extras = w.extras[:0]
	clear(w.copied)
	w.queue.Keep(len(w.owed))
	for range k.number() {
		x := extra{owed: k.number(), kind: k.number()}
		x.from = x.owed
		w.copied[x.owed]++
		x.letter = w.copied[x.owed]
		w.extras = append(w.extras, x)
	}
	k.numbers()
	extras := w.extras
	for i := range extras {
		w.extras = extras[:i+1]
		w.queue.Add(w.alike(extras[i]))
	}
}

// numbers reads what things owed say, where republishes have taken numbers.
func (k *reader) numbers() {
	w := k.w
	w.kinds, w.numbered, w.tops = w.kinds[:0], w.numbered[:0], w.tops[:0]
	if !w.renamed() {
		return
	}
	for range w.owed {
		w.kinds = append(w.kinds, k.number())
	}
	for i := range w.extras {
		x := &w.extras[i]
		if m := w.prog.Text(x.kind); m.Seq != w.Message(int(x.owed)).Seq {
			w.take(taken{m.Group, m.Seq})
		}
	}
}

// alike returns, for the queue to add an extra, a message like it, and whether that
// has the same message ID: the same text. What is redriven may be like another extra.
//
//go:norace
func (w *World) alike(x extra) (like int, sameID bool) {
	for i := range w.extras[:len(w.extras)-1] {
		if w.extras[i].kind == x.kind {
			return len(w.owed) + i, true
		}
	}
	return int(x.owed), x.kind == w.kind(int(x.owed))
}

//go:norace
func (k *reader) worker(i int) {
	wk := &k.w.workers[i]
	*wk = worker{node: k.number()}
	k.held(i)
	if wk.node == 0 {
		return
	}
	n := k.number()
	msg := n >> flagBits
	wk.overran, wk.taken = n&isLate != 0, n&hasTaken // how much is taken, effects will say
	if k.w.bank.InFlight == Conflict {
		wk.asks = k.byte() != 0
	}
	if k.w.IsRelay(i) {
		wk.receipt = k.relayReceipt(msg)
	} else {
		wk.receipt = k.receipt(i, msg, n&isOutdated != 0)
	}
	if k.w.relay != broker.None {
		wk.enqueued = k.number()
		k.drawnBy(i)
	}
	if k.w.queue.Profile().Batch <= 1 {
		return
	}
	wk.place = k.number()
	wk.batch = make([]broker.Receipt, k.number())
	for at := range wk.batch {
		msg := k.number()
		wk.batch[at] = k.receipt(i, msg, k.byte() != 0)
	}
}

// receipt returns the last receipt of a message, or an older one.
//
//go:norace
func (k *reader) receipt(i int, msg int32, older bool) broker.Receipt {
	r := broker.Receipt{Msg: msg, Delivery: int32(k.w.queue.Deliveries(int(msg)))}
	count := int32(0)
	if k.Asked {
		count = k.number()
	}
	switch {
	case older:
		r.Delivery = count
	case k.w.queue.State(int(msg)) == broker.InFlight:
		k.w.queue.Hold(int(msg), i)
	}
	return r
}

// postings restores the outbox. Its rows are numbered again, in their order.
func (k *reader) postings() {
	w := k.w
	w.outbox, w.posts = w.outbox[:0], 0
	w.drawn, w.cursor = w.drawn[:0], 0
	if w.relay == broker.None {
		return
	}
	for range k.number() {
		w.posts++
		p := posting{row: w.posts, msg: k.number(), state: broker.State(k.byte()), of: k.rowFor(), tries: 1}
		if k.Most > 0 {
			if p.tries = k.number(); p.tries >= k.Most {
				p.tries = k.Most + 1
			}
		}
		if w.prog.Cursor {
			p.row = k.rank()
		}
		w.outbox = append(w.outbox, p)
	}
	if w.prog.Cursor {
		w.cursor = k.rank()
	}
}

// relayReceipt returns a relay's receipt: of the row that is in flight, or of one
// that is marked sent already.
func (k *reader) relayReceipt(msg int32) broker.Receipt {
	w := k.w
	r := broker.Receipt{Msg: msg, Delivery: 1, Row: w.posts + 1}
	if k.Asked {
		r.Delivery = k.number()
	}
	i := w.postedAs(int(msg), broker.InFlight)
	if w.Relays() > 1 {
		if i = int(k.number()) - 1; i >= 0 {
			i += w.postingsOf(int(msg))
		}
	}
	if w.prog.Cursor {
		if r.Row = k.rank(); r.Row == 0 {
			r.Row = math.MaxInt32 // the cursor is there, and nobody asks
		}
		i = w.rowOf(r)
	}
	if i >= 0 {
		count := r.Delivery
		r.Delivery, r.Row = w.outbox[i].tries, w.outbox[i].row
		if k.Asked && w.sharesRows() {
			r.Delivery = count // another was handed it since
		}
	} else if !w.prog.Cursor {
		w.posts++
	}
	return r
}

// rank reads the number of a row. Those that are drawn next come after it.
func (k *reader) rank() int32 {
	row := k.number()
	k.w.posts = max(k.w.posts, row)
	return row
}

func (k *reader) drawnBy(worker int) {
	for range k.w.workers[worker].enqueued {
		d := drawn{of: k.rowFor(), by: int8(worker)}
		if k.w.prog.Cursor {
			d.row = k.rank()
		}
		k.w.drawn = append(k.w.drawn, d)
	}
}

// rowFor reads what a row of the outbox is for.
func (k *reader) rowFor() int8 {
	if len(k.w.prog.Parts) > 1 {
		return int8(k.byte())
	}
	return 0
}

func (k *reader) cursorCommit(c *commit) {
	for i := range c.posted {
		c.posted[i].row = k.rank()
	}
	for i := range c.sent {
		c.sent[i].row = k.rank()
	}
	if c.moved = k.byte() != 0; c.moved {
		c.cursor = k.rank()
	}
}

//go:norace
func (k *reader) rows() {
	w := k.w
	w.rows, w.locked = w.rows[:0], 0
	for range k.number() {
		r := store.TableRow{Table: int16(k.number()), Key: k.number(), Value: k.number() - 1}
		r.Next = r.Value
		owner := k.byte()
		r.Kept = int32(owner & 1)
		r.Keeps = r.Kept
		if r.Owner = int8(owner >> 1); r.Owner != 0 {
			r.Next = k.number() - 1
			r.Keeps = int32(k.byte())
			w.workers[r.Owner-1].written++
			w.locked++
		}
		if r.Kept > 0 {
			k.tenure(&r.Tenure)
		}
		w.rows = append(w.rows, r)
	}
}

//go:norace
func (k *reader) cache() {
	w := k.w
	w.cache = w.cache[:0]
	for range k.number() {
		w.cache = append(w.cache, k.entry())
	}
}

//go:norace
func (k *reader) entry() store.CacheEntry {
	e := store.CacheEntry{Key: k.number(), Value: k.number(), Lasts: int64(k.byte())}
	if e.Lasts > 0 {
		k.tenure(&e.Tenure)
	}
	return e
}

//go:norace
func (k *reader) effects() {
	w := k.w
	w.ledger = w.ledger[:0]
	clear(w.effects)
	clear(w.latest)
	for place := range w.counted() {
		for range k.byte() {
			e := w.effectAt(place)
			w.ledger = append(w.ledger, e)
			*w.counter(int(e.Owed), int(e.Part))++
			w.setLatest(&e)
		}
	}
	for i := range w.workers {
		if w.workers[i].taken == 0 {
			continue
		}
		w.workers[i].taken = 0
		for place := range w.counted() {
			for range k.byte() {
				e := w.effectAt(place)
				e.Worker, e.open = int8(i), true
				w.ledger = append(w.ledger, e)
				w.workers[i].taken++
			}
		}
	}
}

// CopyFrom makes w a copy of o, a world of the same program, in the memory that w
// has already: what Clone does, for those who do it millions of times.
//
//go:norace
func (w *World) CopyFrom(o *World) {
	if !w.alone {
		w.extras, w.alone = nil, true
	}
	w.queue.CopyFrom(&o.queue)
	if len(w.extras)+len(o.extras) > 0 {
		w.extras = append(w.extras[:0], o.extras...)
	}
	copy(w.copied, o.copied)
	if len(w.kinds)+len(o.kinds)+len(w.numbered)+len(o.numbered) > 0 {
		w.kinds, w.numbered = append(w.kinds[:0], o.kinds...), append(w.numbered[:0], o.numbered...)
	}
	if len(w.tops)+len(o.tops) > 0 {
		w.tops = append(w.tops[:0], o.tops...)
	}
	copy(w.workers, o.workers)
	for i := range o.memory {
		w.memory[i].CopyFrom(&o.memory[i])
	}
	if w.posts = o.posts; len(w.outbox)+len(o.outbox) > 0 {
		w.outbox = append(w.outbox[:0], o.outbox...)
	}
	if w.cursor = o.cursor; len(w.drawn)+len(o.drawn) > 0 {
		w.drawn = append(w.drawn[:0], o.drawn...)
	}
	if len(w.rows)+len(o.rows) > 0 {
		w.rows = append(w.rows[:0], o.rows...)
	}
	if len(w.cache)+len(o.cache) > 0 {
		w.cache = append(w.cache[:0], o.cache...)
	}
	w.writes, w.ids, w.budget, w.locked = o.writes, o.ids, o.budget, o.locked
	w.ledger = append(w.ledger[:0], o.ledger...)
	copy(w.effects, o.effects)
	copy(w.latest, o.latest)
	if len(w.honoured)+len(o.honoured) > 0 {
		w.honoured = append(w.honoured[:0], o.honoured...)
	}
	w.down, w.journal.open = o.down, false
	if len(w.journal.commits)+len(o.journal.commits) > 0 {
		w.journal.commits = append(w.journal.commits[:0], o.journal.commits...)
	}
	w.moved, w.moves, w.lost, w.took, w.passed, w.left, w.skipped = w.moved[:0], w.moves[:0], nil, 0, false, false, false
}
