package broker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A ledger drives a queue with random legal operations and keeps books of its
// own: who is in which group, what was published when, which receipts were given
// out, and what each operation may have changed. It asks the queue for states
// and answers only, and says from the documentation what they must be.
type ledger struct {
	p        Profile
	workers  int
	q        Queue
	messages []Message
	order    []int             // the messages that a publish put into the queue
	receipts map[int][]Receipt // given out, by message
	owners   map[string]int
	numbers  []string        // by message: what the producer's client numbers its publish with
	known    map[string]bool // what the dedup window remembers
	was      []State         // before the last operation
	nacks    map[int]int     // by message
	orphans  map[int]bool    // messages whose holder's process has ended
	gone     map[int]bool    // members whose process has died in their session
	lost     map[string]bool // groups that the broker has forgotten acks of
	unacks   bool            // the last operation was that
	shelf    []shelved
}

// shelved is a queue that must not change any more.
type shelved struct {
	q    Queue
	text string
}

var (
	rules   = []AckRule{Ignored, Accepted, Rejected}
	delays  = []time.Duration{0, time.Second}
	windows = []time.Duration{0, time.Minute}
)

// anyProfile draws a profile but for what decides which messages hang together.
func anyProfile(t *rapid.T, order Order, unit AckUnit) Profile {
	p := Profile{
		Redeliver:     rapid.SampledFrom([]Trigger{OnTimer, OnDisconnect, OnTimer | OnDisconnect}).Draw(t, "redeliver"),
		Visibility:    time.Second,
		LateAck:       rapid.SampledFrom(rules).Draw(t, "late"),
		StaleAck:      rapid.SampledFrom(rules).Draw(t, "stale"),
		MaxDeliveries: rapid.IntRange(0, 3).Draw(t, "most"),
		AtLimit:       Limit(rapid.IntRange(0, 1).Draw(t, "at the limit")),
		NackDelay:     rapid.SampledFrom(delays).Draw(t, "delay"),
		Backoff:       rapid.SliceOfN(rapid.SampledFrom(delays), 0, 2).Draw(t, "backoff"),
		Order:         order,
		AckUnit:       unit,
		Batch:         rapid.SampledFrom([]int{0, 3}).Draw(t, "batch"),
		Assign:        rapid.SampledFrom([]Assignment{AnyWorker, OwnerWorker}).Draw(t, "assign"),
		Rebalance:     rapid.SampledFrom([]Rebalancing{Cooperative, Eager}).Draw(t, "rebalance"),
		DedupWindow:   rapid.SampledFrom(windows).Draw(t, "window"),
		Resumes:       rapid.Bool().Draw(t, "resumes"),
		StaleNack:     rapid.SampledFrom([]AckRule{Ignored, Accepted}).Draw(t, "stale nack"),
		Rejects:       rapid.Bool().Draw(t, "rejects"),
		FreeNacks:     rapid.Bool().Draw(t, "free nacks"),
		MaxNacks:      rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "most nacks"),
		DedupBy:       rapid.SampledFrom([]Dedup{ByMessageID, ByMessageID, ByNothing, ByProducer}).Draw(t, "by"),
	}
	if p.Redeliver&OnDisconnect != 0 {
		p.ConsumerTimeout = rapid.SampledFrom(windows).Draw(t, "patience")
		p.BadAckCloses = rapid.Bool().Draw(t, "closes")
	}
	if p.Redeliver&OnDisconnect != 0 && p.Assign == OwnerWorker {
		p.SessionTimeout = rapid.SampledFrom(windows).Draw(t, "session")
		p.CommitsBack = p.acksPositions() && rapid.IntRange(0, 3).Draw(t, "back") > 0
	}
	return p
}

