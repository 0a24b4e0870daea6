// Package explain says on a page of at most 20 lines what a word means: the standard
// term, what it is, the picture of its steps, where it breaks, what other systems call
// it, and the command that shows it.
//
// The prose is data: the doc comments of the consumers, and package glossary. Steps,
// gaps and breaks are computed for each page: the simulator runs the handler along
// every branch, and the search looks for the fewest faults.
package explain

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/spell"
	"dejavu/ui/glossary"
)

// Category is what a word names.
type Category string

// The kinds.
const (
	Consumer Category = "consumer"
	Fault    Category = "fault"
	Profile  Category = "broker profile"
	Term     Category = "term"
)

// Subject is one thing that can be explained.
type Subject struct {
	Name string
	Kind Category
	// Entry is what the glossary says of it, or the zero Term.
	Entry glossary.Term
}

// Section is a part of the list of what can be explained.
type Section struct {
	Title string   `json:"title"`
	Names []string `json:"names"`
}

// Groups are all names, in groups: consumers, faults and broker profiles first, then
// terms by their families.
func Groups() []Section {
	own := winners()
	groups := []Section{{"Consumers", own[0].names}, {"Faults", own[1].names}, {"Broker profiles", own[2].names}}
	for _, f := range glossary.Families() {
		g := Section{Title: f.Title}
		for _, e := range f.Entries {
			if s, _ := find(e.Name, own); s.Kind == Term {
				g.Names = append(g.Names, e.Name)
			}
		}
		if len(g.Names) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// Names are all names, in the order of the groups.
func Names() []string {
	var names []string
	for _, g := range Groups() {
		names = append(names, g.Names...)
	}
	return names
}

func faults() []string {
	var names []string
	for _, k := range sim.FaultKinds() {
		names = append(names, string(k))
	}
	return names
}

func profiles() []string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	return names
}

// catalogue has the names of one category that a part of this program gives, and not the
// glossary.
type catalogue struct {
	kind        Category
	names, keys []string
}

// winners are those that win over a term of the same name, in their order. Whoever finds
// many words asks for them once.
func winners() []catalogue {
	all := []catalogue{{kind: Consumer, names: consumers.Names()}, {kind: Fault, names: faults()}, {kind: Profile, names: profiles()}}
	for i := range all {
		for _, name := range all[i].names {
			all[i].keys = append(all[i].keys, glossary.Key(name))
		}
	}
	return all
}

// Find returns what a word names. Case and punctuation do not matter. A consumer, a
// fault or a broker profile wins over a term of the same name.
func Find(word string) (Subject, bool) { return find(word, winners()) }

func find(word string, among []catalogue) (Subject, bool) {
	e, known := glossary.Find(word)
	key, own := glossary.Key(word), glossary.Key(e.Name)
	for _, of := range among {
		i := -1
		if key != "" {
			i = slices.Index(of.keys, key)
		}
		if i < 0 && known {
			i = slices.Index(of.keys, own)
		}
		if i >= 0 {
			entry, _ := glossary.Find(of.names[i])
			return Subject{of.names[i], of.kind, entry}, true
		}
	}
	return Subject{e.Name, Term, e}, known
}

// Is says what it is in a few words, without a page: nothing is computed for them.
func (s Subject) Is() string {
	switch s.Kind {
	case Consumer:
		c, _ := consumers.Get(s.Name)
		return sentence(c.Clause)
	case Fault:
		return sentence(sim.FaultKind(s.Name).Info().Words.Does)
	case Profile:
		p, _ := broker.Preset(s.Name)
		return p.Summary
	}
	return s.Entry.Is
}

// Near returns words that somebody may have meant, at most the given number and one for
// each page: first words with a similar spelling, then words that contain the word. A word
// is returned as it is spelled, for its page may have a name that looks like nothing near.
func Near(word string, most int) []string {
	var near []string
	pages := map[string]bool{}
	own := winners()
	add := func(names ...string) {
		for _, name := range names {
			if s, ok := find(name, own); ok && !pages[s.Name] {
				pages[s.Name], near = true, append(near, name)
			}
		}
	}
	words := slices.Concat(Names(), glossary.Words())
	add(spell.Near(word, words)...)
	for _, part := range append([]string{word}, strings.Fields(word)...) {
		for _, name := range words {
			if key := glossary.Key(part); len(key) > 2 && strings.Contains(glossary.Key(name), key) {
				add(name)
			}
		}
	}
	return near[:min(len(near), most)]
}
