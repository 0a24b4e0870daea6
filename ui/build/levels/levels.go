// Package levels are what build asks for: a business, what can go wrong there, and what must
// hold all the same.
//
// A [Task] is one row of a table. Its par is the cheapest recipe that design finds, and a
// test computes it again; of some tasks it finds that none can be done, and whoever says so is
// right. The tasks of the second table begin with a broken recipe of a real thread, and ask
// for the smallest repair: its par is how many lines that changes.
//
// The first six were tried as somebody does who is new, on 80 columns and 24 rows:
//
//   - "An ack can get lost" taught to keep a record. The 129 lines that can be added hid the
//     few kinds; now each kind comes first, and says what it is for.
//   - "The mail server says no" taught to record afterwards. Its par takes a trip less than
//     the first answer that holds, and so one looks for the flag.
//   - "Two copies at once" taught to look and record in one step.
//   - "The mail server does not answer" taught that an error may be a success.
//   - "Rather two than none" began solved, and taught nothing. It begins with a mark now that
//     has to go.
//   - "Rather none than two" taught that the mark is a choice. What was asked for was out of
//     sight once its panel was closed; it stands in the title now.
package levels

import (
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/design"
)

// Task is something to build or to repair, or to say of that nobody can.
type Task struct {
	// Name is what is typed; Title heads it. Number counts all, from 1.
	Name, Title string
	Number      int
	Business    sim.Business
	Kinds       []check.Kind
	Require     []sim.Property // beside never-stuck, which is always required
	// Without are the parts that are not to be had: see design.Parts.
	Without []string
	// Deliveries is how often the queue delivers a message before it is dead-lettered; 0 is
	// any number.
	Deliveries int
	// Start is what it begins with: one effect, or a broken recipe to repair.
	Start string
	// Answer is the model answer, "" where nobody can; Lines and Trips are its par. Edits is
	// the par of a repair: how many lines are added, deleted or changed.
	Answer       string
	Lines, Trips int
	Edits        int
	// Mends are the consumers of the catalogue that do not hold there, and of which it shows
	// what would.
	Mends []string
	// Thread is where the broken recipe comes from.
	Thread string
	// Brief is said before, and Teaches after it.
	Brief, Teaches string
}

// Tasks are those to build, the easiest first.
func Tasks() []Task { return All()[:len(tasks)] }

// Repairs are those to repair.
func Repairs() []Task { return All()[len(tasks):] }

// All are those to build, and then those to repair.
func All() []Task {
	all := slices.Concat(tasks, repairs)
	for i := range all {
		all[i].Number = i + 1
		if all[i].Start == "" {
			all[i].Start = "perform"
		}
	}
	return all
}

// Chapter is what the lesson is called that leads through the first tasks, and ChapterTitle
// heads it.
const (
	Chapter      = "build"
	ChapterTitle = "Build what holds"
)

// Lesson are the tasks of that lesson.
func Lesson() []Task { return All()[:3] }

// Next is the task after another, or "".
func Next(name string) string {
	if t, ok := Find(name); ok && t.Number < len(Names()) {
		return Names()[t.Number]
	}
	return ""
}

// Against returns the first task that shows what holds where a consumer does not.
func Against(consumer string) (Task, bool) {
	for _, t := range All() {
		if slices.Contains(t.Mends, consumer) {
			return t, true
		}
	}
	return Task{}, false
}

// Find returns the task with a name or a number.
func Find(word string) (Task, bool) {
	for _, t := range All() {
		if t.Name == word || strconv.Itoa(t.Number) == word {
			return t, true
		}
	}
	return Task{}, false
}

// Names are what all tasks are called, in order.
func Names() []string {
	var names []string
	for _, t := range slices.Concat(tasks, repairs) {
		names = append(names, t.Name)
	}
	return names
}

// Demand is what the task asks of a design of up to so many blocks.
func (t *Task) Demand(blocks int) design.Demand {
	q := design.Demand{
		Business: t.Business, Kinds: t.Kinds, Require: append(slices.Clone(t.Require), sim.NeverStuck), Without: t.Without,
		Blocks: blocks, Faults: design.DefaultFaults, Queue: broker.Default(),
	}
	q.Queue.MaxDeliveries = t.Deliveries
	return q
}

// Begins is the recipe that the task begins with.
func (t *Task) Begins() recipe.Recipe { return parse(t.Name, t.Start) }

// Model is the model answer, if somebody can.
func (t *Task) Model() (r recipe.Recipe, ok bool) {
	if t.Answer == "" {
		return r, false
	}
	return parse(t.Name, t.Answer), true
}

func parse(name, text string) recipe.Recipe {
	r, err := recipe.Parse(name, strings.ReplaceAll(text, "; ", "\n"))
	if err != nil {
		panic("levels: " + err.Error())
	}
	r.Name = name
	return r
}

// Solves reports whether a recipe with a result of the task's search is an answer.
func (t *Task) Solves(r recipe.Recipe, of *check.Result) bool {
	return len(t.Missing(r)) == 0 && !slices.ContainsFunc(t.Demand(0).Require, func(p sim.Property) bool { return !of.Of(p).Holds })
}

// Missing are the parts of a recipe that are not to be had.
func (t *Task) Missing(r recipe.Recipe) []string {
	q := t.Demand(0)
	return q.Missing(r)
}

// Edits counts the lines that are added, deleted or changed from one recipe to another.
func Edits(from, to recipe.Recipe) int {
	row := make([]int, len(to.Blocks)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from.Blocks {
		corner := row[0]
		row[0] = i + 1
		for j := range to.Blocks {
			change := corner
			if from.Blocks[i] != to.Blocks[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(corner+1, row[j]+1, change)
		}
	}
	return row[len(to.Blocks)]
}
