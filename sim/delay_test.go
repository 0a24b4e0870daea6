package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// arrivals returns the order in which messages reach the queue.
func arrivals(r *sim.Run) string {
	var names []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Publish }) {
		names = append(names, r.Name(&e))
	}
	return strings.Join(names, " ")
}

// A delayed publish reaches the queue that much later, and what was published after
// it comes first.
func TestDelayReorders(t *testing.T) {
	everyLane(func(c sim.Consumer, b sim.Business) {
		r := simulate(t, lane(c, b, 3, "delay:m1,for=90s"))
		if got := arrivals(r); got != "m2 m1 m3" {
			t.Errorf("%s/%s: %s", c.Name, b, got)
		}
		struck := struckBy(r)
		if len(struck) != 1 || struck[0].Kind != sim.Publish || struck[0].At != 90*time.Second {
			t.Errorf("%s/%s: struck %+v", c.Name, b, struck)
		}
	})
}

// Of two that reach the queue at one instant the first of the list comes first.
func TestDelayUntilTheNextPublishKeepsTheOrder(t *testing.T) {
	if got := arrivals(simulate(t, lane(consumers.Naive, sim.Card, 3, "delay:m1,for=1m"))); got != "m1 m2 m3" {
		t.Error(got)
	}
}

// What is copied or published again is so that much after the publish arrived.
func TestCopyOfADelayedMessageComesAfterIt(t *testing.T) {
	r := simulate(t, lane(consumers.Naive, sim.Card, 1, "copy:m1,later=3s", "delay:m1"))
	copies := where(r, func(e *sim.Event) bool { return e.Kind == sim.Copy })
	if len(copies) != 1 || copies[0].At != 8*time.Second {
		t.Errorf("%+v", copies)
	}
}

// Two ways to be late are no contradiction: one can be added by hand to one that is
// planned, and either switched off.
func TestOfTwoDelaysTheLongerIsFelt(t *testing.T) {
	for plan, want := range map[string]string{
		"delay:m1,for=9s delay:m1":                 "delay:m1,for=9s",
		"delay:m1 delay:m1,for=9s delay:m1,for=8s": "delay:m1,for=9s",
		"delay:m1,for=9s delay:m1,for=9s":          "delay:m1,for=9s",
	} {
		r := simulate(t, lane(consumers.Naive, sim.Card, 2, strings.Fields(plan)...))
		struck := struckBy(r)
		if len(struck) != 1 || r.Faults[struck[0].Fault].String() != want || struck[0].At != r.Lane.Messages[0].At+9*time.Second {
			t.Errorf("%s: struck %+v", plan, struck)
		}
	}
}

// What chance delays it delays in every lane, and does not delay what is spared.
func TestDelaysAreDrawnForEachMessage(t *testing.T) {
	late := func(c sim.Consumer, spared ...sim.Fault) string {
		l := lane(c, sim.Card, 200)
		l.Rates, l.Seed, l.Spared = sim.Rates{sim.DelayFault: .1}, 5, spared
		r := simulate(t, l)
		var names []string
		for _, e := range struckBy(r) {
			names = append(names, r.Name(&e))
			if f := r.Faults[e.Fault]; !f.Drawn || f.For != sim.DefaultDelay || e.At != l.Messages[e.Msg].At+f.For {
				t.Fatalf("%+v strikes at %v", f, e.At)
			}
		}
		return strings.Join(names, " ")
	}
	all := late(consumers.Naive)
	names := strings.Fields(all)
	if len(names) < 10 || len(names) > 35 {
		t.Fatalf("%d of 200 are late at 10%%", len(names))
	}
	if got := late(consumers.Inbox); got != all {
		t.Errorf("the inbox has others late: %s, want %s", got, all)
	}
	if got, want := late(consumers.Naive, faults("delay:"+names[3])...), strings.Replace(all, " "+names[3]+" ", " ", 1); got != want {
		t.Errorf("without %s: %s, want %s", names[3], got, want)
	}
}

// In a group that messages share, to publish one before another that comes earlier
// is the delay of that one: a fault, and one for each that is overtaken. Where nobody
// shares a group, any order is free.
func TestToOvertakeInAGroupCostsAFault(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 3)
	cost := func(w *sim.World, text string) int {
		a, err := w.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return w.Cost(a)
	}
	if got := cost(world(l), "publish m3"); got != 0 {
		t.Errorf("in groups of their own: %d", got)
	}
	for i := range l.Messages {
		l.Messages[i].Group = "one"
	}
	w := world(l)
	if cost(w, "publish m1") != 0 || cost(w, "publish m2") != 1 || cost(w, "publish m3") != 1 {
		t.Error("m1 should be free, and what overtakes it should not")
	}
	play(t, w, "publish m2")
	if cost(w, "publish m3") != 0 || cost(w, "publish m1") != 0 {
		t.Error("m1 is late already: that costs nothing more")
	}
	if a, _ := world(l).Parse("publish m3"); world(l).Overtaken(a) != 0 || w.Overtaken(a) != broker.None {
		t.Error("it is m1 that m3 overtakes, as long as nobody else has")
	}
	l.Messages[0].At = time.Hour
	if cost(world(l), "publish m2") != 0 || cost(world(l), "publish m1") != 1 {
		t.Error("what is published later comes later, wherever the list has it")
	}
}
