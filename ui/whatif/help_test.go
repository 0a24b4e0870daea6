package whatif

import (
	"dejavu/scenarios/scenariotest"
	"dejavu/sim/testkit"
	"dejavu/ui/story"
)

func init() {
	testkit.FewChecks(10)
	testkit.CollectLess()
}

var (
	get   = scenariotest.Get
	parse = scenariotest.Faults
	tell  = scenariotest.Teller(story.Tell)
)
