package sim_test

import (
	"fmt"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// numbers returns the numbers that messages were published with, by name.
func numbers(w *sim.World) string {
	var all []string
	for n := range w.Queue().Len() {
		if w.Queue().State(n) != broker.Unpublished {
			all = append(all, fmt.Sprintf("%s=%d", w.Name(n), w.Message(n).Seq))
		}
	}
	return strings.Join(all, " ")
}

// One group, and a second that is numbered for itself.
func twoGroups() sim.Lane {
	l := inGroups(lane(consumers.HighWaterMark, sim.Stock, 4), "aaab")
	for i, seq := range []int{1, 2, 3, 1} {
		l.Messages[i].Seq = seq
	}
	return l
}

func TestARepublishUnderANewIDIsNumberedAnew(t *testing.T) {
	for script, want := range map[string]string{
		// The producer's retry is known as one. So is a copy.
		"publish m1; republish m1; copy m1": "m1=1 m1b=1 m1c=1",
		// After the highest that was given, in its own group.
		"publish m1; publish m2; publish m4; republish-as m1":      "m1=1 m2=2 m4=1 m1b=3",
		"publish m1; publish m4; republish-as m4; republish-as m4": "m1=1 m4=1 m4b=2 m4c=3",
		// What is published later comes behind.
		"publish m1; republish-as m1; publish m2; publish m3":                                   "m1=1 m2=3 m3=4 m1b=2",
		"publish m1; republish-as m1; publish m2; republish-as m1; republish-as m2; publish m3": "m1=1 m2=3 m3=6 m1b=2 m1c=4 m2b=5",
		// What was overtaken had its number before.
		"publish m1; publish m3; republish-as m1; publish m2": "m1=1 m2=2 m3=3 m1b=4",
		"publish m1; republish-as m1; publish m3; publish m2": "m1=1 m2=3 m3=4 m1b=2",
		// A copy of what was numbered again has that number.
		"publish m1; republish-as m1; publish m2; copy m2; republish m2": "m1=1 m2=3 m1b=2 m2b=3 m2c=3",
	} {
		l := twoGroups()
		w := world(l)
		play(t, w, script)
		if got := numbers(w); got != want {
			t.Errorf("%s:\n %s, want\n %s", script, got, want)
		}
		again := w.Clone()
		again.Restore(w.AppendKey(nil))
		if got := numbers(again); got != want || string(again.AppendKey(nil)) != string(w.AppendKey(nil)) {
			t.Errorf("%s: restored: %s, want %s", script, got, want)
		}
		for _, c := range []*sim.World{w, again} {
			if got := numberOfNext(t, c); got != numberOfNext(t, w.Clone()) {
				t.Errorf("%s: the next gets %s", script, got)
			}
		}
	}
}

// numberOfNext publishes m1 once more, as something new, and returns the numbers then.
func numberOfNext(t *testing.T, w *sim.World) string {
	c := w.Clone()
	play(t, c, "republish-as m1")
	got := numbers(c)
	return got[strings.LastIndex(got, "="):]
}

// An operator does not number anything: what is redriven says what it said.
func TestARedriveUnderANewIDKeepsItsNumber(t *testing.T) {
	l := lane(consumers.HighWaterMark, sim.Stock, 1, "fail:m1", "redrive:m1,new-id=true")
	l.Queue.MaxDeliveries = 1
	w := simulate(t, l).World()
	if got := numbers(w); got != "m1=1 m1b=1" || w.Message(1).ID == w.Message(0).ID {
		t.Errorf("%s, as %s", got, w.Message(1).ID)
	}
}

// A producer that numbers again defeats whoever trusts in its numbers.
func TestARepublishUnderANewIDPassesAHighWaterMark(t *testing.T) {
	for business, want := range map[sim.Business]int{sim.Stock: 1, sim.Card: 1} {
		s, err := check.New(sim.Lane{Consumer: consumers.HighWaterMark, Business: business}, check.Options{Messages: 1, Faults: 2, Kinds: []check.Kind{check.RepublishAs}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(t.Context())
		if err != nil || r.NeverTwice.Holds || r.NeverTwice.Counterexample.Faults != want {
			t.Errorf("%s: %+v, %v; want it broken by %d", business, r, err, want)
		}
	}
	r := simulate(t, lane(consumers.HighWaterMark, sim.Stock, 1, "republish:m1,later=20s,new-id=true"))
	if got := verdicts(r); got != "twice" {
		t.Errorf("on the timeline: %s", got)
	}
}

// What is published after it is not lost for it: it is above the mark as well.
func TestWhatIsPublishedAfterARepublishIsAboveTheMark(t *testing.T) {
	l := twoGroups()
	l.Plan = faults("republish:m1,later=20s,new-id=true")
	if got := verdicts(simulate(t, l)); got != "twice once once once" {
		t.Error(got)
	}
}
