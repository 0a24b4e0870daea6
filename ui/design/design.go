// Package design asks whether there is any design that holds: it tries every recipe up to a
// number of blocks against the faults that are asked about.
//
// What takes a search milliseconds would take hours for all of them, so it goes by
// counterexamples: a plan that broke one recipe is played against all that follow ([attack]),
// and most break within microseconds. What no known plan breaks is searched (package check),
// and either holds or gives the next plan. What costs no less than a design that holds need
// not be searched.
//
// Recipes count once that differ in names or in the order of blocks that do not depend on
// each other, and none counts that has a block of no use: see enumerate.go. That none holds
// is a result: of so many recipes, with so many blocks, within the bounds of the search.
package design

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
)

// Question is what a design should hold against.
type Question struct {
	Business sim.Business
	Kinds    []check.Kind
	Require  []sim.Property
	Blocks   int // at most
	Faults   int // at most, in a run
	Queue    broker.Profile
}

// Defaults of a Question.
const (
	DefaultBlocks = 4
	DefaultFaults = 2
)

// MaxBlocks is how long recipes can be tried: with one block more there are ten times as
// many.
const MaxBlocks = 6

// Found is what is known of a question.
type Found struct {
	Question
	// Recipes is how many different ones were tried, by number of blocks from 1, and
	// Finished how many blocks all of them have had.
	Recipes  []int
	Finished int
	// Plans is how many counterexamples were learned, and Searched how many recipes took a
	// search of their own. Spared were not searched: no plan breaks them, and they cost no
	// less than one that holds.
	Plans, Searched, Spared int
	// Undecided are those whose search met its bound.
	Undecided int
	// Best are the designs that hold and than which none is cheaper in each respect. The
	// shortest come first.
	Best []Design
}

// Design is a recipe that holds.
type Design struct {
	recipe.Recipe
	Cost
	Result *check.Result
}

// Run tries recipes of one block, of two and so on. When the context is done, what is known
// by then is returned with its error. It tells progress, if that is not nil, how far it has
// come: by the beginnings of the longest recipes, which take nearly all the time.
func Run(ctx context.Context, q Question, progress func(done, all uint64)) (*Found, error) {
	s := &study{Found: Found{Question: q}, letters: q.letters(), told: progress}
	for n := 1; n <= q.Blocks; n++ {
		s.Recipes = append(s.Recipes, 0)
		if err := s.all(ctx, n); err != nil {
			return &s.Found, err
		}
		s.Finished = n
		slices.SortStableFunc(s.attacks, func(a, b *attack) int { return b.kills - a.kills })
	}
	return &s.Found, nil
}

// study is a question under way.
type study struct {
	Found
	letters []recipe.Block
	attacks []*attack
	told    func(done, all uint64)
}

// batch is how many recipes are tried against the same plans before what is left of them is
// looked at in order. So what comes out depends on no processor.
const batch = 4096

func (s *study) all(ctx context.Context, n int) error {
	some := make([][]recipe.Block, 0, batch)
	flush := func() error {
		if err := s.try(ctx, some); err != nil {
			return err
		}
		s.Recipes[n-1] += len(some)
		some = some[:0]
		return nil
	}
	for blocks, first := range recipes(s.letters, n) {
		if s.told != nil && n == s.Blocks {
			s.told(uint64(first), uint64(len(s.letters)))
		}
		if some = append(some, blocks); len(some) < batch {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// try plays the known plans against recipes, side by side, and then searches, in order, what
// is left.
func (s *study) try(ctx context.Context, some [][]recipe.Block) error {
	jobs := runtime.GOMAXPROCS(0)
	by := make([]*attack, len(some))
	var workers sync.WaitGroup
	for job := range jobs {
		workers.Go(func() {
			for i := job; i < len(some) && ctx.Err() == nil; i += jobs {
				by[i] = s.broken(recipe.Recipe{Blocks: some[i]}, s.attacks)
			}
		})
	}
	workers.Wait()
	known := len(s.attacks)
	for i, blocks := range some {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := recipe.Recipe{Blocks: blocks}
		if by[i] == nil {
			by[i] = s.broken(r, s.attacks[known:])
		}
		if by[i] != nil {
			by[i].kills++
			continue
		}
		if err := s.search(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// lane is what a recipe is tried in.
func (q *Question) lane(c sim.Consumer, blocks []recipe.Block) sim.Lane {
	l := sim.Lane{Consumer: c, Business: q.Business, Queue: q.Queue, Processes: check.DefaultWorkers}
	l.Messages = apart
	if slices.ContainsFunc(blocks, func(b recipe.Block) bool { return b.By == recipe.Sequence }) {
		l.Messages = ordered
	}
	return l
}

// The messages of a search, for a consumer that goes by no group and for one that does.
var (
	apart   = check.Messages(check.DefaultMessages)
	ordered = check.MessagesFor(sim.Consumer{Handle: mustParse("begin; insert by sequence; perform; commit").Bare().Handle}, check.DefaultMessages)
)

// broken returns the first of some plans that breaks a recipe.
func (s *study) broken(r recipe.Recipe, by []*attack) *attack {
	if len(by) == 0 {
		return nil
	}
	l := s.lane(r.Bare(), r.Blocks)
	start := sim.New(&l, -1)
	a := arena{start: start, world: start.Clone(), kinds: s.Kinds}
	for _, plan := range by {
		if a.breaks(plan, s.Faults) {
			return plan
		}
	}
	return nil
}

// search decides a recipe that no plan breaks, unless it costs no less than one that holds.
func (s *study) search(ctx context.Context, r recipe.Recipe) error {
	if slices.ContainsFunc(s.Best, func(d Design) bool { return d.Trips == 0 && d.Kept.Bytes == 0 }) {
		s.Spared++ // nothing costs less
		return nil
	}
	cost := s.cost(r)
	if slices.ContainsFunc(s.Best, func(d Design) bool { return d.Cost.noMore(cost) }) {
		s.Spared++
		return nil
	}
	s.Searched++
	l := s.lane(r.Consumer(), r.Blocks)
	c, err := check.New(l, check.Options{Messages: len(l.Messages), Faults: s.Faults, Kinds: s.Kinds, Properties: s.Require, MaxStates: mostStates})
	if err != nil {
		return err
	}
	result, err := c.Run(ctx)
	if err != nil {
		return err
	}
	holds := true
	for _, p := range s.Require {
		of := result.Of(p)
		if t := of.Counterexample; t != nil {
			s.attacks = append(s.attacks, newAttack(t))
			s.Plans++
		}
		holds = holds && of.Holds
		if !of.Finished {
			s.Undecided++
			return nil
		}
	}
	if holds {
		s.Best = slices.DeleteFunc(s.Best, func(d Design) bool { return cost.noMore(d.Cost) })
		s.Best = append(s.Best, Design{r, cost, result})
	}
	return nil
}

// mostStates bounds one search: a design that has more states is not decided.
const mostStates = 200_000
