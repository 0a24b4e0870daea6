package fault

import (
	"reflect"
	"slices"
	"testing"

	"dejavu/sim/action"
)

// Whoever adds a kind fills in its row: a word that is forgotten would be told as
// nothing at all.
func TestEveryKindOfFaultHasAFullRow(t *testing.T) {
	for _, row := range All() {
		attempt := row.Strikes == AtAttempt
		needless := map[string]bool{
			"Missed": true, "Idle": true, "Why": true,
			"Who": attempt, "One": len(row.Actions) > 0 && !row.Actions[0].IsFault(),
			"Lasting": !attempt || !slices.Contains(row.Fields, "at"), // only what strikes attempts for a time
		}
		words := reflect.ValueOf(row.Words)
		for i := range words.NumField() {
			name := words.Type().Field(i).Name
			if words.Field(i).String() == "" && !needless[name] {
				t.Errorf("%s: Words.%s is missing in the table of faults", row.Kind, name)
			}
		}
		if f, err := Parse(row.Words.Example); err != nil || f.Kind != row.Kind {
			t.Errorf("%s: the example %q is of %q (%v): show one as --with takes it", row.Kind, row.Words.Example, f.Kind, err)
		}
		if row.Letter < 'A' || row.Letter > 'Z' || len(row.Fields) == 0 || len(row.Actions) == 0 {
			t.Errorf("%s: a letter, fields and actions are needed: %q, %v, %v", row.Kind, row.Letter, row.Fields, row.Actions)
		}
		if attempt != (row.Hits != NoHit) {
			t.Errorf("%s: Hits says which place of an attempt it strikes, and only that: %d", row.Kind, row.Hits)
		}
		for _, a := range row.Actions {
			takes := row.Hits == OnAck || row.Hits == OnStep || row.Hits == OnClock
			if precedes := row.Hits == OnPoint; a.IsFault() && (a.TakesStep() != takes || a.Precedes() != precedes) {
				t.Errorf("%s: step, in the row of the action %s, says what becomes of the next step: it takes it: %v, want %v; it comes before it: %v, want %v", row.Kind, a, a.TakesStep(), takes, a.Precedes(), precedes)
			}
		}
	}
	if row := Kind("quake").Info(); row.Kind != "" || row.Fields != nil {
		t.Errorf("what is no kind of fault has the row %+v", row)
	}
}

func TestEveryActionThatIsAFaultIsOfAKind(t *testing.T) {
	for k := action.Nothing; k < action.Count; k++ {
		if k.IsFault() != (Of(k).Kind != "") && k != action.Evict { // the search alone lets a memory forget
			t.Errorf("%s: a fault is of a kind that a plan can hold: name it in the Actions of a row of faults", k)
		}
	}
}
