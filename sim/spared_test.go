package sim_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/sim"
)

// aLane draws a lane in which much is left to chance.
func aLane(t *rapid.T) sim.Lane {
	l := sim.Lane{
		Consumer: rapid.SampledFrom(strategies()).Draw(t, "consumer"),
		Business: rapid.SampledFrom(sim.Businesses()).Draw(t, "business"),
		Queue:    rapid.SampledFrom(queues()).Draw(t, "queue"),
		Messages: owed(rapid.IntRange(1, 6).Draw(t, "messages"), 7*time.Second),
		Threads:  rapid.IntRange(1, 2).Draw(t, "threads"),
		Rates:    gale,
		Seed:     rapid.Uint64().Draw(t, "seed"),

		MaxEvents: enough,
	}
	if rapid.Bool().Draw(t, "planned") {
		l.Plan = faults("lose-ack:m1", "crash:m1/2/after-effect")
	}
	return l
}

func ran(t *rapid.T, l sim.Lane) *sim.Run {
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drawn returns what chance drew in a run, as flags write it and read it again.
func drawn(t *rapid.T, r *sim.Run) []sim.Fault {
	var all []sim.Fault
	for _, d := range r.Faults[len(r.Lane.Plan):] {
		f, err := sim.ParseFault(d.String())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// happened is an event with its fault, for the number of a fault says nothing in
// another run.
type happened struct {
	sim.Event
	fault sim.Fault
}

func whatHappened(r *sim.Run) []happened {
	all := make([]happened, r.Len())
	for i, e := range r.Events() {
		all[i].Event = e
		if e.Fault >= 0 {
			all[i].fault, all[i].Event.Fault = r.Faults[e.Fault], 0
		}
	}
	return all
}

// What would have happened without any luck at all: with everything spared that
// chance draws, the run is that of a lane without chance.
func TestWithEverythingSparedNothingIsLeftToChance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := aLane(t)
		l.Rates = rapid.SampledFrom([]sim.Rates{gale, hurricane}).Draw(t, "rates")
		still := l
		still.Rates = nil
		r := ran(t, l)
		for len(r.Faults) > len(l.Plan) { // without some, others may come to strike
			l.Spared = append(l.Spared, drawn(t, r)...)
			r = ran(t, l)
		}
		want := ran(t, still)
		if !slices.Equal(whatHappened(r), whatHappened(want)) || r.Ending != want.Ending {
			t.Fatalf("with %v spared it goes otherwise than without chance", l.Spared)
		}
		tally, err := sim.Tally(l)
		if err != nil || !reflect.DeepEqual(tally, want.Verdicts()) {
			t.Fatalf("a tally says %v, want %v, %v", tally, want.Verdicts(), err)
		}
	})
}

// first returns the first event that a fault made happen.
func first(r *sim.Run, f sim.Fault) int {
	return slices.IndexFunc(r.Events(), func(e sim.Event) bool {
		if e.Fault < 0 {
			return false
		}
		d := r.Faults[e.Fault]
		d.Drawn = false
		return d.Normal() == f
	})
}

func TestWhatIsSparedDoesNotStrikeAndThePastStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := aLane(t)
		before := ran(t, l)
		luck := drawn(t, before)
		if len(luck) == 0 {
			return
		}
		f := rapid.SampledFrom(luck).Draw(t, "spared")
		l.Spared = []sim.Fault{f}
		after := ran(t, l)
		at := first(before, f)
		if at < 0 { // it was arranged, and something else came first
			at = before.Len()
		}
		if first(after, f) >= 0 {
			t.Fatalf("%s strikes all the same", f)
		}
		if after.Len() < at || !slices.Equal(whatHappened(after)[:at], whatHappened(before)[:at]) {
			t.Fatalf("without %s, which struck in event %d, what came before is not as it was", f, at)
		}
	})
}

// Chance is asked for every attempt by itself: whoever is spared changes nobody
// else's luck. What the attempt itself then meets may differ, and so may copies of
// the same message, which have their names by turns.
func TestSparingOneLeavesTheLuckOfTheOthers(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		l := aLane(t)
		l.Plan, l.Threads = nil, 1
		if l.Queue.Batch > 1 {
			return // what shares a batch, shares some of its luck
		}
		before := ran(t, l)
		luck := drawn(t, before)
		if len(luck) == 0 {
			return
		}
		f := rapid.SampledFrom(luck).Draw(t, "spared")
		l.Spared = []sim.Fault{f}
		was, is := fates(before), fates(ran(t, l))
		for a, x := range was {
			y, there := is[a]
			if !there || !x.over || !y.over || x.acksOtherwise(y) || (x.waits() || y.waits()) && x.performs != y.performs {
				continue
			}
			if a.name == f.Message && int(a.delivery) == f.Delivery || !f.Kind.ByAttempt() && strings.HasPrefix(a.name, f.Message) {
				continue
			}
			compared++
			if x.struck != y.struck {
				t.Fatalf("without %s, %s/%d is struck by%s; it was by%s", f, a.name, a.delivery, orNothing(y.struck), orNothing(x.struck))
			}
		}
	})
	if compared < 100 && !testing.Short() { // rapid tries fewer then
		t.Errorf("only %d attempts were compared: this shows little", compared)
	}
}

func TestSparingWhatChanceDoesNotDrawSparesNothing(t *testing.T) {
	everyLane(func(c sim.Consumer, b sim.Business) {
		l := lane(c, b, 3, "crash:m2/before-ack", "copy:m3")
		plain := simulate(t, l)
		l.Spared = append(slices.Clone(l.Plan), faults("lose-ack:m1", "crash:m9", "lose-ack:m3b")...)
		r := simulate(t, l)
		sameEvents(t, fmt.Sprintf("%s/%s", c.Name, b), r.Events(), plain.Events())
	})
}

// A plan is not chance: it strikes also where the same is spared, and chance then
// does not.
func TestThePlanStrikesWhatIsSpared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := aLane(t)
		l.Plan = nil
		before := ran(t, l)
		luck := slices.DeleteFunc(drawn(t, before), func(f sim.Fault) bool { return !f.Kind.ByAttempt() || first(before, f) < 0 })
		if len(luck) == 0 {
			return
		}
		f := rapid.SampledFrom(luck).Draw(t, "fault")
		l.Spared, l.Plan = []sim.Fault{f}, []sim.Fault{f}
		r := ran(t, l)
		if at := first(r, f); at < 0 || r.Faults[r.Events()[at].Fault].Drawn {
			t.Fatalf("%s is planned, and strikes in event %d", f, at)
		}
	})
}
