package broker

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// published returns a queue in which every message was published, in order.
func published(t *testing.T, p Profile, workers int, messages ...Message) *Queue {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	q := New(&p, workers, messages)
	for n := range messages {
		q.Publish(n, false)
	}
	return &q
}

// inGroups returns one message per group named, with IDs m0, m1 and so on.
func inGroups(groups ...string) []Message {
	all := make([]Message, len(groups))
	for i, g := range groups {
		all[i] = Message{ID: fmt.Sprintf("m%d", i), Group: g}
	}
	return all
}

func wantStates(t *testing.T, q *Queue, want ...State) {
	t.Helper()
	for n, w := range want {
		if got := q.State(n); got != w {
			t.Errorf("message %d is %v, want %v", n, got, w)
		}
	}
}

func wantDeliverable(t *testing.T, q *Queue, worker int, want ...int) {
	t.Helper()
	var got []int
	for n := range q.Len() {
		if q.Deliverable(n, worker) {
			got = append(got, n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("worker %d may be handed %v, want %v", worker, got, want)
	}
}

func ordered(o Order) Profile {
	p := Default()
	p.Order = o
	return p
}

func owned(o Order) Profile {
	p := ordered(o)
	p.Assign = OwnerWorker
	return p
}

func TestUnpublishedMessageIsNotDeliverable(t *testing.T) {
	p := Default()
	q := New(&p, 1, inGroups("a"))
	wantDeliverable(t, &q, 0)
	if !q.Publish(0, false) {
		t.Error("the first publish was dropped")
	}
	wantDeliverable(t, &q, 0, 0)
}

func TestDeliveredMessageIsHiddenFromEverybody(t *testing.T) {
	q := published(t, Default(), 2, inGroups("a", "a")...)
	r := q.Deliver(1, 1)
	if want := (Receipt{Msg: 1, Delivery: 1}); r != want {
		t.Errorf("receipt %v, want %v", r, want)
	}
	wantStates(t, q, Ready, InFlight)
	wantDeliverable(t, q, 0, 0)
	wantDeliverable(t, q, 1, 0)
	if q.Holder(1) != 1 || q.Holder(0) != None {
		t.Errorf("holders %d and %d, want none and worker 1", q.Holder(0), q.Holder(1))
	}
}

func TestEveryDeliveryHasAReceiptOfItsOwn(t *testing.T) {
	q := published(t, Default(), 2, inGroups("a")...)
	for want := int32(1); want <= 3; want++ {
		if r := q.Deliver(0, 0); r.Delivery != want || q.Deliveries(0) != int(want) {
			t.Errorf("delivery %d of %d, want %d", r.Delivery, q.Deliveries(0), want)
		}
		q.TimeOut(0)
	}
}

func TestInFlightIsSortedByNumber(t *testing.T) {
	q := published(t, Default(), 1, inGroups("a", "b", "c", "d")...)
	for _, n := range []int{2, 0, 3} {
		q.Deliver(n, 0)
	}
	if got, want := q.InFlight(), []int32{0, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("in flight %v, want %v", got, want)
	}
}

// With a dedup window, message 1 repeats the ID of message 0.
func TestDedupWindow(t *testing.T) {
	tests := []struct {
		name   string
		window time.Duration
		before func(q *Queue)
		direct bool
		want   State
	}{
		{"drops a remembered ID", time.Minute, nil, false, Deduplicated},
		{"still remembers after the ack", time.Minute, func(q *Queue) { q.Ack(q.Deliver(0, 0)) }, false, Deduplicated},
		{"takes an ID that it forgot", time.Minute, func(q *Queue) { q.Forget(0) }, false, Ready},
		{"does not see a copy made behind it", time.Minute, nil, true, Ready},
		{"of no length remembers nothing", 0, nil, false, Ready},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Default()
			p.DedupWindow = tt.window
			q := New(&p, 1, []Message{{ID: "m"}, {ID: "m"}})
			q.Publish(0, false)
			if tt.before != nil {
				tt.before(&q)
			}
			if got := q.Publish(1, tt.direct); got != (tt.want == Ready) || q.State(1) != tt.want {
				t.Errorf("publish returned %v and left it %v, want %v", got, q.State(1), tt.want)
			}
		})
	}
}

