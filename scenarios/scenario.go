package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// Limits on a file, far above what anyone would write by hand or watch.
const (
	MaxBytes    = 1 << 20 // holds MaxMessages of a line each
	MaxMessages = 10_000
	MaxFaults   = 1_000
	MaxAmount   = 1_000_000_00 // cents of one message
)

// What a file that does not say gets.
const (
	DefaultWorkers = 2
	DefaultSeed    = 1
)

// Limits on the events of a lane. A file cannot set them, because a longer run is not a
// story. The command line can.
const (
	DefaultEvents = 200_000
	MostEvents    = 10_000_000
)

// Scenario is one story: what is owed, what goes wrong, who is watched, and what
// is expected of them.
type Scenario struct {
	// Name is the base name of the file without its extension.
	Name string
	// Title, Teaches, Story and Question are what people read: a headline, the
	// lesson in one line, what happens in plain words, and what to ask about it.
	Title, Teaches, Story, Question string
	// Business is what performing means, and so where the effect lies.
	Business sim.Business
	// Seed draws what Rates leave to chance.
	Seed uint64
	// Until ends the run; 0 leaves it to the simulator.
	Until time.Duration
	// Messages are what is owed, in the order of the file.
	Messages []sim.Owed
	// Queue is how the broker behaves.
	Queue broker.Profile
	// BankKeys is how long the bank honours an idempotency key, or sim.Forever; 0 leaves
	// it to the simulator.
	BankKeys time.Duration
	// Database is how the consumers' own database takes an error in a transaction.
	Database sim.Database
	// Bank is what else it makes of a key.
	Bank sim.Bank
	// Consumers are the names of those who are watched, in order.
	Consumers []string
	// Workers is how many processes of each consumer compete.
	Workers int
	// Relays is how many relays work on an outbox, 0 for one, and Claim what they do to a row
	// before they handle it.
	Relays int
	Claim  sim.RowClaim
	// Faults are what goes wrong, the same for every consumer.
	Faults []sim.Fault
	// Rates draw further faults by Seed.
	Rates sim.Rates
	// Spared are draws of chance that do not strike; files cannot say so.
	Spared []sim.Fault
	// MaxEvents is the budget of each lane; 0 means DefaultEvents. Files cannot say it.
	MaxEvents int
	// Expect is what the file says should come out, in its order.
	Expect []Expectation
	// Source is the text that the scenario was read from, as it was.
	Source []byte
}

// Budget returns how many events a lane takes at most.
func (s *Scenario) Budget() int { return cmp.Or(s.MaxEvents, DefaultEvents) }

// Lane returns the scenario as one consumer meets it. The plan is a copy, so that
// it can be edited.
func (s *Scenario) Lane(consumer sim.Consumer) sim.Lane {
	return sim.Lane{
		Consumer:  consumer,
		Business:  s.Business,
		Queue:     s.Queue,
		BankKeys:  s.BankKeys,
		Database:  s.Database,
		Bank:      s.Bank,
		Messages:  s.Messages,
		Processes: s.Workers,
		Relays:    s.Relays,
		Claim:     s.Claim,
		Plan:      slices.Clone(s.Faults),
		Rates:     s.Rates,
		Seed:      s.Seed,
		Spared:    s.Spared,
		Until:     s.Until,
		MaxEvents: s.Budget(),
	}
}

// Lanes returns the lanes of all who are watched, validated and ready to be run.
func (s *Scenario) Lanes() ([]sim.Ready, error) {
	all := make([]sim.Ready, len(s.Consumers))
	for i, name := range s.Consumers {
		c, known := consumers.Get(name)
		if !known {
			return nil, fmt.Errorf("no consumer is called %q", name)
		}
		var err error
		if all[i], err = s.Lane(c).Ready(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Expectation returns what the scenario expects of a consumer, and whether it
// expects anything.
func (s *Scenario) Expectation(consumer string) (Expectation, bool) {
	i := slices.IndexFunc(s.Expect, func(e Expectation) bool { return e.Consumer == consumer })
	if i < 0 {
		return Expectation{}, false
	}
	return s.Expect[i], true
}

// Check compares the verdicts on a run of a consumer with what the scenario
// expects of it, and says in a sentence each what is not as expected. Nothing is
// wrong where nothing is expected.
func (s *Scenario) Check(consumer string, v sim.Verdicts) []string {
	e, stated := s.Expectation(consumer)
	if !stated {
		return nil
	}
	return e.Differences(Judge(s.Messages, s.Business, v))
}
