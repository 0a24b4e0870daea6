package whatif

import (
	"slices"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Difference says in words how a story ends otherwise than another of the same
// scenario with other faults: "Without m3's crash: NAIVE takes $120 less,
// INBOX the same". If they end alike, it says that, and in what they differ at an
// instant on the way.
func Difference(now, other *story.Story, at time.Duration) words.Line {
	said := compare(now, other, func(l, o *story.LaneStory) (words.Meaning, string) { return gap(&l.Outcome, &o.Outcome) })
	if said == nil {
		said.Add(words.OK, "no difference at the end")
		if by := compare(now, other, func(l, o *story.LaneStory) (words.Meaning, string) { return lag(l, o, at) }); by != nil {
			said[0].Text += "; by " + words.Clock(at)
			said = append(said, by...)
		}
	}
	said[len(said)-1].Text += "."
	if head := changed(now.Scenario, other.Scenario); head != "" {
		return append(words.Say(words.Fault, head+":"), said...)
	}
	return said
}

// compare says lane by lane what differs: nothing at all if nothing does.
func compare(now, other *story.Story, differs func(l, o *story.LaneStory) (words.Meaning, string)) words.Line {
	var said words.Line
	var same []string
	for _, l := range now.Lanes {
		k := slices.IndexFunc(other.Lanes, func(o *story.LaneStory) bool { return o.Consumer.Name == l.Consumer.Name })
		if k < 0 {
			continue
		}
		name := strings.ToUpper(l.Consumer.Name)
		if as, text := differs(l, other.Lanes[k]); text == "" {
			same = append(same, name)
		} else {
			said.Join(as, name+" "+text)
		}
	}
	switch n := len(same); {
	case said == nil:
		return nil
	case n > 2:
		said.Join(words.Dim, "the others the same")
	case n > 0:
		said.Join(words.Dim, strings.Join(same, " and ")+" the same")
	}
	return said
}

// lag says how much more or less a lane had done by an instant than another.
func lag(l, o *story.LaneStory, at time.Duration) (words.Meaning, string) {
	b := l.Run.Lane.Business
	by := func(l *story.LaneStory) (sum int64) {
		for _, m := range l.Marks() {
			if l.Event(m.Event).At <= at {
				sum = m.Taken
			}
		}
		return sum
	}
	units := by(l) - by(o)
	if units == 0 {
		return words.Plain, ""
	}
	return words.Plain, "had " + b.Words().Taken + " " + words.Amount(b, max(units, -units)) + words.Either(units > 0, " more", " less")
}

// gap says how one outcome differs from another: "" if it does not. What is done
// twice and what is lost are two figures, here as well.
func gap(now, other *scenarios.Balance) (words.Meaning, string) {
	b := now.Business
	excess, missing, rest := now.Excess-other.Excess, now.Missing-other.Missing, now.Taken-other.Taken
	rest -= excess - missing // what is neither too much nor lost has been done, or is still to be
	var parts []string
	part := func(verb string, units int64, what string) {
		if units != 0 {
			parts = append(parts, verb+" "+words.Amount(b, max(units, -units))+words.Either(units > 0, " more", " less")+what)
		}
	}
	part(b.Words().Takes, excess, words.Either(missing != 0 || rest != 0, " too often", ""))
	part(words.Either(len(parts) > 0, "and ", "")+"loses", missing, "")
	part(words.Either(len(parts) > 0, "and ", "")+b.Words().Takes, rest, " in time")
	if len(parts) == 0 && slices.Equal(now.Twice, other.Twice) && slices.Equal(now.Never, other.Never) && slices.Equal(now.Parked, other.Parked) {
		return words.Plain, ""
	}
	if len(parts) == 0 {
		return words.Wrong, b.Words().Takes + " as much, but for others"
	}
	better := excess <= 0 && missing <= 0 && rest >= 0
	return words.Either(better, words.OK, words.Wrong), strings.Join(parts, " ")
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

// beyond returns the faults that a scenario has and another has not: planned in the
// one only, or drawn in both and spared in the other only.
func beyond(s, other *scenarios.Scenario) []string {
	var names []string
	add := func(f sim.Fault) {
		if name := words.Mishap(f); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, f := range s.Faults {
		if !f.Among(other.Faults) {
			add(f)
		}
	}
	for _, f := range other.Spared {
		if !f.Among(s.Spared) && !f.Among(s.Faults) && !f.Among(other.Faults) {
			add(f)
		}
	}
	return names
}
