package quiz

import (
	"dejavu/scenarios/scenariotest"
	"dejavu/ui/story"
)

var (
	get  = scenariotest.Get
	tell = scenariotest.Teller(story.Tell)
)
