package whatif

import (
	"dejavu/scenarios/scenariotest"
	"dejavu/ui/story"
)

var (
	get   = scenariotest.Get
	parse = scenariotest.Faults
	tell  = scenariotest.Teller(story.Tell)
)
