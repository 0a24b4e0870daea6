package story

import (
	"slices"
	"strings"
	"testing"

	"dejavu/ui/words"
)

// An older status that is rightly dropped is owed and not set. It is neither missing nor
// lost, and every text that counts says in one word what it is.
func TestAnOutdatedStatusIsSaidInOneWord(t *testing.T) {
	s := get(t, "updated-before-created")
	s.Consumers = []string{"high-water-mark", "naive"}
	st := tell(t, s)
	o := st.Lanes[0].Outcome
	if !slices.Equal(o.Outdated, []string{"m1"}) || !o.OK || o.Missing != 0 || len(st.Lanes[1].Outcome.Outdated) != 0 {
		t.Fatalf("high-water-mark came to %+v", o)
	}
	if got := st.verdict(st.Lanes[0]); !strings.Contains(got, "; outdated m1; everything else once;") {
		t.Errorf("in a sentence: %s", got)
	}
	if got := st.verdict(st.Lanes[1]); strings.Contains(got, "outdated") {
		t.Errorf("of naive, in a sentence: %s", got)
	}
	for _, c := range st.fates(words.IDs) {
		if c.Head == "outdated" && !slices.Equal(c.Cells, []string{"m1", "-"}) {
			t.Errorf("in the table: %q", c.Cells)
		}
	}
	var b strings.Builder
	wrong := func(as words.Meaning, text string) string {
		if as == words.Wrong {
			return "WRONG " + text
		}
		return text
	}
	if err := st.WriteText(&b, 120, wrong); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "outdated") || strings.Contains(b.String(), "WRONG 3 updates") {
		t.Errorf("the text does not say it, or calls it a harm:\n%s", b.String())
	}
	if rest := st.Narrate(st.Steps()); !strings.Contains(rest.Lines[1].Plain(), "m1 outdated, everything else once") && !strings.Contains(rest.Lines[2].Plain(), "m1 outdated, everything else once") {
		t.Errorf("at the end it is told: %v", rest.Lines)
	}
	last := st.View(Moment{Step: st.Steps()})
	if l := &last.Lanes[0]; !l.Outdated[0] || l.CountOutdated() != 1 || last.Lanes[1].CountOutdated() != 0 {
		t.Errorf("at the end: %v, and of naive %v", l.Outdated, last.Lanes[1].Outdated)
	}
	if first := st.View(Moment{}); first.Lanes[0].CountOutdated() != 0 {
		t.Error("at the beginning a status is outdated")
	}
}
