package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
)

// future is a story as it would go with one more fault.
type future struct {
	scenario *scenarios.Scenario
	runs     []*sim.Run // by lane
	fault    int32      // index of the fault in each
}

// imagine returns the future with one more fault, or nil if there is none worth
// telling: the fault cannot be, strikes nothing, or would change what has happened
// in the first n steps.
func (s *Story) imagine(f sim.Fault, n int) *future {
	u := s.with(f)
	if u == nil {
		return nil
	}
	struck := false
	for k := range u.runs {
		if !s.keeps(u.runs[k], k, n) {
			return nil
		}
		struck = struck || u.struck(k)
	}
	if !struck {
		return nil
	}
	return u
}

// with simulates every lane again with one more fault. It returns nil if that
// cannot be.
func (s *Story) with(f sim.Fault) *future {
	c := *s.Scenario
	c.Faults = append(slices.Clone(c.Faults), f)
	u := &future{scenario: &c, fault: int32(len(s.Scenario.Faults))}
	for _, l := range s.Lanes {
		run, err := simulate(c.Lane(l.Consumer), s.pace)
		if err != nil {
			return nil
		}
		u.runs = append(u.runs, run)
	}
	return u
}

// struck reports whether the fault strikes in a lane.
func (u *future) struck(lane int) bool {
	return slices.ContainsFunc(u.runs[lane].Events(), func(e sim.Event) bool { return e.Fault == u.fault })
}

// keeps reports whether in another run of a lane the first n steps are as they
// were, and nothing else comes before their end.
func (s *Story) keeps(run *sim.Run, lane, n int) bool {
	old, upto := s.Lanes[lane].Run, s.Upto(n, lane)
	if run.Len() < upto || run.Len() > upto && run.Events()[upto].At < s.When(n) {
		return false
	}
	for i := range upto {
		s.pace.did(1)
		if !sameEvent(old, run, i) {
			return false
		}
	}
	return true
}

// sameEvent reports whether the i-th events of two runs are the same. One fault more
// in the plan, and the same draw has another number.
func sameEvent(a, b *sim.Run, i int) bool {
	x, y := a.Events()[i], b.Events()[i]
	if x.Fault >= 0 && y.Fault >= 0 && a.Faults[x.Fault] == b.Faults[y.Fault] {
		y.Fault = x.Fault
	}
	return x == y
}

// soon returns the roundest instant after the n-th step and before anything else
// happens.
func (s *Story) soon(n int) time.Duration {
	now := s.When(n)
	next := now + 2*time.Second
	if i := s.StepAt(now); i < s.Steps() {
		next = min(next, s.When(i+1))
	}
	for unit := time.Second; unit > 0; unit /= 10 {
		if at := (now/unit + 1) * unit; at < next {
			return at
		}
	}
	return now + 1
}

// Difference says in words how a story ends otherwise than another of the same
// scenario with other faults: "Without m3's crash: NAIVE takes $120 less,
// INBOX the same". If they end alike, it says that, and in what they differ at an
// instant on the way.
func Difference(now, other *Story, at time.Duration) Line {
	said := compare(now, other, func(l, o *Lane) (Meaning, string) { return gap(&l.Outcome, &o.Outcome) })
	if said == nil {
		said.add(OK, "no difference at the end")
		if by := compare(now, other, func(l, o *Lane) (Meaning, string) { return lag(l, o, at) }); by != nil {
			said[0].Text += "; by " + Clock(at)
			said = append(said, by...)
		}
	}
	said[len(said)-1].Text += "."
	if head := changed(now.Scenario, other.Scenario); head != "" {
		return append(Line{{head + ":", Fault}}, said...)
	}
	return said
}

