package story

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
)

var (
	get      = scenariotest.Get
	everyone = scenariotest.Everyone
	parse    = scenariotest.Faults
	tell     = scenariotest.Teller(Tell)
)

// joined returns a scenario by its name. A consumer may stand behind it that is told beside
// its own: "twins, lease".
func joined(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	name, consumer, more := strings.Cut(name, ", ")
	s := get(t, name)
	if more {
		s.Consumers = append(slices.Clone(s.Consumers), consumer)
	}
	return s
}

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
	for { // what struck a copy that nobody makes now goes as well
		i, err := sim.CheckPlan(c.Faults, c.Messages, c.Rates, cmp.Or(c.Workers, scenarios.DefaultWorkers))
		if err == nil {
			return &c
		}
		c.Faults = slices.Delete(c.Faults, i, i+1)
	}
}
