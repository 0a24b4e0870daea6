package sim_test

import (
	"slices"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
)

// Two faults of one step cannot both strike it: the one that does not is not used up, and
// strikes the next such step of the attempt.
func TestOfTwoFaultsAtOneStepTheOtherWaitsForTheNext(t *testing.T) {
	stubborn := sim.Consumer{Name: "stubborn", Handle: func(p *sim.Proc, m broker.Message) error {
		if err := p.Perform(m); err == nil {
			return nil
		}
		return p.Perform(m)
	}}
	for _, plan := range [][]string{
		{"fail:m1,step=perform", "lose-reply:m1,step=perform"},
		{"lose-reply:m1,step=perform", "fail:m1,step=perform"},
	} {
		r := simulate(t, lane(stubborn, sim.Card, 1, plan...))
		var struck []int32
		for _, e := range r.Events() {
			if e.Fault >= 0 {
				struck = append(struck, e.Fault)
			}
		}
		if want := []int32{1, 0}; !slices.Equal(struck, want) {
			t.Errorf("%v: faults %v struck, want %v", plan, struck, want)
		}
	}
}
