package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
)

// struckBy returns the events of an attempt that faults of the plan caused.
func struckBy(r *sim.Run) []sim.Event {
	return where(r, func(e *sim.Event) bool { return e.Fault >= 0 })
}

// before returns the event that came before another in the same attempt.
func before(r *sim.Run, e *sim.Event) *sim.Event { return &r.Events()[e.Cause] }

func TestEveryPointIsReachedByEveryConsumer(t *testing.T) {
	everyLane(func(c sim.Consumer, b sim.Business) {
		for fault, fits := range map[string]func(r *sim.Run, e *sim.Event) bool{
			"crash:m1/before-effect": func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Crash && e.Op.Performs() },
			"pause:m1/before-effect": func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Nothing && e.Op.Performs() },
			"crash:m1/after-effect": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.Crash && before(r, e).Op.Performs() && before(r, e).Done
			},
			"pause:m1/after-effect": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.Nothing && before(r, e).Op.Performs() && before(r, e).Done
			},
			"crash:m1/before-ack": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.Crash && (e.Op == sim.OpAck || e.Op == sim.OpReturn)
			},
			"pause:m1/before-ack": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.Nothing && (e.Op == sim.OpAck || e.Op == sim.OpReturn)
			},
			"lose-ack:m1": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.LoseAck && (e.Op == sim.OpAck || e.Op == sim.OpReturn)
			},
			"fail:m1":       func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Fail && e.Op.Performs() && !e.Done },
			"lose-reply:m1": func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.LoseReply && e.Op.Performs() && e.Done },
			"copy:m1":       func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Copy && e.At == time.Millisecond },
			"republish:m1":  func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Republish && e.At == 20*time.Second },
			"republish:m1,new-id=true,later=3s": func(r *sim.Run, e *sim.Event) bool {
				return e.Kind == sim.RepublishAs && e.At == 3*time.Second
			},
			"restart,at=500ms": func(r *sim.Run, e *sim.Event) bool { return e.Kind == sim.Restart && e.At == 500*time.Millisecond },
		} {
			r := simulate(t, lane(c, b, 1, fault))
			if struck := struckBy(r); len(struck) != 1 || !fits(r, &struck[0]) {
				t.Errorf("%s/%s: %s strikes as %+v", c.Name, b, fault, struck)
			}
		}
	})
}

// An attempt that sees a duplicate performs nothing. What waits for the effect
// strikes as it ends, so that the same trouble is everyone's; only fail and
// lose-reply find nothing to strike.
func TestPointThatIsNotReachedStrikesAsTheAttemptEnds(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Inbox, consumers.InboxKey, consumers.MarkFirst, consumers.CheckThenAct, consumers.MemorySet} {
		for _, fault := range []string{"crash:m1b/before-effect", "crash:m1b/after-effect", "pause:m1b/before-effect", "pause:m1b/after-effect"} {
			r := simulate(t, lane(c, sim.Card, 1, "republish:m1", fault))
			struck := struckBy(r)
			if len(struck) != 2 || struck[1].Op != sim.OpReturn || r.Name(&struck[1]) != "m1b" {
				t.Errorf("%s: %s strikes as %+v", c.Name, fault, struck)
			}
		}
		for _, fault := range []string{"fail:m1b", "lose-reply:m1b"} {
			if struck := struckBy(simulate(t, lane(c, sim.Card, 1, "republish:m1", fault))); len(struck) != 1 {
				t.Errorf("%s: %s strikes as %+v", c.Name, fault, struck)
			}
		}
	}
}

// A named step is a point only where it exists, and there the first of its name.
func TestNamedStepsStrikeOnlyWhereTheyExist(t *testing.T) {
	for _, c := range append(consumers.All(), lease, busybody) {
		plain := simulate(t, lane(c, sim.Card, 1))
		for _, name := range sim.StepNames() {
			if name == sim.PointAck { // that is a point that every consumer has
				continue
			}
			first := slices.IndexFunc(plain.Events(), func(e sim.Event) bool { return isCalled(e.Op, name) })
			at := simulate(t, lane(c, sim.Card, 1, "crash:m1/before-"+name))
			after := simulate(t, lane(c, sim.Card, 1, "crash:m1/after-"+name))
			if first < 0 {
				if len(struckBy(at))+len(struckBy(after)) > 0 {
					t.Errorf("%s has no %s, and is struck there", c.Name, name)
				}
				continue
			}
			if c.Relay != nil { // the handler and the relay are at work at the same time
				if s := struckBy(at); len(s) != 1 || !isCalled(s[0].Op, name) || s[0].Relayed() != (s[0].Op.Place() == sim.Outside) {
					t.Errorf("%s: before-%s strikes %+v", c.Name, name, s)
				}
				if s := struckBy(after); len(s) != 1 || !isCalled(before(after, &s[0]).Op, name) {
					t.Errorf("%s: after-%s strikes %+v", c.Name, name, s)
				}
				continue
			}
			if e := at.Events()[first]; e.Kind != sim.Crash || !isCalled(e.Op, name) {
				t.Errorf("%s: before-%s strikes elsewhere than at event %d: %+v", c.Name, name, first, e)
			}
			if e := after.Events()[first+1]; e.Kind != sim.Crash || !isCalled(before(after, &e).Op, name) {
				t.Errorf("%s: after-%s strikes elsewhere than at event %d: %+v", c.Name, name, first+1, e)
			}
		}
	}
}