func newLedger(t *rapid.T, p Profile) *ledger {
	l := &ledger{
		p:        p,
		workers:  rapid.IntRange(1, 3).Draw(t, "workers"),
		receipts: map[int][]Receipt{}, owners: map[string]int{}, known: map[string]bool{}, lost: map[string]bool{}, gone: map[int]bool{}, nacks: map[int]int{}, orphans: map[int]bool{},
	}
	if err := l.p.Validate(); err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(1, 5).Draw(t, "messages") {
		m := Message{
			ID:    rapid.SampledFrom([]string{"m1", "m2", "m3", "m4"}).Draw(t, "id"),
			Group: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group"),
		}
		l.messages = append(l.messages, m)
		l.numbers = append(l.numbers, fmt.Sprint("publish ", len(l.numbers)))
		if _, ok := l.owners[m.Group]; !ok {
			l.owners[m.Group] = len(l.owners) % l.workers
		}
	}
	l.q = New(&l.p, l.workers, l.messages)
	return l
}

func TestQueueKeepsItsPromises(t *testing.T) {
	for order := NoOrder; order <= PartitionOrder; order++ {
		for unit := AckEach; unit <= AckCumulative; unit++ {
			t.Run(fmt.Sprintf("order %v, ack %v", order, unit), rapid.MakeCheck(func(t *rapid.T) {
				newLedger(t, anyProfile(t, order, unit)).run(t)
			}))
		}
	}
}

func (l *ledger) run(t *rapid.T) {
	step := func(do func(*rapid.T)) func(*rapid.T) {
		return func(t *rapid.T) {
			l.was, l.unacks = l.states(), false
			do(t)
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"publish": step(l.publish), "deliver": step(l.deliver), "deliver again": step(l.deliver),
		"ack": step(l.ack), "nack": step(l.nack), "reject": step(l.reject), "undelay": step(l.undelay),
		"time out": step(l.timeOut), "disconnect": step(l.disconnect),
		"die": step(l.die), "close": step(l.close), "join": step(l.join), "leave": step(l.leave),
		"forget": step(l.forget), "forget ack": step(l.forgetAck), "add": step(l.add), "clone": step(l.clone),
		"": l.check,
	})
}

