package quiz

import (
	"dejavu/ui/story"
)

// askStale asks what becomes of an older status that comes when a newer one is set.
func askStale(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[0]
	a, known := o.bringer()
	if !known {
		return
	}
	q = Question{Step: o.brink, Reveal: o.stop.Step, Lane: o.lane}
	q.Text = o.Title() + " is at " + a.Name + ", and has set what a newer message says. What becomes of the status?"
	return q, []claim{
		{"it is set back", "to what " + a.Name + " says", true, o.reason(""), 0},
		{"it stays", "what is newer wins", false, "a write wins because it is last, and not because it is newer", 10},
		{"it stays", a.Name + " is dropped as a duplicate", false, "nothing says of it that it was done, and to know that would not tell what is newer", 9},
	}
}
