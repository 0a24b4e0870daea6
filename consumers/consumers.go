// Package consumers is the catalogue of strategies against duplicates, right and
// wrong ones, each in a file of its own and written as on a whiteboard.
//
// To add one, add a file with a variable like this:
//
//	var Mine = register(sim.Consumer{
//		Name:   "mine",
//		Clause: "what it does, in order",
//		Handle: func(p *sim.Proc, m broker.Message) error {
//			return p.Perform(m)
//		},
//	})
//
// The catalogue carries its own source: the text that a screen shows is the text
// that runs.
package consumers

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"dejavu/sim"
)

//go:embed *.go
var files embed.FS

// learning is the order in which a newcomer should meet the consumers. One that
// is not named here comes after them, by name.
var learning = []string{
	"naive", "ack-first", "memory-set", "check-then-act", "mark-first",
	"inbox", "inbox-key", "gateway-key", "inbox-and-gateway-key",
}

var catalogue []sim.Consumer

// register puts a consumer into the catalogue. A name that is taken is a mistake
// of whoever wrote the file, so it panics.
func register(c sim.Consumer) sim.Consumer {
	if _, taken := Get(c.Name); taken || c.Name == "" {
		panic(fmt.Sprintf("consumers: the name %q is taken or empty: choose another", c.Name))
	}
	catalogue = append(catalogue, c)
	return c
}

// All returns the consumers in the order of learning.
func All() []sim.Consumer {
	place := func(name string) int {
		if i := slices.Index(learning, name); i >= 0 {
			return i
		}
		return len(learning)
	}
	all := slices.Clone(catalogue)
	slices.SortFunc(all, func(a, b sim.Consumer) int {
		if d := place(a.Name) - place(b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// Names returns the names of all consumers, in the order of learning.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}

// Get returns the consumer with a name.
func Get(name string) (sim.Consumer, bool) {
	i := slices.IndexFunc(catalogue, func(c sim.Consumer) bool { return c.Name == name })
	if i < 0 {
		return sim.Consumer{}, false
	}
	return catalogue[i], true
}
