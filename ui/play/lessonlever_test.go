//go:build !windows

package play

import (
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
)

// What a lesson says to press, and where, does in the playground what it says.
func TestTheKeyOfAChangeDoesItWhereTheLessonSendsThem(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		s, err := learn.Begin(l, false)
		if err != nil {
			t.Fatal(err)
		}
		for s.Scene().Phase != learn.Changed {
			s.Do(learn.Input{Kind: learn.Go})
		}
		c := s.Scene()
		at := c.At
		if at == 0 {
			at = -1
		}
		p := start(t, Start{Scenario: l.Scenario, At: at, Theme: &grid.Mono}, 120, 40)
		for range c.Presses {
			p.press(c.Key)
		}
		if c.Key == "l" {
			p.sees("Which consumers")
			continue
		}
		for k, lane := range c.Story.Lanes {
			if got := &p.m.st.Lanes[k].Outcome; got.Taken != lane.Outcome.Taken || got.Missing != lane.Outcome.Missing {
				t.Errorf("%s: %s, %d times at %v, leads to %+v, want %+v", l.Name, c.Key, c.Presses, c.At, got, lane.Outcome)
			}
		}
	}
}
