package levels_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/build/levels"
	"dejavu/ui/design"
	"dejavu/ui/prose"
)

// search tries a recipe at a task.
func search(t *testing.T, of *levels.Task, r recipe.Recipe) *check.Result {
	t.Helper()
	q := of.Demand(0)
	s, err := q.Search(r)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// A task is solved by its model answer, and by neither what it begins with nor the answer of
// the task before: else nothing would have to be learned.
func TestEachTaskIsSolvedByItsAnswerAndNotByTheOneBefore(t *testing.T) {
	for _, table := range [][]levels.Task{levels.Tasks(), levels.Repairs()} {
		before := ""
		for _, task := range table {
			if r, ok := task.Model(); ok {
				if of := search(t, &task, r); !task.Solves(r, of) {
					t.Errorf("%s is not solved by its answer: %v\n%s", task.Name, of, r)
				}
				q := task.Demand(0)
				if c := q.Cost(r); c.Trips != task.Trips || c.Lines != task.Lines {
					t.Errorf("%s: its answer takes %v, and par is %d lines and %d trips", task.Name, c, task.Lines, task.Trips)
				}
			}
			wrong := []string{before}
			if task.Start != task.Answer {
				wrong = append(wrong, task.Start)
			}
			for _, text := range wrong {
				if r, err := recipe.Parse("wrong", strings.ReplaceAll(text, "; ", "\n")); err == nil && task.Solves(r, search(t, &task, r)) {
					t.Errorf("%s is solved by what came before: %s", task.Name, text)
				}
			}
			before = task.Answer
		}
	}
}

// Each par is what design finds, and where nobody can, it finds nothing. The short tier has
// the answers, above.
func TestEachParIsWhatDesignFinds(t *testing.T) {
	testkit.Long(t)
	for _, task := range levels.Tasks() {
		blocks := task.Lines
		if task.Answer == "" {
			blocks = design.DefaultBlocks
		}
		f, err := design.Run(context.Background(), task.Demand(blocks), nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case task.Answer == "":
			if len(f.Best) > 0 || f.Undecided > 0 {
				t.Errorf("%s can be done, or is not decided: %v, %d", task.Name, f.Best, f.Undecided)
			}
		case len(f.Best) == 0 || f.Best[0].Cost.Lines != task.Lines || f.Best[0].Trips != task.Trips:
			t.Errorf("%s: par is %d lines and %d trips, and design finds %v", task.Name, task.Lines, task.Trips, f.Best)
		}
	}
}

// Each repair is as small as can be.
func TestEachRepairIsTheSmallest(t *testing.T) {
	testkit.Long(t)
	for _, task := range levels.Repairs() {
		model, _ := task.Model()
		found, edits, err := design.Repair(context.Background(), task.Demand(0), task.Begins(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if n := levels.Edits(task.Begins(), model); edits != task.Edits || n != task.Edits {
			t.Errorf("%s: par is %d edits, the answer has %d, and the smallest repair %d", task.Name, task.Edits, n, edits)
		}
		if !slices.ContainsFunc(found, func(b []recipe.Block) bool { return slices.Equal(b, model.Blocks) }) {
			t.Errorf("%s: the answer is not among %v", task.Name, found)
		}
	}
}

// A consumer that a task is to mend does not hold there.
func TestWhatATaskMendsIsBroken(t *testing.T) {
	for _, task := range levels.All() {
		for _, name := range task.Mends {
			c, ok := consumers.Get(name)
			if !ok {
				t.Errorf("%s: no consumer is called %s", task.Name, name)
				continue
			}
			q := task.Demand(0)
			s, err := check.New(
				sim.Lane{Consumer: c, Business: q.Business, Queue: q.Queue, Processes: check.DefaultWorkers, Messages: check.MessagesFor(c, q.Business, check.DefaultMessages)},
				check.Options{Messages: check.DefaultMessages, Faults: q.Faults, Kinds: q.Kinds, Properties: q.Require})
			if err != nil {
				t.Fatal(err)
			}
			result, err := s.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(q.Require, func(p sim.Property) bool { return result.Of(p).Counterexample != nil }) {
				t.Errorf("%s holds in %s", name, task.Name)
			}
			if _, ok := levels.Against(name); !ok {
				t.Errorf("no task is against %s", name)
			}
		}
	}
}

func TestThereAreEnoughTasksAndEachIsWhole(t *testing.T) {
	cannot, seen := 0, map[string]bool{}
	for _, task := range slices.Concat(levels.Tasks(), levels.Repairs()) {
		if task.Answer == "" {
			cannot++
		}
		found, ok := levels.Find(task.Name)
		if !ok || found.Title != task.Title || seen[task.Name] || task.Title == "" || task.Brief == "" || task.Teaches == "" {
			t.Errorf("%s is not found, is there twice, or lacks a text", task.Name)
		}
		seen[task.Name] = true
		for _, text := range []string{task.Title + ".", task.Brief, task.Teaches} {
			for _, complaint := range prose.Complaints(text) {
				t.Errorf("%s: %s in %q", task.Name, complaint, text)
			}
			if n := prose.Length([]string{text}, 100); n > prose.Most+5 {
				t.Errorf("%s: a sentence of %d words in %q", task.Name, n, text)
			}
		}
		if task.Begins().Check() != nil {
			t.Errorf("%s begins with what is no recipe", task.Name)
		}
	}
	if len(levels.Tasks()) < 14 || cannot < 3 || len(levels.Names()) != len(seen) {
		t.Errorf("%d tasks, %d that cannot be done, %d names", len(levels.Tasks()), cannot, len(levels.Names()))
	}
	if task, ok := levels.Find("8"); !ok || task.Business != sim.Card {
		t.Error(fmt.Sprint("task 8 is not found by its number: ", task.Name))
	}
}

func TestEditsCountLines(t *testing.T) {
	at := func(text string) recipe.Recipe {
		r, err := recipe.Parse("t", strings.ReplaceAll(text, "; ", "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for text, want := range map[string]int{"perform": 0, "ack early; perform": 1, "perform unique by message ID": 1, "begin; perform; commit": 2, "begin; insert by body hash; enqueue; commit": 4} {
		if got := levels.Edits(at("perform"), at(text)); got != want || levels.Edits(at(text), at("perform")) != want {
			t.Errorf("%s: %d edits, want %d", text, got, want)
		}
	}
}
