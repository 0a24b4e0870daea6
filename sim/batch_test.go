package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// together is a lane whose messages are published at once and handed over three
// at a time.
func together(unit broker.AckUnit, n int, plan ...string) sim.Lane {
	l := lane(consumers.Naive, sim.Mail, n, plan...)
	for i := range l.Messages {
		l.Messages[i].At, l.Messages[i].Group = 0, "g"
	}
	l.Queue.Batch, l.Queue.AckUnit = 3, unit
	return l
}

func effects(r *sim.Run) []int32 { return r.World().Verdicts().Effects }

// One bad apple: whatever was handed over with it comes back, done or not.
func TestFailureReturnsTheWholeBatch(t *testing.T) {
	r := simulate(t, together(broker.AckBatch, 3, "fail:m2"))
	// m1 was done, m2 failed, m3 had not begun: all come back 5 s later.
	if got := effects(r); !slices.Equal(got, []int32{2, 1, 1}) {
		t.Errorf("effects %v, want m1 twice", got)
	}
	for _, name := range []string{"m1", "m2", "m3"} {
		if n := len(deliveries(r, name)); name == "m1" && n != 2 || name != "m1" && n != 0 {
			t.Errorf("%s heads %d batches: only m1 does, twice", name, n)
		}
	}
	wantReplies(t, r, sim.NotYet, sim.Returned, sim.NotYet, sim.NotYet, sim.Taken)
	// With an ack for each, only the bad apple comes back.
	r = simulate(t, together(broker.AckEach, 3, "fail:m2"))
	if got := effects(r); !slices.Equal(got, []int32{1, 1, 1}) {
		t.Errorf("with an ack for each: effects %v", got)
	}
}

func TestLostAckOfABatchReturnsAllOfIt(t *testing.T) {
	for _, unit := range []broker.AckUnit{broker.AckBatch, broker.AckCumulative} {
		// It strikes any of the three: there is only one ack.
		for _, fault := range []string{"lose-ack:m1", "lose-ack:m2", "lose-ack:m3"} {
			if got := effects(simulate(t, together(unit, 3, fault))); !slices.Equal(got, []int32{2, 2, 2}) {
				t.Errorf("%s, %s: effects %v", unit, fault, got)
			}
		}
	}
	if got := effects(simulate(t, together(broker.AckEach, 3, "lose-ack:m2"))); !slices.Equal(got, []int32{1, 2, 1}) {
		t.Errorf("with an ack for each: effects %v", got)
	}
}

// The nack of a batch is lost as its ack is, wherever in the batch it comes; what
// had not begun does not begin, and all of it waits for its deadline.
func TestLostNackEndsItsBatch(t *testing.T) {
	for _, unit := range []broker.AckUnit{broker.AckBatch, broker.AckCumulative} {
		// A lost ack of m1 waits for the one report that there is, which is this nack.
		for _, lost := range []string{"lose-ack:m2", "lose-ack:m1"} {
			r := simulate(t, together(unit, 3, "fail:m2", lost))
			if got := effects(r); !slices.Equal(got, []int32{2, 1, 1}) {
				t.Errorf("%v, %s: effects %v, want m1 twice", unit, lost, got)
			}
			wantTimes(t, r, "m1", 0, 30*time.Second)
			wantReplies(t, r, sim.NotYet, sim.Lost, sim.NotYet, sim.NotYet, sim.Taken)
		}
	}
	w := world(together(broker.AckBatch, 3))
	play(t, w, "publish m1; publish m2; publish m3; deliver m1 to 1; fail 1")
	if !can(t, w, "lose-ack 1") {
		t.Error("the nack of m1 for its batch cannot be lost")
	}
	play(t, w, "lose-ack 1")
	if _, busy := w.Handling(0); busy {
		t.Error("the worker goes on with a batch that it has nacked")
	}
}

// A crash in the middle of a batch: what was acked one by one is safe.
func TestCrashInABatchRepeatsWhatWasNotAcked(t *testing.T) {
	for unit, want := range map[broker.AckUnit][]int32{
		broker.AckEach:       {1, 2, 1},
		broker.AckBatch:      {2, 2, 1},
		broker.AckCumulative: {2, 2, 1},
	} {
		if got := effects(simulate(t, together(unit, 3, "crash:m2/after-effect"))); !slices.Equal(got, want) {
			t.Errorf("%s: effects %v, want %v", unit, got, want)
		}
	}
}

// The visibility of a batch runs from its hand-over: its last message waits for
// those before it, and can overrun before it has begun.
func TestLastOfABatchCanOverrunBeforeItBegins(t *testing.T) {
	l := together(broker.AckEach, 3)
	l.Queue.StaleAck = broker.Ignored
	l.Timing = sim.Timing{Effect: 12 * time.Second}
	r := simulate(t, l)
	if got := effects(r); !slices.Equal(got, []int32{1, 1, 2}) {
		t.Errorf("effects %v: m3 takes from 24 s to 36 s, and is hidden for 30 s", got)
	}
}

func TestGroupOrderDeliversOneOfAGroupAtATime(t *testing.T) {
	l := together(broker.AckEach, 3, "fail:m1", "lose-ack:m2")
	l.Queue.Batch, l.Queue.Order = 1, broker.GroupOrder
	r := simulate(t, l)
	order := ""
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver }) {
		order += r.Name(&e) + " "
	}
	if order != "m1 m1 m2 m2 m3 " {
		t.Errorf("delivered %s", order)
	}
	l.Messages[2].Group = "another"
	if got := deliveries(simulate(t, l), "m3"); !slices.Equal(got, []time.Duration{0}) {
		t.Errorf("another group waits: %v", got)
	}
}

