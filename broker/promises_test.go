package broker

import (
	"slices"

	"pgregory.net/rapid"
)

// This file says what the ledger of TestQueueKeepsItsPromises expects.

// earlier returns what was published before n in n's group, in order.
func (l *ledger) earlier(n int) []int {
	var all []int
	for _, m := range l.order {
		if m == n {
			return all
		}
		if l.messages[m].Group == l.messages[n].Group {
			all = append(all, m)
		}
	}
	return nil // not published, or dropped by the dedup window
}

// comesBack notes in want that message n returns, and with partition order what
// was delivered after it, unless n goes to the dead-letter queue instead.
func (l *ledger) comesBack(n int, want map[int]State) {
	want[n] = l.back(n)
	if l.p.Order != PartitionOrder || want[n].Settled() {
		return
	}
	for m := range l.messages {
		if l.was[m] == InFlight && slices.Contains(l.earlier(m), n) {
			want[m] = l.back(m)
		}
	}
}

// back is what a message becomes that comes back.
func (l *ledger) back(n int) State {
	if l.usedUp(n) {
		return map[Limit]State{DeadLetter: Dead, Drop: Discarded}[l.p.AtLimit]
	}
	return Ready
}

// usedUp reports whether a message has had its last delivery, or its last nack.
func (l *ledger) usedUp(n int) bool {
	counted := len(l.receipts[n])
	if l.p.FreeNacks {
		counted -= l.nacks[n]
	}
	return l.p.MaxDeliveries > 0 && counted == l.p.MaxDeliveries || l.p.MaxNacks > 0 && l.nacks[n] == l.p.MaxNacks
}

// compared is what the dedup window compares of a message: its ID, or the number that its
// producer's client has given the publish.
func (l *ledger) compared(n int) string {
	if l.p.DedupBy == ByMessageID {
		return l.messages[n].ID
	}
	return l.numbers[n]
}

// rebalance notes in want that the groups of a worker move to the next one whose session
// is not over with nobody behind it.
func (l *ledger) rebalance(worker int, want map[int]State) {
	next := (worker + 1) % l.workers
	for i := range l.workers {
		if w := (worker + 1 + i) % l.workers; !l.gone[w] {
			next = w
			break
		}
	}
	for _, group := range l.groupsOf(worker) {
		l.hand(group, next, want)
	}
}

// hand notes in want that a group has another owner.
func (l *ledger) hand(group string, owner int, want map[int]State) {
	l.owners[group] = owner
	l.rewind(group, want)
}

// rewind notes in want that a group comes again from its last commit on.
func (l *ledger) rewind(group string, want map[int]State) {
	for n, m := range l.messages {
		if m.Group == group && l.was[n] == InFlight {
			l.comesBack(n, want)
		}
	}
}

// revoke notes in want that all give up what they have, but for those that nobody hears of.
func (l *ledger) revoke(want map[int]State) {
	for group, owner := range l.owners {
		if l.p.Rebalance == Eager && !l.gone[owner] {
			l.rewind(group, want)
		}
	}
}

// groupsOf returns the groups of a worker, in the order in which they were met.
func (l *ledger) groupsOf(worker int) (groups []string) {
	for _, m := range l.messages {
		if l.owners[m.Group] == worker && !slices.Contains(groups, m.Group) {
			groups = append(groups, m.Group)
		}
	}
	return groups
}

// byShare returns the members that are there, those with the most groups first.
func (l *ledger) byShare() (workers []int) {
	for w := range l.workers {
		if !l.gone[w] {
			workers = append(workers, w)
		}
	}
	slices.SortStableFunc(workers, func(a, b int) int { return len(l.groupsOf(b)) - len(l.groupsOf(a)) })
	return workers
}

// changed fails unless exactly the messages in want changed, and to what it says.
func (l *ledger) changed(t *rapid.T, want map[int]State) {
	for n, was := range l.was {
		expect, ok := want[n]
		if !ok {
			expect = was
		}
		if expect != InFlight {
			delete(l.orphans, n)
		}
		if got := l.q.State(n); got != expect {
			t.Fatalf("message %d was %v and is %v, want %v", n, was, got, expect)
		}
	}
}

