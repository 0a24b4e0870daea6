// Package build is the workbench on which a consumer is put together from blocks, and the
// search grades it.
//
// A [Bench] is a recipe with its edits, and nine lights: for each business, whether the recipe
// is never twice, never lost and never stuck there. Each edit begins the searches again, and
// they go on in slices ([Bench.Step]), so a face that draws between them never freezes. A light
// that is not decided says so. The levels are package levels; [Shell] is the face of typed
// commands.
package build

import (
	"fmt"
	"slices"

	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/build/levels"
	"dejavu/ui/design"
	"dejavu/ui/learn"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Bench is a recipe that is being put together for a task.
type Bench struct {
	Task   levels.Task
	recipe recipe.Recipe
	before [][]recipe.Block // what an undo brings back, the newest last
	after  [][]recipe.Block // and a redo
	lights *Lights
}

// New returns a bench on which a task is begun.
func New(t levels.Task) *Bench {
	b := &Bench{Task: t}
	b.set(t.Begins().Blocks)
	return b
}

// set puts blocks on the bench, and begins the searches again.
func (b *Bench) set(blocks []recipe.Block) {
	b.recipe = recipe.Recipe{Blocks: blocks}
	b.lights = NewLights(b.Task, b.recipe)
}

// edit is set, and can be undone.
func (b *Bench) edit(blocks []recipe.Block) {
	b.before, b.after = append(b.before, b.recipe.Blocks), nil
	b.set(blocks)
}

// Recipe is what is on the bench.
func (b *Bench) Recipe() recipe.Recipe { return b.recipe }

// Lights are the lights of what is on the bench.
func (b *Bench) Lights() *Lights { return b.lights }

// outside says that there is no such line.
func (b *Bench) outside(i int) error {
	if n := len(b.recipe.Blocks); i < 0 || i >= n {
		return fmt.Errorf("there is no line %d: the recipe has %s", i+1, words.Count(n, "line"))
	}
	return nil
}

// Add puts a block before line i, from 0; before the line after the last it is the last.
func (b *Bench) Add(i int, block recipe.Block) error {
	if n := len(b.recipe.Blocks); i < 0 || i > n {
		return fmt.Errorf("there is no place %d: the recipe has %s", i+1, words.Count(n, "line"))
	} else if n == recipe.MaxBlocks {
		return fmt.Errorf("the recipe has %d lines, and that is the most: delete one first", n)
	}
	b.edit(slices.Insert(slices.Clone(b.recipe.Blocks), i, block))
	return nil
}

// Delete deletes line i.
func (b *Bench) Delete(i int) error {
	if err := b.outside(i); err != nil {
		return err
	}
	b.edit(slices.Delete(slices.Clone(b.recipe.Blocks), i, i+1))
	return nil
}

// Move moves line i to place to.
func (b *Bench) Move(i, to int) error {
	for _, n := range []int{i, to} {
		if err := b.outside(n); err != nil {
			return err
		}
	}
	blocks := slices.Clone(b.recipe.Blocks)
	block := blocks[i]
	b.edit(slices.Insert(slices.Delete(blocks, i, i+1), to, block))
	return nil
}

// Change puts another block in the place of line i.
func (b *Bench) Change(i int, block recipe.Block) error {
	if err := b.outside(i); err != nil {
		return err
	}
	blocks := slices.Clone(b.recipe.Blocks)
	blocks[i] = block
	b.edit(blocks)
	return nil
}

// Wrap puts lines from to to into a transaction.
func (b *Bench) Wrap(from, to int) error {
	for _, n := range []int{from, to} {
		if err := b.outside(n); err != nil {
			return err
		}
	}
	if from > to {
		from, to = to, from
	}
	blocks := slices.Insert(slices.Clone(b.recipe.Blocks), to+1, recipe.Block{Do: recipe.Commit})
	b.edit(slices.Insert(blocks, from, recipe.Block{Do: recipe.Begin}))
	return nil
}

// Undo takes the last edit back, and Redo makes it again. They report whether there is one.
func (b *Bench) Undo() bool { return b.turn(&b.before, &b.after) }

// Redo makes again what Undo took back.
func (b *Bench) Redo() bool { return b.turn(&b.after, &b.before) }

func (b *Bench) turn(from, to *[][]recipe.Block) bool {
	n := len(*from)
	if n == 0 {
		return false
	}
	*to = append(*to, b.recipe.Blocks)
	b.set((*from)[n-1])
	*from = (*from)[:n-1]
	return true
}

// Refusal says why the recipe is none, or nil.
func (b *Bench) Refusal() error { return b.recipe.Check() }

// Cost is what the recipe takes for a message. The recipe must not be refused.
func (b *Bench) Cost() design.Cost {
	d := b.Task.Demand(0)
	return d.Cost(b.recipe)
}

// Solved reports whether the task is done: what it requires holds, with the parts that are
// to be had. It is known when the lights is decided.
func (b *Bench) Solved() bool {
	if b.Refusal() != nil || len(b.Task.Missing(b.recipe)) > 0 {
		return false
	}
	for _, p := range b.Task.Demand(0).Require {
		if b.lights.Light(b.Task.Business, p).Is != Lit {
			return false
		}
	}
	return true
}

// Result is what the recipe comes to, as it is kept. The recipe must not be refused.
func (b *Bench) Result() learn.Built {
	c := b.Cost()
	r := learn.Built{Lines: c.Lines, Trips: c.Trips}
	if b.Task.Thread != "" {
		r.Edits = b.edits()
	}
	return r
}

// edits counts the lines that differ from what the task begins with.
func (b *Bench) edits() int { return levels.Edits(b.Task.Begins(), b.recipe) }

// Lights is the lights of a consumer under the faults of a task, and the searches behind them.
type Lights struct {
	searches []*check.Search
	results  []*check.Result
}

// Light is whether one property holds in one business.
type Light struct {
	Is    Glow
	Trace *check.Trace // the shortest counterexample, where it is broken
}

// Glow is the state of a light.
type Glow uint8

// The states of a light.
const (
	Off    Glow = iota // the recipe is none
	Under              // the search is under way
	Lit                // it holds
	Broken             // it breaks
	Open               // the search met its bound, and it is not decided
)

// mostStates bounds each of the three searches, so that the lights come in seconds.
const mostStates = 100_000

// NewLights begins the searches of a recipe.
func NewLights(t levels.Task, r recipe.Recipe) *Lights {
	if r.Check() != nil {
		return &Lights{}
	}
	return LightsOf(t, r.Consumer())
}

// LightsOf begins the searches of a consumer.
func LightsOf(t levels.Task, c sim.Consumer) *Lights {
	p := &Lights{}
	d := t.Demand(0)
	for _, b := range sim.SingleEffects() {
		o := check.Options{Messages: check.DefaultMessages, Faults: d.Faults, Kinds: d.Kinds, Properties: proof.Properties(), MaxStates: mostStates}
		s, err := check.New(sim.Lane{Consumer: c, Business: b, Queue: d.Queue, Processes: check.DefaultWorkers, Messages: check.MessagesFor(c, b, check.DefaultMessages)}, o)
		if err != nil {
			panic("build: a recipe that passed the check cannot be searched: " + err.Error())
		}
		p.searches, p.results = append(p.searches, s), append(p.results, nil)
	}
	return p
}

// Step goes on for n states, and reports whether all is decided.
func (p *Lights) Step(n int) bool {
	for i, s := range p.searches {
		if p.results[i] != nil {
			continue
		}
		if !s.Step(n) {
			return false
		}
		p.results[i] = s.Result()
	}
	return true
}

// Light returns the light of a property in a business.
func (p *Lights) Light(b sim.Business, of sim.Property) Light {
	if len(p.searches) == 0 {
		return Light{}
	}
	r := p.results[b]
	if r == nil {
		return Light{Is: Under}
	}
	switch v := r.Of(of); {
	case v.Counterexample != nil:
		return Light{Broken, v.Counterexample}
	case v.Holds:
		return Light{Is: Lit}
	}
	return Light{Is: Open}
}

// String is a light in two words or less: holds, or how many faults break it.
func (l Light) String() string {
	switch l.Is {
	case Under:
		return "..."
	case Lit:
		return "holds"
	case Broken:
		return fmt.Sprintf("breaks (%d)", l.Trace.Faults)
	case Open:
		return "undecided"
	}
	return "-"
}
