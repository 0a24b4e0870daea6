package quiz

import (
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

func get(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	c := *s
	return &c
}

func tell(t *testing.T, s *scenarios.Scenario) *story.Story {
	t.Helper()
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}
