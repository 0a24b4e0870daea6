package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
)

// trade returns how a business talks.
func trade(b sim.Business) *sim.BusinessWords { return &b.Info().Words }

// Verb returns what is done to a customer in one word: charges, mails, takes.
func Verb(b sim.Business) string { return trade(b).Verbs }

// deed says what one effect does, such as "charges Bob $15".
func deed(b sim.Business, o *sim.Owed) string { return forWhom(trade(b).Does, o) }

// forWhom puts into the words of a business whom it is done to, and the amount.
func forWhom(words string, o *sim.Owed) string {
	return strings.NewReplacer("{Ann}", nameOf(o), "{$15}", Money(o.Amount)).Replace(words)
}

// Money writes cents as people write dollars: $15, $12.50, $10,000. Files write
// them without the comma.
func Money(cents int64) string { return commas(scenarios.Money(cents)) }

// Amount writes a number of a business's units: $15, 3 mails, 1 item.
func Amount(b sim.Business, n int64) string { return commas(scenarios.Amount(b, n)) }

// grouped writes a number with commas: 12,500.
func grouped(n int64) string { return commas(strconv.FormatInt(n, 10)) }

// commas groups the first number in a text by thousands.
func commas(text string) string {
	from := strings.IndexAny(text, "0123456789")
	to := from
	for to < len(text) && text[to] >= '0' && text[to] <= '9' {
		to++
	}
	for i := to - 3; i > from; i -= 3 {
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
	split := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if split < 0 || strings.ContainsAny(text[split+1:], "0123456789") {
		return text
	}
	unit := text[split:]
	if unit == "m" {
		unit = "min" // a lone m looks like a message
	}
	return text[:split] + " " + unit
}

// nth writes a number as a place: 1st, 2nd, 3rd, 11th.
func nth(n int) string {
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

// terms pairs plain words with the field's standard ones. A word is followed by
// its term where it is used first.
var terms = map[string]string{
	"hidden":  "visibility timeout",
	"done":    "ack",
	"back":    "nack",
	"parked":  "dead-letter queue",
	"dropped": "dedup window",
}

// speaker knows which terms were explained already.
type speaker struct{ said map[string]bool }

// term returns the standard term in brackets when a word is used first, else "".
// A nil speaker explains nothing.
func (s *speaker) term(word string) string {
	if s == nil {
		return ""
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	if s.said[word] {
		return ""
	}
	s.said[word] = true
	return " (" + terms[word] + ")"
}
