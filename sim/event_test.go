package sim_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Every duplicate effect has a story that can be told backwards: from cause to
// cause it leads to something that went wrong, or to a publish.
func TestEveryEffectIsTracedToAFaultOrAPublish(t *testing.T) {
	duplicates := 0
	stormyLanes(t, 4, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		effects := map[int]int{}
		for i := range r.Events() {
			e := &r.Events()[i]
			if !e.Done {
				continue
			}
			if owed := r.World().Owed(int(e.Msg)); effects[owed] > 0 {
				duplicates++
				effects[owed]++
			} else {
				effects[owed] = 1
			}
			trace(t, r, i)
		}
	})
	if duplicates < 1000 {
		t.Errorf("only %d duplicates: the test shows little", duplicates)
	}
}

// trace walks from cause to cause and fails if that leads nowhere.
func trace(t *testing.T, r *sim.Run, i int) {
	t.Helper()
	from := i
	for r.Events()[i].Cause >= 0 {
		cause := int(r.Events()[i].Cause)
		if cause >= i {
			t.Fatalf("event %d has the cause %d, which came later", i, cause)
		}
		i = cause
	}
	if e := &r.Events()[i]; e.Fault < 0 && e.Kind != sim.Publish {
		t.Errorf("event %d leads back to event %d, a %s that nothing caused", from, i, e.Kind)
	}
}

// The second effect of a message, or the second of one of its parts, leads back to the
// fault that doubled it, when there is one fault and the message would have had one
// effect without it.
func TestDuplicateLeadsBackToTheOneFault(t *testing.T) {
	for _, fault := range []string{
		"lose-ack:m1", "crash:m1/after-effect", "crash:m1/before-ack", "pause:m1/before-effect",
		"pause:m1/after-effect", "lose-reply:m1", "copy:m1", "republish:m1", "republish:m1,new-id=true",
	} {
		everyLane(func(c sim.Consumer, b sim.Business) {
			r := simulate(t, lane(c, b, 1, fault))
			seen := map[int8]bool{}
			for i := range r.Events() {
				e := &r.Events()[i]
				if !e.Done || !seen[e.Part] {
					seen[e.Part] = seen[e.Part] || e.Done
					continue
				}
				found := false
				for k := int32(i); k >= 0; k = r.Events()[k].Cause {
					found = found || r.Events()[k].Fault == 0
				}
				// The one who paused performs second, and leads back to its pause as
				// well: everything does.
				if !found {
					t.Errorf("%s/%s: the second effect does not lead back to %s", c.Name, b, fault)
				}
			}
		})
	}
}

// A deadline passes because of what became of the delivery that it ends, and not
// because of what somebody with an older receipt did meanwhile. What became of it
// can be a crash or a restart, an ack that was lost for a whole batch or, if the holder is still
// at work, what keeps it: the attempt before in its batch, or who holds its row.
func TestDeadlineIsBlamedOnTheDeliveryThatItEnds(t *testing.T) {
	waited := 0
	stormyLanes(t, 6, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		for i := range r.Events() {
			e := &r.Events()[i]
			if e.Kind != sim.TimeOut {
				continue
			}
			cause := &r.Events()[e.Cause]
			switch {
			case cause.Receipt == e.Receipt || cause.Kind == sim.Crash || cause.Kind == sim.Restart:
			case l.Queue.AckUnit != broker.AckEach && cause.Kind == sim.LoseAck:
			case e.Overran && (l.Queue.Batch > 1 || waitsForARow(r, i)):
				waited++
			default:
				t.Errorf("event %d: delivery %d of %s timed out because of event %d, %s of delivery %d of %s",
					i, e.Receipt.Delivery, r.Name(e), e.Cause, cause.Kind, cause.Receipt.Delivery, r.Name(cause))
			}
		}
	})
	if waited < 10 {
		t.Errorf("only %d messages waited for another: the test shows little", waited)
	}
}

// waitsForARow reports whether the holder of the message that times out in event i
// cannot step.
func waitsForARow(r *sim.Run, i int) bool {
	w := r.At(i)
	holder := w.Queue().Holder(int(r.Events()[i].Msg))
	return !w.Can(sim.Action{Kind: sim.Step, Worker: int8(holder)})
}