// A partition goes on while the first is in
// flight, and what returns takes along what came after it.
func TestPartitionOrderTakesAlongWhatCameAfter(t *testing.T) {
	l := together(broker.AckEach, 2, "lose-ack:m1")
	l.Queue.Batch, l.Queue.Order, l.Queue.LateAck = 1, broker.PartitionOrder, broker.Ignored
	l.Timing = sim.Timing{Effect: 29500 * time.Millisecond}
	l.Messages[1].At = time.Second
	r := simulate(t, l)
	// m2 is at worker 2 from 1 s to 30.5 s; m1 returns at 30 s and takes it along,
	// so the ack of m2 is late.
	wantTimes(t, r, "m2", time.Second, 30500*time.Millisecond)
}

func TestCumulativeAckSettlesWhatCameBefore(t *testing.T) {
	l := together(broker.AckCumulative, 2)
	l.Queue.Batch = 1
	w := world(l)
	play(t, w, "publish m1; publish m2; deliver m1 to 1; deliver m2 to 2; step 2; step 2")
	if got := w.Queue().State(0); got != broker.Acked {
		t.Errorf("m1 is %v after the ack of m2", got)
	}
	play(t, w, "step 1")
	if out := play(t, w, "step 1"); out.Reply != sim.Taken {
		t.Errorf("the ack of what is settled already is %v", out.Reply)
	}
}

// A worker that is gone loses its partitions, and every uncommitted message of
// them goes to the next owner.
func TestRebalanceMovesEveryUncommittedMessage(t *testing.T) {
	l := together(broker.AckCumulative, 3, "crash:m2/after-effect")
	l.Queue.Order, l.Queue.Assign, l.Queue.Redeliver = broker.PartitionOrder, broker.OwnerWorker, broker.OnDisconnect
	r := simulate(t, l)
	if got := effects(r); !slices.Equal(got, []int32{2, 2, 1}) {
		t.Errorf("effects %v, want m1 and m2 again", got)
	}
	handed := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver })
	if len(handed) != 2 || handed[0].Worker != 0 || handed[1].Worker != 1 {
		t.Errorf("handed over: %+v", handed)
	}
}

// World.Cost: what can go wrong costs one fault. A deadline passes free once its
// holder is gone. While the holder runs, the first to pass is the fault that it
// overran; its others then pass free until its next step.
func TestDeadlinesCostOneFaultWhileTheirHolderRuns(t *testing.T) {
	cost := func(w *sim.World, text string, want int) {
		t.Helper()
		a, err := w.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Cost(a); got != want {
			t.Errorf("%s costs %d, want %d", text, got, want)
		}
	}
	start := "publish m1; deliver m1 to 1; step 1"
	w := world(lane(lease, sim.Card, 1))
	play(t, w, start)
	for _, text := range []string{"crash 1", "copy m1", "republish m1", "republish-as m1", "restart", "fail 1", "lose-reply 1"} {
		cost(w, text, 1)
	}
	cost(w, "step 1", 0)
	cost(w, "time-out m1", 1)
	cost(w, `expire "m1"`, 1)

	// A copy is turned away by the lease, and comes again: now the lease is a deadline.
	play(t, w, "copy m1; deliver m1b to 2; step 2; step 2; step 2")
	cost(w, `expire "m1"`, 1)

	first := w.Clone() // the visibility first: then the lease is free until the next step
	play(t, first, "time-out m1")
	cost(first, `expire "m1"`, 0)
	play(t, first, "step 1")
	cost(first, `expire "m1"`, 1)

	second := w.Clone() // and the other way round
	play(t, second, `expire "m1"`)
	cost(second, "time-out m1", 0)
	play(t, second, "step 1")
	cost(second, "time-out m1", 1)

	gone := w.Clone()
	play(t, gone, "crash 1")
	cost(gone, "time-out m1", 0)
	cost(gone, `expire "m1"`, 0)

	done := w.Clone() // performed, marked as done: nobody waits for that
	play(t, done, "step 1; step 1")
	cost(done, `expire "m1"`, 1)
	play(t, done, "lose-ack 1")
	cost(done, "time-out m1", 0)
	cost(done, `expire "m1"`, 1)
}

func TestEarlyAckLetsTheDeadlinePassFree(t *testing.T) {
	w := world(lane(consumers.AckFirst, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1; lose-ack 1")
	if a, _ := w.Parse("time-out m1"); w.Cost(a) != 0 {
		t.Error("the holder has acked, as far as it knows: nothing keeps the message")
	}
}

// A budget is spent by what costs, and what it cannot pay is off the menu.
func TestBudgetBoundsTheFaultsOnTheMenu(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1)
	w := sim.New(&l, 1)
	play(t, w, "publish m1; deliver m1 to 1; time-out m1")
	for _, a := range w.Enabled() {
		if w.Cost(a) > 0 {
			t.Errorf("%s is on the menu, and nothing is left to pay for it", w.Format(a))
		}
	}
	if can(t, w, "crash 1") {
		t.Error("a crash is possible without a budget")
	}
}

// What one ack settles for several is gone with that ack, and not with the last thing that
// was done about it.
func TestWhatABatchHasLostIsGoneWithTheAckOfTheBatch(t *testing.T) {
	for _, unit := range []broker.AckUnit{broker.AckBatch, broker.AckCumulative} {
		l := together(unit, 3, "fail:m1")
		l.Consumer = consumers.MarkFirst
		r := simulate(t, l)
		all := r.Gone(func(int) {})
		if len(all) != 1 || all[0].Debt != 0 {
			t.Fatalf("%s: gone %+v, want m1", unit, all)
		}
		e := r.Events()[all[0].Event]
		if e.Reply != sim.Taken || r.Name(&e) != "m3" {
			t.Errorf("%s: m1 is gone with %s of %s: want the ack of m3", unit, e.Kind, r.Name(&e))
		}
	}
}
