package recipe_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// left are the consumers that no blocks express, and why.
var left = map[string]string{
	"unlock-early":       locks,
	"unlock-late":        locks,
	"skip-if-locked":     locks,
	"ack-in-transaction": "no block acks in a transaction",
	"broker-window":      "it is the queue that looks, before the handler runs",
	"stored-result":      "it keeps the request and its answer, and a block keeps only that something was there",
	"error-kept":         "it keeps what was answered, an error too, and a block keeps only that something was there",
	"open-key":           "its row is first open and then done, and to a block of the table a row is there or not",
	"recovery-points":    "it has each effect of a message in a transaction of its own, and a block has all of them",
	"outbox-per-effect":  "it has an outbox row for each effect outside, and a block has one for the message",
	"cursor-relay":       "its handler is that of outbox, and no block says how a relay finds its rows",
	"conflict-is-error":  "its key counts the tries that failed, and after an error a block does nothing but delete",
}

const locks = "no block takes a lock that is no record"

var properties = []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck}

func TestBlocksExpressTheCatalogueOrItIsSaidWhyNot(t *testing.T) {
	for _, name := range consumers.Names() {
		if _, ok := recipe.Of(name); ok == (left[name] != "") {
			t.Errorf("%s: expressed: %t, and why not: %q", name, ok, left[name])
		}
	}
	if n := len(recipe.Names()); n+len(left) != len(consumers.Names()) {
		t.Errorf("%d recipes and %d left of %d consumers", n, len(left), len(consumers.Names()))
	}
}

// A recipe is the consumer that is written by hand: the same verdicts by the same shortest
// ways, in as many states. So its blocks mean what their Go says.
func TestARecipeIsTheFileWrittenByHand(t *testing.T) {
	type pair struct {
		name string
		b    sim.Business
	}
	var all []pair
	for _, name := range recipe.Names() {
		for _, b := range sim.Businesses() {
			all = append(all, pair{name, b})
		}
	}
	for _, p := range testkit.Sample(15, all) {
		r, _ := recipe.Of(p.name)
		c, _ := consumers.Get(p.name)
		got, want := search(t, r.Consumer(), p.b), search(t, c, p.b)
		if got.States != want.States || got.Schedules != want.Schedules {
			t.Errorf("%s/%s: %v, and by hand %v", p.name, p.b, got, want)
		}
		for _, prop := range properties {
			if a, b := verdict(got.Of(prop)), verdict(want.Of(prop)); a != b {
				t.Errorf("%s/%s, %s: %s\n\tand by hand %s", p.name, p.b, prop, a, b)
			}
		}
	}
}

// search tries the usual faults, one at a time in the short tier, and what expires.
func search(t *testing.T, c sim.Consumer, b sim.Business) *check.Result {
	t.Helper()
	o := check.Options{Faults: testkit.Few(1, 2), Kinds: append(check.DefaultKinds(), check.ExpireKey)}
	s, err := check.New(sim.Lane{Consumer: c, Business: b}, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verdict(r *check.Ruling) string {
	switch {
	case r.Counterexample != nil:
		return strings.Join(r.Counterexample.Lines(), "; ")
	case r.Holds:
		return "holds"
	}
	return "not decided"
}

func TestARecipePrintsWhatTheCatalogueSays(t *testing.T) {
	var b strings.Builder
	for _, name := range recipe.Names() {
		r, _ := recipe.Of(name)
		b.WriteString("== " + name + "\n" + r.String() + "\n" + r.Go() + "\n")
	}
	testkit.Golden(t, "testdata/catalogue.golden", b.String())
}

// What is printed fits on the screen as what is written by hand does.
func TestAPrintedHandlerFitsOnAScreen(t *testing.T) {
	for _, name := range recipe.Names() {
		r, _ := recipe.Of(name)
		lines, of := r.Lines()
		if len(lines) != len(of) || len(lines) > 20 {
			t.Errorf("%s has %d lines, of %d blocks", name, len(lines), len(of))
		}
		for i, line := range lines {
			if n := len(strings.ReplaceAll(line, "\t", "    ")); n > 52 {
				t.Errorf("%s has %d columns: %s", name, n, line)
			}
			if of[i] >= len(r.Blocks) || of[i] < -1 {
				t.Errorf("%s: line %d is of block %d", name, i, of[i])
			}
		}
		for i := range r.Blocks {
			if !slices.Contains(of, i) {
				t.Errorf("%s: %q has no line", name, r.Blocks[i])
			}
		}
	}
}