// moved fails unless the queue also names each message in want once.
func (l *ledger) moved(t *rapid.T, want map[int]State) {
	l.changed(t, want)
	named := map[int]bool{}
	for _, n := range l.q.Moved() {
		if _, ok := want[int(n)]; !ok || named[int(n)] {
			t.Fatalf("moved %v, want each of %v once", l.q.Moved(), want)
		}
		named[int(n)] = true
	}
	if len(named) != len(want) {
		t.Fatalf("moved %v, want each of %v once", l.q.Moved(), want)
	}
}

// check is what must hold at all times.
func (l *ledger) check(t *rapid.T) {
	var flying []int32
	inGroup := map[string]int{}
	for n, m := range l.messages {
		l.checkMessage(t, n)
		if l.q.State(n) == InFlight {
			flying = append(flying, int32(n))
			inGroup[m.Group]++
		}
	}
	if !slices.Equal(l.q.InFlight(), flying) {
		t.Fatalf("in flight %v, want %v", l.q.InFlight(), flying)
	}
	for group, count := range inGroup {
		if l.p.Order == GroupOrder && count > 1 && !l.lost[group] { // a failover keeps no promise about order
			t.Fatalf("%d messages of group %s are in flight", count, group)
		}
	}
	l.checkNext(t)
	for _, s := range l.shelf {
		if text := dump(&s.q); text != s.text {
			t.Fatalf("a queue that nobody touched changed to\n%s\nfrom\n%s", text, s.text)
		}
	}
}

// checkNext holds that whoever asks for the next message again and again meets
// every ready one that may be delivered, in order.
func (l *ledger) checkNext(t *rapid.T) {
	if l.p.Batch <= 1 {
		return
	}
	for w := range l.workers {
		n := None
		for m := range l.messages {
			if l.q.State(m) == Ready && l.q.Deliverable(m, w) {
				if got := l.q.Next(n, w); got != m {
					t.Fatalf("after %d comes %d for worker %d, want %d", n, got, w, m)
				}
				n = m
			}
		}
		if got := l.q.Next(n, w); got != None {
			t.Fatalf("after %d, the last, comes %d for worker %d", n, got, w)
		}
	}
}

func (l *ledger) checkMessage(t *rapid.T, n int) {
	m, s, receipts := l.messages[n], l.q.State(n), l.receipts[n]
	if l.q.Deliveries(n) != len(receipts) || l.p.MaxDeliveries > 0 && !l.p.FreeNacks && len(receipts) > l.p.MaxDeliveries {
		t.Fatalf("message %d: %d deliveries, %d receipts, at most %d",
			n, l.q.Deliveries(n), len(receipts), l.p.MaxDeliveries)
	}
	if n < len(l.was) && l.was[n].Settled() && s != l.was[n] && !(l.unacks && l.was[n] == Acked) {
		t.Fatalf("message %d was %v and came back as %v", n, l.was[n], s)
	}
	for i, r := range receipts {
		newest := i == len(receipts)-1
		if current := l.q.Standing(r) == Current; current != (newest && s == InFlight) {
			t.Fatalf("message %d is %v, delivered %d times, and receipt %v is %v",
				n, s, len(receipts), r, l.q.Standing(r))
		}
	}
	if held := l.q.Holder(n) != None; held != (s == InFlight) {
		t.Fatalf("message %d is %v and held by %d", n, s, l.q.Holder(n))
	}
	if got, want := l.q.Remembers(n), l.known[l.compared(n)]; got != want {
		t.Fatalf("ID %s is remembered: %v", m.ID, got)
	}
	l.checkOrder(t, n)
}

// checkOrder compares who may be handed message n, and what it waits for, with
// everything published before it in its group.
func (l *ledger) checkOrder(t *rapid.T, n int) {
	before, open := None, l.q.State(n) == Ready
	for _, m := range l.earlier(n) {
		s := l.q.State(m)
		if s.Settled() {
			continue
		}
		before = m
		open = open && (l.p.Order == NoOrder || l.p.Order == PartitionOrder && s == InFlight)
	}
	if l.p.Order == NoOrder || l.q.State(n).Settled() {
		before = None
	}
	if got := l.q.Before(n); got != before {
		t.Fatalf("message %d waits for %d, want %d", n, got, before)
	}
	for w := range l.workers {
		owner := l.p.Assign == AnyWorker || l.owners[l.messages[n].Group] == w && !l.gone[w]
		resumes := l.orphans[n] && l.q.Holder(n) == w && !l.gone[w]
		if got := l.q.Deliverable(n, w); got != (open && owner || resumes) {
			t.Fatalf("message %d deliverable to %d: %v, want %v", n, w, got, !got)
		}
	}
}
