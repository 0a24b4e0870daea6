package sim

import (
	"errors"
	"fmt"
	"time"

	"dejavu/broker"
)

// Lane is one consumer under test: a queue, workers and stores of its own, and
// the messages and the trouble that it shares with the lanes beside it.
type Lane struct {
	Consumer Consumer
	Business Business
	Queue    broker.Profile
	Messages []Owed
	// Processes is how many processes compete for messages; 0 means 2.
	Processes int
	// Threads is how many workers share the memory of a process; 0 means 1.
	Threads int
	// Timing is how long things take; the zero value means DefaultTiming.
	Timing Timing
	// Plan is what goes wrong. It means the same to every consumer.
	Plan []Fault
	// Rates draws further faults by Seed.
	Rates Rates
	Seed  uint64
	// BankKeys is how long the receiver of the effect honours an idempotency key, from
	// its first use; 0 means DefaultBankKeys, and Forever that no key runs out.
	BankKeys time.Duration
	// Spared are faults that chance draws and that do not strike all the same: how
	// would it have gone without this one? One that chance does not draw spares
	// nothing.
	Spared []Fault
	// Until ends the run; 0 means one day after the last publish or planned fault, a
	// pause that is longer than that included.
	Until time.Duration
	// MaxEvents is the budget of the run: it takes no action once there are so many
	// events, whatever is still due. 0 means no budget.
	MaxEvents int
}

// DefaultBankKeys is how long a receiver honours an idempotency key unless a lane says
// otherwise: Stripe removes keys after at least 24 hours.
const DefaultBankKeys = 24 * time.Hour

// Forever is the length of what never runs out.
const Forever time.Duration = -1

// Limits on a lane. They are far above what anyone can watch.
const (
	MaxMessages   = 10_000_000
	MaxWorkers    = 64
	MaxFaults     = 10_000
	MaxDeliveries = 10_000 // of one broker message, then the run ends
	MaxTime       = 10 * 365 * 24 * time.Hour
)

func (l *Lane) workers() int {
	processes := l.Processes
	if processes == 0 {
		processes = 2
	}
	return processes * max(l.Threads, 1)
}

// Profile returns the queue of the lane as its consumer has it: one whose strategy
// is a dedup window has a queue that keeps message IDs for at least so long.
func (l *Lane) Profile() broker.Profile {
	p := l.Queue
	if l.Consumer.Window > 0 {
		p.DedupWindow, p.DedupBy = max(p.Window(), l.Consumer.Window), broker.ByMessageID
	}
	return p
}

// bankKeys returns how long the receiver honours a key, or Forever.
func (l *Lane) bankKeys() time.Duration {
	if l.BankKeys == 0 {
		return DefaultBankKeys
	}
	return l.BankKeys
}

// Validate says what is wrong with a lane, and what to write instead.
func (l *Lane) Validate() error {
	if l.Consumer.Handle == nil {
		return fmt.Errorf("consumer %q has no Handle: give it a function", l.Consumer.Name)
	}
	if len(l.Messages) == 0 {
		return errors.New("no messages: list at least one")
	}
	if len(l.Messages) > MaxMessages {
		return fmt.Errorf("%d messages: at most %d", len(l.Messages), MaxMessages)
	}
	if l.Processes < 0 || l.Threads < 0 || l.Processes > MaxWorkers || l.Threads > MaxWorkers || l.workers() > MaxWorkers {
		return fmt.Errorf("%d processes of %d threads: 1 to %d workers in all", l.Processes, l.Threads, MaxWorkers)
	}
	if len(l.Plan) > MaxFaults {
		return fmt.Errorf("%d faults: at most %d", len(l.Plan), MaxFaults)
	}
	if l.Until < 0 || l.Until > MaxTime {
		return fmt.Errorf("until %v: 0s to %v", l.Until, MaxTime)
	}
	if l.MaxEvents < 0 {
		return fmt.Errorf("a budget of %d events: want 1 or more, or 0 for none", l.MaxEvents)
	}
	if l.BankKeys != Forever && (l.BankKeys < 0 || l.BankKeys > MaxTime) {
		return fmt.Errorf("the bank honours keys for %v: above 0s, up to %v", l.BankKeys, MaxTime)
	}
	for _, d := range []time.Duration{l.Timing.Effect, l.Timing.Store, l.Timing.Restart} {
		if d < 0 || d > MaxTime {
			return fmt.Errorf("a step that takes %v: 0s to %v", d, MaxTime)
		}
	}
	if len(l.Spared) > MaxFaults {
		return fmt.Errorf("%d faults are spared: at most %d", len(l.Spared), MaxFaults)
	}
	queue := l.Profile()
	if err := queue.Validate(); err != nil {
		return err
	}
	if err := checkMessages(l.Messages); err != nil {
		return err
	}
	if i, err := CheckPlan(l.Plan, l.Messages, l.Rates, l.workers()); err != nil {
		return fmt.Errorf("fault %s: %w", l.Plan[i], err)
	}
	return l.Rates.Validate()
}

// checkMessages holds that every thing owed has a name that nothing else has.
func checkMessages(owed []Owed) error {
	seen := newNamesake(owed)
	lettered := false // a name or an ID may be that of a copy
	for i := range owed {
		id := owed[i].ID
		switch {
		case id == AllMessages:
			return fmt.Errorf("the id %q is what slow calls every message: choose another", id)
		case id == "":
			return fmt.Errorf("message %d has no id: give it one, such as m%d", i+1, i+1)
		case seen.before(i):
			return fmt.Errorf("two messages have the id %q: an id names one thing owed", id)
		case owed[i].At < 0 || owed[i].At > MaxTime:
			return fmt.Errorf("message %s is published at %v: 0s to %v", id, owed[i].At, MaxTime)
		}
		_, a := splitCopy(id)
		_, b := splitCopy(owed[i].Message.ID)
		lettered = lettered || a > 0 || b > 0
	}
	if !lettered {
		return nil
	}
	for i := range owed {
		if of, letter := splitCopy(owed[i].ID); letter > 0 && seen.known(of) {
			return fmt.Errorf("the id %q is what a copy of %s is called: choose another", owed[i].ID, of)
		}
		if of, letter := splitCopy(owed[i].Message.ID); letter > 0 && seen.known(of) {
			return fmt.Errorf("the message ID %q is what %s gets when it is published again: choose another", owed[i].Message.ID, of)
		}
	}
	return nil
}

// namesake finds things owed by name. Names mostly count up, as m1, m2 and m10 do: then
// none is there twice, and only who asks for one needs an index.
type namesake struct {
	owed    []Owed
	counted bool
	index   index
}

func newNamesake(owed []Owed) *namesake {
	s := &namesake{owed: owed, counted: true}
	for i := 1; i < len(owed) && s.counted; i++ {
		a, b := owed[i-1].ID, owed[i].ID
		s.counted = len(a) < len(b) || len(a) == len(b) && a < b
	}
	return s
}

func (s *namesake) name(i int32) string { return s.owed[i].ID }

// before reports whether an earlier thing has the name of one. It is asked of each in turn.
func (s *namesake) before(i int) bool {
	return !s.counted && s.index.enter(int32(i), s.owed[i].ID, s.name) != int32(i)
}

// known reports whether any has a name, once before was asked of all.
func (s *namesake) known(id string) bool {
	if s.index.used == 0 {
		for i := range s.owed {
			s.index.enter(int32(i), s.owed[i].ID, s.name)
		}
	}
	_, found := s.index.find(id, s.name)
	return found
}
