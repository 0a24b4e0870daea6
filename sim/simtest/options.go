package simtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/spell"
)

// settings are what options set.
type settings struct {
	business   sim.Business
	queue      broker.Profile
	visibility time.Duration // of the queue, if not 0, whichever queue it is
	search     check.Options
	properties []sim.Property
	rates      sim.Rates
	timing     sim.Timing
	threads    int
	sent       []Message // what Deliver names; nil for messages that are made up
	counted    bool      // Messages was given
	own        own       // of a handler of one's own
}

// Option is a bound or a choice. Each says in its documentation which of [Check],
// [Sweep] and [Handler] take it; the others refuse it by name.
type Option struct {
	name string
	of   takers
	set  func(*settings) error
}

// takers are those who take an option.
type takers uint8

const (
	forCheck takers = 1 << iota
	forSweep
	forHandler
	forBoth = forCheck | forSweep
	forAll  = forBoth | forHandler
)

// entry is what calls with options: what it is called, what holds there unless options
// say otherwise, and why it refuses the options of others.
type entry struct {
	is         takers
	name       string
	messages   int
	faults     int // 0 for what is usual in a search
	properties []sim.Property
	refuses    string // said of an option that is not for it
}

// Business is what performing means: sim.Card unless said otherwise. The same handler
// has a different verdict in each.
func Business(b sim.Business) Option {
	return Option{"Business", forBoth, func(s *settings) error {
		if !slices.Contains(sim.Businesses(), b) {
			return fmt.Errorf("Business(%d): want sim.Card, sim.Mail or sim.Stock", b)
		}
		s.business = b
		return nil
	}}
}

// Messages is how many messages are sent, 2 in a Check, 4 in a Sweep and 1 to a Handler
// unless said otherwise. They are made up: for messages of your own see [Deliver].
func Messages(n int) Option {
	o := number{1, check.MaxMessages, func(s *settings) *int { return &s.search.Messages }}.option("Messages", forAll, n)
	return o.and(func(s *settings) { s.counted = true })
}

// Workers is how many workers compete, 2 unless said otherwise. Each has a process of
// its own, unless [Threads] says otherwise.
func Workers(n int) Option {
	return number{1, check.MaxWorkers, func(s *settings) *int { return &s.search.Workers }}.option("Workers", forBoth, n)
}

// Threads is how many of the workers share one process and its memory: 1 unless said
// otherwise. A crash takes all threads of its process. The number of workers must be
// a multiple of it.
func Threads(n int) Option {
	return number{1, check.MaxWorkers, func(s *settings) *int { return &s.threads }}.option("Threads", forBoth, n)
}

// Faults is how many faults may happen in one run of a Check, 3 unless said otherwise,
// or of a Handler, 2 unless said otherwise.
func Faults(n int) Option {
	o := number{0, check.MaxFaults, func(s *settings) *int { return &s.search.Faults }}.option("Faults", forCheck|forHandler, n)
	return o.and(func(s *settings) {
		if n == 0 {
			s.search.Faults = -1 // there 0 means as usual
		}
	})
}

// Kinds are the kinds of fault that a Check tries: check.DefaultKinds unless said
// otherwise.
func Kinds(kinds ...check.Kind) Option {
	return Option{"Kinds", forCheck, func(s *settings) error {
		s.search.Kinds = append([]check.Kind{}, kinds...)
		return nil
	}}
}

// MaxStates stops a Check that meets more states: 5 million unless said otherwise.
// A Check that was stopped before it knew fails, as not decided.
func MaxStates(n int) Option {
	return number{1, check.MaxMaxStates, func(s *settings) *int { return &s.search.MaxStates }}.option("MaxStates", forCheck, n)
}

// MaxBytes stops a Check that takes more for its states: 1 GiB unless said otherwise. A
// Check that was stopped before it knew fails, as not decided.
func MaxBytes(n int64) Option {
	return Option{"MaxBytes", forCheck, func(s *settings) error {
		if n < 1 || n > check.MaxMaxBytes {
			return fmt.Errorf("MaxBytes(%d): want 1 to %d", n, int64(check.MaxMaxBytes))
		}
		s.search.MaxBytes = n
		return nil
	}}
}

// Properties are what must hold, unless said otherwise all three in a Check, and
// sim.NeverTwice and sim.NeverLost in a Sweep: that something is stuck is about all that
// can follow, which no run shows.
func Properties(properties ...sim.Property) Option {
	return Option{"Properties", forBoth, func(s *settings) error {
		if len(properties) == 0 {
			return errors.New("Properties(): name at least one, or leave it out")
		}
		for _, p := range properties {
			if p > sim.NeverStuck {
				return fmt.Errorf("Properties(%d): want sim.NeverTwice, sim.NeverLost or sim.NeverStuck", p)
			}
		}
		s.properties = slices.Compact(slices.Sorted(slices.Values(properties)))
		return nil
	}}
}

// Queue is how the broker behaves: broker.Default unless said otherwise. For one that
// is known by name see [Broker].
func Queue(profile broker.Profile) Option {
	return Option{"Queue", forAll, func(s *settings) error {
		if err := profile.Validate(); err != nil {
			return fmt.Errorf("Queue: %w", err)
		}
		s.queue = profile
		return nil
	}}
}

