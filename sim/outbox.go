package sim

import (
	"cmp"
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// The outbox is a table of the consumer's database and a queue at once: a commit
// publishes to it what the transaction has enqueued, and the relay handles what lies
// in it, on a process of its own. The relay's ack is to mark the row sent. It is the
// same database, so that cannot get lost by itself; but it is a transaction of its
// own, and whoever dies between the effect and the mark does it again (D11).
// There is no timer: a row is locked by whoever handles it, and a lost holder frees
// it at once.

// posting is a row of the outbox that is not marked sent; one that is, is gone.
type posting struct {
	row   int32        // its number: of the rows that were ever committed or, for a cursor, enqueued
	msg   int32        // the broker message whose handler enqueued it
	of    int8         // which part of the business it is for, from 1, or 0 for all of them
	tries int32        // how often it was handed to the relay
	state broker.State // Ready, Delayed or InFlight
}

// before puts rows of one message next to each other: they are told apart by nothing
// but their age.
func (p *posting) before(o *posting) int {
	return cmp.Or(cmp.Compare(p.msg, o.msg), cmp.Compare(p.row, o.row))
}

// Posting is a row of the outbox that is not marked sent, to be looked at.
type Posting struct {
	Msg   int          // the broker message that it hands on
	For   Business     // what the relay is to do: a part of the business or all of it
	Tries int          // how often it was handed to the relay
	State broker.State // Ready, Delayed after a nack, or InFlight
}

// Outbox yields what waits for the relay or is handled by it, by message.
func (w *World) Outbox(yield func(Posting) bool) {
	for i := range w.outbox {
		p := &w.outbox[i]
		if !w.passedOver(p.row) && !yield(Posting{int(p.msg), w.rowFor(p.of), int(p.tries), p.state}) {
			return
		}
	}
}

// rowFor returns what a row of the outbox is for.
func (w *World) rowFor(of int8) Business {
	if of > 0 {
		return w.prog.Parts[of-1]
	}
	return w.business
}

// MaxRelays is how many relays there can be on one outbox.
const MaxRelays = 4

// RowClaim is what a relay does to a row of the outbox before it handles it.
type RowClaim uint8

// The claims.
const (
	// NoClaim reads what is not marked sent, as a SELECT does: two relays read the same row.
	NoClaim RowClaim = iota
	// ClaimRow locks the row until it is marked, and passes over what others have locked: FOR
	// UPDATE SKIP LOCKED. Whoever dies frees its row.
	ClaimRow
)

// String returns the claim as a file says it.
func (c RowClaim) String() string { return [...]string{"none", "row"}[c] }

// Relay returns the first worker that is a relay, or broker.None. Relays are the last.
func (w *World) Relay() int { return w.relay }

// Mark returns what the ack of the relay is called.
func (w *World) Mark() MarkWords { return (&Consumer{Cursor: w.prog.Cursor}).Mark() }

// IsRelay reports whether a worker is a relay.
//
//go:norace
func (w *World) IsRelay(worker int) bool { return w.relay != broker.None && worker >= w.relay }

// relayName is what the relay is called.
const relayName = "relay"

// WorkerName returns what a worker is called: a number from 1, or relay; the second relay
// is relay2.
func (w *World) WorkerName(worker int) string {
	switch {
	case worker == w.relay:
		return relayName
	case w.IsRelay(worker):
		return relayName + strconv.Itoa(worker-w.relay+1)
	}
	return strconv.Itoa(worker + 1)
}

// FindWorker returns the worker with a name.
func (w *World) FindWorker(name string) (int, bool) {
	for i := len(w.workers) - w.Relays(); i < len(w.workers); i++ {
		if name == w.WorkerName(i) {
			return i, true
		}
	}
	n, err := strconv.Atoi(name)
	return n - 1, err == nil && n >= 1 && n <= len(w.workers)-w.Relays()
}

// Relays returns how many of the workers are relays.
//
//go:norace
func (w *World) Relays() int {
	if w.relay == broker.None {
		return 0
	}
	return len(w.workers) - w.relay
}

// newRelays gives the world of a consumer that has a relay processes to run it.
func (w *World) newRelays(l *Lane) {
	w.relay, w.claims = len(w.workers), l.Claim
	relays := max(l.Relays, 1)
	if w.prog.Cursor {
		relays = 1
	}
	for range relays {
		w.workers = append(w.workers, worker{})
		w.memory = append(w.memory, store.ProcessMemory{})
	}
}

// sharesRows reports whether relays read rows that others are at work on.
//
//go:norace
func (w *World) sharesRows() bool { return w.claims == NoClaim && w.Relays() > 1 }

// takeable returns where the oldest row of a message is that an idle relay may take, or -1.
//
//go:norace
func (w *World) takeable(msg int) int {
	if w.prog.Cursor {
		at := w.next()
		if at < 0 || int(w.outbox[at].msg) != msg || w.outbox[at].state != broker.Ready {
			return -1
		}
		return at
	}
	for i := w.postingsOf(msg); i < len(w.outbox) && int(w.outbox[i].msg) == msg; i++ {
		if s := w.outbox[i].state; s == broker.Ready || s == broker.InFlight && w.sharesRows() {
			return i
		}
	}
	return -1
}

// posted reports whether a message of a kind waits for the relay: the one that it is
// numbered for, or a copy of that. It does not walk over a long table.
func (w *World) posted(kind int32) bool {
	at := w.postingsOf(int(kind))
	if at < len(w.outbox) && w.outbox[at].msg == kind {
		return true
	}
	copies := w.outbox[w.postingsOf(len(w.owed)):]
	return slices.ContainsFunc(copies, func(p posting) bool { return w.kind(int(p.msg)) == kind })
}

// postingsOf returns where the rows of a message are or would be.
//
//go:norace
func (w *World) postingsOf(msg int) int {
	i, _ := slices.BinarySearchFunc(w.outbox, posting{msg: int32(msg)}, func(p, o posting) int { return p.before(&o) })
	return i
}

// postedAs returns where the oldest row of a message is that is in a state, or -1.
func (w *World) postedAs(msg int, state broker.State) int {
	for i := w.postingsOf(msg); i < len(w.outbox) && int(w.outbox[i].msg) == msg; i++ {
		if w.outbox[i].state == state {
			return i
		}
	}
	return -1
}

// heldByRelay returns where the row is that a relay handles, or -1: an early ack
// has settled it before the attempt is over, or another relay has.
func (w *World) heldByRelay(relay int) int {
	if w.workers[relay].node == 0 {
		return -1
	}
	return w.rowOf(w.workers[relay].receipt)
}

// rowOf returns where the row is that a receipt is for, or -1.
func (w *World) rowOf(r broker.Receipt) int {
	i, found := slices.BinarySearchFunc(w.outbox, posting{msg: r.Msg, row: r.Row}, func(p, o posting) int { return p.before(&o) })
	if !found {
		return -1
	}
	return i
}

// post commits the rows that a worker's transaction has enqueued.
func (w *World) post(i int) {
	for _, p := range w.enqueuedBy(i) {
		w.postAgain(p)
	}
}

// postAgain puts a row into the outbox: as its newest, or under the number that it has drawn.
func (w *World) postAgain(p posting) {
	if !w.prog.Cursor {
		w.posts++
		p.row = w.posts
	} else if p.row <= w.floor() {
		w.skipped = true
		return
	}
	w.skipped = w.skipped || w.passedOver(p.row)
	at, _ := slices.BinarySearchFunc(w.outbox, p, func(p, o posting) int { return p.before(&o) })
	w.outbox = slices.Insert(w.outbox, at, p)
	w.moves = append(w.moves, p)
}

// hand hands a row to a relay.
func (w *World) hand(out *Outcome) {
	p := &w.outbox[w.takeable(int(out.Msg))]
	p.state = broker.InFlight
	p.tries++
	wk := &w.workers[out.Worker]
	wk.receipt = broker.Receipt{Msg: p.msg, Delivery: p.tries, Row: p.row}
	wk.batch, wk.place = nil, 0
	out.Receipt = wk.receipt
	w.enterFor(wk, program.Errand{Relay: true, Of: p.of})
}

// markSent is a relay's ack.
func (w *World) markSent(relay int) Reply {
	if w.prog.Cursor {
		return w.moveCursor(relay)
	}
	i := w.heldByRelay(relay)
	if i < 0 { // a failover has lost it meanwhile, or another relay has marked it
		return Taken
	}
	w.noteSent(relay, w.outbox[i])
	w.outbox = store.Cut(w.outbox, i)
	return Taken
}

// giveUp is a relay's nack: the row waits as a message would.
func (w *World) giveUp(relay int) Reply {
	state := broker.Ready
	if i := w.heldByRelay(relay); i >= 0 && w.queue.Profile().Delay(int(w.outbox[i].tries)) > 0 {
		state = broker.Delayed
	}
	w.putBack(relay, state)
	return Returned
}

// retry ends the wait of a row.
func (w *World) retry(out *Outcome) {
	p := &w.outbox[w.postedAs(int(out.Msg), broker.Delayed)]
	p.state = broker.Ready
	out.Receipt = broker.Receipt{Msg: p.msg, Delivery: p.tries, Row: p.row}
	w.moves = append(w.moves, *p)
}

// putBack frees the row that a relay handles, if it still does and no other is at it.
func (w *World) putBack(relay int, state broker.State) {
	if i := w.heldByRelay(relay); i >= 0 && !w.heldByAnother(relay) {
		w.outbox[i].state = state
		w.moves = append(w.moves, w.outbox[i])
	}
}

// heldByAnother reports whether another relay is at work on the row that a relay handles.
func (w *World) heldByAnother(relay int) bool {
	for i := w.relay; i < len(w.workers); i++ {
		if a, b := w.workers[i].receipt, w.workers[relay].receipt; i != relay && w.workers[i].node != 0 && a.Row == b.Row {
			return true
		}
	}
	return false
}

// reportRelay is report for a relay. To mark a row is a step of the database: while
// that is down, the row is tried again.
func (w *World) reportRelay(out *Outcome, n *program.Node, failed bool) {
	switch {
	case n.Acked:
		out.Reply = Unreported
	case failed:
		out.Reply = w.giveUp(int(out.Worker))
	default:
		out.Reply = w.markSent(int(out.Worker))
	}
	w.leave(out, &w.workers[out.Worker])
}

// posted offers, now or after their delay, the rows of the outbox that were committed
// or given back.
func (t *Timeline) posted() {
	for _, p := range t.world.moves {
		if p.state == broker.Ready && t.world.prog.Cursor {
			continue // the relay looks for the lowest number: see relay
		}
		if p.state == broker.Ready {
			for i := range t.rows {
				t.rows[i].push(offer{t.now, p.msg})
			}
			continue
		}
		wait := t.lane.Queue.Delay(int(p.tries))
		t.push(plan(t.now+int64(wait), classDeadline, Action{Kind: Retry, Msg: p.msg}))
	}
}

// relay hands the row that has waited longest to a relay that is idle. Where rows are not
// claimed, each relay comes to each of them, unless it is marked by then.
func (t *Timeline) relay() bool {
	if t.world.relay == broker.None || t.world.dbDown() {
		return false
	}
	for i := t.world.relay; i < len(t.hands); i++ {
		rows := &t.rows[min(i-t.world.relay, len(t.rows)-1)]
		if t.world.workers[i].node != 0 || t.hands[i].free > t.now || t.world.draining(i) {
			continue
		}
		if t.world.prog.Cursor {
			at := t.world.next()
			return at >= 0 && t.world.outbox[at].state == broker.Ready && t.handRow(i, int(t.world.outbox[at].msg), at)
		}
		for len(*rows) > 0 {
			n := int(rows.pop().msg)
			if at := t.world.takeable(n); at >= 0 { // or a failover has lost it, or another relay has marked it
				return t.handRow(i, n, at)
			}
		}
	}
	return false
}

// handRow hands a row to a relay.
func (t *Timeline) handRow(i, n, at int) bool {
	if t.world.outbox[at].tries >= MaxDeliveries {
		t.ending = TooDeliveries
		return false
	}
	if t.spent() {
		return false
	}
	row := int(t.world.prog.RowIndex(int32(n), t.world.outbox[at].of))
	if more := row + 1 - len(t.relayed); more > 0 {
		t.relayed = append(slices.Grow(t.relayed, more), make([]int32, more)...)
	}
	t.relayed[row]++
	t.do(Action{Kind: Deliver, Msg: int32(n), Worker: int8(i)}, -1)
	return true
}

// nth returns which attempt at a message a worker begins, as a plan counts them: the
// deliveries of the message or, of the relay, all that it was handed of it. Where a row is
// for one part, the part is counted by itself: its first attempt is its first.
func (t *Timeline) nth(i int) int {
	r := t.hands[i].attempt
	if t.world.IsRelay(i) {
		return int(t.relayed[t.world.prog.RowIndex(r.Msg, t.world.errandOf(i).Of)])
	}
	return int(r.Delivery)
}

// strikesHere reports whether a fault strikes the attempts of a worker.
//
// What strikes a part by its name strikes whoever has that part. Where each part has a row
// of its own, what strikes after the effect strikes the last of those outside, and all else
// that strikes at the effect the first, as it would in one attempt.
func (t *Timeline) strikesHere(f *Fault, i int) bool {
	if t.world.relay == broker.None || f.AtPart() {
		return true
	}
	if atRelay := f.AtEffect() && !t.performsAll(i); atRelay != t.world.IsRelay(i) {
		return false
	}
	of := t.world.errandOf(i).Of
	if of == 0 || f.Before != "" && f.Before != PointEffect || f.After != "" && f.After != PointEffect || f.Step != "" {
		return true
	}
	first, last := t.world.outermost()
	if f.After == PointEffect {
		return of == last
	}
	return of == first
}

// performsAll reports whether the handler has every part itself, for a message that is new
// to it: nothing is left for its relay.
func (t *Timeline) performsAll(i int) bool {
	p, kind := t.world.prog, t.world.kind(int(t.hands[i].attempt.Msg))
	n := p.Root(kind, program.Errand{})
	for at := n; at != 0; at = p.Undisturbed(kind, at) {
		n = at
	}
	return int(p.Nodes[n].Done) >= len(p.Parts)
}

// errandOf returns what a worker's handler is run for.
func (w *World) errandOf(i int) program.Errand { return w.prog.Nodes[w.workers[i].node].Errand }

// outermost returns the first and the last part that lies outside, as rows have it: those
// that a relay is there for.
func (w *World) outermost() (first, last int8) {
	for part, b := range w.prog.Parts {
		if b.Local() {
			continue
		}
		if last = int8(part) + 1; first == 0 {
			first = last
		}
	}
	return first, last
}

// Where the relay follows a cursor ([Consumer].Cursor), a row's number is drawn from a
// sequence when it is enqueued, and seen when it is committed. The relay takes the lowest
// number beyond its cursor, and its mark moves the cursor there. The cursor is a row of the
// same database: a failover that loses the mark takes it back. The sequence goes on all the
// same, for a replica has its values logged ahead (PostgreSQL logs 32 of them at a time).

// drawn is a row that a worker has enqueued and not committed yet.
type drawn struct {
	row int32 // the number that it has drawn, where a cursor goes by it
	of  int8  // which part of the business it is for, from 1, or 0 for all of them
	by  int8
}

// enqueue adds a row to the open transaction of a worker.
func (w *World) enqueue(i int, of int8) {
	w.workers[i].enqueued++
	d := drawn{of: of, by: int8(i)}
	if w.prog.Cursor {
		w.posts++
		d.row = w.posts
	}
	w.drawn = append(w.drawn, d)
}

// enqueuedBy returns the rows in the open transaction of a worker, as they will be posted.
func (w *World) enqueuedBy(i int) (all []posting) {
	for _, d := range w.drawn {
		if int(d.by) == i {
			all = append(all, posting{row: d.row, msg: w.workers[i].receipt.Msg, of: d.of, state: broker.Ready})
		}
	}
	return all
}

// passedOver reports whether the cursor is at the number of a row or beyond it.
//
//go:norace
func (w *World) passedOver(row int32) bool { return w.prog.Cursor && row <= w.cursor }

// next returns where the row is that follows the cursor, or -1.
//
//go:norace
func (w *World) next() int {
	lowest := -1
	for i := range w.outbox {
		if row := w.outbox[i].row; row > w.cursor && (lowest < 0 || row < w.outbox[lowest].row) {
			lowest = i
		}
	}
	return lowest
}

// moveCursor is the ack of a relay with a cursor. That its row is lost in a failover, it
// does not notice: the cursor goes by the number.
func (w *World) moveCursor(relay int) Reply {
	wk := &w.workers[relay]
	if w.prog.Nodes[wk.node].Acked {
		return Taken // it is there already
	}
	if w.journal.on {
		c := w.committing(relay)
		c.moved, c.cursor = true, w.cursor
	}
	if i := w.heldByRelay(relay); i >= 0 {
		w.noteSent(relay, w.outbox[i])
		w.outbox = store.Cut(w.outbox, i)
	}
	was := w.cursor
	w.cursor = wk.receipt.Row
	w.skipped = slices.ContainsFunc(w.outbox, func(p posting) bool { return p.row > was && w.passedOver(p.row) })
	w.forgetPassed()
	return Taken
}

// floor returns the number up to which nothing matters any more: no failover takes the
// cursor back behind it.
//
//go:norace
func (w *World) floor() int32 {
	for i := range w.journal.commits {
		if c := &w.journal.commits[i]; c.moved {
			return min(c.cursor, w.cursor) // the oldest has the lowest
		}
	}
	return w.cursor
}

// forgetPassed drops the rows that the relay will never look at, whatever is lost.
func (w *World) forgetPassed() {
	if !w.prog.Cursor {
		return
	}
	floor := w.floor()
	w.outbox = slices.DeleteFunc(w.outbox, func(p posting) bool { return p.row <= floor })
}

// unpostNumbers loses the rows of the outbox that a commit has put there, as far as they
// can still matter.
func (w *World) unpostNumbers(c *commit) {
	for _, p := range c.posted {
		if at := w.rowOf(broker.Receipt{Msg: p.msg, Row: p.row}); at >= 0 {
			w.outbox = slices.Delete(w.outbox, at, at+1)
		}
	}
}
