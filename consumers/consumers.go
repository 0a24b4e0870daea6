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
// The tests of package check fail if it breaks a claim, or keeps a property that it
// does not claim.
//
// The catalogue embeds its own source: a screen shows the code that runs.
package consumers

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

//go:embed *.go
var files embed.FS

// learning is the order in which a newcomer should meet the consumers, in groups that
// share an idea. Consumers that are not named here come last, by name.
var learning = []struct {
	title string
	names []string
}{
	{"Nothing remembered", []string{"naive", "ack-first", "ack-in-transaction", "broker-window"}},
	{"A memory, or a flag", []string{"memory-set", "memory-lru", "redelivered-flag"}},
	{"A mark in a table", []string{"check-then-act", "mark-first", "mark-remove"}},
	{"A lease in a cache", []string{"lease", "lease-fenced"}},
	{"A lock in the database", []string{"unlock-early", "unlock-late", "skip-if-locked", "scheduler-lock"}},
	{"One transaction", []string{"inbox", "inbox-key", "inbox-ttl", "inbox-hash", "high-water-mark", "unique-effect"}},
	{"The receiver helps", []string{"lookup-first", "gateway-key", "gateway-key-random", "inbox-and-gateway-key", "stored-result", "recovery-points", "error-kept", "open-key", "conflict-is-error"}},
	{"An outbox", []string{"outbox", "outbox-and-gateway-key", "outbox-per-effect", "cursor-relay"}},
	{"A store that is down", []string{"fail-open", "fail-closed", "drop-on-error"}},
}

// others heads the consumers that no group names.
const others = "Your own"

var catalogue []sim.Consumer

// register adds a consumer to the catalogue. It panics if the name is taken, because
// that is a mistake in the file.
func register(c sim.Consumer) sim.Consumer {
	if _, taken := Get(c.Name); taken || c.Name == "" {
		panic(fmt.Sprintf("consumers: the name %q is taken or empty: choose another", c.Name))
	}
	catalogue = append(catalogue, c)
	return c
}

// Own is a consumer of a module of one's own.
type Own struct {
	sim.Consumer
	// Source is the text of the file that it is written in, as go:embed gives it. A screen
	// shows the handler, if the consumer is written like those here: a variable of the
	// package, with Name and Handle on lines of their own.
	Source string
}

// sources are the files of those that were added, by the name of the consumer.
var sources = map[string]string{}

// Add puts consumers of one's own into the catalogue. It comes before anything that reads
// the catalogue.
func Add(all ...Own) error {
	for _, c := range all {
		if _, taken := Get(c.Name); taken || c.Name == "" {
			return fmt.Errorf("the name %q is taken or empty: give the consumer another", c.Name)
		}
		catalogue = append(catalogue, c.Consumer)
		sources[c.Name] = c.Source
	}
	return nil
}

// Group is a part of the catalogue: consumers that share an idea.
type Group struct {
	Title     string
	Consumers []sim.Consumer
}

// Groups returns the groups that have consumers, both in the order of learning.
func Groups() []Group {
	var groups []Group
	at := make(map[string]int, len(catalogue)) // those that no group has named yet
	for i := range catalogue {
		at[catalogue[i].Name] = i
	}
	for _, l := range learning {
		g := Group{Title: l.title}
		for _, name := range l.names {
			if i, ok := at[name]; ok {
				g.Consumers = append(g.Consumers, catalogue[i])
				delete(at, name)
			}
		}
		groups = append(groups, g)
	}
	rest := Group{Title: others}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		rest.Consumers = append(rest.Consumers, catalogue[at[name]])
	}
	groups = append(groups, rest)
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Consumers) == 0 })
}

// All returns the consumers in the order of learning.
func All() []sim.Consumer {
	var all []sim.Consumer
	for _, g := range Groups() {
		all = append(all, g.Consumers...)
	}
	return all
}

// Names returns the names of all consumers, in the order of learning.
func Names() []string {
	var names []string
	for _, g := range Groups() {
		for i := range g.Consumers {
			names = append(names, g.Consumers[i].Name)
		}
	}
	return names
}

// Get returns the consumer with a name.
func Get(name string) (sim.Consumer, bool) {
	for i := range catalogue {
		if catalogue[i].Name == name {
			return catalogue[i], true
		}
	}
	return sim.Consumer{}, false
}

// Source returns the text of the file that a consumer is written in.
func Source(name string) (string, bool) {
	if text, own := sources[name]; own {
		return text, text != ""
	}
	entries, _ := files.ReadDir(".") // what is embedded can be read
	for _, e := range entries {
		text, _ := files.ReadFile(e.Name())
		for line := range strings.Lines(string(text)) {
			if names(line, name) {
				return string(text), true
			}
		}
	}
	return "", false
}

// names reports whether a line of source gives a consumer its name.
func names(line, name string) bool {
	value, is := strings.CutPrefix(line, "\tName:")
	return is && strings.TrimSpace(value) == strconv.Quote(name)+","
}

// Body returns the lines between the braces of a consumer's handler, without their
// common indentation, and the line number of the first in its file. A screen shows
// them, and [sim.Run.Site] points into them. It relies on gofmt: a block ends at a
// closing brace that is indented like its first line.
func Body(name string) (lines []string, first int) { return block(name, "Handle") }

// RelayBody is Body for the consumer's relay: no lines, if it has none.
func RelayBody(name string) (lines []string, first int) { return block(name, "Relay") }

// block returns the lines of the function that is the value of a field.
func block(name, field string) (lines []string, first int) {
	text, found := Source(name)
	if !found {
		return nil, 0
	}
	its := false // a file of one's own may have several
	for i, line := range strings.Split(text, "\n") {
		its = its || names(line, name)
		switch {
		case !its:
		case first == 0 && strings.HasPrefix(line, "\t"+field+":"):
			first = i + 2
		case first > 0 && line == "\t},":
			return lines, first
		case first > 0:
			lines = append(lines, strings.TrimPrefix(line, "\t\t"))
		}
	}
	return nil, 0
}

// errBusy nacks a message that another worker has: it comes again a little later.
var errBusy = errors.New("another worker is at it")
