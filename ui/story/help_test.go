package story

import (
	"slices"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
)

var (
	get   = scenariotest.Get
	parse = scenariotest.Faults
	tell  = scenariotest.Teller(Tell)
)

// with returns a copy of a scenario with one more fault in its plan.
func with(s *scenarios.Scenario, f sim.Fault) *scenarios.Scenario {
	c := *s
	c.Faults = append(slices.Clone(s.Faults), f)
	return &c
}

// without returns a copy of a scenario in which a fault is neither planned nor drawn.
func without(s *scenarios.Scenario, f sim.Fault) *scenarios.Scenario {
	c := *s
	c.Faults = slices.DeleteFunc(slices.Clone(s.Faults), f.Same)
	c.Spared = append(slices.Clone(s.Spared), f.Written())
	return &c
}
