package story

import (
	"slices"
	"strings"

	"dejavu/sim"
)

// of says how much of how much: $335 of $200, 6 of 4 mails.
func ofAll(b sim.Business, part, whole int64) string {
	if b.Info().Money {
		return Money(part) + " of " + Money(whole)
	}
	return grouped(part) + " of " + Amount(b, whole)
}

// tellRest says what it came to.
func (s *Story) tellRest() *Narration {
	t := &Narration{Badge: "the end", As: OK}
	b := s.Scenario.Business
	harmed := 0
	for _, l := range s.Lanes {
		o := &l.Outcome
		line := Line{{strings.ToUpper(l.Consumer.Name), Strong}, {trade(b).Took + " " + ofAll(b, o.Taken, o.Owed) + " owed:", Plain}}
		if o.OK {
			line.add(OK, "everything once.")
		} else {
			harmed++
			line = append(line, l.came()...)
		}
		t.Lines = append(t.Lines, line)
	}
	head := "It is over, and everything was " + trade(b).Did + " once."
	if harmed > 0 {
		t.As = Wrong
		head = "It is over. Same messages, same faults; what differs is the consumer."
		if harmed == len(s.Lanes) {
			head = "It is over, and no lane came through it."
		}
	}
	if len(s.cut()) > 0 {
		head = s.ended()
	}
	t.Lines = slices.Insert(t.Lines, 0, Line{{head, Strong}})
	return t
}

// came says what went wrong in a lane: too much and never taken are two figures.
func (l *Lane) came() Line {
	var line Line
	b, o := l.Run.Lane.Business, &l.Outcome
	if len(o.Twice) > 0 {
		line.join(Wrong, l.often()+", "+Amount(b, o.Excess)+" too much")
	}
	if len(o.Never) > 0 {
		line.join(Wrong, list(o.Never)+" "+"never "+trade(b).Did)
	}
	if len(o.Parked) > 0 {
		line.join(Fault, list(o.Parked)+" parked")
	}
	if len(o.Pending) > 0 {
		line.join(Dim, list(o.Pending)+" still pending")
	}
	if o.Cut {
		line.join(Fault, "not over after "+count(l.Run.Lane.MaxEvents, "event"))
	}
	line[len(line)-1].Text += "."
	return line
}

// often says what was done how often: m2 charged twice; m2 charged 4 times, m3 twice.
func (l *Lane) often() string {
	nth := make([]int, len(l.Run.Lane.Messages))
	for _, m := range l.marks {
		nth[m.Owed] = max(nth[m.Owed], m.Nth)
	}
	var counts []int
	ids := map[int][]string{}
	for owed, n := range nth {
		if n > 1 {
			if !slices.Contains(counts, n) {
				counts = append(counts, n)
			}
			ids[n] = append(ids[n], l.Run.Lane.Messages[owed].ID)
		}
	}
	slices.Sort(counts)
	var parts []string
	for i, n := range counts {
		parts = append(parts, list(ids[n])+" "+yesNo(i == 0, trade(l.Run.Lane.Business).Did+" ", "")+times(n))
	}
	return strings.Join(parts, ", ")
}
