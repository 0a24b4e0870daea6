package broker

import (
	"slices"
	"testing"
	"time"
)

func wantMoved(t *testing.T, q *Queue, want ...int32) {
	t.Helper()
	got := slices.Sorted(slices.Values(q.Moved()))
	if !slices.Equal(got, want) {
		t.Errorf("moved %v, want %v", got, want)
	}
}

// Each function makes a receipt of message 0 stand in one way.
var standings = map[Standing]func(q *Queue) Receipt{
	Current:  func(q *Queue) Receipt { return q.Deliver(0, 0) },
	Late:     func(q *Queue) Receipt { r := q.Deliver(0, 0); q.TimeOut(0); return r },
	Stale:    func(q *Queue) Receipt { r := q.Deliver(0, 0); q.TimeOut(0); q.Deliver(0, 1); return r },
	Finished: func(q *Queue) Receipt { r := q.Deliver(0, 0); q.Ack(r); return r },
}

func TestAckIsAnsweredByStandingAndRule(t *testing.T) {
	tests := []struct {
		standing Standing
		rule     AckRule
		want     AckRule
		state    State
	}{
		{Current, Ignored, Accepted, Acked},
		{Current, Rejected, Accepted, Acked},
		{Late, Ignored, Ignored, Ready},
		{Late, Accepted, Accepted, Acked},
		{Late, Rejected, Rejected, Ready},
		{Stale, Ignored, Ignored, InFlight},
		{Stale, Accepted, Accepted, Acked},
		{Stale, Rejected, Rejected, InFlight},
		{Finished, Ignored, Accepted, Acked},
		{Finished, Rejected, Accepted, Acked},
	}
	for _, tt := range tests {
		t.Run(tt.standing.String()+" "+tt.rule.String(), func(t *testing.T) {
			p := Default()
			p.LateAck, p.StaleAck = tt.rule, tt.rule
			q := published(t, p, 2, inGroups("a")...)
			r := standings[tt.standing](q)
			if got := q.Standing(r); got != tt.standing {
				t.Fatalf("the receipt is %v", got)
			}
			if got := q.Ack(r); got != tt.want || q.State(0) != tt.state {
				t.Errorf("answer %v and message %v, want %v and %v", got, q.State(0), tt.want, tt.state)
			}
		})
	}
}

func TestAckOfADeadLetteredMessageDoesNotBringItBack(t *testing.T) {
	for _, rule := range []AckRule{Ignored, Accepted, Rejected} {
		p := Default()
		p.LateAck, p.MaxDeliveries = rule, 1
		q := published(t, p, 1, inGroups("a")...)
		r := q.Deliver(0, 0)
		q.TimeOut(0)
		want := map[AckRule]AckRule{Rejected: Rejected}[rule] // otherwise ignored: nothing is done by it
		if got := q.Ack(r); got != want || q.State(0) != Dead {
			t.Errorf("under %v the answer is %v and the message %v, want %v and dead-lettered", rule, got, q.State(0), want)
		}
	}
}

// The holder of an older receipt is told no more than that of the last one.
func TestStaleAckOfADeadLetteredMessageSettlesNothing(t *testing.T) {
	for _, rule := range []AckRule{Ignored, Accepted, Rejected} {
		p := Default()
		p.StaleAck, p.MaxDeliveries = rule, 2
		q := published(t, p, 2, inGroups("a")...)
		r := q.Deliver(0, 0)
		q.TimeOut(0)
		q.Deliver(0, 1)
		q.TimeOut(0)
		want := map[AckRule]AckRule{Rejected: Rejected}[rule]
		if got := q.Ack(r); got != want || q.State(0) != Dead || len(q.Moved()) > 0 {
			t.Errorf("under %v the answer is %v and the message %v, want %v and dead-lettered", rule, got, q.State(0), want)
		}
	}
}

func TestAckSettlesOnlyWhatItNames(t *testing.T) {
	q := published(t, ordered(PartitionOrder), 1, inGroups("a", "a", "a")...)
	q.Deliver(0, 0)
	r := q.Deliver(1, 0)
	q.Deliver(2, 0)
	q.Ack(r)
	wantStates(t, q, InFlight, Acked, InFlight)
}

func TestCumulativeAckSettlesItsPartitionUpToIt(t *testing.T) {
	for _, p := range []Profile{ordered(NoOrder), ordered(PartitionOrder), owned(PartitionOrder)} {
		p.AckUnit = AckCumulative
		q := published(t, p, 1, inGroups("a", "b", "a", "a", "a")...)
		q.Deliver(0, 0)
		q.Deliver(1, 0)
		q.Deliver(2, 0)
		r := q.Deliver(3, 0)
		q.Deliver(4, 0)
		q.Ack(r)
		wantStates(t, q, Acked, InFlight, Acked, Acked, InFlight)
		wantMoved(t, q, 0, 2, 3)
	}
}

