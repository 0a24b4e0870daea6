package spell_test

import (
	"testing"

	"dejavu/sim/spell"
)

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	words := []string{"lose-ack", "crash", "pause", "copy", "m1", "m22", "Ann"}
	for word, want := range map[string]string{
		"loose-ack": "lose-ack", "lose_ack": "lose-ack", "carsh": "crash", "CRASH": "crash", "puase": "pause", "M1": "m1", "m23": "m22",
		"m9": "", "": "", "budget": "", "restart": "", "ann": "Ann", "cpoy": "copy",
	} {
		if got, ok := spell.Nearest(word, words); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", word, got, ok, want)
		}
	}
}

func TestTheBeginningOfAWordIsEnoughToMeanIt(t *testing.T) {
	for word, want := range map[string]string{"sqs": "sqs-standard", "QUIET": "quiet-day", "zz": "", "q": ""} {
		got, ok := spell.Nearest(word, []string{"quiet-day", "sqs-standard", "sqs-fifo"})
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", word, got, ok, want)
		}
	}
}
