package check_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

var properties = []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck}

// A pair is a consumer with what it does.
type pair struct {
	c sim.Consumer
	b sim.Business
}

// pairs are all consumers of the catalogue in all businesses.
func pairs() (all []pair) {
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			all = append(all, pair{c, b})
		}
	}
	return all
}

// catalogued are the pairs whose searches are compared: in the short tier those with one
// effect, which take a third of the time.
func catalogued() []pair {
	return slices.DeleteFunc(pairs(), func(of pair) bool { return len(of.b.Parts()) >= testkit.Few(2, math.MaxInt) })
}

// catalogue searches each pair with two faults, once for all tests.
var catalogue = sync.OnceValues(func() (results []*check.Result, err error) {
	for _, of := range catalogued() {
		s, err := check.New(sim.Lane{Consumer: of.c, Business: of.b, Queue: broker.Default()}, check.Options{Faults: 2})
		if err != nil {
			return nil, err
		}
		r, err := s.Run(context.Background())
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
})

// searched yields each pair of the catalogue with the result of its search.
func searched(t *testing.T) iter.Seq2[pair, *check.Result] {
	t.Helper()
	results, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(pair, *check.Result) bool) {
		for i, of := range catalogued() {
			if !yield(of, results[i]) {
				return
			}
		}
	}
}

// Every claim of the catalogue, and every property that is not claimed: what is
// claimed holds within the bounds, and what is not really breaks. A consumer that
// promises less than it keeps would teach that it is worse than it is.
func TestEveryConsumerKeepsWhatItClaimsAndNothingElse(t *testing.T) {
	for of, r := range searched(t) {
		for _, p := range properties {
			claimed, v := slices.Contains(of.c.Claims.Of(of.b), p), r.Of(p)
			switch {
			case claimed && v.Counterexample != nil:
				t.Errorf("%s claims %s for %s, and %s breaks it:\n\t%s", of.c.Name, p, of.b, shape(v), strings.Join(v.Counterexample.Lines(), "\n\t"))
			case claimed != v.Holds:
				t.Errorf("%s does not claim %s for %s, and it holds (%v): claim it", of.c.Name, p, of.b, r)
			}
		}
	}
}

// The whole catalogue with the faults of each shortest counterexample, to be reviewed
// with the mechanism in mind.
func TestShortestCounterexamplesOfTheCatalogue(t *testing.T) {
	texts := map[string]string{"catalogue": ""}
	for of, r := range searched(t) {
		var text strings.Builder
		fmt.Fprintf(&text, "%s/%s: %v, %.0f schedules\n", of.c.Name, of.b, r, r.Schedules)
		for _, p := range properties {
			fmt.Fprintf(&text, "    %s: %s\n", p, shape(r.Of(p)))
			if e := r.Of(p).Counterexample; e != nil {
				fmt.Fprintf(&text, "        %s\n", strings.Join(e.Lines(), "; "))
			}
		}
		if len(of.b.Parts()) > 1 {
			texts["several"] += text.String()
		} else {
			texts["catalogue"] += text.String()
		}
	}
	for name, text := range texts {
		testkit.Golden(t, "testdata/"+name+".golden", text)
	}
}
