package sim

import (
	"cmp"
	"slices"
	"strconv"

	"dejavu/broker"
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
	row   int32        // counts the rows that were ever committed, from 1
	msg   int32        // the broker message whose handler enqueued it
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
	Tries int          // how often it was handed to the relay
	State broker.State // Ready, Delayed after a nack, or InFlight
}

// Outbox yields what waits for the relay or is handled by it, by message.
func (w *World) Outbox(yield func(Posting) bool) {
	for i := range w.outbox {
		p := &w.outbox[i]
		if !yield(Posting{int(p.msg), int(p.tries), p.state}) {
			return
		}
	}
}

// Relay returns the worker that is the relay, or broker.None. It is the last.
func (w *World) Relay() int { return w.relay }

// relayName is what the relay is called.
const relayName = "relay"

// WorkerName returns what a worker is called: a number from 1, or relay.
func (w *World) WorkerName(worker int) string {
	if worker == w.relay {
		return relayName
	}
	return strconv.Itoa(worker + 1)
}

// FindWorker returns the worker with a name.
func (w *World) FindWorker(name string) (int, bool) {
	if name == relayName {
		return w.relay, w.relay != broker.None
	}
	n, err := strconv.Atoi(name)
	return n - 1, err == nil && n >= 1 && n <= len(w.workers)-w.relays()
}

// relays returns how many of the workers are the relay.
func (w *World) relays() int {
	if w.relay == broker.None {
		return 0
	}
	return 1
}

// newRelay gives the world of a consumer that has a relay a process to run it.
func (w *World) newRelay() {
	w.relay = len(w.workers)
	w.workers = append(w.workers, worker{})
	w.memory = append(w.memory, memory{})
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

// heldByRelay returns where the row is that the relay handles, or -1: an early ack
// has settled it before the attempt is over.
func (w *World) heldByRelay() int {
	r := w.workers[w.relay].receipt
	i, found := slices.BinarySearchFunc(w.outbox, posting{msg: r.Msg, row: r.Row}, func(p, o posting) int { return p.before(&o) })
	if !found || w.workers[w.relay].node == 0 {
		return -1
	}
	return i
}

// post commits the rows that a worker's transaction has enqueued.
func (w *World) post(wk *worker) {
	for range wk.enqueued {
		w.postAgain(posting{msg: wk.receipt.Msg, state: broker.Ready})
	}
}

// postAgain puts a row into the outbox, as its newest.
func (w *World) postAgain(p posting) {
	w.posts++
	p.row = w.posts
	at, _ := slices.BinarySearchFunc(w.outbox, p, func(p, o posting) int { return p.before(&o) })
	w.outbox = slices.Insert(w.outbox, at, p)
	w.moves = append(w.moves, p)
}

// hand hands a row to the relay.
func (w *World) hand(out *Outcome) {
	p := &w.outbox[w.postedAs(int(out.Msg), broker.Ready)]
	p.state = broker.InFlight
	p.tries++
	wk := &w.workers[w.relay]
	wk.receipt = broker.Receipt{Msg: p.msg, Delivery: p.tries, Row: p.row}
	wk.batch, wk.place = nil, 0
	out.Receipt = wk.receipt
	w.enter(wk)
}

// markSent is the relay's ack.
func (w *World) markSent() Reply {
	i := w.heldByRelay()
	if i < 0 { // a failover has lost it meanwhile
		return Taken
	}
	w.noteSent(w.outbox[i])
	w.outbox = cut(w.outbox, i)
	return Taken
}

// giveUp is the relay's nack: the row waits as a message would.
func (w *World) giveUp() Reply {
	state := broker.Ready
	if w.queue.Profile().Delay(int(w.workers[w.relay].receipt.Delivery)) > 0 {
		state = broker.Delayed
	}
	w.putBack(state)
	return Returned
}

// retry ends the wait of a row.
func (w *World) retry(out *Outcome) {
	p := &w.outbox[w.postedAs(int(out.Msg), broker.Delayed)]
	p.state = broker.Ready
	out.Receipt = broker.Receipt{Msg: p.msg, Delivery: p.tries, Row: p.row}
	w.moves = append(w.moves, *p)
}

// putBack frees the row that the relay handles, if it still does.
func (w *World) putBack(state broker.State) {
	if i := w.heldByRelay(); i >= 0 {
		w.outbox[i].state = state
		w.moves = append(w.moves, w.outbox[i])
	}
}

// reportRelay is report for the relay. To mark a row is a step of the database: while
// that is down, the row is tried again.
func (w *World) reportRelay(out *Outcome, n *node, failed bool) {
	switch {
	case n.acked:
		out.Reply = Unreported
	case failed:
		out.Reply = w.giveUp()
	default:
		out.Reply = w.markSent()
	}
	w.leave(out, &w.workers[w.relay])
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
			b = append(b, byte(p.state))
			if k.Most > 0 {
				b = appendNumber(b, min(p.tries, k.Most))
			}
		}
	}
	return b
}

