package sim

import (
	"cmp"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// An entry of the cache and a row of InsertFor have a lifetime. A world has no clock:
// that a lifetime ends is an action like any other, Expire. Whether that needs a fault
// depends on who waits for it, and never on how long it is: see World.Cost.
//
// A message that is turned away, comes again and is turned away again outlives any
// length. So what turns messages away runs out by itself. What nobody waits for is
// kept for its whole lifetime, and that a run outlasts that is a fault.
//
// Something turns an attempt away that has found it and gives its message back, if the
// next attempt will do so as well for as long as it is there: all that this one was told
// about it fits, and it has met no error that a fault makes. An attempt that has lost a
// race, or could not ask, is not turned away: it comes again, and may find out more.

// Expiry is what it takes for something to run out.
type Expiry uint8

// What an Expire is.
const (
	NoExpiry         Expiry = iota // it is another kind of action
	ExpiresFree                    // it has turned a message away, which comes again until then
	ExpiresUnderWork               // ... while the attempt that wrote it is still at work: it overran
	ExpiresUnawaited               // nobody waits for it: whatever comes now has outlasted a whole lifetime
)

// Expiry says what it takes for something to run out. It compares no lengths: a
// message that is turned away and comes again outlives any, and what nobody waits for
// is kept for as long as was said.
func (w *World) Expiry(a Action) Expiry {
	if a.Kind != Expire {
		return NoExpiry
	}
	t := w.tenureOf(a)
	if t == nil || !t.Waited {
		return ExpiresUnawaited
	}
	if h := w.slowest(w.atWork(t.By)); h != broker.None && !w.workers[h].overran {
		return ExpiresUnderWork
	}
	return ExpiresFree
}

// Lifetimes returns the longest time for which something is kept that the handlers were
// found to store, and for how long the receiver keeps the keys that they were found to
// hand it. Each is 0 if there is none, or no end of it.
func (w *World) Lifetimes() (stored, atBank time.Duration) {
	for i := range w.prog.Nodes {
		n := &w.prog.Nodes[i]
		stored = max(stored, n.TTL)
		if n.Op == OpPerformKey && w.part(n).HonoursKeys() {
			atBank = max(time.Duration(w.keysFor), 0)
		}
	}
	return stored, atBank
}

// Cost returns how many faults an action spends. What can go wrong costs one. A
// deadline passes free once its holder is gone; while the holder runs, the first
// deadline to pass is the fault that it overran, and the others pass free until its
// next step. What has turned a message away runs out like a deadline; what nobody
// waits for runs out by a fault, and so does an idempotency key at the receiver, unless
// another body was refused for it. To publish a message before another of its group is the delay of that other.
func (w *World) Cost(a Action) int {
	switch {
	case a.Kind.IsFault(),
		a.Kind == Publish && w.Overtaken(a) != broker.None,
		a.Kind == Expire && w.Expiry(a) != ExpiresFree,
		a.Kind.EndsWait() && w.Overruns(a) != broker.None:
		return 1
	}
	return 0
}

// Writer returns the worker that is still at work in the attempt in which it wrote what
// expires with an action, or broker.None.
func (w *World) Writer(a Action) int {
	if t := w.tenureOf(a); a.Kind == Expire && t != nil {
		return w.atWork(t.By)
	}
	return broker.None
}

// Overruns returns the worker that is still at work when an action is the first
// deadline to pass since its last step, or broker.None. Where it waits for a row, that
// is the worker that it waits for.
func (w *World) Overruns(a Action) int {
	holder := broker.None
	switch a.Kind {
	case TimeOut:
		if k := w.Keeper(int(a.Msg)); k != broker.None {
			return k
		}
		holder = w.slowest(w.holder(int(a.Msg)))
	case CutOff:
		if wk := &w.workers[a.Worker]; wk.node != 0 || len(wk.held) > 0 {
			holder = int(a.Worker)
		}
	case Expire:
		if w.Expiry(a) == ExpiresUnderWork {
			holder = w.slowest(w.Writer(a))
		}
	}
	if holder == broker.None || w.workers[holder].overran {
		return broker.None
	}
	return holder
}

// cutOff is the broker that closes the connection of a worker, for its process has been
// silent, or at work for too long: a frozen one sends no heartbeats. All that was in flight
// on it comes back, and the worker, when it goes on, acks what it holds no more. One whose
// process has died is silent as well; what comes back of it first stands for the rest.
func (w *World) cutOff(out *Outcome) {
	wk := &w.workers[out.Worker]
	dead := wk.node == 0
	out.Held = len(wk.held) > 0
	w.disconnect(int(out.Worker))
	switch {
	case !dead:
		out.Receipt, wk.overran = wk.receipt, true
	case len(w.moved) > 0:
		n := slices.Min(w.moved)
		out.Receipt = broker.Receipt{Msg: n, Delivery: int32(w.queue.Deliveries(int(n)))}
	default:
		return // it held nothing
	}
	out.Reply = Returned
	if n := int(out.Receipt.Msg); slices.Contains(w.moved, out.Receipt.Msg) {
		out.Reply = w.returned(n)
	}
}

// request is a worker's request that has reached the receiver, and is at work there.
func (w *World) request(out *Outcome) {
	wk := &w.workers[out.Worker]
	out.Receipt, wk.asks = wk.receipt, true
}

// canCutOff reports whether the broker can give up waiting for a worker: one that holds
// something, or one whose process has died without its noticing.
func (w *World) canCutOff(worker int) bool {
	if w.IsRelay(worker) {
		return false
	}
	wk := &w.workers[worker]
	return w.queue.Gone(worker) || (wk.node != 0 || len(wk.held) > 0) && w.queue.Profile().CutsOff() && w.connected(worker)
}

// connected reports whether a message is in flight on a worker's connection.
func (w *World) connected(worker int) bool {
	for _, n := range w.queue.InFlight() {
		if w.queue.Holder(int(n)) == worker {
			return true
		}
	}
	return false
}

// Lateness is how late an ack comes. A late one that the queue accepts settles the
// message all the same, unless another ack has: to the worker both are the same.
type Lateness uint8

// How late an ack can come.
const (
	InTime     Lateness = iota
	AfterTime           // the message has gone back to the queue, or was parked
	AfterOther          // the message has been delivered again since
	AfterDone           // another ack had settled the message: this one changes nothing
)

// lateness returns how late an ack with a receipt comes, before the queue hears it.
func (w *World) lateness(r broker.Receipt) Lateness {
	switch standing := w.queue.Standing(r); {
	case w.queue.State(int(r.Msg)) == broker.Acked:
		return AfterDone
	case standing == broker.Stale:
		return AfterOther
	case standing == broker.Current:
		return InTime
	}
	return AfterTime
}

//go:norace
func (w *World) author(worker int) store.Author {
	return store.Author{Worker: int8(worker), Receipt: w.workers[worker].receipt}
}

// atWork returns the worker that wrote something, if it is still in the attempt in
// which it did and has not acked, or broker.None.
//
//go:norace
func (w *World) atWork(by store.Author) int {
	wk := &w.workers[by.Worker]
	if wk.node == 0 || w.prog.Nodes[wk.node].Acked || wk.receipt != by.Receipt {
		return broker.None
	}
	return int(by.Worker)
}

// slowest returns the worker that another waits for, or itself: who waits for a row is
// as slow as the owner of the row.
//
//go:norace
func (w *World) slowest(worker int) int {
	if worker == broker.None {
		return worker
	}
	for range w.workers { // or as many turns as there are, if they wait for each other
		owner := w.blocker(worker)
		if owner == broker.None {
			break
		}
		worker = owner
	}
	return worker
}

// tenures yields those of everything that has a lifetime: rows, then entries, then keys at
// a receiver that may turn somebody away by them.
//
//go:norace
func (w *World) tenures(yield func(*store.Tenure) bool) {
	for i := range w.rows {
		if r := &w.rows[i]; r.Kept > 0 && !yield(&r.Tenure) {
			return
		}
	}
	for i := range w.cache {
		if e := &w.cache[i]; e.Lasts > 0 && !yield(&e.Tenure) {
			return
		}
	}
	for i := range w.honoured {
		if w.bank.OtherBody != RefuseBody || !yield(&w.honoured[i].Tenure) {
			return
		}
	}
}

// tenureOf returns that of what expires with an action, or nil.
//
//go:norace
func (w *World) tenureOf(a Action) *store.Tenure {
	if a.Table == AtBank {
		if i, found := w.honoured.At(a.Key); found && w.bank.OtherBody == RefuseBody {
			return &w.honoured[i].Tenure
		}
		return nil
	}
	if a.Table != 0 {
		if i, found := w.rows.Retained(a.Table, a.Key); found {
			return &w.rows[i].Tenure
		}
		return nil
	}
	if i, found := w.cache.At(a.Key); found && w.cache[i].Lasts > 0 {
		return &w.cache[i].Tenure
	}
	return nil
}

// turnAway notes what turns a worker's attempt away that ends at a node without an ack:
// what it has found. What the others of its batch have found turned nobody away, though
// they may come again with it.
//
//go:norace
func (w *World) turnAway(i int, at int32) {
	refuses := w.bank.OtherBody == RefuseBody && w.keysFor > 0
	if wk := &w.workers[i]; (w.prog.StoresForATime || refuses) && w.comesAgain(wk, at) {
		w.found(at, func(t *store.Tenure) { t.Waited = true })
		if refuses {
			w.refused(wk, at)
		}
	}
}

// refused notes what turns an attempt away that ends at a node: a key at the receiver
// under which it has asked for something else, and which the next attempt will meet.
//
//go:norace
func (w *World) refused(wk *worker, at int32) {
	body := w.prog.Text(w.kind(int(wk.receipt.Msg))).Body
	for ; at != 0; at = w.prog.Nodes[at].Parent {
		if w.prog.Nodes[at].Answer != program.SaidOtherBody {
			continue
		}
		n := &w.prog.Nodes[w.prog.Nodes[at].Parent]
		if k, found := w.honoured.At(n.KeyNo); found && w.prog.Names.At(w.honoured[k].Body) != body {
			w.honoured[k].Waited = true
		}
	}
}

// comesAgain reports whether an attempt that ends at a node without an ack is made
// again, and will end there again without a fault.
//
//go:norace
func (w *World) comesAgain(wk *worker, at int32) bool {
	if w.prog.Nodes[at].Acked {
		return false
	}
	for ; at != 0; at = w.prog.Nodes[at].Parent {
		if a := w.prog.Nodes[at].Answer; a == program.SaidUnavailable || a == program.SaidNoReply || a == program.SaidConflict {
			return false
		}
	}
	return wk.receipt.Row > 0 || w.deliveredAgain(wk.receipt)
}

// deliveredAgain reports whether a message that was not acked under a receipt comes
// again: from its last delivery it does not.
//
//go:norace
func (w *World) deliveredAgain(r broker.Receipt) bool {
	if w.queue.State(int(r.Msg)).Settled() {
		return false
	}
	return !w.queue.Spent(int(r.Msg)) || w.queue.Standing(r) != broker.Current
}

// found calls a function for what has a lifetime and an attempt has found on its way
// to a node, if the next attempt will find the same for as long as it is there.
func (w *World) found(at int32, is func(*store.Tenure)) {
	var room [MaxSteps]int32
	way := room[len(room):]
	for n := at; n != 0; n = w.prog.Nodes[n].Parent {
		way = room[len(room)-len(way)-1:]
		way[0] = n
	}
	for _, step := range way[:len(way)-1] {
		n := &w.prog.Nodes[step]
		if !n.Op.Finds() {
			continue
		}
		a := Action{Kind: Expire, Slot: Slot{n.TabNo, n.KeyNo}}
		if t := w.tenureOf(a); t != nil && !t.Waited && w.fits(way, a) {
			is(t)
		}
	}
}

// fits reports whether all that an attempt was told about something on its way is what
// the next will be told, which finds it as it is now and leaves it there.
func (w *World) fits(way []int32, a Action) bool {
	stored := w.valueOf(a)
	value := stored // to its open transaction
	for i := range len(way) - 1 {
		n, answer := &w.prog.Nodes[way[i]], w.prog.Nodes[way[i+1]].Answer
		switch {
		case n.Op == OpCommit && value != stored:
			return false
		case n.Op == OpRollback:
			value = stored
		case n.KeyNo == a.Key && n.TabNo == a.Table && n.Op.KeepsKey():
			seen := stored
			if n.Tx {
				seen = value
			}
			told, becomes := n.Told(seen)
			if told != answer || becomes != seen && !n.Tx {
				return false
			}
			if n.Tx {
				value = becomes
			}
		}
	}
	return true
}

func (w *World) valueOf(a Action) int32 {
	if a.Table != 0 {
		i, _ := w.rows.At(a.Table, a.Key)
		return w.rows[i].Value
	}
	i, _ := w.cache.At(a.Key)
	return w.cache[i].Value
}

// tenure appends who wrote something that has a lifetime, for as long as that attempt
// is at work, and whether anybody waits for its end.
func (k *keyer) tenure(b []byte, t *store.Tenure) []byte {
	by := byte(0)
	if i := k.atWork(t.By); i != broker.None {
		by = byte(k.label[i]) + 1
	}
	return append(b, by<<1|byte(store.Bit(t.Waited)))
}

func (k *reader) tenure(t *store.Tenure) {
	by := k.byte()
	*t = store.Tenure{By: store.Author{Receipt: broker.Receipt{Msg: broker.None}}, Waited: by&1 != 0}
	if by >>= 1; by != 0 {
		t.By = k.w.author(int(by) - 1)
	}
}

// canExpire reports whether something is there that an Expire is about, and has a lifetime.
func (w *World) canExpire(a Action) bool {
	switch a.Table {
	case AtBank:
		return w.keysFor > 0 && w.honoured.Has(a.Key)
	case 0:
		i, found := w.cache.At(a.Key)
		return found && w.cache[i].Lasts > 0
	}
	_, found := w.rows.Retained(a.Table, a.Key)
	return found
}

// expire takes away what has run out: an entry, a row, or a key at the bank.
func (w *World) expire(a Action) {
	if h := w.Overruns(a); h != broker.None {
		w.workers[h].overran = true
	}
	switch a.Table {
	case AtBank:
		w.honoured.Drop(a.Key)
	case 0:
		w.cache.Drop(a.Key)
	default:
		w.rows.Expire(a.Table, a.Key)
	}
}

// appendExpiries appends the entries and rows that may run out for the given cost.
//
//go:norace
func (w *World) appendExpiries(menu []Action, cost int) []Action {
	for i := range w.cache {
		menu = w.offerAt(menu, Action{Kind: Expire, Slot: Slot{Key: w.cache[i].Key}}, cost)
	}
	for i := range w.rows {
		if r := &w.rows[i]; r.Kept > 0 {
			menu = w.offerAt(menu, Action{Kind: Expire, Slot: Slot{r.Table, r.Key}}, cost)
		}
	}
	return menu
}

// appendForgetting appends what processes may forget of what they were to keep up to a
// number, and the receiver of the effect of what it was to keep for a time, for the given
// cost. Each is a fault, but for a key that turns a message away.
//
//go:norace
func (w *World) appendForgetting(menu []Action, cost int) []Action {
	if w.keysFor > 0 {
		for i := range w.honoured {
			menu = w.offerAt(menu, Action{Kind: Expire, Slot: Slot{AtBank, w.honoured[i].Key}}, cost)
		}
	}
	if cost == 0 {
		return menu
	}
	for p := range w.memory {
		for _, key := range w.memory[p].Recent {
			first, _ := w.crew(p)
			menu = w.offer(menu, Action{Kind: Evict, Worker: int8(first), Slot: Slot{Key: key}})
		}
	}
	return menu
}

// Retention is how long something stored is kept: a row, an entry of the cache, or a
// lease. A world knows that it has one and not when that ends: time is the
// timeline's, which notes it here.
type Retention struct{ From, Until time.Duration }

// kept is a retention and what has it.
type kept struct {
	write int32 // see store.CacheEntry.Write and store.TableRow.Kept
	Slot
	Retention
}

// keeps notes when what a write has stored will run out. Writes are numbered in
// order, but a transaction's begin to count with its commit, and so may be late.
func (r *Run) keeps(d *due, from int64) {
	k := kept{d.turn, d.Slot, Retention{time.Duration(from), time.Duration(d.at)}}
	i, _ := slices.BinarySearchFunc(r.kept, d.turn, byWrite)
	r.kept = slices.Insert(r.kept, i, k)
}

func byWrite(k kept, write int32) int { return cmp.Compare(k.write, write) }

// Retention returns how long something stored is kept, and whether it ever runs out.
// Of a forked run nobody knows: nothing is due in it.
func (r *Run) Retention(s *Stored) (Retention, bool) {
	i, found := slices.BinarySearchFunc(r.kept, s.kept, byWrite)
	if !found {
		return Retention{}, false
	}
	return r.kept[i].Retention, true
}

// RanOut returns the retention that ran out with an event.
func (r *Run) RanOut(e *Event) (Retention, bool) {
	for _, k := range slices.Backward(r.kept) {
		if e.Kind == Expire && k.Until == e.At && k.Slot == e.Slot {
			return k.Retention, true
		}
	}
	return Retention{}, false
}

// early returns the row whose time is not up that a worker's next step would take over if
// its clock were ahead. One that is locked is waited for.
func (w *World) early(worker int) (*store.TableRow, bool) {
	n := &w.prog.Nodes[w.workers[worker].node]
	of, known := w.slot(n)
	if !n.OwnClock() || !known || w.dbDown() || n.Aborted || w.blocker(worker) != broker.None {
		return nil, false
	}
	i, found := w.rows.Retained(of.Table, of.Key)
	if !found || w.rows[i].Owner != 0 {
		return nil, false
	}
	return &w.rows[i], true
}

// ahead reports whether a worker's next step takes over a row if its clock is so far ahead:
// the row has no more time left than that.
func (t *Timeline) ahead(worker int, by time.Duration) bool {
	r, found := t.world.early(worker)
	if !found {
		return false
	}
	for d := range t.agenda.all {
		if d.kind() == Expire && d.Slot == (Slot{r.Table, r.Key}) && d.turn == r.Kept {
			return d.at-t.now <= int64(by)
		}
	}
	return false // its end is so far off that nothing is planned for it
}

// tooEarly finds the fault by which a step is to take over a row: the first whose clock is so
// far ahead, and no other is used up. It makes a plain step of it if there is none.
func (t *Timeline) tooEarly(d *due) {
	if d.kind() != ClockAhead {
		return
	}
	i := int(d.worker())
	for k := range t.hands[i].strikes {
		if s := &t.hands[i].strikes[k]; s.row.Hits == OnClock && !s.done && t.ahead(i, s.By) {
			s.done, d.fault = true, t.index(s)
			return
		}
	}
	d.becomeStep()
}
