package words

import (
	"fmt"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/sim/tell"
)

// Count writes a number with commas, and the noun that it is of: 1 fault, 15,741
// states.
func Count[N int | int64](n N, noun string) string {
	text := Grouped(int64(n)) + " "
	if n == 1 {
		return text + noun
	}
	if stem, is := strings.CutSuffix(noun, "y"); is && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return text + stem + "ies"
	}
	return text + noun + "s"
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
		return Grouped(int64(n)) + " B"
	case n < 10_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// Times says how often: twice, 3 times.
func Times(n int) string {
	if n == 2 {
		return "twice"
	}
	return Grouped(int64(n)) + " times"
}

// Money writes cents as people write dollars: $15, $12.50, $10,000. Files write
// them without the comma.
func Money(cents int64) string { return tell.Money(cents) }

// Amount writes a number of a business's units: $15, 3 mails, 1 item.
func Amount(b sim.Business, n int64) string {
	if b.Info().Money {
		return Money(n)
	}
	return Count(n, strings.TrimSuffix(b.Unit(), "s"))
}

// TooMuch is what follows an amount that should not have been: money is too much, items
// are too many.
func TooMuch(b sim.Business) string { return Either(b.Info().Money, "too much", "too many") }

// Grouped writes a number with commas: 12,500.
func Grouped(n int64) string { return tell.Grouped(n) }

// Clock writes a moment of a run: 0:06.0, 12:00.5, 1:00:00, 8d 0:05:00.
func Clock(d time.Duration) string { return tell.Clock(d) }

// Length writes how long something lasts, as people say it: 30 s, 8 d.
func Length(d time.Duration) string { return tell.Length(d) }

// Nth writes a number as a place: 1st, 2nd, 3rd, 11th.
func Nth(n int) string { return tell.Nth(n) }

// Remembers says how much a consumer keeps: 3 ids, 156 B.
func Remembers(r sim.Remembered) string {
	if r.Entries == 0 {
		return "nothing"
	}
	return Count(r.Entries, "id") + ", " + Bytes(r.Bytes)
}
