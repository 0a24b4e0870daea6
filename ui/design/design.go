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
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/abreast"
)

// Demand is what a design should hold against.
type Demand struct {
	Business sim.Business
	Kinds    []check.Kind
	Require  []sim.Property
	Blocks   int // at most
	Faults   int // at most, in a run
	Queue    broker.Profile
	// Without are blocks that are not to be had, by what they do, where they keep something or
	// how they ask for the effect: see Parts.
	Without []string
}

// Defaults of a Demand.
const (
	DefaultBlocks = 4
	DefaultFaults = 2
)

// MaxBlocks is how long recipes can be tried: with one block more there are ten times as
// many.
const MaxBlocks = 6

// Known is what is known of a demand.
type Known struct {
	Demand
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
	Best []Holder
}

// Holder is a recipe that holds.
type Holder struct {
	recipe.Recipe
	Cost
	Result *check.Result
}

// Run tries recipes of one block, of two and so on. When the context is done, what is known
// by then is returned with its error. It tells progress, if that is not nil, how far it has
// come: by the beginnings of the longest recipes, which take nearly all the time.
func Run(ctx context.Context, q Demand, progress func(done, all uint64)) (*Known, error) {
	s := &study{Known: Known{Demand: q}, letters: q.letters(), told: progress}
	err := s.run(ctx)
	return &s.Known, err
}

// InSlices is [Run] for whoever has something to do between: each step goes on for some
// milliseconds, and says whether there is more. Until there is none, what is known is not to be
// looked at. stop gives it up.
func InSlices(q Demand) (known *Known, step func() (more bool), stop func()) {
	s := &study{Known: Known{Demand: q}, letters: q.letters()}
	ctx, cancel := context.WithCancel(context.Background())
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		s.rest = func() {
			if ctx.Err() == nil && !yield(struct{}{}) {
				cancel()
			}
		}
		if err := s.run(ctx); err != nil && ctx.Err() == nil {
			panic("design: a demand cannot be tried: " + err.Error())
		}
		cancel()
	})
	return &s.Known, func() bool { _, more := next(); return more }, stop
}

func (s *study) run(ctx context.Context) error {
	for n := 1; n <= s.Blocks; n++ {
		s.Recipes = append(s.Recipes, 0)
		if err := s.all(ctx, n); err != nil {
			return err
		}
		s.Finished = n
		slices.SortStableFunc(s.attacks, func(a, b *attack) int { return cmp.Or(cmp.Compare(a.last(), b.last()), b.kills-a.kills) })
	}
	return nil
}

// study is a demand under way.
type study struct {
	Known
	letters []recipe.Block
	attacks []*attack
	arenas  []arenas // of each who tries
	told    func(done, all uint64)
	rest    func() // is called between slices, if it is not nil
	did     int    // since then
}

// A slice is some milliseconds of work: so many recipes grow. To play the plans against a
// beginning counts as more of them, and as a slice so many recipes that the plans are played
// against, or states of a search.
const (
	slice     = 400
	perPlay   = 20
	perSlice  = 100
	perSearch = 2500
)

// worked counts work, and rests after a slice.
func (s *study) worked(n int) {
	if s.did += n; s.did >= slice && s.rest != nil {
		s.did = 0
		s.rest()
	}
}

// batch is how many recipes are tried against the same plans before what is left of them is
// looked at in order. So what comes out depends on no processor.
const batch = 4096

func (s *study) all(ctx context.Context, n int) (err error) {
	some := make([][]recipe.Block, 0, batch)
	g := growing{letters: s.letters, n: n, doomed: s.doomed, grown: func() { s.worked(1) }}
	g.yield = func(blocks []recipe.Block) bool {
		if some = append(some, blocks); len(some) == batch {
			err = s.try(ctx, some)
			some = some[:0]
		}
		if s.told != nil && n == s.Blocks {
			s.told(uint64(g.first), uint64(len(s.letters)))
		}
		return err == nil
	}
	if g.all() {
		err = s.try(ctx, some)
	}
	s.Recipes[n-1] = g.count
	return err
}

// doomed reports whether a plan breaks every recipe that begins so: it is broken before any
// attempt comes to the end of that.
func (s *study) doomed(begun []recipe.Block) bool {
	s.worked(perPlay)
	does := func(v recipe.Verb) bool {
		return slices.ContainsFunc(begun, func(b recipe.Block) bool { return b.Do == v })
	}
	if does(recipe.Lease) && does(recipe.Look) {
		return false // what follows says whether the lease is told from that of others: see counts
	}
	r := recipe.Recipe{Blocks: begun}
	a := s.broken(s.at(0), r.Begun(), begun, s.attacks)
	if a != nil {
		a.kills++
	}
	return a != nil
}