// isCalled reports whether a step goes by a name, of its own or of its class.
func isCalled(op sim.Op, name string) bool {
	classes := map[string][]sim.Op{
		"mark":  {sim.OpRemember, sim.OpRememberWithin, sim.OpPut, sim.OpPutIfAbsent, sim.OpSwap, sim.OpInsert, sim.OpCacheSet, sim.OpCacheAdd, sim.OpCacheSetIf},
		"check": {sim.OpHas, sim.OpGet, sim.OpCacheGet},
	}
	classes["card"] = []sim.Op{sim.OpPerform, sim.OpPerformKey, sim.OpPerformUnique, sim.OpPerformFenced} // these lanes charge a card
	return op.Asked() && (op.String() == name || slices.Contains(classes[name], op))
}

func TestFailStrikesTheFirstStepOfItsNameAndOtherwiseThePerform(t *testing.T) {
	for fault, want := range map[string]sim.Op{
		"fail:m1": sim.OpPerform, "fail:m1,step=commit": sim.OpCommit, "lose-reply:m1,step=lookup": sim.OpLookup,
		"fail:m1,step=perform": sim.OpPerform,
	} {
		struck := struckBy(simulate(t, lane(busybody, sim.Card, 1, fault)))
		if len(struck) != 1 || struck[0].Op != want {
			t.Errorf("%s strikes %+v, want %s", fault, struck, want)
		}
	}
	// "mark" is whatever marks and can fail: of the lease that is in the cache.
	struck := struckBy(simulate(t, lane(lease, sim.Card, 1, "fail:m1,step=mark")))
	if len(struck) != 1 || struck[0].Op != sim.OpCacheAdd {
		t.Errorf("fail of mark strikes %+v", struck)
	}
}

func TestTimesAndDeliveriesSayWhichAttemptsAreStruck(t *testing.T) {
	for fault, want := range map[string][]int32{
		"lose-ack:m1":         {1},
		"lose-ack:m1,times=3": {1, 2, 3},
		"lose-ack:m1/2":       nil, // there is no second delivery
		"fail:m1,times=2":     {1, 2},
	} {
		var got []int32
		for _, e := range struckBy(simulate(t, lane(consumers.Naive, sim.Card, 1, fault))) {
			got = append(got, e.Receipt.Delivery)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s strikes deliveries %v, want %v", fault, got, want)
		}
	}
	r := simulate(t, lane(consumers.Naive, sim.Card, 1, "lose-ack:m1,times=3", "crash:m1/4/before-ack"))
	if got := effects(r); got[0] != 5 {
		t.Errorf("%d effects, want 5: each of four faults doubles it once more", got[0])
	}
}

func TestWorkerStrikesOnlyAttemptsOfThatWorker(t *testing.T) {
	for worker, want := range map[int]int{1: 1, 2: 0} {
		fault := fmt.Sprintf("lose-ack:m1,worker=%d", worker)
		if got := len(struckBy(simulate(t, lane(consumers.Naive, sim.Card, 1, fault)))); got != want {
			t.Errorf("%s strikes %d times, want %d: the first idle worker is worker 1", fault, got, want)
		}
	}
}

// A crash goes before everything else that waits for the same point; a pause
// before it only puts it off.
func TestFaultsOnOneAttemptStrikeInTheOrderOfTheirPoints(t *testing.T) {
	r := simulate(t, lane(consumers.Naive, sim.Card, 1, "pause:m1/before-ack,for=10s", "crash:m1/before-ack"))
	struck := struckBy(r)
	if len(struck) != 2 || struck[0].Kind != sim.Nothing || struck[1].Kind != sim.Crash || struck[1].At != 11*time.Second {
		t.Errorf("a pause and a crash: %+v", struck)
	}
	r = simulate(t, lane(consumers.Naive, sim.Card, 1, "crash:m1/before-ack", "lose-ack:m1"))
	if struck := struckBy(r); len(struck) != 1 || struck[0].Kind != sim.Crash {
		t.Errorf("a crash and a lost ack: %+v", struck)
	}
	r = simulate(t, lane(consumers.Naive, sim.Card, 1, "lose-reply:m1", "lose-ack:m1"))
	if struck := struckBy(r); len(struck) != 2 || struck[1].Kind != sim.LoseAck || !struck[1].Failed {
		t.Errorf("a lost reply and a lost nack: %+v", struck)
	}
}

// What the plan says of an attempt, chance does not add to; the plan's faults are
// in front in Run.Faults, and what was drawn says so.
func TestPlannedAttemptsAreNotLeftToChance(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 30, "lose-ack:m1", "pause:m2")
	l.Rates, l.Seed = sim.Rates{sim.CrashFault: 1}, 3
	l.Until = 31 * time.Minute
	l.Queue.MaxDeliveries = 2
	r := simulate(t, l)
	if n := len(r.Faults); n < 30 || r.Faults[0].Drawn || r.Faults[1].Drawn {
		t.Fatalf("%d faults", n)
	}
	for _, e := range struckBy(r) {
		f := r.Faults[e.Fault]
		if f.Drawn != (e.Fault >= 2) {
			t.Errorf("fault %d, %s: drawn is %v", e.Fault, f, f.Drawn)
		}
		if planned := e.Receipt.Delivery == 1 && (r.Name(&e) == "m1" || r.Name(&e) == "m2"); planned == f.Drawn {
			t.Errorf("%s strikes delivery %d of %s", f, e.Receipt.Delivery, r.Name(&e))
		}
	}
}