func TestNack(t *testing.T) {
	tests := []struct {
		name  string
		delay time.Duration
		most  int
		want  State
	}{
		{"returns the message at once", 0, 0, Ready},
		{"delays it", time.Second, 0, Delayed},
		{"dead-letters it after its last delivery", time.Second, 1, Dead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Default()
			p.NackDelay, p.MaxDeliveries = tt.delay, tt.most
			q := published(t, p, 1, inGroups("a")...)
			if !q.Nack(q.Deliver(0, 0)) {
				t.Error("a current nack was ignored")
			}
			wantStates(t, q, tt.want)
			wantMoved(t, q, 0)
		})
	}
}

func TestNackIsIgnoredUnlessCurrent(t *testing.T) {
	for standing, receipt := range standings {
		p := Default()
		p.LateAck, p.StaleAck = Accepted, Accepted
		q := published(t, p, 2, inGroups("a")...)
		r := receipt(q)
		was := q.State(0)
		if got := q.Nack(r); got != (standing == Current) || got != (q.State(0) != was) {
			t.Errorf("a %v nack returned %v and turned %v into %v", standing, got, was, q.State(0))
		}
		if standing != Current {
			wantMoved(t, q)
		}
	}
}

func TestBackoffMayLetTheFirstRetryThroughAtOnce(t *testing.T) {
	p := Default()
	p.Backoff = []time.Duration{0, time.Second}
	q := published(t, p, 1, inGroups("a")...)
	q.Nack(q.Deliver(0, 0))
	wantStates(t, q, Ready)
	q.Nack(q.Deliver(0, 0))
	wantStates(t, q, Delayed)
}

func TestDeliveriesEndInTheDeadLetterQueue(t *testing.T) {
	p := Default()
	p.MaxDeliveries = 3
	q := published(t, p, 1, inGroups("a")...)
	for range 3 {
		wantStates(t, q, Ready)
		q.Deliver(0, 0)
		q.TimeOut(0)
	}
	wantStates(t, q, Dead)
	wantDeliverable(t, q, 0)
}

func TestDisconnectReturnsWhatTheWorkerHeld(t *testing.T) {
	tests := []struct {
		name  string
		on    Trigger
		want  State
		moved []int32
	}{
		{"on a disconnect", OnDisconnect, Ready, []int32{0, 2}},
		{"on either", OnTimer | OnDisconnect, Ready, []int32{0, 2}},
		{"not on a timer only", OnTimer, InFlight, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Default()
			p.Redeliver = tt.on
			q := published(t, p, 2, inGroups("a", "a", "a")...)
			q.Deliver(0, 0)
			q.Deliver(1, 1)
			q.Deliver(2, 0)
			q.Disconnect(0)
			wantStates(t, q, tt.want, InFlight, tt.want)
			wantMoved(t, q, tt.moved...)
		})
	}
}

func TestReturnTakesAlongWhatWasDeliveredAfterIt(t *testing.T) {
	q := published(t, ordered(PartitionOrder), 2, inGroups("a", "a", "a", "b")...)
	q.Deliver(0, 0)
	r := q.Deliver(1, 0)
	q.Deliver(2, 1)
	q.Deliver(3, 1)
	q.Nack(r)
	wantStates(t, q, InFlight, Delayed, Ready, InFlight)
	wantMoved(t, q, 1, 2)
	wantDeliverable(t, q, 1) // 2 waits for 1, and 1 for its delay
	q.Undelay(1)
	wantDeliverable(t, q, 1, 1)
}

func TestDeadLetteredMessageTakesNothingAlong(t *testing.T) {
	p := ordered(PartitionOrder)
	p.MaxDeliveries = 1
	q := published(t, p, 1, inGroups("a", "a")...)
	r := q.Deliver(0, 0)
	q.Deliver(1, 0)
	q.Nack(r)
	wantStates(t, q, Dead, InFlight)
}

// An ack out of turn must not let what comes after it overtake what came before.
func TestGapInAPartitionDoesNotBreakItsOrder(t *testing.T) {
	q := published(t, ordered(PartitionOrder), 1, inGroups("a", "a", "a", "a")...)
	r := q.Deliver(0, 0)
	q.Ack(q.Deliver(1, 0))
	q.Deliver(2, 0)
	q.Nack(r)
	wantStates(t, q, Delayed, Acked, Ready)
	wantDeliverable(t, q, 0)
	q.Undelay(0)
	wantDeliverable(t, q, 0, 0)
	if q.Before(2) != 0 {
		t.Errorf("2 waits for %d, want 0", q.Before(2))
	}
}

