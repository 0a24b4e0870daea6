package scenarios

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
)

// Limits on texts, so that they fit a screen.
const (
	maxTitle    = 80
	maxTeaches  = 160
	maxStory    = 1200
	maxQuestion = 200
)

// Load reads a scenario from a file on disk. A mistake in it is an *Error.
func Load(path string) (*Scenario, error) {
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxBytes+1)) // one more, so that the reader can tell
}

// Parse reads a scenario. name is what errors call the file; the scenario is
// called by its base without the extension. A mistake is an *Error, and the first
// is the only one reported.
func Parse(name string, src []byte) (*Scenario, error) {
	text, err := readText(name, src)
	if err != nil {
		return nil, err
	}
	root, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	r := &reader{source: text, s: Scenario{
		Name:    strings.TrimSuffix(base, filepath.Ext(base)),
		Workers: DefaultWorkers, Seed: DefaultSeed, Source: slices.Clone(src),
	}}
	if err := r.scenario(root, r.scenarioFields()); err != nil {
		return nil, err
	}
	return &r.s, nil
}

// reader fills in a scenario from the tree of its file.
type reader struct {
	*source
	s      Scenario
	ids    []string         // of the messages
	placed map[string]*node // ... and where they stand
	faults []faultPlace
}

func (r *reader) scenario(root *node, fields []field) error {
	r.s.Queue = defaultQueue()
	if err := r.object(root, "a scenario", fields); err != nil {
		return err
	}
	if err := r.checkFaults(); err != nil {
		return err
	}
	return r.checkLanes(root, &r.s)
}

// checkLanes asks the simulator about every lane. What it checks was checked before,
// with its place; this is for what was not.
func (r *reader) checkLanes(at *node, s *Scenario) error {
	for _, name := range s.Consumers {
		c, _ := consumers.Get(name)
		lane := s.Lane(c)
		if err := lane.Validate(); err != nil {
			return r.fail(at, "%v", err)
		}
	}
	return nil
}

// scenarioFields are the keys of a file. Later ones refer to earlier ones.
func (r *reader) scenarioFields() []field {
	s := &r.s
	return []field{
		r.text("title", "a headline, such as title: Lost ack", &s.Title, maxTitle),
		r.text("teaches", "", &s.Teaches, maxTeaches),
		r.prose("story", &s.Story, maxStory),
		r.text("question", "", &s.Question, maxQuestion),
		choice(r.source, "business", &s.Business, sim.Businesses()...),
		parsed(r.source, "seed", "", &s.Seed, parseSeed),
		parsed(r.source, "until", "", &s.Until, parseUntil),
		{name: "messages", need: "a list of what is owed, such as - {id: m1, at: 1s, customer: Ann, amount: $40}", read: r.readMessages},
		{name: "queue", bare: true, read: r.readQueue},
		{name: "bank", bare: true, read: r.readBank},
		r.words("consumers", "who is watched, such as consumers: [naive, inbox]", &s.Consumers, r.checkConsumer),
		parsed(r.source, "workers", "", &s.Workers, number(1, sim.MaxWorkers)),
		{name: "faults", bare: true, read: r.readFaults},
		{name: "rates", bare: true, read: r.readRates},
		{name: "expect", bare: true, read: r.readExpect},
	}
}

func parseSeed(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a whole number such as 7, got %q", text)
	}
	return n, nil
}

// checkConsumer refuses a name that the catalogue does not have.
func (r *reader) checkConsumer(item *node) error {
	if _, known := consumers.Get(item.text); !known {
		return r.fail(item, "unknown consumer %q%s", item.text, suggest(item.text, consumers.Names()))
	}
	return nil
}
