// Package prose checks the texts that a person reads: how long their sentences are, and
// whether they use words that the program does not use. Its test reads the texts that are
// data. A package that writes other texts calls it in a test of its own.
package prose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Most is how many words a sentence may have. Percent is how many of 100 sentences keep to
// it: a list of names may be longer.
const (
	Most    = 20
	Percent = 95
)

var end = regexp.MustCompile(`[.?!]["')]*(\s+|$)|;\s+`)

// Sentences splits a text. A semicolon ends a sentence too.
func Sentences(text string) []string {
	var all []string
	for _, s := range end.Split(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// Length returns how many words the sentences of some texts have at most, if the longest
// of them are left out so that percent of 100 remain.
func Length(texts []string, percent int) int {
	var counts []int
	for _, text := range texts {
		for _, s := range Sentences(text) {
			counts = append(counts, len(strings.Fields(s)))
		}
	}
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[(len(counts)-1)*percent/100]
}

// rules are words that are not used, and what is said instead.
var rules = []struct {
	not     *regexp.Regexp
	instead string
}{
	{word(`lest|whither|thither|manieth|heedful|hence|thence|thereof|whereof|ere|afresh|anew`), "everyday words"},
	{word(`hand(s|ed|ing)? (\w+ |\w+'s \w+ )?out`), "deliver"},
	{word(`hidden no longer`), "visible again"},
	{word(`(publish|publishes|published) again`), "republish"},
	{word(`noted|notes (down|it|that|the|an?|each|every|nothing)`), "record"},
	{word(`(keep|keeps|kept|write|writes|made) no notes?`), "record"},
	{word(`run(s|ning)? out|ran out`), "expire"},
	{word(`asleep|sle(ep|eps|pt|eping)`), "freeze"},
	{word(`flag (is )?(up|down)`), "set, not set"},
	{word(`out of turn`), "out of order"},
	{word(`taken in|takes in`), "accept"},
	{word(`(become|becomes|became) of`), "happen to"},
	{word(`(come|comes|came) of (it|that)`), "happen"},
	{word(`(has|have|had) let go`), "forget"},
	{word(`unless set`), "by default"},
	{word(`(and|but) so it (was|is|were)`), "Right"},
	{regexp.MustCompile(`It was not:`), "Not quite"},
	{word(`what holds, holds|what holds says`), "a result"},
	{word(`too much \d+`), "too many, too much after the number"},
	{regexp.MustCompile(`, for (it|he|she|they|nobody|somebody|what|whoever|there) `), "because"},
	{word(`is none of (his|its|their|those)`), "is not among"},
}

func word(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(` + pattern + `)(\b|$)`)
}

// Complaints returns what a text says in words that are not used.
func Complaints(text string) []string {
	var all []string
	for _, r := range rules {
		if found := strings.TrimSpace(r.not.FindString(text)); found != "" {
			all = append(all, fmt.Sprintf("%q: say %s", found, r.instead))
		}
	}
	return all
}