// What a return takes along may have a lower number than what is being returned.
func TestDisconnectMissesNothingWhereNumbersAndOrderDiffer(t *testing.T) {
	p := ordered(PartitionOrder)
	p.Redeliver = OnDisconnect
	q := New(&p, 2, inGroups("a", "a", "b"))
	for _, n := range []int{1, 0, 2} {
		q.Publish(n, false)
	}
	q.Deliver(1, 0)
	q.Deliver(0, 1)
	q.Deliver(2, 0)
	q.Disconnect(0)
	wantStates(t, &q, Ready, Ready, Ready)
	wantMoved(t, &q, 0, 1, 2)
}

func TestRebalanceReturnsARangeToTheNextOwner(t *testing.T) {
	leave := map[string]func(q *Queue){
		"its timeout passes":        func(q *Queue) { q.TimeOut(2) },
		"its connection is closed":  func(q *Queue) { q.Disconnect(0) },
		"and it holds another, too": func(q *Queue) { q.Deliver(4, 0); q.TimeOut(2) },
	}
	for name, leaves := range leave {
		t.Run(name, func(t *testing.T) {
			p := owned(PartitionOrder)
			p.AckUnit = AckCumulative
			q := published(t, p, 2, inGroups("a", "a", "a", "b", "c")...)
			q.Ack(q.Deliver(0, 0))
			stale := q.Deliver(1, 0)
			q.Deliver(2, 0)
			q.Deliver(3, 1)
			leaves(q)
			wantStates(t, q, Acked, Ready, Ready, InFlight, Ready)
			wantDeliverable(t, q, 0)
			wantDeliverable(t, q, 1, 1, 4)
			q.Deliver(1, 1)
			if got := q.Standing(stale); got != Stale {
				t.Errorf("the old owner's receipt is %v", got)
			}
		})
	}
}

func TestRebalanceAmongOneReturnsTheRangeToItself(t *testing.T) {
	q := published(t, owned(PartitionOrder), 1, inGroups("a", "a")...)
	q.Deliver(0, 0)
	q.Deliver(1, 0)
	q.TimeOut(1)
	wantMoved(t, q, 0, 1)
	wantDeliverable(t, q, 0, 0)
}

// A failover of the broker, or a replica that missed the delete: what was acked is
// handed out once more, and counts on.
func TestForgottenAckBringsTheMessageBack(t *testing.T) {
	q := published(t, Default(), 2, inGroups("a", "b")...)
	r := q.Deliver(0, 0)
	q.Ack(r)
	q.ForgetAck(0)
	wantStates(t, q, Ready, Ready)
	if got := q.Standing(r); got != Late {
		t.Errorf("its receipt is %v, want late", got)
	}
	if again := q.Deliver(0, 1); again.Delivery != 2 {
		t.Errorf("delivered as %v, want for the second time", again)
	}
}

// It takes its old place, before what was published after it.
func TestForgottenAckKeepsItsPlaceInTheGroup(t *testing.T) {
	q := published(t, ordered(GroupOrder), 2, inGroups("a", "a", "a")...)
	q.Ack(q.Deliver(0, 0))
	wantDeliverable(t, q, 0, 1)
	q.ForgetAck(0)
	wantDeliverable(t, q, 0, 0)
	if q.Before(1) != 0 || q.Behind(0) != 1 {
		t.Errorf("1 waits for %d, and behind 0 comes %d", q.Before(1), q.Behind(0))
	}
	q.Ack(q.Deliver(0, 0))
	wantDeliverable(t, q, 0, 1)
}

// Where an ack is an offset, it is that which the broker has lost: everything of the
// partition from there on comes again.
func TestForgottenOffsetTakesAlongWhatCameAfterIt(t *testing.T) {
	p := ordered(PartitionOrder)
	p.AckUnit = AckCumulative
	q := published(t, p, 2, inGroups("a", "a", "a", "b", "a")...)
	for n := range 4 {
		r := q.Deliver(n, 0)
		if n == 1 || n == 3 {
			q.Ack(r)
		}
	}
	wantStates(t, q, Acked, Acked, InFlight, Acked, Ready)
	q.ForgetAck(0)
	wantStates(t, q, Ready, Ready, Ready, Acked, Ready)
	wantDeliverable(t, q, 1, 0)
}

// After its last delivery it goes where everything goes that comes back too often.
func TestForgottenAckOfTheLastDeliveryIsDeadLettered(t *testing.T) {
	p := Default()
	p.MaxDeliveries = 1
	q := published(t, p, 1, inGroups("a")...)
	q.Ack(q.Deliver(0, 0))
	q.ForgetAck(0)
	wantStates(t, q, Dead)
}

