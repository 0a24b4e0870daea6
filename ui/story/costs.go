package story

import (
	"fmt"
	"time"

	"dejavu/sim"
	"dejavu/ui/words"
)

// Costs returns what the strategy has cost in the whole run. It is found when it is
// first asked for.
func (l *LaneStory) Costs() sim.Costs {
	if l.costs != nil {
		return *l.costs
	}
	return l.CostsAt(l.Run.Len())
}

// CostsAt returns what the strategy has cost by the first n events.
func (l *LaneStory) CostsAt(n int) sim.Costs {
	if l.meter == nil {
		l.meter = l.Run.Meter()
	}
	return l.meter.At(n)
}

// Each is a count per message owed.
func (l *LaneStory) Each(count int) string {
	return fmt.Sprintf("%.1f", float64(count)/float64(len(l.Run.Lane.Messages)))
}

// AddedEach is the latency that the strategy adds to a message.
func (l *LaneStory) AddedEach() string {
	return words.Latency(l.Costs().Added / time.Duration(len(l.Run.Lane.Messages)))
}

// Spent says what the strategy has cost by the first n events, beyond what it
// remembers, the most telling first: 11 round trips, +110 ms.
func (l *LaneStory) Spent(n int) []string {
	c := l.CostsAt(n)
	var parts []string
	if c.RoundTrips > 0 {
		parts = append(parts, words.Count(c.RoundTrips, "round trip"))
	}
	if c.Added > 0 {
		parts = append(parts, "+"+words.Latency(c.Added))
	}
	if c.Keys > 0 {
		parts = append(parts, l.Run.Lane.Business.Part(sim.Business.HonoursKeys).Words().Whom+" keeps "+words.Count(c.Keys, "key"))
	}
	return parts
}

// CostSentence is what the strategy has cost, as a part of a sentence.
func (l *LaneStory) CostSentence() string {
	c := l.Costs()
	text := "remembers " + words.Remembers(c.End)
	if c.Peak != c.End {
		text += ", at most " + words.Remembers(c.Peak)
	}
	if c.Stays != c.End {
		text += ", for good " + words.Remembers(c.Stays)
	}
	if c.RoundTrips == 0 && c.Added == 0 {
		return text + "; no round trips"
	}
	return text + fmt.Sprintf("; %s round trips and %s more a message", l.Each(c.RoundTrips), l.AddedEach())
}
