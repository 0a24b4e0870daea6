package simtest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// sweeps is what a Sweep takes.
var sweeps = entry{
	is: forSweep, name: "Sweep", messages: 4,
	properties: []sim.Property{sim.NeverTwice, sim.NeverLost},
	refuses:    "in a Sweep chance decides, see Rates",
}

// Sweep simulates a consumer with the seeds 1 to n, each of which draws its own
// trouble (DefaultRates, unless options say otherwise), and fails at the first that takes
// effect twice, loses something or has not done it by the end of the run. It is quick
// and sees longer runs than Check does, but a seed can flatter: what a Sweep has not
// found may still be there. A handler that does not even work when nothing goes wrong
// fails before the first seed.
//
// With DEJAVU_SEED in the environment that seed alone is played.
func Sweep(t TB, c sim.Consumer, seeds int, options ...Option) {
	t.Helper()
	s, err := sweeps.settle(options)
	if err == nil {
		err = s.sweepable(seeds)
	}
	if err != nil {
		t.Fatalf("simtest.Sweep: %v", err)
		return
	}
	first, last, err := theSeeds(uint64(seeds))
	if err != nil {
		t.Fatalf("simtest.Sweep: %v", err)
		return
	}
	l := s.lane(c)
	if !works(t, l, "simtest.Sweep") {
		return
	}
	l.Rates = s.rates
	var parked, stays tally
	for l.Seed = first; ; l.Seed++ {
		o, err := s.ended(l)
		if err != nil {
			t.Fatalf("simtest.Sweep: seed %d: %v", l.Seed, err)
			return
		}
		if o.victim != broker.None {
			t.Errorf("%s", struck(t, o, l))
			return
		}
		if i := slices.Index(o.of.Of, sim.Parked); i >= 0 {
			owed, _ := l.Business.Owing(i)
			parked.add(&l, owed)
		} else if o.stays != broker.None {
			stays.add(&l, o.stays)
		}
		if l.Seed == last {
			break
		}
	}
	t.Logf("%s, %s: no harm in %s, with %s", l.Consumer.Name, l.Business, plural(int(last-first)+1, "seed"), s.rates)
	parked.log(t, "ended with something in the dead-letter queue that never took effect")
	stays.log(t, "ended with a message that comes again and again, although it took effect")
}

// ended plays a lane to its end, keeps nothing of how it came to that, and judges it.
func (s *settings) ended(l sim.Lane) (outcome, error) {
	timeline, err := sim.NewTimeline(l)
	if err != nil {
		return outcome{}, err
	}
	for timeline.Next() {
	}
	err = timeline.World().Err()
	if rule, is := err.(*sim.HandlerError); is {
		rule.Consumer = l.Consumer.Name
	}
	return s.judged(timeline.World(), timeline.Verdicts()), err
}

// sweepable refuses what means nothing to a Sweep.
func (s *settings) sweepable(seeds int) error {
	if slices.Contains(s.properties, sim.NeverStuck) {
		return fmt.Errorf("%s is about all that can follow, which no run shows: ask Check for it", sim.NeverStuck)
	}
	if seeds < 1 {
		return fmt.Errorf("%d seeds: want at least 1", seeds)
	}
	return nil
}

// theSeeds returns the first and the last seed.
func theSeeds(n uint64) (first, last uint64, err error) {
	text := os.Getenv("DEJAVU_SEED")
	if text == "" {
		return 1, n, nil
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("DEJAVU_SEED=%s: want a whole number, such as DEJAVU_SEED=37", testkit.Quote(text))
	}
	return seed, seed, nil
}

// struck tells a run of a seed that shows a harm: what became of the first thing owed
// that it befell, and which faults struck.
func struck(t TB, o outcome, l sim.Lane) string {
	run, err := sim.Simulate(l)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: seed %d breaks %s: %s. What befell it:\n", l.Consumer.Name, l.Business, l.Seed, o.broken, o.harmed(&l))
	for _, line := range story(run, o.victim, long) {
		b.WriteString("    " + line + "\n")
	}
	if o.broken != sim.NeverTwice {
		b.WriteString(complaint(run, o.victim))
	}
	b.WriteString("the faults that struck it: " + some(blows(run, o.victim)) + "\n")
	b.WriteString(onScreen(l))
	b.WriteString("to repeat it: " + testkit.Again(t, "DEJAVU_SEED", strconv.FormatUint(l.Seed, 10)))
	return b.String()
}

// some lists words, but not hundreds of them.
func some(words []string) string {
	const most = 12
	if len(words) <= most {
		return strings.Join(words, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], " "), len(words)-most)
}

// blows are the faults of a run that struck one thing owed, or anything, in the order
// in which they did.
func blows(r *sim.Run, owed int) []string {
	var all []string
	seen := make([]bool, len(r.Faults))
	for _, i := range about(r, owed) {
		if e := &r.Events()[i]; e.Fault >= 0 && !seen[e.Fault] {
			seen[e.Fault] = true
			all = append(all, r.Faults[e.Fault].String())
		}
	}
	return all
}
