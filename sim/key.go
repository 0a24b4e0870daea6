package sim

import (
	"math"
	"slices"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// CountsDeliveries returns what handlers were found to ask of the delivery count:
// 0 nothing, 1 the redelivered flag, 2 the count. Keys that were written before
// it changed tell too little: a search that sees it change begins again.
func (w *World) CountsDeliveries() int { return int(w.prog.CountAsked) }

// counting says how much of a delivery count matters: up to where the queue
// dead-letters, up to where the delay after a nack may go from none to some, and
// what handlers ask. Without any of these it does not matter at all.
//
//go:norace
func (w *World) counting() broker.Counting {
	p := w.queue.Profile()
	c := broker.Counting{Most: int32(p.MaxDeliveries), Asked: w.prog.CountAsked != program.CountNever, Acks: w.forgetful}
	for i, d := range p.Backoff {
		if i > 0 && d > 0 != (p.Backoff[i-1] > 0) {
			c.Most = max(c.Most, int32(i)+1)
		}
	}
	switch w.prog.CountAsked {
	case program.CountAgain:
		c.Most = max(c.Most, 2)
	case program.CountExact:
		c.Most = math.MaxInt32 - 1
	}
	return c
}

// keyer writes the key of a world with its workers and messages in an order of its own.
type keyer struct {
	*World
	broker.Counting
	order    [MaxWorkers + MaxRelays]int8  // the worker at each place of the key
	label    [MaxWorkers + MaxRelays]int8  // and the place of each worker
	nodes    [MaxWorkers + MaxRelays]int32 // by worker: where it is in its attempt
	messages []int32                       // the message at each place,
	called   []int32                       // and the place of each message; none for one that is left out
	ranked   []int32                       // the numbers of rows that matter, in order: see rank
}

// newKeyer returns one with workers and messages in the order of the world.
//
//go:norace
func (w *World) newKeyer() keyer {
	k := keyer{World: w, Counting: w.counting()}
	for i := range w.workers {
		k.order[i], k.label[i], k.nodes[i] = int8(i), int8(i), w.workers[i].node
	}
	w.messages = w.messages[:0]
	for n := range int32(w.queue.Len()) {
		w.messages = append(w.messages, n)
	}
	k.messages, k.called = w.messages, w.messages
	if w.prog.Cursor {
		k.rankRows()
	}
	return k
}

// AppendKey appends everything that can matter later: two worlds of one program
// (a world and what was cloned from it) with equal keys have equal menus, equal
// verdicts, and equal keys after each same action. [World.Restore] makes a world
// from a key.
//
// Each part says why it is in, and what it leaves out. Nowhere in are the moment
// and the author of anything, and what follows from something that is in.
//
//go:norace
func (w *World) AppendKey(b []byte) []byte {
	k := w.newKeyer()
	return k.append(b)
}

//go:norace
func (k *keyer) append(b []byte) []byte {
	if k.budget >= 0 { // what may still go wrong; any number is always the same
		b = appendNumber(b, int32(k.budget))
	}
	extras := k.messages[len(k.owed):]
	b = appendNumber(b, int32(len(extras)))
	for _, n := range extras { // their letters follow from their order
		b = appendNumber(b, int32(k.Listed(int(n))))
		b = appendNumber(b, k.World.kind(int(n)))
	}
	if k.renamed() {
		for n := range k.owed { // what is published may be numbered again
			b = appendNumber(b, k.World.kind(n))
		}
	}
	b = k.queue.AppendKey(b, k.Counting, k.label[:len(k.workers)], k.messages)
	b = k.postings(b)
	for _, i := range k.order[:len(k.workers)] {
		b = k.worker(b, int(i))
	}
	b = k.performed(k.dbRows(b))
	has := k.has()
	if b = append(b, has); has == 0 {
		return b
	}
	return k.seldom(b, has)
}

// worker appends the place of a worker: a node of the tree says what it has done
// in this attempt and what it was answered. Of its receipt only so much matters as
// the queue will look at: whether it is the last of its message. After an early
// ack it does not look at all. An idle worker is as good as new.
//
//go:norace
func (k *keyer) worker(b []byte, i int) []byte {
	wk := &k.workers[i]
	b = k.held(appendNumber(b, k.nodes[i]), i)
	if wk.node == 0 {
		return b
	}
	flags := int32(0)
	if k.outdated(i) {
		flags = isOutdated
	}
	if k.late(i) {
		flags |= isLate
	}
	if wk.taken != 0 {
		flags |= hasTaken
	}
	b = appendNumber(b, k.called[wk.receipt.Msg]<<flagBits|flags)
	if k.bank.InFlight == Conflict {
		b = append(b, byte(store.Bit(wk.asks)))
	}
	if k.Asked {
		b = appendNumber(b, min(wk.receipt.Delivery, k.Most))
	}
	if k.Relays() > 1 && k.IsRelay(i) {
		b = appendNumber(b, k.ordinal(i))
	}
	if k.prog.Cursor && k.IsRelay(i) {
		b = appendNumber(b, k.rank(k.numberAtHand(i)))
	}
	if k.relay != broker.None {
		b = appendNumber(b, wk.enqueued)
		b = k.drawnBy(b, i)
	}
	if k.queue.Profile().Batch <= 1 {
		return b
	}
	place, batch := k.batch(wk)
	b = appendNumber(b, place)
	b = appendNumber(b, int32(len(batch)))
	for _, r := range batch {
		b = appendNumber(b, k.called[r.Msg])
		b = append(b, byte(store.Bit(k.stale(r))))
		if k.Asked {
			b = appendNumber(b, min(r.Delivery, k.Most))
		}
	}
	return b
}

// What is said of a worker beside its message, in the same byte.
const (
	isOutdated = 1 << iota
	isLate
	hasTaken

	flagBits = iota
)

// batch returns what matters of a worker's batch, and where in it the worker is: what
// is behind it matters only where it is acked together.
//
//go:norace
func (k *keyer) batch(wk *worker) (place int32, batch []broker.Receipt) {
	if k.acksTogether() {
		return wk.place, wk.batch
	}
	return 0, wk.batch[min(int(wk.place), len(wk.batch)):]
}

// outdated reports whether a worker holds nothing by its receipt: it is not the
// last of its message, or has been used.
//
//go:norace
func (w *World) outdated(i int) bool {
	wk := &w.workers[i]
	return w.prog.Nodes[wk.node].Acked || !w.IsRelay(i) && w.stale(wk.receipt)
}

//go:norace
func (w *World) stale(r broker.Receipt) bool {
	return int(r.Delivery) != w.queue.Deliveries(int(r.Msg))
}

// late reports whether a worker has overrun a deadline, and that matters: it
// holds another, which then passes free, or holds up who does.
//
//go:norace
func (w *World) late(i int) bool {
	wk := &w.workers[i]
	if !wk.overran || wk.node == 0 {
		return false
	}
	if wk.written > 0 || w.latest != nil && wk.taken > 0 || w.holdsLocks(i) { // who waits for them is as late
		return true
	}
	for _, n := range w.queue.InFlight() {
		if w.holder(int(n)) == i || w.Keeper(int(n)) == i {
			return true
		}
	}
	holds := func(t *store.Tenure) bool { return w.atWork(t.By) == i }
	for t := range w.tenures {
		if holds(t) {
			return true
		}
	}
	for t := range w.journal.tenures {
		if holds(t) {
			return true
		}
	}
	return false
}

// dbRows appends the rows. They are sorted by numbers that all worlds of a program
// share. How many a worker has written follows from their owners.
//
//go:norace
func (k *keyer) dbRows(b []byte) []byte {
	b = appendNumber(b, int32(len(k.rows)))
	for i := range k.rows {
		r := &k.rows[i]
		b = appendNumber(b, int32(r.Table))
		b = appendNumber(b, r.Key)
		b = appendNumber(b, r.Value+1)      // store.Absent is -1
		kept := byte(store.Bit(r.Kept > 0)) // how long matters only to a timeline
		if r.Owner == 0 {
			b = append(b, kept)
		} else {
			b = append(b, byte(k.label[r.Owner-1])<<1+2+kept)
			b = appendNumber(b, r.Next+1) // is the value where nobody has a transaction open
			b = append(b, byte(store.Bit(r.Keeps > 0)))
		}
		if r.Kept > 0 {
			b = k.tenure(b, &r.Tenure)
		}
	}
	return b
}

// postings appends the outbox, by message. What was marked sent is over, and rows of one
// message are told apart by their place.
//
//go:norace
func (k *keyer) postings(b []byte) []byte {
	if k.relay == broker.None {
		return b
	}
	b = appendNumber(b, int32(len(k.outbox)))
	for place, n := range k.messages {
		if len(k.outbox) == 0 || n == broker.None {
			continue
		}
		for i := k.postingsOf(int(n)); i < len(k.outbox) && k.outbox[i].msg == n; i++ {
			p := &k.outbox[i]
			b = appendNumber(b, int32(place))
			b = k.rowFor(append(b, byte(p.state)), p.of)
			if k.Most > 0 {
				b = appendNumber(b, min(p.tries, k.Most))
			}
			if k.prog.Cursor {
				b = appendNumber(b, k.rank(p.row))
			}
		}
	}
	if k.prog.Cursor {
		b = appendNumber(b, k.rank(k.World.cursor))
	}
	return b
}

// ordinal returns which row of its message a relay handles, from 1, or 0 if that is gone.
// With one relay it follows: there is but one in flight.
//
//go:norace
func (w *World) ordinal(relay int) int32 {
	if i := w.heldByRelay(relay); i >= 0 {
		return int32(i-w.postingsOf(int(w.outbox[i].msg))) + 1
	}
	return 0
}

// rankRows finds the numbers of rows that still matter. Only their order does, and which of
// them the cursor has passed: so a key has their ranks, from 1.
//
//go:norace
func (k *keyer) rankRows() {
	k.ranked = append(k.ranked[:0], k.World.cursor)
	for i := range k.outbox {
		k.ranked = append(k.ranked, k.outbox[i].row)
	}
	for i := range k.drawn {
		k.ranked = append(k.ranked, k.drawn[i].row)
	}
	k.ranked = append(k.ranked, k.numberAtHand(k.relay))
	for i := range k.journal.commits {
		c := &k.journal.commits[i]
		for at := range c.posted {
			k.ranked = append(k.ranked, c.posted[at].row)
		}
		for at := range c.sent {
			k.ranked = append(k.ranked, c.sent[at].row)
		}
		if c.moved {
			k.ranked = append(k.ranked, c.cursor)
		}
	}
	floor := k.floor()
	k.ranked = slices.DeleteFunc(k.ranked, func(row int32) bool { return row <= floor })
	slices.Sort(k.ranked)
	k.ranked = slices.Compact(k.ranked)
}

// rank returns what a key has of the number of a row: 0 for one that does not matter.
//
//go:norace
func (k *keyer) rank(row int32) int32 {
	if at, found := slices.BinarySearch(k.ranked, row); found {
		return int32(at) + 1
	}
	return 0
}

// numberAtHand returns the number of the row that the relay is at, or 0 if it is idle or has
// moved the cursor there.
//
//go:norace
func (w *World) numberAtHand(relay int) int32 {
	if wk := &w.workers[relay]; wk.node != 0 && !w.prog.Nodes[wk.node].Acked {
		return wk.receipt.Row
	}
	return 0
}

// drawnBy appends the rows in a worker's open transaction: what they are for, and their
// numbers.
//
//go:norace
func (k *keyer) drawnBy(b []byte, worker int) []byte {
	for i := range k.drawn {
		if int(k.drawn[i].by) != worker {
			continue
		}
		if b = k.rowFor(b, k.drawn[i].of); k.prog.Cursor {
			b = appendNumber(b, k.rank(k.drawn[i].row))
		}
	}
	return b
}

// rowFor appends what a row of the outbox is for, where there is a choice.
//
//go:norace
func (k *keyer) rowFor(b []byte, of int8) []byte {
	if len(k.prog.Parts) > 1 {
		b = append(b, byte(of))
	}
	return b
}

// cursorCommit appends what a commit has done to the cursor and to the rows that it goes by.
func (k *keyer) cursorCommit(b []byte, c *commit) []byte {
	for i := range c.posted {
		b = appendNumber(b, k.rank(c.posted[i].row))
	}
	for i := range c.sent {
		b = appendNumber(b, k.rank(c.sent[i].row))
	}
	if b = append(b, byte(store.Bit(c.moved))); c.moved {
		b = appendNumber(b, k.rank(c.cursor))
	}
	return b
}

// bankKeys appends the keys that the receiver honours and, where it matters, what was
// asked for under them.
//
//go:norace
func (k *keyer) bankKeys(b []byte) []byte {
	b = appendNumber(b, int32(len(k.honoured)))
	for i := range k.honoured {
		h := &k.honoured[i]
		if b = appendNumber(b, h.Key); k.bank.OtherBody == RefuseBody {
			b = k.tenure(appendNumber(b, h.Body), &h.Tenure)
		}
	}
	return b
}

// cacheEntries appends the entries of the cache. How long they last, and the count of
// writes, matter only to a timeline.
//
//go:norace
func (k *keyer) cacheEntries(b []byte) []byte {
	b = appendNumber(b, int32(len(k.cache)))
	for i := range k.cache {
		b = k.entry(b, &k.cache[i])
	}
	return b
}

//go:norace
func (k *keyer) entry(b []byte, e *store.CacheEntry) []byte {
	b = appendNumber(b, e.Key)
	b = appendNumber(b, e.Value)
	if e.Lasts == 0 {
		return append(b, 0)
	}
	return k.tenure(append(b, 1), &e.Tenure)
}

// performed appends the effects: how often each thing owed took effect, each part of
// it, up to twice, for a third time changes no verdict; and, of stock, what is taken in
// transactions still open. What a lookup answers follows from it.
//
//go:norace
func (k *keyer) performed(b []byte) []byte {
	b = k.count(b, broker.None)
	for _, i := range k.order[:len(k.workers)] {
		if k.workers[i].taken != 0 {
			b = k.count(b, int(i))
		}
	}
	return b
}

// count appends, by what is owed and up to two, how many effects are committed or,
// for a worker, in its open transaction.
//
//go:norace
func (k *keyer) count(b []byte, worker int) []byte {
	at := len(b)
	for range k.counted() {
		b = append(b, 0)
	}
	for i := range k.ledger {
		e := &k.ledger[i]
		if e.open == (worker != broker.None) && (worker == broker.None || int(e.Worker) == worker) {
			place := k.place(e)
			n := &b[at+place]
			*n = min(*n+1, k.most(place, worker))
		}
	}
	return b
}

// most is up to how many effects are counted at a place: those that can still be lost
// beyond the two that matter. Of a status one matters that was in its turn, and one that was stale.
//
//go:norace
func (k *keyer) most(place, worker int) byte {
	matter := 2
	if k.latest != nil {
		matter = 1
	}
	switch {
	case !k.journal.on:
		return byte(matter)
	case worker != broker.None:
		return math.MaxUint8
	}
	return byte(min(matter+k.losable(place), math.MaxUint8))
}

//go:norace
func appendNumbers(b []byte, ns []int32) []byte {
	for _, n := range ns {
		b = appendNumber(b, n)
	}
	return b
}

// appendNumber appends a number that is not negative, seven bits to a byte.
//
//go:norace
func appendNumber(b []byte, n int32) []byte {
	u := uint32(n)
	for ; u >= 0x80; u >>= 7 {
		b = append(b, byte(u)|0x80)
	}
	return append(b, byte(u))
}

// What few worlds have: a byte says which, and a key is the shorter.
const (
	hasMemory = 1 << iota
	hasCache
	hasHonoured
	hasIDs
	hasCommits
	isDown
)

//go:norace
func (w *World) has() byte {
	has := byte(0)
	for _, m := range w.memory {
		if len(m.Keys) > 0 || m.Draining {
			has = hasMemory
		}
	}
	if len(w.cache) > 0 {
		has |= hasCache
	}
	if len(w.honoured) > 0 {
		has |= hasHonoured
	}
	if w.ids > 0 {
		has |= hasIDs
	}
	if len(w.journal.commits) > 0 {
		has |= hasCommits
	}
	return has | byte(w.down)*isDown // the highest bits
}

// seldom appends what few worlds have.
//
//go:norace
func (k *keyer) seldom(b []byte, has byte) []byte {
	if has&hasMemory != 0 {
		for place := range k.memory {
			first, _ := k.crew(place)
			m := k.memory[k.process(int(k.order[first]))]
			b = appendNumber(b, int32(len(m.Keys))<<1|store.Bit(m.Draining))
			b = appendNumbers(b, m.Keys)
			b = appendNumber(b, int32(len(m.Recent))) // in the order in which they give way
			b = appendNumbers(b, m.Recent)
		}
	}
	if has&hasCache != 0 {
		b = k.cacheEntries(b)
	}
	if has&hasHonoured != 0 {
		b = k.bankKeys(b)
	}
	if has&hasIDs != 0 {
		b = appendNumber(b, k.ids) // the next fresh ID is the next number
	}
	if has&hasCommits != 0 {
		b = k.commits(b)
	}
	return b
}
