package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// onKafka returns a lane of naive on kafka whose messages are published together, in
// partitions of one letter each.
func onKafka(t *testing.T, partitions string, plan ...string) sim.Lane {
	l := inGroups(on(t, "kafka", len(partitions), plan...), partitions)
	l.Processes = 2
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	return l
}

// A commit that is lost brings nothing back while its member lives, however long it
// takes, and the next commit speaks for it: nothing of it comes again after that.
// Measured: nothing in 8 s at a session of 3 s.
func TestALostCommitIsHarmlessWhileItsMemberLives(t *testing.T) {
	l := onKafka(t, "aa", "lose-ack:m1")
	l.Messages[1].At = time.Hour
	for _, after := range []string{"", "restart,at=2h"} {
		if after != "" {
			l.Plan = append(l.Plan, faults(after)[0])
		}
		r := simulate(t, l)
		if got := effects(r); !slices.Equal(got, []int32{1, 1}) || handedOut(r, "m1") != "0s" {
			t.Errorf("%v: effects %v, m1 is delivered at %s", l.Plan, got, handedOut(r, "m1"))
		}
	}
	// Before the next commit the group still stands at the one before.
	l.Plan = append(l.Plan[:1], faults("restart,at=30m")[0])
	if got := handedOut(simulate(t, l), "m1"); got != "0s 30m2s" {
		t.Errorf("the member goes before its next commit: m1 is delivered at %s", got)
	}
}

// Nothing is left to do when the last commit was lost: that is not stuck, nor unsettled,
// and a handler that has skipped its message has lost it.
func TestALostLastCommitLeavesNothingToDo(t *testing.T) {
	r := simulate(t, onKafka(t, "a", "lose-ack:m1"))
	if v := r.Verdicts(); !r.World().Quiet() || v.Of[0] != sim.Once || len(v.Unsettled) > 0 {
		t.Errorf("quiet: %v, verdicts %+v", r.World().Quiet(), v)
	}
	l := onKafka(t, "a", "lose-ack:m1")
	l.Consumer = handler(func(*sim.Proc, broker.Message) error { return nil })
	if v := simulate(t, l).Verdicts(); v.Of[0] != sim.Never {
		t.Errorf("skipped, and its commit lost: %v", v.Of[0])
	}
}

// Who closes says good-bye, and the next owner begins at once. Who dies is missed when its
// session is over: nobody has its partition until then, and its new process no member.
func TestADeathIsNoticedWhenTheSessionIsOver(t *testing.T) {
	for plan, want := range map[string]string{
		"crash:m1/after-effect": "0s 46s",
		"restart,at=500ms":      "0s 2.5s", // both workers are back after 2 s
		"pause:m1,for=50s":      "0s 45s",
		"pause:m1,for=45s":      "0s",
		"slow:m1/1,for=4m":      "0s",
		"slow:m1/1,for=301s":    "0s 5m",
		"rebalance,at=4s":       "0s",
		"rebalance,at=500ms":    "0s 500ms",
	} {
		l := onKafka(t, "aa", plan)
		l.Messages[1].At = 2 * time.Minute
		if got := handedOut(simulate(t, l), "m1"); got != want {
			t.Errorf("%s: m1 is delivered at %s, want %s", plan, got, want)
		}
	}
	l := onKafka(t, "ab", "crash:m1/after-effect")
	l.Messages[1].At = 10 * time.Second
	if r := simulate(t, l); handedOut(r, "m2") != "10s" || handedOut(r, "m1") != "0s 46s" {
		t.Errorf("the other partition: m2 is delivered at %s, m1 at %s", handedOut(r, "m2"), handedOut(r, "m1"))
	}
}

// A handler above max.poll.interval is thrown out while it works on: the next owner is done
// before it, and its commit is rejected. Measured: out at 6.4 s of 6 s, other owner done at
// 7.6 s, the zombie's effect at 9.1 s.
func TestAMemberThatDoesNotPollIsAZombie(t *testing.T) {
	r := simulate(t, onKafka(t, "a", "slow:m1/1,for=9m"))
	var done []time.Duration
	for _, e := range where(r, func(e *sim.Event) bool { return e.Done }) {
		done = append(done, e.At)
	}
	if !slices.Equal(done, []time.Duration{5*time.Minute + time.Second, 9 * time.Minute}) {
		t.Errorf("charged at %v, want 5m1s and 9m", done)
	}
	ends := where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn })
	if ends[0].Reply != sim.Taken || ends[1].Reply != sim.AckRejected || ends[1].Worker != 0 {
		t.Errorf("the commits: %+v", ends)
	}
	if cut := where(r, func(e *sim.Event) bool { return e.Kind == sim.CutOff }); len(cut) != 1 || !cut[0].Overran {
		t.Errorf("cut off: %+v", cut)
	}
}

// A second member joins while worker 1, which has charged Ann, is at Bob. It begins at the
// last commit and charges both; worker 1 ends its batch, and its commit is rejected.
func TestARebalanceNeedsNobodyToFail(t *testing.T) {
	for _, plan := range []string{"rebalance,at=1500ms,join=true", "rebalance,at=1500ms"} {
		r := simulate(t, onKafka(t, "aa", plan))
		if got := effects(r); !slices.Equal(got, []int32{2, 2}) {
			t.Errorf("%s: effects %v, want both twice", plan, got)
		}
		rejected := where(r, func(e *sim.Event) bool { return e.Reply == sim.AckRejected })
		if len(rejected) != 1 || rejected[0].Worker != 0 {
			t.Errorf("%s: rejected commits %+v", plan, rejected)
		}
		again := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Receipt.Delivery == 2 })
		if len(again) != 1 || again[0].Worker != 1 || !r.Events()[again[0].Cause].Kind.OfWorld() {
			t.Errorf("%s: delivered again: %+v", plan, again)
		}
	}
}

