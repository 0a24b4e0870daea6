package recipe_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/sim/testkit/source"

	"pgregory.net/rapid"
)

// letters are blocks with every option.
var letters = recipe.Alphabet(recipe.Choices{
	IDs:        []recipe.ID{recipe.MessageID, recipe.BusinessKey, recipe.Sequence, recipe.BodyHash, recipe.NewID},
	Leases:     []time.Duration{20 * time.Second, time.Hour},
	Keep:       []time.Duration{time.Hour, 90 * time.Second, 1500 * time.Microsecond},
	Retain:     []time.Duration{30 * time.Minute},
	Most:       []int{3},
	Conditions: true,
})

// byStep are the letters of each step, so that rare steps are drawn as often.
var byStep = sync.OnceValue(func() [][]recipe.Block {
	all := make([][]recipe.Block, len(recipe.Verbs()))
	for _, b := range letters {
		all[b.Do] = append(all[b.Do], b)
	}
	return all
})

// random draws a recipe that passes the check.
func random(t *rapid.T) recipe.Recipe {
	r := recipe.Recipe{Name: "random"}
	for range rapid.IntRange(2, 12).Draw(t, "length") {
		b := rapid.SampledFrom(rapid.SampledFrom(byStep()).Draw(t, "step")).Draw(t, "block")
		if r.Blocks = append(r.Blocks, b); !r.Begins() {
			r.Blocks = r.Blocks[:len(r.Blocks)-1]
		}
	}
	perform, commit := recipe.Block{Do: recipe.Perform}, recipe.Block{Do: recipe.Commit}
	for _, end := range [][]recipe.Block{nil, {perform}, {commit}, {perform, commit}} {
		if whole := (recipe.Recipe{Name: r.Name, Blocks: slices.Concat(r.Blocks, end)}); whole.Check() == nil {
			return whole
		}
	}
	t.Fatalf("nothing completes\n%v", r)
	return r
}

func TestARecipeParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := random(t)
		got, err := recipe.Parse("random", r.String())
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got.Blocks) != fmt.Sprint(r.Blocks) {
			t.Fatalf("%v\nis read as\n%v", r, got)
		}
		for _, b := range r.Blocks {
			if one, err := recipe.ParseBlock(b.String()); err != nil || one != b {
				t.Fatalf("%+v is read as %+v: %v", b, one, err)
			}
		}
	})
}

// tree is this repository, for the type checker.
var tree = sync.OnceValues(func() (*source.Tree, error) { return source.Read(os.DirFS("../..")) })

// stub stands for the file of package consumers that every other one needs.
const stub = `package consumers

import (
	"errors"

	"dejavu/sim"
)

func register(c sim.Consumer) sim.Consumer { return c }

var errBusy = errors.New("busy")
`

// compile checks the types of a file of package consumers, as the compiler does.
func compile(importer types.Importer, text string) error {
	fset := token.NewFileSet()
	var files []*ast.File
	for i, text := range []string{stub, text} {
		f, err := parser.ParseFile(fset, fmt.Sprintf("%d.go", i), text, 0)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	strict := types.Config{Importer: importer}
	_, err := strict.Check("dejavu/consumers", fset, files, nil)
	return err
}

func TestARecipePrintsGoThatCompiles(t *testing.T) {
	importer, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if err := compile(importer, strings.Replace(recipe.Recipe{Blocks: []recipe.Block{{Do: recipe.Perform}}}.Go(), "p.Perform(m)", "p.Perform(n)", 1)); err == nil {
		t.Fatal("what does not compile passes: this test holds nothing")
	}
	rapid.Check(t, func(t *rapid.T) {
		r := random(t)
		if err := compile(importer, r.Go()); err != nil {
			t.Fatalf("%v\n%s%s", err, r, r.Go())
		}
	})
}

// What passes the check has its effect, and breaks no rule of a handler. It has it again where
// a later line turns away what an earlier one has written; and a recipe that asks in the very
// transaction of its effect has none where that, or a part of it, is a row in it.
func TestARecipeActs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := random(t)
		b := rapid.SampledFrom(sim.Businesses()).Draw(t, "business")
		run, err := sim.Simulate(sim.Lane{Consumer: r.Consumer(), Business: b, Queue: broker.Default(), Processes: 2, Messages: check.Messages(2)})
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		for i, v := range run.World().Verdicts().Of {
			owed, part := b.Owing(i)
			if v != sim.Once && (v != sim.Twice || !turnsAway(r)) && !(b.Parts()[part].Local() && asksInside(r)) {
				t.Fatalf("m%d, %s: %v\n%v", owed+1, b.Parts()[part], v, r)
			}
		}
	})
}

// turnsAway reports whether a line below the effect may end the attempt with a nack, as a lease
// does.
func turnsAway(r recipe.Recipe) bool {
	at := slices.IndexFunc(r.Blocks, func(b recipe.Block) bool { return b.Do == recipe.Perform })
	return slices.ContainsFunc(r.Blocks[at+1:], func(b recipe.Block) bool { return b.Taken == recipe.Nack || b.Do == recipe.Lease })
}

// asksInside reports whether the receiver is asked after the effect and before the commit.
func asksInside(r recipe.Recipe) bool {
	open, done := false, false
	for _, b := range r.Blocks {
		if b.Do == recipe.Ask && open && done {
			return true
		}
		open = b.Do == recipe.Begin || open && b.Do != recipe.Commit
		done = done && open || b.Do == recipe.Perform
	}
	return false
}

func init() { testkit.FewChecks(60) }
