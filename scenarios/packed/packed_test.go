package packed

import (
	"reflect"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
)

// What the text means is held by the tests of ui/token.
func TestWhatStandsInATokenIsReadAsItWasWritten(t *testing.T) {
	for _, s := range testkit.Sample(6, scenarios.Shipped()) {
		was := Own(s)
		word := was.Token()
		got, err := Read(word)
		if err != nil || !Is(word) || !reflect.DeepEqual(got, was) {
			t.Errorf("%s: %v, written %+v, read %+v", s.Name, err, was, got)
		}
		for i := range len(word) {
			changed := []byte(word)
			changed[i] ^= 1
			if got, err := Read(string(changed)); err == nil {
				t.Fatalf("%s: with letter %d changed it is read as %+v", s.Name, i, got)
			}
		}
	}
}
