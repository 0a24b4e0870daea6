package proof_test

import (
	"testing"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/proof"
)

// verdict is what becomes of something owed in the lane of a consumer.
func verdict(t *testing.T, s *scenarios.Scenario, consumer, id string) sim.Verdict {
	t.Helper()
	c, _ := consumers.Get(consumer)
	lane := s.Lane(c)
	if lane.Validate() != nil {
		return sim.Pending // cannot be, and so does no harm
	}
	v, err := sim.Tally(lane)
	if err != nil {
		t.Fatal(err)
	}
	for debt, of := range v.Of {
		if owed, part := s.Business.Owing(debt); scenarios.DebtName(&s.Messages[owed], s.Business, part) == id {
			return of
		}
	}
	return sim.Pending
}

func TestWhatIsLeftIsNeededAndDoesTheSameHarm(t *testing.T) {
	shrunk := 0
	for _, s := range scenarios.Shipped() {
		for _, b := range sim.Businesses() {
			for _, name := range testkit.Sample(3, consumers.Names()) {
				s.Business = b
				x, harmed := proof.Shrink(s, name)
				if !harmed {
					continue
				}
				shrunk++
				what := s.Name + ", " + b.String() + ", " + name
				if got := verdict(t, x.Scenario, name, x.Owed); got != x.Verdict {
					t.Fatalf("%s: %s is %s, and was %s", what, x.Owed, got, x.Verdict)
				}
				for i := range x.Scenario.Faults {
					less := *x.Scenario
					less.Faults = append(append([]sim.Fault{}, x.Scenario.Faults[:i]...), x.Scenario.Faults[i+1:]...)
					if verdict(t, &less, name, x.Owed) == x.Verdict {
						t.Errorf("%s: %s is not needed", what, x.Scenario.Faults[i])
					}
				}
				if len(x.Scenario.Faults) > x.Faults || len(x.Scenario.Messages) > x.Messages {
					t.Errorf("%s: it has grown", what)
				}
				again, err := scenarios.Parse("shrunk.yaml", scenarios.Write(x.Scenario))
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if got := verdict(t, again, name, x.Owed); got != x.Verdict {
					t.Errorf("%s: written and read again it is %s", what, got)
				}
			}
		}
	}
	if shrunk < 20 {
		t.Errorf("only %d were harmed: this shows little", shrunk)
	}
}

// What is set back is a harm as well: it takes the two messages, and the one that is late.
func TestAStatusThatIsSetBackShrinksToTheTwoAndTheDelay(t *testing.T) {
	s, _ := scenarios.Get("updated-before-created")
	x, harmed := proof.Shrink(s, "inbox")
	if !harmed || x.Verdict != sim.Stale || x.Owed != "m1" || len(x.Scenario.Messages) != 2 || len(x.Scenario.Faults) != 1 || x.Scenario.Faults[0].Kind != sim.DelayFault {
		t.Fatalf("%+v", x)
	}
}

func TestABadAfternoonShrinksToOneFaultAndOneMessage(t *testing.T) {
	s, _ := scenarios.Get("bad-weather")
	x, harmed := proof.Shrink(s, "naive")
	if !harmed || len(x.Scenario.Faults) != 1 || len(x.Scenario.Messages) != 1 || x.Messages != 40 {
		t.Fatalf("%+v", x)
	}
	if _, harmed := proof.Shrink(s, "inbox-and-gateway-key"); harmed {
		t.Error("nothing harms it, and yet it was shrunk")
	}
}
