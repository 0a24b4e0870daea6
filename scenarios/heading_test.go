package scenarios_test

import (
	"testing"

	"dejavu/scenarios"
)

// Headings are read without the reader of files, so they must say what that says.
func TestHeadingsAreThoseOfTheFiles(t *testing.T) {
	headings := scenarios.Headings()
	for i, s := range scenarios.Shipped() {
		if h := (scenarios.Heading{Name: s.Name, Title: s.Title, Teaches: s.Teaches, Question: s.Question}); headings[i] != h {
			t.Errorf("heading %d is %+v, the file says %+v", i+1, headings[i], h)
		}
	}
}
