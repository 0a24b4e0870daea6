package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
)

// searched says what the search makes of what a sweep has counted: chance needs many
// runs for what the search finds in a few actions, and never says that there is
// nothing to find.
func searched(a *ask, consumer string, p sim.Property) string {
	if a == nil {
		return "" // it is not known of what
	}
	c, _ := consumers.Get(consumer)
	one := []proof.Case{{
		Lane:    a.told.Lane(c),
		Options: check.Options{Kinds: searchable(a.told.Rates), Properties: []sim.Property{p}, GrowStates: sweptStates},
	}}
	if len(one[0].Options.Kinds) == 0 || proof.Search(context.Background(), one, nil) != nil {
		return ""
	}
	r := one[0].Result
	left := ""
	if len(r.Left) > 0 {
		left = fmt.Sprintf(", with %d of %s", r.Bounds.Messages, proof.Count(len(a.told.Messages), "message"))
	}
	switch t := r.Of(p).Counterexample; {
	case t != nil:
		return fmt.Sprintf("search: found in %s: %s", proof.Count(len(t.Actions), "action"), proof.By(t))
	case r.Of(p).Holds:
		return fmt.Sprintf("search: none in %s, up to %s of %s%s", proof.Count(r.States, "state"), proof.Count(r.Bounds.Faults, "fault"), kindList(r.Bounds.Kinds), left)
	}
	return fmt.Sprintf("search: not decided in %s%s", proof.Count(r.States, "state"), left)
}

// sweptStates is how far the search beside a sweep goes to take more messages: it is
// one line of many.
const sweptStates = 300_000

// searchable are the kinds of fault that a search knows of those that have a rate. A
// pause or a slow receiver that is drawn outlasts the timeout, which a search calls
// overrun.
func searchable(rates sim.Rates) []check.Kind {
	var kinds []check.Kind
	for _, f := range sim.FaultKinds() {
		for _, k := range check.KindsOf(f) {
			if rates[f] > 0 && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

func kindList(kinds []check.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