// pick draws one of the messages for which ok holds, or skips the operation.
func (l *ledger) pick(t *rapid.T, ok func(n int) bool) int {
	var all []int
	for n := range l.messages {
		if ok(n) {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		t.Skip("no such message")
	}
	return rapid.SampledFrom(all).Draw(t, "message")
}

func (l *ledger) in(s State) func(n int) bool {
	return func(n int) bool { return l.q.State(n) == s }
}

func (l *ledger) states() []State {
	all := make([]State, len(l.messages))
	for n := range all {
		all[n] = l.q.State(n)
	}
	return all
}

func (l *ledger) publish(t *rapid.T) {
	n := l.pick(t, l.in(Unpublished))
	direct := rapid.Bool().Draw(t, "direct")
	id, want := l.compared(n), Ready
	if l.p.DedupWindow > 0 && l.p.DedupBy != ByNothing && !direct {
		if l.known[id] {
			want = Deduplicated
		}
		l.known[id] = true
	}
	if taken := l.q.Publish(n, direct); taken != (want == Ready) {
		t.Fatalf("publish of %d returned %v", n, taken)
	}
	if want == Ready {
		l.order = append(l.order, n)
	}
	l.changed(t, map[int]State{n: want})
}

func (l *ledger) deliver(t *rapid.T) {
	w := rapid.IntRange(0, l.workers-1).Draw(t, "worker")
	n := l.pick(t, func(n int) bool { return l.q.Deliverable(n, w) })
	delete(l.orphans, n)
	r := l.q.Deliver(n, w)
	l.receipts[n] = append(l.receipts[n], r)
	if want := (Receipt{Msg: int32(n), Delivery: int32(len(l.receipts[n]))}); r != want || l.q.Holder(n) != w {
		t.Fatalf("receipt %v held by %d, want %v by %d", r, l.q.Holder(n), want, w)
	}
	l.changed(t, map[int]State{n: InFlight})
}

// receipt draws any receipt that was ever given out.
func (l *ledger) receipt(t *rapid.T) (n int, r Receipt, last bool) {
	n = l.pick(t, func(n int) bool { return len(l.receipts[n]) > 0 })
	i := rapid.IntRange(0, len(l.receipts[n])-1).Draw(t, "delivery")
	return n, l.receipts[n][i], i == len(l.receipts[n])-1
}

// answer is what an ack or a reject is answered, and whether there is something to settle.
func (l *ledger) answer(n int, last bool) (answer AckRule, open bool) {
	answer = Accepted
	switch s := l.q.State(n); {
	case !last:
		answer = l.p.StaleAck
	case s == Ready || s == Delayed || s == Dead || s == Discarded:
		answer = l.p.LateAck
	}
	if answer == Accepted && (l.q.State(n) == Dead || l.q.State(n) == Discarded) {
		answer = Ignored
	}
	if last && l.q.State(n) == Acked && l.p.BadAckCloses {
		answer = Rejected
	}
	return answer, answer == Accepted && (!last || l.was[n] != Acked && l.was[n] != Dead && l.was[n] != Discarded)
}

func (l *ledger) ack(t *rapid.T) {
	n, r, last := l.receipt(t)
	answer, open := l.answer(n, last)
	if got := l.q.Ack(r); got != answer {
		t.Fatalf("ack of %v is %v, want %v", r, got, answer)
	}
	want := map[int]State{}
	if open {
		if !l.was[n].Settled() {
			want[n] = Acked
		}
		if l.p.AckUnit == AckCumulative {
			for _, m := range l.earlier(n) {
				if l.was[m] == InFlight {
					want[m] = Acked
				}
			}
		}
		for m := range l.messages {
			if l.p.CommitsBack && l.p.AckUnit == AckCumulative && l.p.SessionTimeout > 0 && !l.p.Timed() && l.was[m] == Acked && slices.Contains(l.earlier(m), n) {
				want[m], l.unacks = InFlight, true
			}
		}
	}
	l.moved(t, want)
}

// A message that is rejected has had its last delivery, whatever the count says. It takes
// nothing else with it.
func (l *ledger) reject(t *rapid.T) {
	n, r, last := l.receipt(t)
	answer, open := l.answer(n, last)
	if got := l.q.Reject(r); got != answer {
		t.Fatalf("reject of %v is %v, want %v", r, got, answer)
	}
	want := map[int]State{}
	if open && !l.was[n].Settled() {
		want[n] = l.q.grave()
	}
	l.moved(t, want)
}

func (l *ledger) nack(t *rapid.T) {
	n, r, last := l.receipt(t)
	current := l.q.State(n) == InFlight && (last || l.p.StaleNack == Accepted)
	if got := l.q.Nack(r); got != current {
		t.Fatalf("nack of %v returned %v", r, got)
	}
	want := map[int]State{}
	if current {
		l.nacks[n]++
		l.comesBack(n, want)
		delay := l.p.NackDelay
		if b := l.p.Backoff; len(b) > 0 {
			delay = b[min(len(l.receipts[n]), len(b))-1]
		}
		if want[n] == Ready && delay > 0 {
			want[n] = Delayed
		}
	}
	l.moved(t, want)
}

func (l *ledger) undelay(t *rapid.T) {
	n := l.pick(t, l.in(Delayed))
	l.q.Undelay(n)
	l.changed(t, map[int]State{n: Ready})
}

func (l *ledger) timeOut(t *rapid.T) {
	if l.p.Redeliver == OnDisconnect {
		t.Skip("no timer")
	}
	n := l.pick(t, l.in(InFlight))
	want := map[int]State{}
	if l.p.Assign == OwnerWorker {
		l.rebalance(l.q.Holder(n), want)
		l.revoke(want)
	} else {
		l.comesBack(n, want)
	}
	l.q.TimeOut(n)
	l.moved(t, want)
}

func (l *ledger) disconnect(t *rapid.T) {
	w := rapid.IntRange(0, l.workers-1).Draw(t, "worker")
	want := l.cut(w)
	l.q.Disconnect(w)
	l.moved(t, want)
}

// close: the process behind the connection ends, with or without a word where there is no
// session.
func (l *ledger) close(t *rapid.T) {
	w := rapid.IntRange(0, l.workers-1).Draw(t, "worker")
	l.orphan(w)
	want := l.cut(w)
	if l.p.SessionTimeout == 0 && rapid.Bool().Draw(t, "dies") {
		l.q.Die(w)
	} else {
		l.q.Close(w)
	}
	l.moved(t, want)
}

// orphan notes what a worker leaves behind whose process ends.
func (l *ledger) orphan(w int) {
	for n := range l.messages {
		if l.p.Resumes && l.q.State(n) == InFlight && l.q.Holder(n) == w && !l.usedUp(n) {
			l.orphans[n] = true
		}
	}
}

// cut says what the end of a worker's connection gives back.
func (l *ledger) cut(w int) map[int]State {
	want := map[int]State{}
	delete(l.gone, w)
	if l.p.Assign == OwnerWorker {
		l.rebalance(w, want)
		l.revoke(want)
	} else if l.p.Redeliver != OnTimer {
		for n := range l.messages {
			if l.was[n] == InFlight && l.q.Holder(n) == w {
				l.comesBack(n, want)
			}
		}
	}
	return want
}

// die: a process that dies within a session changes nothing yet.
func (l *ledger) die(t *rapid.T) {
	if l.p.SessionTimeout == 0 {
		t.Skip("no sessions: it is a disconnect")
	}
	w := rapid.IntRange(0, l.workers-1).Draw(t, "worker")
	l.orphan(w)
	l.gone[w] = true
	l.q.Die(w)
	l.moved(t, nil)
}

// join: the partitions are spread again over those who are there, one by one.
func (l *ledger) join(t *rapid.T) {
	if l.p.Assign != OwnerWorker {
		t.Skip("no owners")
	}
	want := map[int]State{}
	for moved := 0; ; moved++ {
		all := l.byShare()
		if len(all) == 0 {
			break
		}
		most, fewest := all[0], all[len(all)-1]
		if excess := len(l.groupsOf(most)) - len(l.groupsOf(fewest)); excess < 1 || moved > 0 && excess < 2 {
			break
		}
		l.hand(l.groupsOf(most)[0], fewest, want)
	}
	l.revoke(want)
	l.q.Join()
	l.moved(t, want)
}

// leave: whoever has the most goes.
func (l *ledger) leave(t *rapid.T) {
	if l.p.Assign != OwnerWorker {
		t.Skip("no owners")
	}
	want := map[int]State{}
	if all := l.byShare(); len(all) > 0 {
		l.rebalance(all[0], want)
		l.revoke(want)
	}
	l.q.Leave()
	l.moved(t, want)
}

func (l *ledger) forget(t *rapid.T) {
	n := l.pick(t, func(int) bool { return l.p.DedupWindow > 0 })
	l.q.Forget(n)
	delete(l.known, l.compared(n))
	l.changed(t, nil)
}

func (l *ledger) forgetAck(t *rapid.T) {
	n := l.pick(t, l.in(Acked))
	want := map[int]State{n: l.back(n)}
	for m := range l.messages {
		if slices.Contains(l.earlier(m), n) && (l.p.AckUnit == AckCumulative || l.p.Order == PartitionOrder) &&
			(l.was[m] == Acked || l.was[m] == InFlight && l.p.Order == PartitionOrder) {
			want[m] = l.back(m)
		}
	}
	l.lost[l.messages[n].Group], l.unacks = true, true
	l.q.ForgetAck(n)
	l.moved(t, want)
}

func (l *ledger) add(t *rapid.T) {
	if len(l.messages) >= 12 {
		t.Skip("enough messages")
	}
	like := l.pick(t, func(int) bool { return true })
	m, sameID := l.messages[like], rapid.Bool().Draw(t, "same ID")
	number := l.numbers[like]
	if !sameID {
		m.ID = fmt.Sprint("new ", len(l.messages))
		number = fmt.Sprint("publish ", len(l.messages))
	}
	l.numbers = append(l.numbers, number)
	if got := l.q.Add(like, sameID); got != len(l.messages) {
		t.Fatalf("added message has number %d, want %d", got, len(l.messages))
	}
	l.messages, l.was = append(l.messages, m), append(l.was, Unpublished)
	l.changed(t, nil)
}

// clone shelves one of two equal queues, with a message more, and goes on with
// the other.
func (l *ledger) clone(t *rapid.T) {
	other := l.q.Clone()
	if rapid.Bool().Draw(t, "go on with the clone") {
		l.q, other = other, l.q
	}
	other.Publish(other.Add(0, rapid.Bool().Draw(t, "same ID")), true)
	l.shelf = append(l.shelf, shelved{other, dump(&other)})
	l.changed(t, nil)
}