// leadsTo reports whether the way back from event i passes the n-th fault.
func leadsTo(r *sim.Run, i int, n int32) bool {
	for k := int32(i); k >= 0; k = r.Events()[k].Cause {
		if r.Events()[k].Fault == n {
			return true
		}
	}
	return false
}

// In a batch every message has a fate of its own, but for what befalls all of them.
func TestDuplicatesOfABatchLeadBackToTheirOwnFault(t *testing.T) {
	for _, test := range []struct {
		unit  broker.AckUnit
		plan  []string
		fault []int32 // by message: what its second effect leads back to, or -1 if it has none
	}{
		{broker.AckBatch, []string{"lose-ack:m1"}, []int32{0, 0, 0}},
		{broker.AckCumulative, []string{"lose-ack:m2"}, []int32{0, 0, 0}},
		{broker.AckEach, []string{"lose-ack:m1", "lose-ack:m2"}, []int32{0, 1, -1}},
		{broker.AckEach, []string{"lose-ack:m2", "lose-ack:m1"}, []int32{1, 0, -1}},
		{broker.AckBatch, []string{"fail:m3"}, []int32{0, 0, -1}},
		{broker.AckBatch, []string{"fail:m3", "lose-ack:m3"}, []int32{1, 1, -1}},
		{broker.AckEach, []string{"crash:m2/after-effect"}, []int32{-1, 0, -1}},
		{broker.AckCumulative, []string{"crash:m2/after-effect"}, []int32{0, 0, -1}},
		// Worker 2 does all three while worker 1 is frozen in m1 and has m2 and m3 in hand.
		{broker.AckEach, []string{"pause:m1/after-effect"}, []int32{0, 0, 0}},
		{broker.AckBatch, []string{"pause:m2/after-effect"}, []int32{0, 0, 0}},
		// The pause of m1 is over at 29 s, and m2 is at work when its deadline passes.
		{broker.AckEach, []string{"pause:m1/after-effect,for=28s"}, []int32{-1, 0, 0}},
	} {
		l := together(test.unit, 3, test.plan...)
		l.Queue.LateAck = broker.Ignored
		r := simulate(t, l)
		count, leads := [3]int{}, [3]bool{}
		for i := range r.Events() {
			if e := &r.Events()[i]; e.Done {
				trace(t, r, i)
				count[e.Msg]++
				leads[e.Msg] = leads[e.Msg] || leadsTo(r, i, max(0, test.fault[e.Msg]))
			}
		}
		for n, fault := range test.fault {
			if want := fault >= 0; want != (count[n] == 2) || want && !leads[n] {
				t.Errorf("%v, %v: m%d is done %d times, which leads to fault %d: %v", test.unit, test.plan, n+1, count[n], fault, leads[n])
			}
		}
	}
}

// Two messages share a key, and so a row. Worker 1 has it and freezes; worker 2 waits
// for it, and is late because of that.
func TestWhoWaitsForARowIsLateBecauseOfItsOwner(t *testing.T) {
	l := lane(consumers.InboxKey, sim.Stock, 2, "pause:m1/before-effect")
	l.Messages[1].At, l.Messages[1].Key = time.Second, l.Messages[0].Key
	r := simulate(t, l)
	late := 0
	for i := range r.Events() {
		if e := &r.Events()[i]; e.Kind == sim.TimeOut && r.Name(e) == "m2" && e.Overran {
			if late++; !leadsTo(r, i, 0) {
				t.Errorf("m2 times out at %v, and that does not lead back to the pause of m1", e.At)
			}
		}
	}
	if late == 0 {
		t.Error("m2 is never late: the test shows nothing")
	}
}

// A cache entry expires because somebody wrote it or, where it is a lease and its
// holder is still at work, because of what keeps the holder.
func TestExpiryIsBlamedOnTheWriterOrOnWhatKeepsIt(t *testing.T) {
	for plan, want := range map[string]sim.ActionKind{
		"":                         sim.Step,
		"crash:m1/before-effect":   sim.Step,
		"pause:m1/before-effect":   sim.Nothing,
		"lose-reply:m1,step=mark":  sim.LoseReply,
		"lose-reply:m1,step=check": sim.Step,
	} {
		l := lane(lease, sim.Card, 1)
		if plan != "" {
			l.Plan = faults(plan)
		}
		r := simulate(t, l)
		first := true
		for i := range r.Events() {
			e := &r.Events()[i]
			if e.Kind != sim.Expire {
				continue
			}
			trace(t, r, i)
			if e.Cause < 0 {
				t.Fatalf("%q: nothing caused the expiry at %v", plan, e.At)
			}
			if cause := &r.Events()[e.Cause]; first && (cause.Kind != want || e.Overran != (want == sim.Nothing)) {
				t.Errorf("%q: the expiry at %v is blamed on %s %s, overran %v; want %s", plan, e.At, cause.Kind, cause.Op, e.Overran, want)
			}
			first = false
		}
		if first {
			t.Errorf("%q: nothing expired", plan)
		}
	}
}

