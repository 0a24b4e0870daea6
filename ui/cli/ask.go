package cli

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// ask is one scenario to be told: as its file has it, and as the flags have it.
type ask struct {
	arg string // as it was typed
	own *scenarios.Scenario
	// base is own with the business, the consumers, the queue and the chance that
	// were asked for; edits are the faults that were added to it and taken away, and
	// told is what comes of both.
	base, told *scenarios.Scenario
	edits      story.Edits
	left       int // work that hints may still take: see tally
}

// newAsk opens a scenario and applies the flags to it. That every lane can be
// run is checked here, before the first story is told.
func newAsk(s *streams, arg string, f *sceneFlags) (*ask, error) {
	own, err := open(s.in, arg)
	if err != nil {
		return nil, err
	}
	base := *own
	a := &ask{arg: arg, own: own, base: &base}
	for _, flag := range []struct {
		name  string
		apply func(*sceneFlags) error
	}{
		{"profile", a.setProfile}, {"business", a.setBusiness}, {"consumers", a.setConsumers},
		{"max-events", a.setBudget}, {"rates", a.setRates}, {"with", a.addFaults}, {"without", a.spareFaults}, {"seed", a.setSeed},
	} {
		if !f.given[flag.name] {
			continue
		}
		if err := flag.apply(f); err != nil {
			return nil, fmt.Errorf("--%s: %w", flag.name, err)
		}
	}
	a.told = a.edits.Apply(a.base)
	for _, name := range a.told.Consumers {
		c, _ := consumers.Get(name)
		lane := a.told.Lane(c)
		if err := lane.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
	}
	return a, nil
}

func (a *ask) setProfile(f *sceneFlags) error {
	p, ok := broker.Preset(f.profile)
	if !ok {
		return unknown("profile", f.profile, profileNames())
	}
	a.base.Queue = p
	return nil
}

func (a *ask) setBusiness(f *sceneFlags) error {
	for _, b := range sim.Businesses() {
		if b.String() == f.business {
			a.base.Business = b
			return nil
		}
	}
	return unknown("business", f.business, businessNames())
}

// everyConsumer is the value of --consumers that asks for the whole catalogue.
const everyConsumer = "all"

func (a *ask) setConsumers(f *sceneFlags) error {
	if strings.TrimSpace(f.consumers) == everyConsumer {
		a.base.Consumers = consumers.Names()
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(f.consumers, ",") {
		name = strings.TrimSpace(name)
		switch _, ok := consumers.Get(name); {
		case name == "":
			return errors.New("a name is missing: give names with a comma between them, such as naive,inbox")
		case !ok:
			return unknown("consumer", name, consumers.Names())
		case slices.Contains(names, name):
			return fmt.Errorf("%s is named twice: once is enough, every run of it is the same", name)
		}
		names = append(names, name)
	}
	a.base.Consumers = names
	return nil
}

func (a *ask) setBudget(f *sceneFlags) error {
	if f.maxEvents < 1 || f.maxEvents > scenarios.MostEvents {
		return fmt.Errorf("want a number of events from 1 to %d, got %d", scenarios.MostEvents, f.maxEvents)
	}
	a.base.MaxEvents = f.maxEvents
	return nil
}

// setRates sets the rates that are named and leaves the file's others.
func (a *ask) setRates(f *sceneFlags) error {
	if strings.TrimSpace(f.rates) == "" {
		return errors.New("a rate is missing: want KIND=RATE, such as lose-ack=5%,crash=3%")
	}
	given, err := sim.ParseRates(f.rates)
	if err != nil {
		return helped(err, nil)
	}
	rates := sim.Rates{}
	maps.Copy(rates, a.own.Rates)
	maps.Copy(rates, given)
	a.base.Rates = rates
	return nil
}

// setSeed sets the seed, or draws one. Where nothing is left to chance the file's
// own seed stays: another would change nothing but what is printed.
func (a *ask) setSeed(f *sceneFlags) error {
	seed, err := f.seedNumber()
	if err == nil && a.base.Rates.Any() {
		a.base.Seed = seed
	}
	return err
}

// randomSeed is the value of --seed that asks for any.
const randomSeed = "random"

// seedNumber returns the seed that was asked for. A random one is drawn once, for
// all scenarios of a command line; it is short, so that it can be typed again.
func (f *sceneFlags) seedNumber() (uint64, error) {
	if f.seed == randomSeed {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails: see crypto/rand
		f.seed = strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[:])), 10)
	}
	seed, err := strconv.ParseUint(f.seed, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a whole number from 0 to 18446744073709551615, or %s, got %q", randomSeed, f.seed)
	}
	return seed, nil
}

// unknown says that a name is not known, and which are.
func unknown(what, name string, known []string) error {
	if end := meant(name, known); end != "" {
		return fmt.Errorf("unknown %s %q%s", what, name, end)
	}
	return fmt.Errorf("unknown %s %q: one of %s", what, name, strings.Join(known, ", "))
}
