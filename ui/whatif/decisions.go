package whatif

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/words"
)

// Decision is one decision by which a scenario that is told differs from the one in its
// file: the name of the flag that makes it, and what the flag is given.
type Decision struct{ Name, Value string }

// EveryConsumer is the value of consumers that stands for the whole catalogue.
const EveryConsumer = "all"

// decision is how one kind of them is found and made.
type decision struct {
	name string
	// values are what the flag has to be given to make the own scenario the one told.
	values func(own, told *scenarios.Scenario, e Edits) []string
	// set makes the change in a copy of the own scenario, or in the edits.
	set func(s *scenarios.Scenario, e *Edits, value string) error
}

// decisions are all kinds, in the order in which they are made and written.
func decisions() []decision {
	return []decision{
		{"consumers", func(own, told *scenarios.Scenario, _ Edits) []string {
			all := slices.Equal(told.Consumers, consumers.Names())
			return given(!slices.Equal(told.Consumers, own.Consumers), words.Either(all, EveryConsumer, strings.Join(told.Consumers, ",")))
		}, setConsumers},
		{"business", func(own, told *scenarios.Scenario, _ Edits) []string {
			return given(told.Business != own.Business, told.Business.String())
		}, setBusiness},
		{"profile", func(own, told *scenarios.Scenario, _ Edits) []string {
			return given(!reflect.DeepEqual(told.Queue, own.Queue), told.Queue.Name)
		}, setProfile},
		{"rates", func(own, told *scenarios.Scenario, _ Edits) []string {
			rates := otherRates(own.Rates, told.Rates)
			return given(rates != "", rates)
		}, setRates},
		{"with", func(_, _ *scenarios.Scenario, e Edits) []string { return written(e.With) }, addFault},
		{"without", func(_, _ *scenarios.Scenario, e Edits) []string { return written(e.Without) }, removeFault},
		{"max-events", func(own, told *scenarios.Scenario, _ Edits) []string {
			return given(told.Budget() != own.Budget(), strconv.Itoa(told.Budget()))
		}, setBudget},
		{"seed", func(own, told *scenarios.Scenario, _ Edits) []string {
			return given(told.Seed != own.Seed, strconv.FormatUint(told.Seed, 10))
		}, setSeed},
	}
}

func given(differs bool, value string) []string {
	if differs {
		return []string{value}
	}
	return nil
}

func written(faults []sim.Fault) (all []string) {
	for _, f := range faults {
		all = append(all, f.String())
	}
	return all
}

// otherRates are the rates that differ, as --rates takes them.
func otherRates(own, told sim.Rates) string {
	var parts []string
	for _, k := range sim.FaultKinds() {
		if told[k] != own[k] {
			parts = append(parts, string(k)+"="+scenarios.Rate(told[k]))
		}
	}
	return strings.Join(parts, ",")
}

// Decisions are what makes the scenario of a file the one told: only that by which they
// differ.
func Decisions(own, told *scenarios.Scenario, e Edits) []Decision {
	var all []Decision
	for _, row := range decisions() {
		for _, value := range row.values(own, told, e) {
			all = append(all, Decision{row.name, value})
		}
	}
	return all
}

// Make makes the changes to a copy of a scenario: what Decisions returned for two
// scenarios gives the second again. The faults are not in it: they are the edits.
func Make(own *scenarios.Scenario, all []Decision) (*scenarios.Scenario, Edits, error) {
	base, e, rows := *own, Edits{}, decisions()
	for _, c := range all {
		if !slices.ContainsFunc(rows, func(row decision) bool { return row.name == c.Name }) {
			return nil, Edits{}, fmt.Errorf("there is no --%s", c.Name)
		}
	}
	for _, row := range rows {
		for _, c := range all {
			if c.Name != row.name {
				continue
			}
			if err := row.set(&base, &e, c.Value); err != nil {
				return nil, Edits{}, fmt.Errorf("--%s: %w", c.Name, err)
			}
		}
	}
	return &base, e, fits(&base, slices.Concat(base.Faults, e.With))
}

func setConsumers(s *scenarios.Scenario, _ *Edits, value string) error {
	if value == EveryConsumer {
		s.Consumers = consumers.Names()
		return nil
	}
	s.Consumers = strings.Split(value, ",")
	for i, name := range s.Consumers {
		if _, known := consumers.Get(name); !known || slices.Contains(s.Consumers[:i], name) {
			return fmt.Errorf("no consumer is called %q", name)
		}
	}
	return nil
}

func setBusiness(s *scenarios.Scenario, _ *Edits, value string) error {
	for _, b := range sim.Businesses() {
		if b.String() == value {
			s.Business = b
			return nil
		}
	}
	return fmt.Errorf("no business is called %q", value)
}

func setProfile(s *scenarios.Scenario, _ *Edits, value string) error {
	p, known := broker.Preset(value)
	if !known {
		return fmt.Errorf("no profile is called %q", value)
	}
	s.Queue = p
	return nil
}

func setRates(s *scenarios.Scenario, _ *Edits, value string) error {
	rates, err := sim.ParseRates(value)
	if err != nil {
		return err
	}
	all := sim.Rates{}
	maps.Copy(all, s.Rates)
	maps.Copy(all, rates)
	s.Rates = all
	return nil
}

func addFault(s *scenarios.Scenario, e *Edits, value string) error {
	f, err := sim.ParseFault(value)
	if err != nil {
		return err
	}
	e.With = append(e.With, f)
	return nil
}

// removeFault switches a fault off: one that is planned or added, or one that chance
// draws or has drawn.
func removeFault(s *scenarios.Scenario, e *Edits, value string) error {
	f, err := sim.ParseFault(value)
	if err != nil {
		return err
	}
	full := slices.Concat(s.Faults, e.With)
	if !f.Among(full) && s.Rates[f.Kind] == 0 {
		return fmt.Errorf("%s is not among the faults", f)
	}
	if !e.Off(f) {
		*e = e.Toggle(f)
	}
	return nil
}

// fits refuses a plan that cannot be.
func fits(s *scenarios.Scenario, plan []sim.Fault) error {
	i, err := sim.CheckPlan(plan, s.Messages, s.Rates, s.Workers)
	if err != nil && i >= 0 {
		return fmt.Errorf("fault %q: %w", plan[i], err)
	}
	return err
}

func setBudget(s *scenarios.Scenario, _ *Edits, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > scenarios.MostEvents {
		return fmt.Errorf("want a number of events from 1 to %d, got %q", scenarios.MostEvents, value)
	}
	s.MaxEvents = n
	return nil
}

func setSeed(s *scenarios.Scenario, _ *Edits, value string) error {
	seed, err := strconv.ParseUint(value, 10, 64)
	s.Seed = seed
	return err
}
