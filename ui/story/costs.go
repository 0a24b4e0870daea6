package story

import (
	"fmt"
	"math"
	"time"

	"dejavu/sim"
)

// CostReport is what a strategy has cost in a lane, for programs to read. What
// each figure counts is said at [sim.Costs] and [sim.RowOverhead]. Those per
// message divide by the messages owed: redeliveries and copies are part of what a
// message costs. They are rounded to three places.
type CostReport struct {
	Kept                  sim.Remembered `json:"kept"`  // at the end of the run
	Peak                  sim.Remembered `json:"peak"`  // the most at any time
	Stays                 sim.Remembered `json:"stays"` // of what is kept: what never expires
	RoundTrips            int            `json:"round_trips"`
	RoundTripsPerMessage  float64        `json:"round_trips_per_message"`
	Calls                 int            `json:"calls"`
	CallsPerMessage       float64        `json:"calls_per_message"`
	AddedMillis           float64        `json:"added_ms"`
	AddedMillisPerMessage float64        `json:"added_ms_per_message"`
	LockWaitMillis        float64        `json:"lock_wait_ms"` // part of added_ms
	ReceiverKeys          int            `json:"receiver_keys"`
}

// Costs returns what the strategy has cost in the whole run. It is found when it is
// first asked for.
func (l *Lane) Costs() sim.Costs {
	if l.costs != nil {
		return *l.costs
	}
	return l.CostsAt(l.Run.Len())
}

// CostsAt returns what the strategy has cost by the first n events.
func (l *Lane) CostsAt(n int) sim.Costs {
	if l.meter == nil {
		l.meter = l.Run.Meter()
	}
	return l.meter.At(n)
}

// costReport returns the costs as a report gives them.
func (l *Lane) costReport() CostReport {
	c, n := l.Costs(), float64(len(l.Run.Lane.Messages))
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return CostReport{
		Kept: c.End, Peak: c.Peak, Stays: c.Stays,
		RoundTrips: c.RoundTrips, RoundTripsPerMessage: thousandths(float64(c.RoundTrips) / n),
		Calls: c.Calls, CallsPerMessage: thousandths(float64(c.Calls) / n),
		AddedMillis: thousandths(ms(c.Added)), AddedMillisPerMessage: thousandths(ms(c.Added) / n),
		LockWaitMillis: thousandths(ms(c.Waited)), ReceiverKeys: c.Keys,
	}
}

func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

// each is a count per message owed.
func (l *Lane) each(count int) string {
	return fmt.Sprintf("%.1f", float64(count)/float64(len(l.Run.Lane.Messages)))
}

// addedEach is the latency that the strategy adds to a message.
func (l *Lane) addedEach() string {
	return Latency(l.Costs().Added / time.Duration(len(l.Run.Lane.Messages)))
}

// Spent says what the strategy has cost by the first n events, beyond what it
// remembers, the most telling first: 11 round trips, +110 ms.
func (l *Lane) Spent(n int) []string {
	c := l.CostsAt(n)
	var parts []string
	if c.RoundTrips > 0 {
		parts = append(parts, count(c.RoundTrips, "round trip"))
	}
	if c.Added > 0 {
		parts = append(parts, "+"+Latency(c.Added))
	}
	if c.Keys > 0 {
		parts = append(parts, trade(l.Run.Lane.Business).Whom+" keeps "+count(c.Keys, "key"))
	}
	return parts
}

// count writes a number of things: 1 round trip, 2 round trips.
func count(n int, what string) string {
	return grouped(int64(n)) + " " + what + yesNo(n == 1, "", "s")
}

// costSentence is what the strategy has cost, as a part of a sentence.
func (l *Lane) costSentence() string {
	c := l.Costs()
	text := "remembers " + Remembers(c.End)
	if c.Peak != c.End {
		text += ", at most " + Remembers(c.Peak)
	}
	if c.Stays != c.End {
		text += ", for good " + Remembers(c.Stays)
	}
	if c.RoundTrips == 0 && c.Added == 0 {
		return text + "; no round trips"
	}
	return text + fmt.Sprintf("; %s round trips and %s more a message", l.each(c.RoundTrips), l.addedEach())
}

// Latency writes how much longer something takes: 45 ms, 1.3 s, 2.5 min.
func Latency(d time.Duration) string {
	switch {
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	case d < 99950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f min", d.Minutes())
}

// Bytes writes a number of bytes: 208 B, 2,080 B, 20.8 kB. A kB is 1,000 of them.
func Bytes(n int) string {
	switch {
	case n < 10_000:
		return grouped(int64(n)) + " B"
	case n < 10_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// Remembers says how much a consumer keeps: 3 ids, 156 B.
func Remembers(r sim.Remembered) string {
	if r.Entries == 0 {
		return "nothing"
	}
	return count(r.Entries, "id") + ", " + Bytes(r.Bytes)
}
