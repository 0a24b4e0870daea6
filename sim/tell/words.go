package tell

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dejavu/sim"
)

// ForWhom puts into the words of a business whom it is done to, and the amount.
func ForWhom(words string, o *sim.Owed) string {
	return strings.NewReplacer("{Ann}", Customer(o), "{$15}", Money(o.Amount)).Replace(words)
}

// Customer is whom something is owed to or, where nobody knows, what.
func Customer(o *sim.Owed) string { return pick(o.Customer == "", o.ID, o.Customer) }

// Money writes cents as people write dollars: $15, $12.50, $10,000.
func Money(cents int64) string {
	if cents < 0 {
		return "-" + Money(-cents)
	}
	text := "$" + Grouped(cents/100)
	if cents%100 != 0 {
		text += fmt.Sprintf(".%02d", cents%100)
	}
	return text
}

// Grouped writes a number with commas: 12,500.
func Grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Clock writes a moment of a run: 0:06.0, 12:00.5, 1:00:00, 8d 0:05:00.
func Clock(d time.Duration) string {
	tenths := int64(d / (100 * time.Millisecond))
	s, m, h := tenths/10%60, tenths/600%60, tenths/36000
	switch {
	case h >= 24:
		return fmt.Sprintf("%dd %d:%02d:%02d", h/24, h%24, m, s)
	case h > 0:
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d.%d", m, s, tenths%10)
}

// Length writes how long something lasts, as people say it: 30 s, 8 d.
func Length(d time.Duration) string {
	text := sim.Span(d)
	numbers := strings.FieldsFunc(text, unicode.IsLetter)
	if len(numbers) != 1 || numbers[0] == text {
		return text
	}
	unit := text[len(numbers[0]):]
	return numbers[0] + " " + pick(unit == "m", "min", unit) // a lone m looks like a message
}

// Nth writes a number as a place: 1st, 2nd, 3rd, 11th.
func Nth(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// Capital begins a text with a capital.
func Capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(first)) + text[n:]
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// Outage names the stores that are out of reach, and says how one speaks of them.
type Outage struct{ Both, Stores, Were, Go string }

// Fill puts into the words of an outage which stores it is of.
func (o Outage) Fill(words string) string {
	return strings.NewReplacer("{both}", o.Both, "{the stores}", o.Stores, "{were}", o.Were, "{go}", o.Go,
		"{fail}", o.fail(), "{lose}", o.lose(), "{of}", pick(o.one(), " of "+o.Stores, "")).Replace(words)
}

// one reports whether it is about one of the stores.
func (o Outage) one() bool { return o.Were == "was" }

func (o Outage) fail() string { return pick(o.one(), "fails", "fail") }
func (o Outage) lose() string { return pick(o.one(), "loses", "lose") }

// Stores returns of which stores the outage is that begins or ends with an action.
func Stores(k sim.ActionKind) Outage {
	switch k {
	case sim.DBDown, sim.DBUp, sim.LoseDBWrites:
		return Outage{"the database", "the database", "was", "goes"}
	case sim.CacheDown, sim.CacheUp, sim.LoseCacheWrites:
		return Outage{"the cache", "the cache", "was", "goes"}
	}
	return Outage{"database and cache", "the stores", "were", "go"}
}
