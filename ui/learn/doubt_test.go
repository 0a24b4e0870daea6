package learn

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"dejavu/scenarios"
)

// doubting takes a lesson by lines, and returns what was refuted, and what was written.
func doubting(t *testing.T, typed string, waits bool) (refuted []scenarios.Misconception, out string) {
	t.Helper()
	l, _ := scenarios.GetLesson("ghost-charge")
	var b bytes.Buffer
	f := &Lines{In: bufio.NewReader(strings.NewReader(typed)), Out: &b, Waits: waits, Refute: func(m scenarios.Misconception) error {
		refuted = append(refuted, m)
		return nil
	}}
	if err := f.Play(begin(t, l, false)); err != nil && err != ErrLeft {
		t.Fatal(err)
	}
	return refuted, b.String()
}

func TestOnlyAWrongAnswerIsOfferedToBeRefuted(t *testing.T) {
	for typed, want := range map[string]int{
		"1\n2\n2\n": 1, "1\n1\n2\n": 2,
		"1\n1\n1\n": 2, // after the last nothing is read any more
		"3\n2\n2\n": 0, // right
		"\n\n\n":    0, // passed over
		"?\n?\n\n":  0, // a hint is no answer
		"y\n3\ny\n": 0, // a y that was not asked for
		"1\n\n2\n":  1, // passed over after a wrong one
	} {
		if _, out := doubting(t, typed, false); strings.Count(out, "See it refuted") != want {
			t.Errorf("%q: want %d offers:\n%s", typed, want, out)
		}
	}
	// Who sits there is asked once as well, not at each stop after it.
	if _, out := doubting(t, strings.Repeat("\n", 4)+"1\n\n"+strings.Repeat("\n", 30), true); strings.Count(out, "See it refuted") != 1 {
		t.Errorf("got %s", out)
	}
}

func TestYRefutesAndLeavesTheQuestionOpen(t *testing.T) {
	refuted, out := doubting(t, "1\ny\nyes\n2\ny\n2\n", false)
	if len(refuted) != 2 || refuted[0] != 1 || refuted[1] != 1 {
		t.Errorf("refuted %v", refuted)
	}
	if strings.Count(out, "And the question above?") != 2 || !strings.Contains(out, "Right: NAIVE charges for each delivery") {
		t.Errorf("got %s", out)
	}
}
