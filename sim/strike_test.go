package sim_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// attempt is one delivery of a broker message, by name; delivery 0 is the message
// itself, which a copy or republish is. The relay counts its own.
type attempt struct {
	name     string
	delivery int32
	relayed  bool
}

// fate is what became of an attempt in one lane.
type fate struct {
	struck   string // by which faults, in order
	kind     sim.FaultKind
	atEffect bool // the fault strikes where the effect is
	over     bool // it ended before the run did, and nobody else's crash ended it
	performs bool // it came to a Perform, which is what fail and lose-reply strike
	onePart  bool // it is the relay's, at a row that is for one part of several
	commits  bool // its ack was part of its commit, and so none that can get lost
}

// acksOtherwise reports whether the one acks with its commit, and the other lost its ack.
func (f *fate) acksOtherwise(o *fate) bool {
	return f.commits && o.kind == sim.LoseAckFault || o.commits && f.kind == sim.LoseAckFault
}

// fates returns what struck every attempt of a run.
func fates(r *sim.Run) map[attempt]*fate {
	all := map[attempt]*fate{}
	for i := range r.Events() {
		e := &r.Events()[i]
		if e.Kind == sim.TimeOut || e.Kind == sim.ForgetAck || e.Receipt.Delivery == 0 && e.Fault < 0 {
			continue // nobody's doing, nobody's attempt, or nothing that a fault caused
		}
		a := attempt{r.Name(e), e.Receipt.Delivery, e.Relayed()}
		f := all[a]
		if f == nil {
			f = &fate{}
			all[a] = f
		}
		f.over = f.over || e.Finished || a.delivery == 0 // a copy or republish
		f.onePart = f.onePart || e.Kind == sim.Deliver && r.Part(e) != r.Lane.Business
		f.performs = f.performs || e.Op.Performs() && e.Kind != sim.Nothing && e.Kind != sim.Crash
		f.commits = f.commits || e.Op == sim.OpCommit && e.Reply != sim.NoReply
		if e.Fault >= 0 {
			f.struck += " " + r.Faults[e.Fault].String()
			x := &r.Faults[e.Fault]
			f.kind = x.Kind
			f.atEffect = f.waits() || x.Before == sim.PointEffect || x.After == sim.PointEffect
		}
	}
	return all
}

// The property that makes lanes comparable: the same trouble for everyone. What
// strikes a (broker message, delivery) in one lane strikes it in every lane in
// which it occurs. Exempt are only attempts that were cut off by the end of the
// run (they may not have come to their point), from fail, lose-reply and slow,
// attempts that never came to the step that these strike, from clock-ahead, whoever asks no
// clock, and, from lose-ack, attempts
// whose ack is part of their commit.
func TestSameFaultStrikesEveryAttemptThatTwoLanesShare(t *testing.T) {
	seeds := uint64(testkit.Few(4, 200))
	rates := sim.Rates{}
	for _, k := range sim.FaultKinds() {
		if !k.ByWorld() { // that strikes no attempt, and can cut one short
			rates[k] = .15
		}
	}
	struck := map[sim.FaultKind]int{}
	for seed := range seeds {
		q := broker.Default()
		q.MaxDeliveries = int(seed % 3) // so that there is something to redrive
		compareLanes(t, sim.Lane{Queue: q, Rates: rates, Seed: seed}, struck)
		if t.Failed() {
			return
		}
	}
	for _, k := range sim.FaultKinds() {
		least := 10 * int(seeds)
		if k == sim.RedriveFault {
			least /= 2 // few messages die
		}
		if !k.ByWorld() && k != sim.ClockFault && struck[k] < least { // two consumers ask a clock
			t.Errorf("only %d comparisons with %s: the test shows little; raise the rates", struck[k], k)
		}
	}
}

// The same holds for every queue that hands over one message at a time. Where
// batches are handed over, a nack ends attempts that have not begun, and lost
// acks wait for the last of a batch: what a lane shares with another is then a
// batch, and not a delivery.
func TestSameFaultStrikesOnEveryQueueWithoutBatches(t *testing.T) {
	for _, q := range queues() {
		if q.Batch > 1 {
			continue
		}
		for seed := range uint64(testkit.Few(1, 8)) {
			compareLanes(t, sim.Lane{Queue: q, Rates: stormy, Seed: seed}, map[sim.FaultKind]int{})
		}
		if t.Failed() {
			t.Fatalf("on queue %s", q.Name)
		}
	}
}

// compareLanes runs every consumer in every business in the same trouble and compares
// each attempt with the first lane in which it was seen.
func compareLanes(t *testing.T, trouble sim.Lane, compared map[sim.FaultKind]int) {
	t.Helper()
	type first struct {
		fate *fate
		lane string
	}
	seen := map[attempt]first{}
	everyLane(func(c sim.Consumer, b sim.Business) {
		l := trouble
		l.Consumer, l.Business, l.Messages = c, b, owed(6, 7*time.Second)
		name := fmt.Sprintf("%s/%s", c.Name, b)
		all := fates(simulate(t, l))
		relays := false // where its handler performs all, what strikes the effect strikes that
		for a := range all {
			relays = relays || a.relayed
		}
		for a, f := range all {
			if !f.over {
				continue
			}
			of := a
			of.relayed = false // a fault strikes the handler or the relay, and the same deliveries of both
			before, shared := seen[of]
			if relays && shared && before.fate.atEffect != a.relayed {
				before.fate = &fate{kind: f.kind, performs: before.fate.performs}
			}
			// An attempt that performs shows more than one that does not.
			if c.Relay == nil && (!shared || f.performs && !before.fate.performs) {
				seen[a] = first{f, name}
			}
			if !shared || f.struck == before.fate.struck {
				compared[f.kind]++
				continue
			}
			if f.waits() || before.fate.waits() {
				if f.performs != before.fate.performs {
					continue
				}
			}
			if f.onePart && f.struck == "" && before.fate.atEffect {
				continue // the point is in the attempt at the row of another part
			}
			if f.kind == sim.ClockFault || before.fate.kind == sim.ClockFault {
				continue // who keeps no row for a time asks no clock
			}
			if f.acksOtherwise(before.fate) {
				continue
			}
			t.Errorf("seed %d, %s/%d: %s is struck by%s, %s by%s", trouble.Seed, a.name, a.delivery, name, orNothing(f.struck), before.lane, orNothing(before.fate.struck))
		}
	})
}

// waits reports whether an attempt was struck by what waits for a Perform.
func (f *fate) waits() bool {
	return f.kind == sim.FailFault || f.kind == sim.LoseReplyFault || f.kind == sim.SlowFault
}

func orNothing(struck string) string {
	if struck == "" {
		return " nothing"
	}
	return struck
}
