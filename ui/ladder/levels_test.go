package ladder

import (
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
)

func open(t testing.TB, l Level) *Puzzle {
	t.Helper()
	p, err := l.Open()
	if err != nil {
		t.Fatalf("%s: %v", l.Name, err)
	}
	return p
}

// meets plays faults by the rules, and returns what they took if they met the goal.
func meets(t testing.TB, p *Puzzle, faults []sim.Fault) (learn.Score, bool) {
	t.Helper()
	var so whatif.Edits
	for _, f := range faults {
		var err error
		if so, err = p.Try(so, f); err != nil {
			return learn.Score{}, false
		}
	}
	st, err := story.Tell(so.Apply(p.Scenario))
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	_, took, met := p.Met(st)
	return took, met && took.Faults <= p.Faults
}

func TestEachLevelIsSolvedByItsAnswerAndNotByTheOneBefore(t *testing.T) {
	var before []sim.Fault
	for _, l := range Levels() {
		p := open(t, l)
		if took, met := meets(t, p, before); met {
			t.Errorf("%s is solved with %d faults by the answer to the level before it: %v", l.Name, took.Faults, before)
		}
		before = nil
		if p.Trace() == nil {
			if l.Par != (learn.Score{}) {
				t.Errorf("%s: nobody can, and its par is %v", l.Name, l.Par)
			}
			continue
		}
		_, answer, plays := p.Answer()
		if took, met := meets(t, p, answer.With); !plays || !met || took.Faults != l.Par.Faults {
			t.Errorf("%s: its answer %v takes %v, met %v, and par is %v", l.Name, answer.With, took, met, l.Par)
		}
		before = answer.With
	}
}

func TestParIsWhatTheSearchFinds(t *testing.T) {
	for _, l := range Levels() {
		p := open(t, l)
		par, err := p.par()
		if err != nil {
			t.Fatal(err)
		}
		if trace := p.Trace(); trace != nil {
			if par.Faults != trace.Faults {
				t.Errorf("%s: the search needs %d faults, and played it takes %d", l.Name, trace.Faults, par.Faults)
			}
			if par.Actions != len(trace.Actions) {
				t.Logf("%s: search %d actions, played %d", l.Name, len(trace.Actions), par.Actions)
			}
		}
		if par != l.Par {
			t.Errorf("%s: par is %+v, want %+v", l.Name, l.Par, par)
		}
	}
}

// What can be done on the screen never takes less than par: each offer alone, and pairs.
func TestNobodyBeatsPar(t *testing.T) {
	for _, l := range testkit.Sample(6, Levels()) {
		p := open(t, l)
		quiet, err := story.Tell(p.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Offers(quiet, 0) {
			took, met := meets(t, p, []sim.Fault{a.Fault})
			if met && (p.Trace() == nil || took.Beats(l.Par)) {
				t.Errorf("%s: %s takes %v, and par is %v", l.Name, a.Fault, took, l.Par)
			}
			struck, err := story.Tell((whatif.Edits{With: []sim.Fault{a.Fault}}).Apply(p.Scenario))
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range testkit.Sample(5, p.Offers(struck, struck.Steps()/2)) {
				took, met := meets(t, p, []sim.Fault{a.Fault, b.Fault})
				if met && (p.Trace() == nil || took.Beats(l.Par)) {
					t.Errorf("%s: %s and %s take %v, and par is %v", l.Name, a.Fault, b.Fault, took, l.Par)
				}
			}
		}
	}
}

func TestTheLadderIsLongAndItsLevelsDiffer(t *testing.T) {
	if len(levels) < 16 {
		t.Errorf("%d levels, want at least 16", len(levels))
	}
	seen := map[string]bool{}
	for _, l := range Levels() {
		if seen[l.Name] || seen[l.Title] || seen[l.Teaches] || slices.Contains(consumers.Names(), l.Name) || slices.Contains(scenarios.Names(), l.Name) {
			t.Errorf("%s: its name, title or lesson is taken", l.Name)
		}
		seen[l.Name], seen[l.Title], seen[l.Teaches] = true, true, true
		if l.Belief.Text() == "" || l.Brief == "" {
			t.Errorf("%s lacks a misconception or what is said before", l.Name)
		}
		if found, ok := Find(l.Name); !ok || found.Number != l.Number {
			t.Errorf("%s is not found by its name", l.Name)
		}
	}
}

// Every hint says something, and the last one solves the level.
func TestHintsLeadToTheAnswer(t *testing.T) {
	for _, l := range Levels() {
		p := open(t, l)
		seen := map[string]bool{}
		for n := 1; n <= MostHints; n++ {
			if hint := p.Hint(n); hint == "" || seen[hint] {
				t.Errorf("%s: hint %d is %q", l.Name, n, hint)
			} else {
				seen[hint] = true
			}
		}
	}
}

// Any consumer is a level, in any business.
func TestEveryConsumerIsALevel(t *testing.T) {
	type one struct {
		name string
		b    sim.Business
	}
	var all []one
	for _, b := range sim.Businesses() {
		for _, name := range consumers.Names() {
			all = append(all, one{name, b})
		}
	}
	for _, o := range testkit.Sample(12, all) {
		p, err := Of(o.name, o.b, "")
		if o.b.Info().LastWins && err != nil && strings.Contains(err.Error(), "cannot be played here") {
			continue // of two orders in one group, only an order of events that no plan has breaks it
		}
		if err != nil {
			t.Errorf("%s, %s: %v", o.name, o.b, err)
			continue
		}
		if _, answer, _ := p.Answer(); p.Trace() != nil {
			if took, met := meets(t, p, answer.With); !met || took.Beats(p.Par) {
				t.Errorf("%s, %s: the answer %v takes %v, met %v; par is %v", o.name, o.b, answer.With, took, met, p.Par)
			}
		}
	}
}
