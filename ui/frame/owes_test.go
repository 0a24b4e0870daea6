package frame

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

// A message that stands for the debt of another has a row above, which says so in the place of
// the amount, and none in the ledger. The ledger owes the debt once.
func TestADebtOfTwoMessagesHasOneRowInTheLedger(t *testing.T) {
	s, err := scenarios.Parse("doors.yaml", []byte("title: Two doors\nmessages:\n"+
		"  - {id: m1, at: 1s, customer: Ann, amount: $40}\n  - {id: m2, at: 3s, customer: Ann, amount: $40, owes: m1}\n"+
		"consumers: [naive, inbox-key]\nfaults:\n  - delay: {of: m1, for: 10s}\n"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	owed := map[int64]bool{}
	screen := New()
	for n := range st.Steps() + 1 {
		v := st.View(story.Moment{Step: n})
		text := screen.Draw(v, 120, 40, Look{}).Text()
		row := rowOf(text, " m2 ")
		if !strings.Contains(row, "for m1") || strings.Contains(row, "$40") {
			t.Fatalf("step %d: the row of m2 is %q:\n%s", n, row, text)
		}
		if strings.Count(text, "Ann    m2") > 0 {
			t.Fatalf("step %d: the ledger has a row for m2:\n%s", n, text)
		}
		owed[screen.owed(&v.Lanes[0])] = true
	}
	if len(owed) != 2 || !owed[0] || !owed[4000] {
		t.Errorf("owed are %v, want nothing and then $40", owed)
	}
}

// rowOf returns the first row of a frame that has a text in it.
func rowOf(frame, text string) string {
	for row := range strings.Lines(frame) {
		if strings.Contains(row, text) {
			return row
		}
	}
	return ""
}