func TestCopyBehindTheDedupWindowIsNotRemembered(t *testing.T) {
	p := Default()
	p.DedupWindow = time.Minute
	q := New(&p, 1, []Message{{ID: "m"}, {ID: "m"}})
	q.Publish(0, true)
	if q.Remembers(0) {
		t.Error("a copy that never passed the window is remembered by it")
	}
	if !q.Publish(1, false) || !q.Remembers(0) || !q.Remembers(1) {
		t.Error("the first publish through the window was not taken, or its ID not remembered")
	}
}

func TestAddedMessageKeepsGroupAndMaybeID(t *testing.T) {
	p := owned(GroupOrder)
	p.DedupWindow = time.Minute
	q := published(t, p, 2, inGroups("a", "b")...)
	same, fresh := q.Add(1, true), q.Add(1, false)
	if same != 2 || fresh != 3 || q.Len() != 4 {
		t.Fatalf("numbers %d and %d of %d, want 2 and 3 of 4", same, fresh, q.Len())
	}
	if !q.Remembers(same) || q.Remembers(fresh) {
		t.Error("a copy shares its original's ID, the same fact under a new ID does not")
	}
	if q.Owner(same) != q.Owner(1) || q.Owner(fresh) != q.Owner(1) {
		t.Error("an added message belongs to the group of the earlier one")
	}
	wantStates(t, q, Ready, Ready, Unpublished, Unpublished)
}

func TestGroupOrderHandsOutOneAtATime(t *testing.T) {
	p := ordered(GroupOrder)
	p.NackDelay = time.Second
	p.MaxDeliveries = 2
	q := published(t, p, 2, inGroups("a", "a", "b", "a")...)
	wantDeliverable(t, q, 0, 0, 2)
	if q.Before(3) != 1 || q.Before(2) != None {
		t.Errorf("3 waits for %d and 2 for %d, want 1 and none", q.Before(3), q.Before(2))
	}
	r := q.Deliver(0, 0)
	wantDeliverable(t, q, 1, 2)
	q.Nack(r)
	wantDeliverable(t, q, 1, 2) // a delayed message still holds up its group
	q.Undelay(0)
	wantDeliverable(t, q, 1, 0, 2)
	q.Nack(q.Deliver(0, 1)) // its last delivery
	wantStates(t, q, Dead)
	wantDeliverable(t, q, 1, 1, 2) // and a dead-lettered one no longer does
	q.Ack(q.Deliver(1, 1))
	wantDeliverable(t, q, 1, 2, 3)
}

func TestPartitionOrderDeliversAheadOfTheAcks(t *testing.T) {
	q := published(t, ordered(PartitionOrder), 1, inGroups("a", "a", "a", "b")...)
	for n := range 3 {
		wantDeliverable(t, q, 0, n, 3)
		q.Deliver(n, 0)
	}
}

func TestOrderIsThatOfPublishingNotOfNumbers(t *testing.T) {
	for _, o := range []Order{GroupOrder, PartitionOrder} {
		p := ordered(o)
		q := New(&p, 1, inGroups("a", "a", "a"))
		for _, n := range []int{2, 0, 1} {
			q.Publish(n, false)
		}
		for _, n := range []int{2, 0, 1} {
			wantDeliverable(t, &q, 0, n)
			q.Ack(q.Deliver(n, 0))
		}
	}
}

func TestOwnersTakeThePartitionsInTurn(t *testing.T) {
	q := published(t, owned(PartitionOrder), 2, inGroups("a", "b", "c", "a")...)
	wantDeliverable(t, q, 0, 0, 2)
	wantDeliverable(t, q, 1, 1)
	q = published(t, Default(), 2, inGroups("a", "b")...)
	if q.Owner(1) != None {
		t.Error("a message has an owner although any worker may be handed it")
	}
}