// try plays the known plans against recipes, side by side, and then searches, in order, what
// is left.
func (s *study) try(ctx context.Context, some [][]recipe.Block) error {
	by := make([]*attack, 0, len(some))
	part := len(some)
	if s.rest != nil {
		part = perSlice
	}
	for few := range slices.Chunk(some, max(part, 1)) {
		by = append(by, s.played(ctx, few)...)
		s.worked(slice)
	}
	known := len(s.attacks)
	for i, blocks := range some {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := recipe.Recipe{Blocks: blocks}
		if by[i] == nil {
			by[i] = s.broken(s.at(0), r.Bare(), blocks, s.attacks[known:])
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

// played plays the known plans against recipes, side by side, and returns which broke each.
func (s *study) played(ctx context.Context, some [][]recipe.Block) []*attack {
	jobs := runtime.GOMAXPROCS(0)
	by := make([]*attack, len(some))
	s.at(jobs - 1) // makes the arenas of all jobs: none is made side by side
	abreast.Do(jobs, func(job int) {
		plans := slices.Clone(s.attacks)
		for i := job * len(some) / jobs; i < (job+1)*len(some)/jobs && ctx.Err() == nil; i++ {
			by[i] = s.broken(s.at(job), recipe.Recipe{Blocks: some[i]}.Bare(), some[i], plans)
			toFront(plans, by[i]) // neighbours begin alike, and break alike
		}
	})
	return by
}

// toFront moves a plan to the front of some, if it is there.
func toFront(plans []*attack, a *attack) {
	if i := slices.Index(plans, a); i > 0 {
		copy(plans[1:i+1], plans[:i])
		plans[0] = a
	}
}

// lane is what a recipe is tried in.
func (q *Demand) lane(c sim.Consumer, inOrder bool) sim.Lane {
	l := sim.Lane{Consumer: c, Business: q.Business, Queue: q.Queue, Processes: check.DefaultWorkers}
	l.Messages = apart
	if inOrder || q.Business.Info().LastWins {
		l.Messages = ordered
	}
	return l
}

// The messages of a search, for a consumer that goes by no group and for one that does.
var (
	apart   = check.Messages(check.DefaultMessages)
	ordered = check.MessagesFor(sim.Consumer{Handle: mustParse("begin; insert by sequence; perform; commit").Bare().Handle}, sim.Card, check.DefaultMessages)
)

// at returns the arenas of one of those who try recipes side by side.
func (s *study) at(job int) arenas {
	for len(s.arenas) <= job {
		s.arenas = append(s.arenas, arenas{})
	}
	return s.arenas[job]
}

// broken returns the first of some plans that breaks a consumer, when they are played in some
// arenas.
func (s *study) broken(at arenas, c sim.Consumer, blocks []recipe.Block, by []*attack) *attack {
	inOrder := slices.ContainsFunc(blocks, bySequence)
	waits := slices.ContainsFunc(blocks, func(b recipe.Block) bool { return b.Taken == recipe.Nack || b.Do == recipe.Lease })
	var opened [2]*arena
	for _, plan := range by {
		if plan.property == sim.NeverStuck && !waits {
			continue // nothing turns a message away
		}
		g, r := ground{inOrder, true, c.Relay != nil}, &opened[0]
		if plan.others || plan.property == sim.NeverStuck && inOrder {
			g.alone, r = false, &opened[1]
		}
		if *r == nil {
			*r = at.of(g, &c, &s.Demand)
		}
		if (*r).breaks(plan, s.Faults) {
			return plan
		}
	}
	return nil
}

func bySequence(b recipe.Block) bool { return b.By == recipe.Sequence }

// search decides a recipe that no plan breaks, unless it costs no less than one that holds.
func (s *study) search(ctx context.Context, r recipe.Recipe) error {
	if slices.ContainsFunc(s.Best, func(d Holder) bool { return d.Trips == 0 && d.Kept.Bytes == 0 }) {
		s.Spared++ // nothing costs less
		return nil
	}
	cost := s.Demand.Cost(r)
	if slices.ContainsFunc(s.Best, func(d Holder) bool { return d.Cost.noMore(cost) }) {
		s.Spared++
		return nil
	}
	s.Searched++
	c, err := s.Search(r)
	if err != nil {
		return err
	}
	for !c.Step(perSearch) {
		s.worked(slice)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	result := c.Result()
	holds, breaks := true, false
	for _, p := range s.Require {
		of := result.Of(p)
		if t := of.Counterexample; t != nil {
			s.attacks, breaks = append(s.attacks, newAttack(t)), true
			s.Plans++
		}
		holds = holds && of.Holds
	}
	switch {
	case holds:
		s.Best = slices.DeleteFunc(s.Best, func(d Holder) bool { return cost.noMore(d.Cost) })
		s.Best = append(s.Best, Holder{r, cost, result})
	case !breaks:
		s.Undecided++
	}
	return nil
}

// Search is the search of one recipe within the bounds of the demand.
func (q *Demand) Search(r recipe.Recipe) (*check.Search, error) {
	l := q.lane(r.Consumer(), slices.ContainsFunc(r.Blocks, bySequence))
	return check.New(l, check.Options{Messages: len(l.Messages), Faults: q.Faults, Kinds: q.Kinds, Properties: q.Require, MaxStates: mostStates})
}

// mostStates bounds one search: a design that has more states is not decided.
const mostStates = 200_000
