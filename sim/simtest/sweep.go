package simtest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

// sweeps is what a Sweep takes.
var sweeps = entry{
	is: forSweep, name: "Sweep", messages: 4,
	properties: []sim.Property{sim.NeverTwice, sim.NeverLost},
	refuses:    "in a Sweep chance decides, see Rates",
}

// Sweep simulates a consumer with the seeds 1 to n, each of which draws its own
// trouble (DefaultRates, unless options say otherwise), and fails at the first that takes
// effect twice or loses something. It is quick and sees longer runs than Check does,
// but a seed can flatter: what a Sweep has not found may still be there.
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
	l.Rates = s.rates
	pending := 0
	for l.Seed = first; ; l.Seed++ {
		v, err := sim.Tally(l)
		if err != nil {
			t.Fatalf("simtest.Sweep: seed %d: %v", l.Seed, err)
			return
		}
		if slices.ContainsFunc(s.properties, v.Breaks) {
			t.Errorf("%s", struck(t, s, l))
			return
		}
		if slices.Contains(v.Of, sim.Pending) {
			pending++
		}
		if l.Seed == last {
			break
		}
	}
	t.Logf("%s, %s: no harm in %s, with %s", l.Consumer.Name, l.Business, plural(int(last-first)+1, "seed"), s.rates)
	if pending > 0 {
		t.Logf("%s ended with something still pending, neither taken nor lost: ask Check whether it is stuck", plural(pending, "run"))
	}
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
		return 0, 0, fmt.Errorf("DEJAVU_SEED=%s: want a whole number, such as DEJAVU_SEED=37", quote(text))
	}
	return seed, seed, nil
}

// struck tells a run of a seed that shows a harm: what became of the first thing owed
// that it befell, and which faults struck.
func struck(t TB, s *settings, l sim.Lane) string {
	run, err := sim.Simulate(l)
	if err != nil {
		return err.Error()
	}
	v := run.World().Verdicts()
	p := s.properties[slices.IndexFunc(s.properties, v.Breaks)]
	victim := slices.Index(v.Of, wrong(p))
	id := l.Messages[victim].ID
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: seed %d breaks %s: %s. What befell it:\n", l.Consumer.Name, l.Business, l.Seed, p, harm(p, id))
	for _, line := range short(conversation(run, victim)) {
		b.WriteString("    " + line + "\n")
	}
	b.WriteString("the faults that struck: " + strings.Join(blows(run), " ") + "\n")
	b.WriteString("to repeat it: " + again(t, "DEJAVU_SEED", strconv.FormatUint(l.Seed, 10)))
	return b.String()
}

// blows are the faults of a run that struck, in the order in which they did.
func blows(r *sim.Run) []string {
	var all []string
	seen := make([]bool, len(r.Faults))
	for _, e := range r.Events() {
		if e.Fault >= 0 && !seen[e.Fault] {
			seen[e.Fault] = true
			all = append(all, r.Faults[e.Fault].String())
		}
	}
	return all
}
