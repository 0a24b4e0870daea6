package quiz

import "testing"

func TestAnAnswerIsTypedOnceOrTwiceIfSure(t *testing.T) {
	for text, want := range map[string]struct {
		n        int
		sure, ok bool
	}{
		"2": {2, false, true}, "22": {2, true, true}, "2!": {2, true, true}, "2 !": {2, true, true},
		"4": {4, false, false}, "0": {0, false, false}, "23": {23, false, false}, "": {0, false, false}, "two": {0, false, false},
	} {
		if n, sure, ok := Read(text, 3); n != want.n || sure != want.sure || ok != want.ok {
			t.Errorf("Read(%q) = %d, %v, %v", text, n, sure, ok)
		}
	}
}

func TestAQuoteKeepsTheReasonThatTellsItFromTheOthers(t *testing.T) {
	all := []Choice{{Text: "nothing: it is new", Short: "nothing"}, {Text: "nothing: it was lost", Short: "nothing"}, {Text: "m2: it was recorded", Short: "m2"}}
	for i, want := range []string{`"nothing: it is new"`, `"nothing: it was lost"`, `"m2"`} {
		if got := Quoted(all, i+1); got != want {
			t.Errorf("quoted %s, want %s", got, want)
		}
	}
}
