package scenarios_test

import (
	"slices"
	"testing"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
)

func owed(amounts ...int64) []sim.Owed {
	var all []sim.Owed
	for i, cents := range amounts {
		all = append(all, sim.Owed{ID: "m" + string(rune('1'+i)), Message: broker.Message{Amount: cents}})
	}
	return all
}

var mixed = sim.Verdicts{
	Of:      []sim.Verdict{sim.Once, sim.Twice, sim.Never, sim.Parked, sim.Pending, sim.Twice},
	Effects: []int32{1, 3, 0, 0, 0, 2},
}

func TestTooMuchAndNeverTakenAreNotNetted(t *testing.T) {
	o := scenarios.Judge(owed(100, 1000, 20, 3, 50000, 700), sim.Card, mixed)
	if o.Owed != 51823 || o.Taken != 100+3000+1400 || o.Excess != 2000+700 || o.Missing != 23 || o.OK {
		t.Errorf("got %+v", o)
	}
	if !slices.Equal(o.Twice, []string{"m2", "m6"}) || !slices.Equal(o.Never, []string{"m3"}) || !slices.Equal(o.Parked, []string{"m4"}) || !slices.Equal(o.Pending, []string{"m5"}) {
		t.Errorf("got %+v", o)
	}
	if pending := int64(50000); o.Taken != o.Owed+o.Excess-o.Missing-pending {
		t.Errorf("the figures do not add up: %+v", o)
	}
	o = scenarios.Judge(owed(100, 1000, 20, 3, 50000, 700), sim.Mail, mixed)
	if o.Owed != 6 || o.Taken != 6 || o.Excess != 3 || o.Missing != 2 {
		t.Errorf("mails: got %+v", o)
	}
}

func TestADifferenceNamesTheNumber(t *testing.T) {
	o := scenarios.Judge(owed(100, 1000, 20, 3, 50000, 700), sim.Card, mixed)
	num := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		e    scenarios.Expectation
		want []string
	}{
		{scenarios.Expectation{Consumer: "naive"}, nil},
		{scenarios.Expectation{Consumer: "naive", Twice: []string{"m6", "m2"}, Excess: num(2700), Missing: num(23)}, nil},
		{scenarios.Expectation{Consumer: "naive", Excess: num(135_00)}, []string{"naive: excess is $27, expected $135"}},
		{scenarios.Expectation{Consumer: "naive", Twice: []string{}, Never: []string{"m1", "m3"}, Parked: []string{"m1"}, Pending: []string{}, Missing: num(0)}, []string{
			"naive: twice is m2, m6, expected none",
			"naive: never is m3, expected m1, m3",
			"naive: parked is m4, expected m1",
			"naive: pending is m5, expected none",
			"naive: missing is $0.23, expected $0",
		}},
	} {
		if got := c.e.Differences(o); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %q, want %q", c.e, got, c.want)
		}
	}
	o.Business = sim.Stock
	if got := (scenarios.Expectation{Consumer: "inbox", Excess: num(1)}).Differences(o); !slices.Equal(got, []string{"inbox: excess is 2700 items, expected 1 item"}) {
		t.Errorf("got %q", got)
	}
}

func TestAWrongExpectationIsFound(t *testing.T) {
	s := edited(t, "lost-ack-then-crash", "excess: $135", "excess: $120")
	o := outcome(t, s, "naive")
	e, _ := s.Expectation("naive")
	if got := e.Differences(o); !slices.Equal(got, []string{"naive: excess is $135, expected $120"}) {
		t.Errorf("got %q", got)
	}
	if got := s.Check("mark-first", mixed); got != nil {
		t.Errorf("nothing is expected of mark-first, and yet: %q", got)
	}
}
