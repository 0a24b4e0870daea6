package learn

import (
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
)

// Who has read the answer does not guess.
func TestNoOpeningGivesAnAnswerAway(t *testing.T) {
	content := func(text string) []string {
		fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' })
		return slices.DeleteFunc(fields, func(w string) bool { return len(w) < 4 })
	}
	for _, l := range scenarios.Lessons() {
		out, _ := lines(t, l, "q\n")
		opening, _, cut := strings.Cut(out, "At a question")
		if !cut || strings.Contains(out, l.Teaches) {
			t.Errorf("%s opens with what it teaches:\n%s", l.Name, opening)
		}
		said := content(opening)
		s := begin(t, l, false)
		for i, right := range s.right {
			if right == 0 {
				continue
			}
			why := content(l.Stops[i].Question.Choices[right-1].Why)
			told := 0
			for _, w := range why {
				if slices.Contains(said, w) {
					told++
				}
			}
			if 4*told > 3*len(why) {
				t.Errorf("%s: the opening says why %q is right: %d of %d words", l.Name, l.Stops[i].Question.Choices[right-1].Text, told, len(why))
			}
		}
	}
}
