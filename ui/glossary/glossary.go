// Package glossary is what the field's words mean, as data: the standard terms, the
// names that other systems have for them, and what people say instead. It is prose
// and nothing else; package explain adds what can be computed.
//
// Every statement about a real system was found in that system's documentation, source
// or issues. A statement that is only widely believed says so: often, usually, by most
// accounts.
package glossary

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Term is a word, and what it means.
type Term struct {
	// Name is how the word is written: the standard term, or what people say. An
	// entry named like a consumer, a fault or a broker profile adds to that page.
	Name string
	// Term is the standard term, where Name is not.
	Term string
	// Said are other spellings and words for the same thing: all that the page says is
	// true of each.
	Said []string
	// Named are words for other things that the page tells of by name. Whoever looks one
	// up finds it in the text.
	Named []string
	// Is says what it is, Breaks what can go wrong with it, in a few sentences each.
	Is, Breaks string
	// Also are the names that other systems have for it.
	Also string
	// Shows names the consumer that does it.
	Shows string
	// See are related words.
	See []string
	// Try is a command that shows it, without the name of the program.
	Try string
}

// Title is the standard term for what has a name.
func (e *Term) Title(name string) string {
	if e.Term != "" {
		return e.Term
	}
	return name
}

// Family is a group of words that belong together.
type Family struct {
	Title   string
	Entries []Term
}

// Families are all words, in the order in which a newcomer should meet them.
func Families() []Family {
	return []Family{
		{"Delivery", delivery}, {"The queue", queue}, {"The idempotent consumer", consumer}, {"Stores", stores}, {"Locks and isolation", locks},
		{"Processes and time", processes}, {"The producer and the log", producer}, {"Outcomes", outcomes},
		{"What people say", sayings}, {"Systems", systems},
		{"Other strategies", strategies}, {"Other faults", faults}, {"Other brokers", brokers},
		{"Fields of a queue", profileFields},
	}
}

// Key is what a word is looked up by: its letters and digits, in lower case.
func Key(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, word)
}

// Same reports whether two words are one, but for case and punctuation.
func Same(a, b string) bool { return Key(a) == Key(b) && Key(a) != "" }

// names are all that an entry is looked up by, its own name first.
func (e *Term) names() []string { return slices.Concat([]string{e.Name, e.Term}, e.Said, e.Named) }

var index = sync.OnceValue(func() map[string]*Term {
	all := map[string]*Term{}
	for _, f := range Families() {
		for i := range f.Entries {
			for _, name := range f.Entries[i].names()[:1] {
				all[Key(name)] = &f.Entries[i]
			}
		}
	}
	for _, f := range Families() { // an entry's own name wins over another entry's alias
		for i := range f.Entries {
			for _, name := range f.Entries[i].names()[1:] {
				if key := Key(name); all[key] == nil && key != "" {
					all[key] = &f.Entries[i]
				}
			}
		}
	}
	return all
})

// Find returns what a word means. It looks for names first, then for aliases. A plural
// finds its singular.
func Find(word string) (Term, bool) {
	key := Key(word)
	for _, k := range []string{key, strings.TrimSuffix(key, "s"), strings.TrimSuffix(key, "es")} {
		if e := index()[k]; e != nil {
			return *e, true
		}
	}
	return Term{}, false
}

// Words are all that can be looked up here, sorted.
func Words() []string {
	var all []string
	for _, f := range Families() {
		for i := range f.Entries {
			all = append(all, f.Entries[i].names()...)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(w string) bool { return w == "" })
}
