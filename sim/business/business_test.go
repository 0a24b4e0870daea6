package business

import (
	"reflect"
	"testing"
)

// Whoever adds a business fills in its row: a word that is forgotten would stand in no
// sentence.
func TestEveryBusinessHasAFullRow(t *testing.T) {
	for _, b := range All() {
		row := b.Info()
		words := reflect.ValueOf(row.Words)
		for i := range words.NumField() {
			if words.Field(i).String() == "" {
				t.Errorf("%s: Words.%s is missing in the table of businesses", row.Name, words.Type().Field(i).Name)
			}
		}
		if row.Name == "" || row.Unit == "" || row.Money != (row.Unit == "cents") {
			t.Errorf("business %d: name %q, unit %q, money %v", b, row.Name, row.Unit, row.Money)
		}
	}
}