func TestRedriveTakesAMessageOutOfTheDeadLetterQueue(t *testing.T) {
	p := Default()
	p.MaxDeliveries, p.LateAck = 1, Accepted
	q := published(t, p, 1, inGroups("a")...)
	r := q.Deliver(0, 0)
	q.TimeOut(0)
	q.Redrive(0)
	wantStates(t, q, Redriven)
	if got := q.Ack(r); got != Ignored {
		t.Errorf("a late ack of it is %v: nothing of it is left to settle", got)
	}
	wantStates(t, q, Redriven)
}

// A tag that was acked is known no more, where acks are answered at all.
func TestASecondAckIsABadOneWhereThatCloses(t *testing.T) {
	for closes, want := range map[bool]AckRule{true: Rejected, false: Accepted} {
		p := Default()
		p.Redeliver, p.BadAckCloses = OnDisconnect, closes
		q := published(t, p, 1, inGroups("a")...)
		r := q.Deliver(0, 0)
		q.Ack(r)
		if got := q.Ack(r); got != want || q.State(0) != Acked {
			t.Errorf("closes: %v; a second ack is %v, want %v", closes, got, want)
		}
	}
}

// A reject ends a message at its first delivery, where a nack brings it back. Late and stale
// ones are answered as acks are, and one that counts takes the message from whoever has it.
func TestARejectIsTheLastWordOnAMessage(t *testing.T) {
	for _, c := range []struct {
		limit       Limit
		late, stale AckRule
		want        State
	}{{DeadLetter, Accepted, Accepted, Dead}, {Drop, Rejected, Rejected, Discarded}, {DeadLetter, Ignored, Ignored, Dead}} {
		p := Default()
		p.AtLimit, p.LateAck, p.StaleAck, p.Rejects = c.limit, c.late, c.stale, true
		q := published(t, p, 2, inGroups("a", "b", "c")...)
		if got := q.Reject(q.Deliver(0, 0)); got != Accepted || q.State(0) != c.want {
			t.Errorf("a reject is %v, and the message %v, want %v", got, q.State(0), c.want)
		}
		if got := q.Moved(); len(got) != 1 || got[0] != 0 {
			t.Errorf("moved: %v, want the message that is gone", got)
		}
		late := q.Deliver(1, 0)
		q.TimeOut(1)
		is := map[bool]State{true: c.want, false: Ready}[c.late == Accepted]
		if got := q.Reject(late); got != c.late || q.State(1) != is {
			t.Errorf("a late reject is %v, and the message %v, want %v", got, q.State(1), is)
		}
		stale := q.Deliver(2, 0)
		q.TimeOut(2)
		current := q.Deliver(2, 1)
		is = map[bool]State{true: c.want, false: InFlight}[c.stale == Accepted]
		if got := q.Reject(stale); got != c.stale || q.State(2) != is {
			t.Errorf("a stale reject is %v, and the message %v, want %v", got, q.State(2), is)
		}
		q.Ack(current)
		if acked := q.State(2) == Acked; acked == (c.stale == Accepted) {
			t.Errorf("stale rejects are %v, and who has the message acks it: %v", c.stale, q.State(2))
		}
	}
}

// A commit is a position, and the broker takes what it is told. Worker 1 is thrown out with
// two records at work. Worker 2 commits all three of the partition, and then the first commit
// of worker 1 is taken: what came after it stands uncommitted, with its owner. A newer commit
// covers it, and otherwise the next owner gets it again.
func TestAnOlderCommitTakesBackNewerOnes(t *testing.T) {
	for back, want := range map[bool]State{true: InFlight, false: Acked} {
		p := owned(PartitionOrder)
		p.Redeliver, p.AckUnit, p.StaleAck, p.SessionTimeout, p.CommitsBack = OnDisconnect, AckCumulative, Accepted, time.Second, back
		q := published(t, p, 2, inGroups("a", "a", "a", "a", "b")...)
		old := q.Deliver(0, 0)
		q.Deliver(1, 0)
		q.Disconnect(0)
		q.Deliver(0, 1)
		q.Deliver(1, 1)
		q.Ack(q.Deliver(2, 1))
		q.Ack(q.Deliver(4, 1))
		wantStates(t, q, Acked, Acked, Acked, Ready, Acked)
		if got := q.Ack(old); got != Accepted {
			t.Fatalf("the old commit is %v", got)
		}
		wantStates(t, q, Acked, want, want, Ready, Acked)
		if !back {
			continue
		}
		wantMoved(t, q, 1, 2)
		if q.Holder(1) != 1 || q.Holder(2) != 1 {
			t.Errorf("held by %d and %d, want the owner", q.Holder(1), q.Holder(2))
		}
		covered := q.Clone()
		covered.Ack(covered.Deliver(3, 1))
		wantStates(t, &covered, Acked, Acked, Acked, Acked, Acked)
		q.Disconnect(1)
		wantStates(t, q, Acked, Ready, Ready, Ready, Acked)
		wantDeliverable(t, q, 0, 1)
	}
}
