// Package consumers is the catalogue of strategies against duplicates, right and
// wrong ones, each in a file of its own and written as on a whiteboard.
//
// To add one, add a file with a variable like this:
//
//	var Mine = register(sim.Consumer{
//		Name:     "mine",
//		Clause:   "what it does, in order",
//		Identity: sim.NoIdentity,
//		Handle: func(p *sim.Proc, m broker.Message) error {
//			return p.Perform(m)
//		},
//		Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
//	})
//
// The tests of package check hold it to what it claims, and to no less.
//
// The catalogue carries its own source: the text that a screen shows is the text
// that runs.
package consumers

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

//go:embed *.go
var files embed.FS

// learning is the order in which a newcomer should meet the consumers. One that
// is not named here comes after them, by name.
var learning = []string{
	"naive", "ack-first", "broker-window", "memory-set", "check-then-act", "mark-first",
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

// Source returns the text of the file that a consumer is written in.
func Source(name string) (string, bool) {
	entries, _ := files.ReadDir(".") // what is embedded can be read
	for _, e := range entries {
		text, _ := files.ReadFile(e.Name())
		for line := range strings.Lines(string(text)) {
			value, is := strings.CutPrefix(line, "\tName:")
			if is && strings.TrimSpace(value) == strconv.Quote(name)+"," {
				return string(text), true
			}
		}
	}
	return "", false
}

// Body returns the lines between the braces of a consumer's handler, without
// their common indentation, and the number in the file of the first: what a
// screen shows, and where [sim.Run.Site] points. It relies on gofmt: a block ends
// where its closing brace is indented as its first line is.
func Body(name string) (lines []string, first int) {
	text, found := Source(name)
	if !found {
		return nil, 0
	}
	for i, line := range strings.Split(text, "\n") {
		switch {
		case first == 0 && strings.HasPrefix(line, "\tHandle:"):
			first = i + 2
		case first > 0 && line == "\t},":
			return lines, first
		case first > 0:
			lines = append(lines, strings.TrimPrefix(line, "\t\t"))
		}
	}
	return nil, 0
}
