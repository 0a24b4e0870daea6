package design

import (
	"slices"
	"strings"

	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
)

// Cost is what a design takes for one message on a quiet day.
type Cost struct {
	Lines int
	Trips int // to its stores, and to the receiver beyond the one that has the effect
	Kept  sim.Remembered
	Keys  int // that the receiver has to keep
}

// noMore reports whether a cost is no higher in any respect. What the receiver keeps is no
// cost of the consumer's.
func (c Cost) noMore(o Cost) bool {
	return c.Lines <= o.Lines && c.Trips <= o.Trips && c.Kept.Bytes <= o.Kept.Bytes
}

// Cost is what a recipe takes for a message on a quiet day.
func (q *Demand) Cost(r recipe.Recipe) Cost {
	l := q.lane(r.Bare(), slices.ContainsFunc(r.Blocks, bySequence))
	l.Messages = check.Messages(1)
	run, err := sim.Simulate(l)
	if err != nil {
		panic("design: a recipe that passed the check cannot run: " + err.Error())
	}
	c := run.Costs()
	return Cost{Lines: len(r.Blocks), Trips: c.RoundTrips + c.Calls - 1, Kept: c.Peak, Keys: c.Keys}
}

// mustParse reads a recipe of this program's own.
func mustParse(text string) recipe.Recipe {
	r, err := recipe.Parse("design", strings.ReplaceAll(text, "; ", "\n"))
	if err != nil {
		panic(err)
	}
	return r
}