// postings restores the outbox. Its rows are numbered anew, in their order.
func (k *reader) postings() {
	w := k.w
	if w.outbox, w.posts = w.outbox[:0], 0; w.relay == broker.None {
		return
	}
	for range k.number() {
		w.posts++
		p := posting{row: w.posts, msg: k.number(), state: broker.State(k.byte()), tries: 1}
		if k.Most > 0 {
			if p.tries = k.number(); p.tries >= k.Most {
				p.tries = k.Most + 1
			}
		}
		w.outbox = append(w.outbox, p)
	}
}

// relayReceipt returns the relay's receipt: of the row that is in flight, or of one
// that it has marked sent already.
func (k *reader) relayReceipt(msg int32) broker.Receipt {
	w := k.w
	r := broker.Receipt{Msg: msg, Delivery: 1, Row: w.posts + 1}
	if k.Asked {
		r.Delivery = k.number()
	}
	if i := w.postedAs(int(msg), broker.InFlight); i >= 0 {
		r.Delivery, r.Row = w.outbox[i].tries, w.outbox[i].row
	} else {
		w.posts++
	}
	return r
}

// posted offers, now or after their delay, the rows of the outbox that were committed
// or given back.
func (t *Timeline) posted() {
	for _, p := range t.world.moves {
		if p.state == broker.Ready {
			t.rows.push(offer{t.now, p.msg})
			continue
		}
		wait := t.lane.Queue.Delay(int(p.tries))
		t.push(plan(t.now+int64(wait), classDeadline, Action{Kind: Retry, Msg: p.msg}))
	}
}

// relay hands the row that has waited longest to the relay, if that is idle.
func (t *Timeline) relay() bool {
	i := t.world.relay
	if t.world.workers[i].node != 0 || t.hands[i].free > t.now || t.world.down {
		return false
	}
	n := int(t.rows.pop().msg)
	at := t.world.postedAs(n, broker.Ready)
	if at < 0 { // a failover has lost it
		return t.deliver()
	}
	if t.world.outbox[at].tries >= MaxDeliveries {
		t.ending = TooDeliveries
		return false
	}
	if t.spent() {
		return false
	}
	if more := n + 1 - len(t.relayed); more > 0 {
		t.relayed = append(slices.Grow(t.relayed, more), make([]int32, more)...)
	}
	t.relayed[n]++
	t.do(Action{Kind: Deliver, Msg: int32(n), Worker: int8(i)}, -1)
	return true
}

// nth returns which attempt at a message a worker begins, as a plan counts them: the
// deliveries of the message or, of the relay, all that it was handed of it.
func (t *Timeline) nth(i int) int {
	r := t.hands[i].attempt
	if i == t.world.relay {
		return int(t.relayed[r.Msg])
	}
	return int(r.Delivery)
}

// AtEffect reports whether a fault strikes where the effect is: at the relay, if the
// consumer has one. All other faults strike its handler.
func (f *Fault) AtEffect() bool {
	switch f.Kind.Info().Hits {
	case OnPoint:
		return outside(f.Before + f.After)
	case OnStep:
		return f.Step == "" || outside(f.Step)
	case OnEffect:
		return true
	}
	return false
}

// outside reports whether a point is at the receiver of the effect.
func outside(point string) bool {
	for o := OpHas; o < opCount; o++ {
		if o.String() == point {
			return o.Place() == Outside
		}
	}
	return point == PointEffect
}

// strikesHere reports whether a fault strikes the attempts of a worker.
func (t *Timeline) strikesHere(f *Fault, i int) bool {
	return t.world.relay == broker.None || f.AtEffect() == (i == t.world.relay)
}