// Broker is the [Queue] that behaves as a broker does that is known by name, such as
// "sqs-standard" or "rabbitmq-quorum": see broker.Presets.
func Broker(name string) Option {
	return Option{"Broker", forAll, func(s *settings) error {
		preset, known := broker.Preset(name)
		if !known {
			return fmt.Errorf("Broker(%q): no broker is called that; %s", name, meant(name))
		}
		s.queue = preset
		return nil
	}}
}

// meant names the brokers that somebody may have meant, or all that there are.
func meant(name string) string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	if near := spell.Near(name, names); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return "want one of " + strings.Join(names, ", ")
}

// Visibility is how long the queue hides a message that it has handed over: what the
// [Queue] or the [Broker] says, unless said otherwise. A Check holds for any: there it
// counts for a plan that is played.
func Visibility(d time.Duration) Option {
	return Option{"Visibility", forBoth, func(s *settings) error {
		if d <= 0 || d > broker.MaxVisibility {
			return fmt.Errorf("Visibility(%v): want more than 0s, up to %s", d, sim.Span(broker.MaxVisibility))
		}
		s.visibility = d
		return nil
	}}
}

// Times is how long things take: an effect 1 s, a round trip to a store 10 ms, the
// restart of a process that crashed 2 s (sim.DefaultTiming) unless said otherwise; a
// field that is 0 stays as usual. A Check holds for any: there it counts for a plan
// that is played.
func Times(t sim.Timing) Option {
	return Option{"Times", forBoth, func(s *settings) error {
		s.timing = sim.DefaultTiming()
		for _, f := range []struct {
			name string
			d    time.Duration
			to   *time.Duration
		}{{"Effect", t.Effect, &s.timing.Effect}, {"Store", t.Store, &s.timing.Store}, {"Restart", t.Restart, &s.timing.Restart}} {
			if f.d < 0 || f.d > sim.MaxTime {
				return fmt.Errorf("Times: %s is %v: want more than 0s, up to %s, or 0s for as usual", f.name, f.d, sim.Span(sim.MaxTime))
			}
			if f.d > 0 {
				*f.to = f.d
			}
		}
		return nil
	}}
}

// Rates are how often each kind of fault strikes in a Sweep: DefaultRates unless
// said otherwise.
func Rates(rates sim.Rates) Option {
	return Option{"Rates", forSweep, func(s *settings) error {
		if err := rates.Validate(); err != nil {
			return fmt.Errorf("Rates: %w", err)
		}
		if !rates.Any() {
			return errors.New("Rates: nothing is left to chance: give at least one rate above 0")
		}
		s.rates = rates
		return nil
	}}
}

// DefaultRates are the mix of faults that a Sweep draws from: what every queue and
// every process can do.
func DefaultRates() sim.Rates {
	return sim.Rates{
		sim.LoseAckFault: .1, sim.CrashFault: .1, sim.PauseFault: .05,
		sim.FailFault: .05, sim.LoseReplyFault: .05, sim.CopyFault: .1,
	}
}

// number is where an option sets a number, and within which limits.
type number struct {
	least, most int
	in          func(*settings) *int
}

// option is the option that sets it.
func (l number) option(name string, of takers, n int) Option {
	return Option{name, of, func(s *settings) error {
		if n < l.least || n > l.most {
			return fmt.Errorf("%s(%d): want %d to %d", name, n, l.least, l.most)
		}
		*l.in(s) = n
		return nil
	}}
}

// and is an option that sets something more.
func (o Option) and(more func(*settings)) Option {
	set := o.set
	o.set = func(s *settings) error {
		err := set(s)
		more(s)
		return err
	}
	return o
}

// settle applies options to the defaults of who takes them. The error is the first
// mistake in them.
func (e entry) settle(options []Option) (*settings, error) {
	s := &settings{queue: broker.Default(), rates: DefaultRates(), properties: e.properties, threads: 1}
	s.search.Messages, s.search.Faults = e.messages, e.faults
	for _, o := range options {
		if o.set == nil {
			return nil, errors.New("an Option that no function of this package has made: call one, such as simtest.Messages(1)")
		}
		if o.of&e.is == 0 {
			return nil, fmt.Errorf("%s is not for %s: %s", o.name, e.name, e.refuses)
		}
		if err := o.set(s); err != nil {
			return nil, err
		}
	}
	if s.visibility > 0 {
		s.queue.Visibility = s.visibility
	}
	if err := s.deliver(); err != nil {
		return nil, err
	}
	s.search.Properties = s.properties
	s.search = normal(s.search)
	if s.search.Workers%s.threads != 0 {
		return nil, fmt.Errorf("%s in processes of %s: make Workers a multiple of Threads", plural(s.search.Workers, "worker"), plural(s.threads, "thread"))
	}
	return s, nil
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
		Consumer: c, Business: s.business, Queue: s.queue, Timing: s.timing,
		Messages: s.messages(c), Processes: s.search.Workers / s.threads, Threads: s.threads,
	}
}
