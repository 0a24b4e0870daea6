package report

import (
	"testing"

	"dejavu/ui/story"
)

// What is seen at the end is what run --json says, and what the ledger of the world
// says at any moment before.
func TestTheScreenAndTheReportAgreeOnEveryNumber(t *testing.T) {
	everyStory(t, func(what string, s *story.Story) {
		v := s.View(story.Moment{Step: s.Steps()})
		for k, lane := range Of(s).Lanes {
			l := &v.Lanes[k]
			if l.Taken != lane.Done || l.Excess != lane.Excess || l.Missing != lane.Missing ||
				l.Twice != len(lane.Twice) || l.Lost != len(lane.Never)+len(lane.Parked) || l.Delivered() != lane.Deliveries {
				t.Errorf("%s: %s ends with taken %d excess %d missing %d twice %d lost %d delivered %d, the report has %+v",
					what, lane.Consumer, l.Taken, l.Excess, l.Missing, l.Twice, l.Lost, l.Delivered(), lane)
			}
		}
	})
}
