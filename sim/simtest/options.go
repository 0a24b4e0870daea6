package simtest

import (
	"fmt"
	"slices"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
)

// settings are what options set.
type settings struct {
	business   sim.Business
	queue      broker.Profile
	search     check.Options
	properties []sim.Property
	rates      sim.Rates

	forSearch, forSweep []string // names of options that mean nothing to the other
	err                 error
}

// Option is a bound or a choice for [Check] and [Sweep].
type Option func(*settings)

// Business is what performing means: sim.Card unless said otherwise. The same handler
// has a different verdict in each.
func Business(b sim.Business) Option {
	return func(s *settings) {
		if !slices.Contains(sim.Businesses(), b) {
			s.refuse("Business(%d): want sim.Card, sim.Mail or sim.Stock", b)
			return
		}
		s.business = b
	}
}

// Messages is how many things are owed: 2 for Check, 4 for Sweep.
func Messages(n int) Option {
	return func(s *settings) { s.count("Messages", n, 1, check.MaxMessages, &s.search.Messages) }
}

// Workers is how many workers compete, 2 unless said otherwise, each in a process
// of its own.
func Workers(n int) Option {
	return func(s *settings) { s.count("Workers", n, 1, check.MaxWorkers, &s.search.Workers) }
}

// Faults is how many faults may happen in one run of a Check: 3 unless said otherwise.
func Faults(n int) Option {
	return func(s *settings) {
		s.forSearch = append(s.forSearch, "Faults")
		s.count("Faults", n, 0, check.MaxFaults, &s.search.Faults)
		if n == 0 {
			s.search.Faults = -1 // there 0 means as usual
		}
	}
}

// Kinds are the kinds of fault that a Check tries: check.DefaultKinds unless said
// otherwise.
func Kinds(kinds ...check.Kind) Option {
	return func(s *settings) {
		s.forSearch = append(s.forSearch, "Kinds")
		s.search.Kinds = append([]check.Kind{}, kinds...)
	}
}

// MaxStates stops a Check that meets more states: 5 million unless said otherwise.
// A Check that was stopped before it knew fails, as not decided.
func MaxStates(n int) Option {
	return func(s *settings) {
		s.forSearch = append(s.forSearch, "MaxStates")
		s.count("MaxStates", n, 1, check.MaxMaxStates, &s.search.MaxStates)
	}
}

// MaxBytes stops a Check that takes more for its states: 1 GiB unless said otherwise. A
// Check that was stopped before it knew fails, as not decided.
func MaxBytes(n int64) Option {
	return func(s *settings) {
		s.forSearch = append(s.forSearch, "MaxBytes")
		if n < 1 || n > check.MaxMaxBytes {
			s.refuse("MaxBytes(%d): want 1 to %d", n, int64(check.MaxMaxBytes))
			return
		}
		s.search.MaxBytes = n
	}
}

// Properties are what must hold, unless said otherwise all three in a Check, and
// sim.NeverTwice and sim.NeverLost in a Sweep: that something is stuck is about all that
// can follow, which no run shows.
func Properties(properties ...sim.Property) Option {
	return func(s *settings) {
		if len(properties) == 0 {
			s.refuse("Properties(): name at least one, or leave it out for never-twice and never-lost")
			return
		}
		for _, p := range properties {
			if p > sim.NeverStuck {
				s.refuse("Properties(%d): want sim.NeverTwice, sim.NeverLost or sim.NeverStuck", p)
				return
			}
		}
		s.properties = slices.Compact(slices.Sorted(slices.Values(properties)))
	}
}

// Queue is how the broker behaves: broker.Default unless said otherwise. For one that
// is known by name see broker.Preset.
func Queue(profile broker.Profile) Option {
	return func(s *settings) {
		if err := profile.Validate(); err != nil {
			s.refuse("Queue: %v", err)
			return
		}
		s.queue = profile
	}
}

// Rates are how often each kind of fault strikes in a Sweep: DefaultRates unless
// said otherwise.
func Rates(rates sim.Rates) Option {
	return func(s *settings) {
		s.forSweep = append(s.forSweep, "Rates")
		if err := rates.Validate(); err != nil {
			s.refuse("Rates: %v", err)
			return
		}
		if !rates.Any() {
			s.refuse("Rates: nothing is left to chance: give at least one rate above 0")
			return
		}
		s.rates = rates
	}
}

// DefaultRates are the mix of faults that a Sweep draws from: what every queue and
// every process can do.
func DefaultRates() sim.Rates {
	return sim.Rates{
		sim.LoseAckFault: .1, sim.CrashFault: .1, sim.PauseFault: .05,
		sim.FailFault: .05, sim.LoseReplyFault: .05, sim.CopyFault: .1,
	}
}

// count sets a number within its limits.
func (s *settings) count(name string, n, least, most int, to *int) {
	if n < least || n > most {
		s.refuse("%s(%d): want %d to %d", name, n, least, most)
		return
	}
	*to = n
}

// refuse keeps the first mistake in the options.
func (s *settings) refuse(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// settle applies options to the defaults.
func settle(options []Option, messages int, properties ...sim.Property) *settings {
	s := &settings{queue: broker.Default(), rates: DefaultRates(), properties: properties}
	s.search.Messages = messages
	for _, o := range options {
		o(s)
	}
	s.search.Properties = s.properties
	s.search = normal(s.search)
	return s
}

// normal fills in defaults, and leaves "no faults" as the search takes it.
func normal(o check.Options) check.Options {
	faults := o.Faults
	if o = o.Normal(); faults < 0 {
		o.Faults = faults
	}
	return o
}

// lane is what is tried, without any trouble.
func (s *settings) lane(c sim.Consumer) sim.Lane {
	if c.Name == "" {
		c.Name = "the consumer"
	}
	return sim.Lane{
		Consumer: c, Business: s.business, Queue: s.queue,
		Messages: check.MessagesFor(c, s.search.Messages), Processes: s.search.Workers,
	}
}
