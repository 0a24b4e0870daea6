package sim_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// stormyLanes calls f with a lane for every consumer, business and queue under
// each of a few seeds.
func stormyLanes(t *testing.T, seeds uint64, f func(t *testing.T, l sim.Lane)) {
	t.Helper()
	var lanes []sim.Lane
	for _, q := range queues() {
		for seed := range seeds {
			for _, c := range strategies() {
				for _, b := range sim.Businesses() {
					lanes = append(lanes, sim.Lane{
						Consumer: c, Business: b, Queue: q, Messages: owed(5, 7*time.Second), Rates: hurricane, Seed: seed, Threads: 1 + int(seed%2),
						MaxEvents: enough,
					})
				}
			}
		}
	}
	for _, l := range testkit.Sample(240, lanes) {
		f(t, l)
		if t.Failed() {
			t.Fatalf("lane %s/%s on %s, seed %d", l.Consumer.Name, l.Business, l.Queue.Name, l.Seed)
		}
	}
}

// enough is how many events a lane of some messages is watched for: where a consumer
// refuses a message for ever, that goes on for 10,000 deliveries, and chance strikes most.
const enough = 1500

// gale is more trouble than anyone would believe.
var gale = sim.Rates{
	sim.LoseAckFault: .15, sim.CrashFault: .15, sim.PauseFault: .15, sim.FailFault: .15,
	sim.LoseReplyFault: .15, sim.SlowFault: .15, sim.CopyFault: .15, sim.RepublishFault: .15,
}

// hurricane is a gale in which the stores go down and partitions move as well.
var hurricane = func() sim.Rates {
	r := maps.Clone(gale)
	r[sim.ForgetAcksFault], r[sim.RebalanceFault], r[sim.ClockFault] = .15, .15, .15
	r[sim.RestartFault], r[sim.LoseWritesFault], r[sim.StoreDownFault] = .1, .15, .15
	return r
}()

func sameEvents(t *testing.T, what string, got, want []sim.Event) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s: event %d differs:\n got %+v\nwant %+v", what, i, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d events, want %d", what, len(got), len(want))
	}
}

func sameWorld(t *testing.T, what string, got, want *sim.World) {
	t.Helper()
	if g, w := got.Verdicts(), want.Verdicts(); !reflect.DeepEqual(g, w) {
		t.Errorf("%s: verdicts %v, want %v", what, g, w)
	}
	if g, w := got.Rows(), want.Rows(); !slices.Equal(g, w) {
		t.Errorf("%s: rows\n got %q\nwant %q", what, g, w)
	}
	if g, w := got.Ledger(), want.Ledger(); !slices.Equal(g, w) {
		t.Errorf("%s: ledger %v, want %v", what, g, w)
	}
	if !sim.SameState(got, want) {
		t.Errorf("%s: something else of the worlds differs", what)
	}
}

func TestSameLaneGivesTheSameRun(t *testing.T) {
	stormyLanes(t, 3, func(t *testing.T, l sim.Lane) {
		a, b := simulate(t, l), simulate(t, l)
		sameEvents(t, "second run", b.Events(), a.Events())
		if !slices.Equal(a.Faults, b.Faults) || a.End != b.End || a.Ending != b.Ending {
			t.Errorf("faults or ending differ")
		}
	})
}

func TestTallyEqualsTheVerdictsOfTheRun(t *testing.T) {
	stormyLanes(t, 3, func(t *testing.T, l sim.Lane) {
		got, err := sim.Tally(l)
		if err != nil {
			t.Fatal(err)
		}
		if want := simulate(t, l).Verdicts(); !reflect.DeepEqual(got, want) {
			t.Errorf("Tally %v, Simulate %v", got, want)
		}
	})
}

// A guess only decides which nodes of the tree exist already: a program that
// never guesses, and parks at every step instead, gives the same run.
func TestGuessingChangesNothing(t *testing.T) {
	stormyLanes(t, 2, func(t *testing.T, l sim.Lane) {
		want := simulate(t, l)
		sim.WithoutGuessing(func() {
			got := simulate(t, l)
			sameEvents(t, "without guessing", got.Events(), want.Events())
			sameWorld(t, "without guessing", got.World(), want.World())
		})
	})
}

// A run is its list of actions: taken again, they give the same world and the
// same events, from any of its moments.
func TestReplayGivesTheSameWorldAndEvents(t *testing.T) {
	stormyLanes(t, 3, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		sameWorld(t, "At the end", r.At(r.Len()), r.World())
		fork := r.Fork(r.Len())
		sameEvents(t, "fork at the end", fork.Events(), r.Events())
		sameWorld(t, "fork at the end", fork.World(), r.World())
	})
}

func TestEveryForkIsAPrefix(t *testing.T) {
	stormyLanes(t, 1, func(t *testing.T, l sim.Lane) {
		l.Messages, l.MaxEvents = l.Messages[:3], 300 // each event is a start
		r := simulate(t, l)
		for n := range r.Len() {
			fork := r.Fork(n)
			sameEvents(t, fmt.Sprintf("fork at %d", n), fork.Events(), r.Events()[:n])
			sameWorld(t, fmt.Sprintf("fork at %d", n), fork.World(), r.At(n))
		}
	})
}

