package sim_test

import (
	"testing"
	"time"

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

// The second effect of a message leads back to the fault that doubled it, when
// there is one fault and the message would have had one effect without it.
func TestDuplicateLeadsBackToTheOneFault(t *testing.T) {
	for _, fault := range []string{
		"lose-ack:m1", "crash:m1/after-effect", "crash:m1/before-ack", "pause:m1/before-effect",
		"pause:m1/after-effect", "lose-reply:m1", "copy:m1", "republish:m1", "republish:m1,new-id=true",
	} {
		everyLane(func(c sim.Consumer, b sim.Business) {
			r := simulate(t, lane(c, b, 1, fault))
			seen := false
			for i := range r.Events() {
				e := &r.Events()[i]
				if !e.Done || !seen {
					seen = seen || e.Done
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
// because of what somebody with an older receipt did meanwhile.
func TestDeadlineIsBlamedOnTheDeliveryThatItEnds(t *testing.T) {
	stormyLanes(t, 4, func(t *testing.T, l sim.Lane) {
		if l.Queue.Batch > 1 {
			return // there the message that heads the batch stands for the others
		}
		r := simulate(t, l)
		for i := range r.Events() {
			e := &r.Events()[i]
			if e.Kind != sim.TimeOut {
				continue
			}
			cause := &r.Events()[e.Cause]
			if cause.Receipt != e.Receipt && cause.Kind != sim.Crash { // of another thread of its process
				t.Errorf("event %d: delivery %d of %s timed out because of event %d, %s of delivery %d of %s",
					i, e.Receipt.Delivery, r.Name(e), e.Cause, cause.Kind, cause.Receipt.Delivery, r.Name(cause))
			}
		}
	})
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
