package sim

import (
	"reflect"
	"testing"
)

// Whoever adds a kind fills in its row: a word that is forgotten would be told as
// nothing at all.
func TestEveryKindOfFaultHasAFullRow(t *testing.T) {
	for _, row := range Faults() {
		words := reflect.ValueOf(row.Words)
		for i := range words.NumField() {
			name := words.Type().Field(i).Name
			if words.Field(i).String() == "" && name != "Missed" && name != "Idle" {
				t.Errorf("%s: Words.%s is missing in the table of faults", row.Kind, name)
			}
		}
		if f, err := ParseFault(row.Words.Example); err != nil || f.Kind != row.Kind {
			t.Errorf("%s: the example %q is of %q (%v): show one as --with takes it", row.Kind, row.Words.Example, f.Kind, err)
		}
		if row.Letter < 'A' || row.Letter > 'Z' || len(row.Fields) == 0 || len(row.Actions) == 0 {
			t.Errorf("%s: a letter, fields and actions are needed: %q, %v, %v", row.Kind, row.Letter, row.Fields, row.Actions)
		}
	}
	if row := FaultKind("quake").Info(); row.Kind != "" || row.Fields != nil {
		t.Errorf("what is no kind of fault has the row %+v", row)
	}
}

func TestEveryKindOfActionHasAFullRow(t *testing.T) {
	for k := Nothing; k < kindCount; k++ {
		if kinds[k].name == "" || kinds[k].past == "" {
			t.Errorf("kind %d: its name is %q, that of its event %q", k, kinds[k].name, kinds[k].past)
		}
	}
}