// Every action of a run is possible where it was taken, and can be written down
// and read again.
func TestEveryActionIsOnTheMenuAndCanBeWrittenDown(t *testing.T) {
	stormyLanes(t, 1, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		w := r.At(0)
		for i := range r.Len() {
			a := r.Entry(i).Action
			if a.Kind == sim.Nothing {
				continue
			}
			if !slices.Contains(w.Enabled(), a) {
				t.Fatalf("entry %d, %s, is not on the menu", i, w.Format(a))
			}
			if again, err := w.Parse(w.Format(a)); err != nil || again != a {
				t.Fatalf("entry %d: %q is read as %+v, %v; want %+v", i, w.Format(a), again, err, a)
			}
			w.Do(a)
		}
		sameWorld(t, "after all actions", w, r.World())
	})
}

// What a clone does is not seen by the original, whatever it does.
func TestCloneSharesNothingThatChanges(t *testing.T) {
	stormyLanes(t, 1, func(t *testing.T, l sim.Lane) {
		l.Messages, l.MaxEvents = l.Messages[:3], 300 // each event is a start
		r := simulate(t, l)
		for n := 0; n < r.Len(); n += testkit.Few(33, 11) {
			original, untouched := r.At(n), r.At(n)
			for _, a := range original.Enabled() {
				clone := original.Clone()
				clone.Do(a)
				for _, next := range clone.Enabled() {
					clone.Clone().Do(next)
				}
			}
			sameWorld(t, fmt.Sprintf("original at %d", n), original, untouched)
			if !slices.Equal(original.Enabled(), untouched.Enabled()) {
				t.Errorf("at %d: the menu of the original has changed", n)
			}
		}
	})
}

// Two clones go different ways in turns, and each must come to where it would
// have come to alone: neither appends where the other reads.
func TestClonesGoTheirOwnWays(t *testing.T) {
	stormyLanes(t, 2, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		for _, n := range []int{r.Len() / 3, r.Len() / 2, 2 * r.Len() / 3} {
			half, alone := r.At(n), r.At(n)
			strayed := half.Clone()
			for range 30 {
				menu := strayed.Enabled()
				a := menu[len(menu)/2]
				for _, step := range menu { // on with the work, if there is any
					if step.Kind == sim.Step || step.Kind == sim.Deliver {
						a = step
					}
				}
				strayed.Do(a)
				alone.Do(a)
			}
			for i := n; i < r.Len(); i++ {
				if a := r.Entry(i).Action; a.Kind != sim.Nothing {
					play(t, half, r.World().Format(a)) // as text: it may number keys otherwise
				}
			}
			// The clones share the numbers of names, and rows lie in their order.
			got, want := half.Rows(), r.World().Rows()
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || !slices.Equal(half.Ledger(), r.World().Ledger()) {
				t.Errorf("the original, gone on with: rows %q, want %q", got, want)
			}
			sameWorld(t, "the clone that strayed", strayed, alone)
		}
	})
}

// Editing a plan runs the timeline again from the start; what happened before
// the edit is not changed by it.
func TestEditingThePlanLeavesThePrefix(t *testing.T) {
	edits := faults("crash:m3", "lose-ack:m3", "pause:m3/before-effect", "slow:m3", "slow:m3/1,for=5s", "fail:m3", "lose-reply:m3", "copy:m3", "delay:m3,for=20s", "republish:m3,new-id=true", "restart,at=2m1s")
	for _, q := range []broker.Profile{broker.Default(), preset(t, "rabbitmq-quorum"), preset(t, "sqs-fifo")} {
		everyLane(func(c sim.Consumer, b sim.Business) {
			l := lane(c, b, 4, "lose-ack:m1", "crash:m2/before-ack")
			l.Queue = q
			plain := simulate(t, l)
			for _, edit := range edits {
				edited := l
				edited.Plan = append(slices.Clone(l.Plan), edit)
				r := simulate(t, edited)
				// m3 is published at 2 min: nothing of it, or of the edit, comes before.
				before := func(e sim.Event) bool { return e.At < 2*time.Minute }
				n := len(where(plain, func(e *sim.Event) bool { return before(*e) }))
				sameEvents(t, fmt.Sprintf("%s/%s with %s", c.Name, b, edit), r.Events()[:n], plain.Events()[:n])
				if len(r.Events()) == len(plain.Events()) && !slices.ContainsFunc(r.Events(), func(e sim.Event) bool { return e.Fault == 2 }) {
					needsIt := edit.Kind == sim.FailFault || edit.Kind == sim.LoseReplyFault || edit.Kind == sim.SlowFault
					if !needsIt {
						t.Errorf("%s/%s: %s changed nothing", c.Name, b, edit)
					}
				}
			}
		})
	}
}
