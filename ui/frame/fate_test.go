package frame

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

// How often a message came is said in a narrow column as well.
func TestHowOftenAMessageCameIsNotCut(t *testing.T) {
	l, _ := scenarios.GetLesson("three-orders")
	st, err := story.Tell(l.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for n := range st.Steps() + 1 {
		text := New().Draw(st.View(story.Moment{Step: n}), 120, 40, Look{}).Text()
		told = told || strings.Contains(text, "● worker 1, 2×")
		if strings.Contains(text, "● at worker 1,·") || strings.Contains(text, "● at worker 2,·") {
			t.Fatalf("step %d has a row that is cut:\n%s", n, text)
		}
	}
	if !told {
		t.Error("nobody came twice")
	}
}
