package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

var properties = []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck}

// Every claim of the catalogue, and every property that is not claimed: what is
// claimed holds within the bounds, and what is not really breaks. A consumer that
// promises less than it keeps would teach that it is worse than it is.
func TestEveryConsumerKeepsWhatItClaimsAndNothingElse(t *testing.T) {
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			r := search(t, c, b, check.Options{Faults: 2})
			for _, p := range properties {
				claimed, v := slices.Contains(c.Claims.Of(b), p), r.Of(p)
				switch {
				case claimed && v.Counterexample != nil:
					t.Errorf("%s claims %s for %s, and %s breaks it:\n\t%s", c.Name, p, b, shape(v), strings.Join(v.Counterexample.Lines(), "\n\t"))
				case claimed != v.Holds:
					t.Errorf("%s does not claim %s for %s, and it holds (%v): claim it", c.Name, p, b, r)
				}
			}
		}
	}
}

// The whole catalogue with the faults of each shortest counterexample, to be reviewed
// with the mechanism in mind.
func TestShortestCounterexamplesOfTheCatalogue(t *testing.T) {
	var text strings.Builder
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			r := search(t, c, b, check.Options{Faults: 2})
			fmt.Fprintf(&text, "%s/%s: %v, %.0f schedules\n", c.Name, b, r, r.Schedules)
			for _, p := range properties {
				fmt.Fprintf(&text, "    %s: %s\n", p, shape(r.Of(p)))
				if e := r.Of(p).Counterexample; e != nil {
					fmt.Fprintf(&text, "        %s\n", strings.Join(e.Lines(), "; "))
				}
			}
		}
	}
	testkit.Golden(t, "testdata/catalogue.golden", text.String())
}