// compare says lane by lane what differs: nothing at all if nothing does.
func compare(now, other *Story, differs func(l, o *Lane) (Meaning, string)) Line {
	var said Line
	var same []string
	for _, l := range now.Lanes {
		k := slices.IndexFunc(other.Lanes, func(o *Lane) bool { return o.Consumer.Name == l.Consumer.Name })
		if k < 0 {
			continue
		}
		name := strings.ToUpper(l.Consumer.Name)
		if as, text := differs(l, other.Lanes[k]); text == "" {
			same = append(same, name)
		} else {
			said.join(as, name+" "+text)
		}
	}
	switch n := len(same); {
	case said == nil:
		return nil
	case n > 2:
		said.join(Dim, "the others the same")
	case n > 0:
		said.join(Dim, strings.Join(same, " and ")+" the same")
	}
	return said
}

// lag says how much more or less a lane had done by an instant than another.
func lag(l, o *Lane, at time.Duration) (Meaning, string) {
	b := l.Run.Lane.Business
	by := func(l *Lane) (sum int64) {
		for _, m := range l.marks {
			if l.event(m.Event).At <= at {
				sum = m.Taken
			}
		}
		return sum
	}
	units := by(l) - by(o)
	if units == 0 {
		return Plain, ""
	}
	return Plain, "had " + trade(b).Taken + " " + Amount(b, max(units, -units)) + yesNo(units > 0, " more", " less")
}

// gap says how one outcome differs from another: "" if it does not. What is done
// twice and what is lost are two figures, here as well.
func gap(now, other *scenarios.Outcome) (Meaning, string) {
	b := now.Business
	excess, missing, rest := now.Excess-other.Excess, now.Missing-other.Missing, now.Taken-other.Taken
	rest -= excess - missing // what is neither too much nor lost has been done, or is still to be
	var parts []string
	part := func(verb string, units int64, what string) {
		if units != 0 {
			parts = append(parts, verb+" "+Amount(b, max(units, -units))+yesNo(units > 0, " more", " less")+what)
		}
	}
	part(trade(b).Takes, excess, yesNo(missing != 0 || rest != 0, " too often", ""))
	part(yesNo(len(parts) > 0, "and ", "")+"loses", missing, "")
	part(yesNo(len(parts) > 0, "and ", "")+trade(b).Takes, rest, " in time")
	if len(parts) == 0 && slices.Equal(now.Twice, other.Twice) && slices.Equal(now.Never, other.Never) && slices.Equal(now.Parked, other.Parked) {
		return Plain, ""
	}
	if len(parts) == 0 {
		return Wrong, trade(b).Takes + " as much, but for others"
	}
	better := excess <= 0 && missing <= 0 && rest >= 0
	return yesNo(better, OK, Wrong), strings.Join(parts, " ")
}

// changed says which faults one scenario has on and another has not.
func changed(now, other *scenarios.Scenario) string {
	added, gone := beyond(now, other), beyond(other, now)
	switch {
	case len(added)+len(gone) > 3:
		return "With other faults"
	case len(added) == 0 && len(gone) == 0:
		return ""
	case len(added) == 0:
		return "Without " + strings.Join(gone, " and ")
	case len(gone) == 0:
		return "With " + strings.Join(added, " and ")
	}
	return "With " + strings.Join(added, " and ") + ", without " + strings.Join(gone, " and ")
}

// Mishap names a fault as people do: m3's crash.
func Mishap(f sim.Fault) string {
	whose := f.Message
	if f.Delivery > 1 {
		whose += "/" + fmt.Sprint(f.Delivery)
	}
	return fill(f.Kind.Info().Words.Named, &f, "{m3's}", yesNo(f.Message == sim.AllMessages, "the", whose+"'s"), "{m3}", whose, "{acks}", yesNo(f.Last > 1, "acks", "ack"))
}

// beyond returns the faults that a scenario has and another has not: planned in the
// one only, or drawn in both and spared in the other only.
func beyond(s, other *scenarios.Scenario) []string {
	var names []string
	add := func(f sim.Fault) {
		if name := Mishap(f); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, f := range s.Faults {
		if !has(other.Faults, f) {
			add(f)
		}
	}
	for _, f := range other.Spared {
		if !has(s.Spared, f) && !has(s.Faults, f) && !has(other.Faults, f) {
			add(f)
		}
	}
	return names
}