// Eager: everyone gives up all it has, and is at work on what it gets again. Cooperative:
// only what moves is given up.
func TestAnEagerRebalanceReturnsWhatDoesNotMove(t *testing.T) {
	for _, c := range []struct {
		rebalance  broker.Rebalancing
		partitions string
		workers    int
		want       []int32
	}{
		{broker.Eager, "ab", 2, []int32{2, 2}}, // both keep theirs: none moves
		{broker.Cooperative, "ab", 2, []int32{1, 1}},
		{broker.Eager, "ab", 3, []int32{2, 2}}, // a moves to worker 3, b does not
		{broker.Cooperative, "ab", 3, []int32{2, 1}},
	} {
		l := onKafka(t, c.partitions, "rebalance,at=500ms,join=true")
		l.Queue.Rebalance, l.Processes = c.rebalance, c.workers
		if got := effects(simulate(t, l)); !slices.Equal(got, c.want) {
			t.Errorf("%s, %d workers: effects %v, want %v", c.rebalance, c.workers, got, c.want)
		}
	}
}

// A queue without owners has nothing to rebalance.
func TestARebalanceNeedsOwners(t *testing.T) {
	l := lane(handler(func(*sim.Proc, broker.Message) error { return nil }), sim.Card, 1)
	for _, a := range []sim.ActionKind{sim.Join, sim.Leave} {
		if world(l).Can(sim.Action{Kind: a}) {
			t.Errorf("%s without owners", a)
		}
	}
	l.Plan = []sim.Fault{faults("rebalance,at=1ms")[0]}
	if r := simulate(t, l); len(where(r, func(e *sim.Event) bool { return e.Fault >= 0 })) > 0 {
		t.Error("the fault has struck")
	}
}

// The broker knows a producer's retry by its number. What the application sends again,
// under whatever ID, has another; and another producer's publish is never taken for it.
func TestAnIdempotentProducerDropsItsOwnRetryAndNobodyElses(t *testing.T) {
	for plan, want := range map[string]int32{
		"republish:m1,later=20s":             1,
		"republish:m1,later=2m":              2, // the client has given up on it
		"republish:m1,later=20s,new-id=true": 2,
		"copy:m1":                            2,
	} {
		if got := effects(simulate(t, onKafka(t, "a", plan))); got[0] != want {
			t.Errorf("%s: %d effects, want %d", plan, got[0], want)
		}
	}
	l := onKafka(t, "aa")
	l.Messages[1].Message.ID = l.Messages[0].Message.ID
	if got := effects(simulate(t, l)); !slices.Equal(got, []int32{1, 1}) {
		t.Errorf("two producers with one message ID: effects %v", got)
	}
	l.Queue.DedupBy = broker.ByMessageID
	if got := effects(simulate(t, l)); !slices.Equal(got, []int32{1, 0}) {
		t.Errorf("the same, compared by message ID: effects %v", got)
	}
}

// A consumer that reads a partition without being a member of its group is never fenced off.
// Worker 1 is thrown out with Ann's record at work. Worker 2 charges all three and commits
// them, and then the late commit of worker 1 counts: the position is behind Ann's record
// again. Nothing comes of that as long as nobody goes, and a newer commit covers it. A
// restart brings back what lies between.
func TestALateCommitTakesThePositionBack(t *testing.T) {
	for _, c := range []struct {
		plan   string
		fourth time.Duration // when the fourth is published
		want   []int32
	}{
		{"", 0, []int32{2, 1, 1, 0}},
		{"restart,at=20m", 0, []int32{2, 2, 2, 0}},
		{"restart,at=20m", 15 * time.Minute, []int32{2, 1, 1, 1}}, // its commit covers all
		{"restart,at=20m", 30 * time.Minute, []int32{2, 2, 2, 1}}, // it comes behind them
		{"crash:m4/before-effect", 15 * time.Minute, []int32{2, 2, 2, 1}},
		{"rebalance,at=20m", 0, []int32{2, 2, 2, 0}},
	} {
		for _, back := range []bool{true, false} {
			l := onKafka(t, "aaaa", "slow:m1/1,for=9m")
			l.Queue.StaleAck, l.Queue.CommitsBack, l.Queue.Batch = broker.Accepted, back, 1
			if l.Messages[3].At = c.fourth; c.fourth == 0 {
				l.Messages = l.Messages[:3]
			}
			if c.plan != "" {
				l.Plan = append(l.Plan, faults(c.plan)...)
			}
			want := c.want
			if !back { // what is acked stays acked
				want = []int32{2, 1, 1, min(1, c.want[3])}
			}
			r := simulate(t, l)
			if got := effects(r); !slices.Equal(got, want[:len(l.Messages)]) || !r.World().Quiet() {
				t.Errorf("back: %v, %q, the fourth at %s: effects %v, want %v; quiet: %v", back, c.plan, c.fourth, got, want, r.World().Quiet())
			}
		}
	}
}
