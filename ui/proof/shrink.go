package proof

import (
	"slices"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// Shrunk is a scenario without what its harm does not need.
type Shrunk struct {
	*scenarios.Scenario
	Owed    string      // what is harmed: a message or, where that has several effects, one of them
	Verdict sim.Verdict // twice, stale or never
	// Faults and Messages were there before, those included that chance drew.
	Faults, Messages int
}

// Shrink drops faults and messages from a scenario, one after the other, as long as
// the same harm comes to the same thing in the lane of a consumer: to the first that
// is done twice or, if nothing is, set back or, if nothing is, never. What chance drew becomes part of the plan.
// Without any of what is left the harm is gone. There is nothing if no harm is done.
func Shrink(s *scenarios.Scenario, consumer string) (*Shrunk, bool) {
	c, ok := consumers.Get(consumer)
	if !ok {
		return nil, false
	}
	one := *s
	one.Consumers, one.Expect = []string{consumer}, nil
	run, err := sim.Simulate(one.Lane(c))
	if err != nil {
		return nil, false
	}
	of := run.Verdicts().Of
	at := -1
	for _, harm := range []sim.Verdict{sim.Twice, sim.Stale, sim.Never} {
		if at < 0 {
			at = slices.Index(of, harm)
		}
	}
	if at < 0 {
		return nil, false
	}
	owed, part := s.Business.Owing(at)
	x := &Shrunk{Owed: scenarios.DebtName(&s.Messages[owed], s.Business, part), Verdict: of[at], Faults: len(run.Faults), Messages: len(s.Messages)}
	if fixed := planned(one, run); x.harms(&fixed, c) {
		one = fixed
	}
	for x.drop(&one, c) {
	}
	one.Title = "The smallest run that harms " + consumer
	one.Teaches, one.Question = "Remove any of this, and "+x.Owed+" comes to no harm.", ""
	one.Story = ""
	v, _ := sim.Tally(one.Lane(c)) // it was run before
	one.Expect = []scenarios.Expectation{scenarios.Expect(consumer, scenarios.Judge(one.Messages, one.Business, v))}
	x.Scenario = &one
	return x, true
}

// planned is a scenario in which what chance drew is part of the plan, and nothing is
// left to chance.
func planned(s scenarios.Scenario, run *sim.Run) scenarios.Scenario {
	s.Faults = slices.Clone(run.Faults)
	for i := range s.Faults {
		s.Faults[i].Drawn = false
	}
	s.Rates, s.Spared = nil, nil
	return s
}

// harms reports whether a scenario does the harm.
func (x *Shrunk) harms(s *scenarios.Scenario, c sim.Consumer) bool {
	v, err := sim.Tally(s.Lane(c))
	if err != nil {
		return false
	}
	for i, of := range v.Of {
		owed, part := s.Business.Owing(i)
		if scenarios.DebtName(&s.Messages[owed], s.Business, part) == x.Owed {
			return of == x.Verdict
		}
	}
	return false
}

// drop drops what it can, and reports whether that was anything: then what could not
// be dropped before may be now.
func (x *Shrunk) drop(s *scenarios.Scenario, c sim.Consumer) bool {
	dropped := false
	for i := len(s.Faults) - 1; i >= 0; i-- {
		less := *s
		less.Faults = slices.Delete(slices.Clone(s.Faults), i, i+1)
		if x.harms(&less, c) {
			*s, dropped = less, true
		}
	}
	for i := len(s.Messages) - 1; i >= 0; i-- {
		less := *s
		less.Messages = slices.Delete(slices.Clone(s.Messages), i, i+1)
		if x.harms(&less, c) { // a fault that strikes what is gone would not be valid
			*s, dropped = less, true
		}
	}
	return dropped
}