func TestOwnersWithoutOrderMakeNothingWait(t *testing.T) {
	q := published(t, owned(NoOrder), 1, inGroups("a", "a")...)
	if q.Before(1) != None {
		t.Errorf("1 waits for %d where no order is kept", q.Before(1))
	}
	wantDeliverable(t, q, 0, 0, 1)
}

func TestCloneSharesNothing(t *testing.T) {
	p := owned(PartitionOrder)
	p.DedupWindow = time.Minute
	q := published(t, p, 3, inGroups("a", "b", "a")...)
	q.Deliver(0, 0)
	q.Add(0, true) // leaves room behind what clones share
	c := q.Clone()
	was := dump(q)
	c.Deliver(2, 0)
	c.Disconnect(1)
	c.Forget(1)
	fresh := c.Add(1, false)
	c.Publish(fresh, false)
	if got := dump(q); got != was {
		t.Errorf("changing the clone changed the original:\n%s\nwas\n%s", got, was)
	}
	was = dump(&c)
	same := q.Add(0, true) // the same number as the clone's, and another message
	q.Publish(same, true)
	if q.Owner(same) != q.Owner(0) {
		t.Error("the message added to the original has the group of the one added to the clone")
	}
	q.TimeOut(0)
	if got := dump(&c); got != was {
		t.Errorf("changing the original changed the clone:\n%s\nwas\n%s", got, was)
	}
}

// dump writes down everything that a queue can be asked.
func dump(q *Queue) string {
	text := fmt.Sprintln("in flight", q.InFlight())
	for n := range q.Len() {
		text += fmt.Sprintln(n, q.State(n), q.Deliveries(n), q.Holder(n), q.Before(n), q.Owner(n), q.Remembers(n))
		for w := range q.workers {
			text += fmt.Sprint(q.Deliverable(n, w), " ")
		}
	}
	return text
}

func TestImpossibleChangesPanic(t *testing.T) {
	untimed := Default()
	untimed.Redeliver = OnDisconnect
	tests := []struct {
		name   string
		change func(q *Queue)
	}{
		{"publish twice", func(q *Queue) { q.Publish(0, false) }},
		{"deliver what is in flight", func(q *Queue) { q.Deliver(0, 0); q.Deliver(0, 0) }},
		{"time out what is not in flight", func(q *Queue) { q.TimeOut(0) }},
		{"time out without a timer", func(q *Queue) { q.profile = &untimed; q.Deliver(0, 0); q.TimeOut(0) }},
		{"end a delay that does not run", func(q *Queue) { q.Undelay(0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := published(t, Default(), 1, inGroups("a")...)
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			tt.change(q)
		})
	}
}

func BenchmarkPublishDeliverAck(b *testing.B) {
	commits := ordered(PartitionOrder)
	commits.AckUnit, commits.Assign, commits.DedupWindow = AckCumulative, OwnerWorker, time.Minute
	for _, bm := range []struct {
		name string
		p    Profile
	}{
		{"NoOrder", Default()}, {"GroupOrder", ordered(GroupOrder)}, {"Commits", commits},
	} {
		b.Run(bm.name, func(b *testing.B) {
			const messages = 1000
			fresh := New(&bm.p, 1, inGroups(make([]string, messages)...))
			b.ReportAllocs()
			for b.Loop() {
				q := fresh.Clone()
				for n := range messages {
					q.Publish(n, false)
					q.Ack(q.Deliver(n, 0))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*messages), "ns/message")
		})
	}
}

func BenchmarkClone(b *testing.B) {
	p := owned(PartitionOrder)
	q := New(&p, 2, inGroups("a", "a", "b"))
	q.Publish(0, false)
	q.Deliver(0, 0)
	b.ReportAllocs()
	for b.Loop() {
		c := q.Clone()
		_ = c.Len()
	}
}