// Worker 1 is frozen with m1, and has m2 and m3 in hand, until worker 2 has had all of
// them. What it then does with m2 goes back to how it came by it, not to how
// worker 2 did.
func TestAttemptInABatchIsNotBlamedOnALaterDelivery(t *testing.T) {
	r := simulate(t, together(broker.AckEach, 3, "pause:m1/before-effect"))
	checked := 0
	for i := range r.Events() {
		e := &r.Events()[i]
		if e.Worker != 0 || e.Receipt.Delivery != 1 || e.Op != sim.OpPerform || r.Name(e) == "m1" {
			continue
		}
		if checked++; r.Events()[e.Cause].Kind != sim.Publish || r.Site(i).Line == 0 {
			t.Errorf("event %d, of %s, is blamed on event %d and stands at %v", i, r.Name(e), e.Cause, r.Site(i))
		}
	}
	if checked != 2 {
		t.Errorf("worker 1 performs %d of m2 and m3 late, want 2", checked)
	}
}

// What a message went through before its batch is not part of its attempt.
func TestEveryStepOfABatchHasItsLine(t *testing.T) {
	for _, unit := range []broker.AckUnit{broker.AckEach, broker.AckBatch, broker.AckCumulative} {
		l := together(unit, 3, "lose-ack:m1", "lose-reply:m2", "fail:m3")
		l.Consumer = consumers.Inbox
		r := simulate(t, l)
		lines := map[sim.Op]sim.Site{}
		for i := range r.Events() {
			e := &r.Events()[i]
			if !e.Op.Asked() || e.Kind == sim.Nothing || e.Kind == sim.Crash || e.Op == sim.OpRollback {
				continue
			}
			site := r.Site(i)
			if known, met := lines[e.Op]; site.Line == 0 || met && known != site {
				t.Errorf("%v: event %d, %s of %s, stands at %v, another at %v", unit, i, e.Op, r.Name(e), site, known)
			}
			lines[e.Op] = site
		}
	}
}

// Worker 1 is paused past its deadline, worker 2 loses its ack, and then worker 1
// comes back with a receipt that is stale. Whatever it does with that, what brings
// the message back is the lost ack.
func TestWhoHasAStaleReceiptIsNobodysCause(t *testing.T) {
	for what, plan := range map[string][]string{
		"acks":          {"pause:m1/before-ack", "lose-ack:m1/2"},
		"loses its ack": {"pause:m1/before-ack", "lose-ack:m1,times=2"},
		"nacks":         {"pause:m1/before-effect", "fail:m1", "lose-ack:m1/2"},
		"crashes":       {"pause:m1/before-effect", "crash:m1/after-effect", "lose-ack:m1/2"},
	} {
		r := simulate(t, lane(consumers.Naive, sim.Card, 1, plan...))
		timeouts := where(r, func(e *sim.Event) bool { return e.Kind == sim.TimeOut })
		if len(timeouts) != 2 || timeouts[1].At != time.Minute {
			t.Fatalf("%s: timeouts %+v", what, timeouts)
		}
		if !timeouts[0].Overran || r.Events()[timeouts[0].Cause].Kind != sim.Nothing {
			t.Errorf("%s: the first deadline passed because of %s, want the pause", what, r.Events()[timeouts[0].Cause].Kind)
		}
		if cause := r.Events()[timeouts[1].Cause]; timeouts[1].Overran || cause.Kind != sim.LoseAck || cause.Receipt.Delivery != 2 {
			t.Errorf("%s: the second deadline passed because of %s of delivery %d, want the lost ack", what, cause.Kind, cause.Receipt.Delivery)
		}
	}
}
