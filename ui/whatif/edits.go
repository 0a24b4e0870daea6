package whatif

import (
	"cmp"
	"dejavu/scenarios"
	"dejavu/sim"
	"slices"
	"strings"
)

// Edits is what was changed by hand against a scenario as it was opened. A fault
// that was added by hand and then switched off stands in both: so it can be
// switched on again, and flags can say everything, --with for each of With and
// --without for each of Without.
type Edits struct {
	With    []sim.Fault // added, in the order in which they were
	Without []sim.Fault // switched off, sorted, whether planned, drawn or added
}

// Off reports whether a fault is switched off.
func (e Edits) Off(f sim.Fault) bool { return f.Among(e.Without) }

// Toggle returns the edits with a fault switched off if it was on, and on if it was
// off. Done twice it changes nothing.
func (e Edits) Toggle(f sim.Fault) Edits {
	f = f.Written()
	next := Edits{With: slices.Clone(e.With)}
	for _, o := range e.Without {
		if o = o.Written(); o != f && !slices.Contains(next.Without, o) {
			next.Without = append(next.Without, o)
		}
	}
	if !e.Off(f) {
		next.Without = append(next.Without, f)
	}
	slices.SortFunc(next.Without, func(a, b sim.Fault) int { return strings.Compare(a.String(), b.String()) })
	return next
}

// Add returns the edits with a fault that is on: switched on if it was off, else
// added.
func (e Edits) Add(f sim.Fault) Edits {
	if e.Off(f) {
		return e.Toggle(f)
	}
	next := Edits{With: slices.Clone(e.With), Without: slices.Clone(e.Without)}
	if !f.Among(next.With) {
		next.With = append(next.With, f.Written())
	}
	return next
}

// Equal reports whether two edits say the same. In which order faults were switched
// off does not matter.
func (e Edits) Equal(o Edits) bool {
	within := func(a, b []sim.Fault) bool {
		return !slices.ContainsFunc(a, func(f sim.Fault) bool { return !f.Among(b) })
	}
	return slices.EqualFunc(e.With, o.With, sim.Fault.Same) &&
		within(e.Without, o.Without) && within(o.Without, e.Without)
}

// Apply returns a copy of a scenario with these edits. What is switched off is no
// longer planned, and where faults are left to chance it is not to be drawn either.
// A fault that strikes a copy goes with what makes the copy.
func (e Edits) Apply(s *scenarios.Scenario) *scenarios.Scenario {
	c := *s
	c.Spared = slices.Clone(s.Spared)
	full := slices.Concat(s.Faults, e.With)
	c.Faults = slices.DeleteFunc(slices.Clone(full), e.Off)
	for _, f := range e.Without {
		if (s.Rates.Any() || !f.Among(full)) && !f.Among(c.Spared) {
			c.Spared = append(c.Spared, f.Written())
		}
	}
	if check(s, full) >= 0 {
		return &c // what was wrong before is for whoever wrote it to hear of
	}
	for i := check(s, c.Faults); i >= 0; i = check(s, c.Faults) {
		c.Faults = slices.Delete(c.Faults, i, i+1)
	}
	return &c
}

// check returns the first fault of a plan that cannot be, or -1.
func check(s *scenarios.Scenario, plan []sim.Fault) int {
	i, _ := sim.CheckPlan(plan, s.Messages, s.Rates, cmp.Or(s.Workers, scenarios.DefaultWorkers))
	return i
}
