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
)

// ask is one scenario to be told: as its file has it, and as the flags have it.
type ask struct {
	arg       string // as it was typed
	own, told *scenarios.Scenario
}

// newAsk opens a scenario and applies the flags to it. That every lane can be
// run is checked here, before the first story is told.
func newAsk(s *streams, arg string, f *runFlags) (*ask, error) {
	own, err := open(s.in, arg)
	if err != nil {
		return nil, err
	}
	told := *own
	a := &ask{arg: arg, own: own, told: &told}
	for _, flag := range []struct {
		name  string
		apply func(*runFlags) error
	}{
		{"profile", a.setProfile}, {"business", a.setBusiness}, {"consumers", a.setConsumers},
		{"rates", a.setRates}, {"with", a.setFaults}, {"seed", a.setSeed},
	} {
		if !f.given[flag.name] {
			continue
		}
		if err := flag.apply(f); err != nil {
			return nil, fmt.Errorf("--%s: %w", flag.name, err)
		}
	}
	for _, name := range told.Consumers {
		c, _ := consumers.Get(name)
		lane := told.Lane(c)
		if err := lane.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
	}
	return a, nil
}

func (a *ask) setProfile(f *runFlags) error {
	p, ok := broker.Preset(f.profile)
	if !ok {
		return unknown("profile", f.profile, profileNames())
	}
	a.told.Queue = p
	return nil
}

func (a *ask) setBusiness(f *runFlags) error {
	for _, b := range sim.Businesses() {
		if b.String() == f.business {
			a.told.Business = b
			return nil
		}
	}
	return unknown("business", f.business, businessNames())
}

func (a *ask) setConsumers(f *runFlags) error {
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
	a.told.Consumers = names
	return nil
}

// setRates sets the rates that are named and leaves the file's others.
func (a *ask) setRates(f *runFlags) error {
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
	a.told.Rates = rates
	return nil
}

// setFaults adds faults to those of the file.
func (a *ask) setFaults(f *runFlags) error {
	a.told.Faults = slices.Clone(a.own.Faults)
	for _, text := range f.with {
		fault, err := sim.ParseFault(text)
		if text == "" {
			err = errors.New("a fault is missing: want KIND:MESSAGE, such as lose-ack:m2 or crash:m3/2/before-ack")
		}
		if err != nil {
			return helped(err, nil)
		}
		a.told.Faults = append(a.told.Faults, fault)
	}
	i, err := sim.CheckPlan(a.told.Faults, a.told.Messages, a.told.Rates, a.told.Workers)
	if err != nil {
		return fmt.Errorf("fault %q in %s: %w", a.told.Faults[i], a.arg, helped(err, a.told.Messages))
	}
	return nil
}

// setSeed sets the seed, or draws one. Where nothing is left to chance the file's
// own seed stays: another would change nothing but what is printed.
func (a *ask) setSeed(f *runFlags) error {
	seed, err := f.seedNumber()
	if err == nil && a.told.Rates.Any() {
		a.told.Seed = seed
	}
	return err
}

// randomSeed is the value of --seed that asks for any.
const randomSeed = "random"

// seedNumber returns the seed that was asked for. A random one is drawn once, for
// all scenarios of a command line; it is short, so that it can be typed again.
func (f *runFlags) seedNumber() (uint64, error) {
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

// helped adds to an error about a fault what was probably meant.
func helped(err error, owed []sim.Owed) error {
	var kind *sim.UnknownFault
	var step *sim.UnknownStep
	var message *sim.UnknownMessage
	switch {
	case errors.As(err, &kind):
		return unknown("fault", kind.Kind, faultNames())
	case errors.As(err, &step):
		return fmt.Errorf("%w%s", err, meant(step.Name, append(sim.StepNames(), sim.PointEffect, sim.PointAck)))
	case errors.As(err, &message) && owed != nil:
		ids := make([]string, len(owed))
		for i := range owed {
			ids[i] = owed[i].ID
		}
		if near := meant(message.Name, ids); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
		return fmt.Errorf("%w; there is %s", err, few(ids, 12))
	}
	return err
}

// few lists names, but not thousands of them.
func few(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
