package ladder

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/learn"
	"dejavu/ui/proof"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// Puzzle is a level that was opened: its scenario without a fault, and its answer.
type Puzzle struct {
	Level
	Scenario *scenarios.Scenario
	// Case is the search of the goal within the same bounds.
	Case proof.Case
	kept time.Duration // the longest time for which something is kept, or 0
}

// mostStates is how far a search goes: somebody waits for it.
const mostStates = 1_000_000

// Open opens a level.
func (l Level) Open() (*Puzzle, error) {
	s, err := scenarios.Parse(l.Name+".yaml", []byte(l.Scene))
	if err != nil {
		return nil, err
	}
	return l.on(s)
}

// on opens a level on a scenario.
func (l Level) on(s *scenarios.Scenario) (*Puzzle, error) {
	c, ok := consumers.Get(l.Consumer)
	if !ok {
		return nil, fmt.Errorf("no consumer is called %q", l.Consumer)
	}
	p := &Puzzle{Level: l, Scenario: s}
	s.Name, s.Title, s.Business, s.Consumers = l.Name, l.Title, l.Business, []string{l.Consumer}
	p.Case.Lane = s.Lane(c)
	p.Case.Options = check.Options{Faults: l.Faults, Kinds: l.Kinds, Properties: []sim.Property{l.Goal}, MaxStates: mostStates}
	search, err := check.New(p.Case.Lane, p.Case.Options)
	if err != nil {
		return nil, err
	}
	for !search.Step(mostStates) {
	}
	p.Case.Result = search.Result()
	if !p.Case.Result.Of(l.Goal).Finished {
		return nil, fmt.Errorf("%s is too large to be a level: its search does not finish within %s", l.Consumer, words.Count(mostStates, "state"))
	}
	run, err := sim.Simulate(p.Case.Lane)
	if err != nil {
		return nil, err
	}
	stored, atBank := run.World().Lifetimes()
	p.kept = max(stored, atBank)
	s.Teaches = p.Task() // what it teaches would tell how
	return p, nil
}

// usualFaults is the budget against a consumer that is a level by itself.
const usualFaults = 2

// Of opens a consumer of the catalogue as a level by itself: two orders, the usual kinds
// of fault, and the goal that the search can reach. profile is a broker, "" the default.
func Of(consumer string, b sim.Business, profile string) (*Puzzle, error) {
	l := Level{
		Name: consumer, Title: strings.ToUpper(consumer), Consumer: consumer, Business: b, Faults: usualFaults, Scene: twoOrders,
		Brief: "A consumer of the catalogue, and the usual trouble.",
	}
	queue, known := broker.Preset(profile)
	if !known && profile != "" {
		return nil, fmt.Errorf("no broker is called %q", profile)
	}
	if known {
		return l.aimed(queue)
	}
	p, err := l.aimed(broker.Default())
	if unplayed := (*unplayedError)(nil); errors.As(err, &unplayed) {
		queue, _ = broker.Preset(inOrder)
		return l.aimed(queue) // what goes by order is lost without it
	}
	return p, err
}

// inOrder is a queue for a consumer that breaks without a fault where nothing is in order.
const inOrder = "sqs-fifo"

// aimed opens a level with the goal that can be reached on a queue or, if there is none,
// with the first.
func (l Level) aimed(queue broker.Profile) (*Puzzle, error) {
	var all []*Puzzle
	for _, l.Goal = range []sim.Property{sim.NeverTwice, sim.NeverLost} {
		s, err := scenarios.Parse(l.Name+".yaml", []byte(l.Scene))
		if err != nil {
			return nil, err
		}
		s.Queue = queue
		p, err := l.on(s)
		if err != nil {
			return nil, err
		}
		if p.Par, err = p.par(); err != nil || p.Par.Actions > 0 {
			return p, err
		}
		all = append(all, p)
	}
	for _, p := range all {
		if p.Trace() != nil {
			return nil, &unplayedError{p.Trace()}
		}
	}
	return all[0], nil
}

// unplayedError says that the shortest attack cannot be played.
type unplayedError struct{ *check.Trace }

// Error says what is in the way.
func (e *unplayedError) Error() string {
	return fmt.Sprintf("%s is no level: it breaks by %s, and that cannot be played here: %s", e.Lane.Consumer.Name, proof.By(e.Trace), e.Obstacle())
}

// Key is the name under which a result is kept: a consumer is another level in another
// business and on another broker.
func (p *Puzzle) Key() string {
	name := p.Name
	if p.Number == 0 {
		name += " " + p.Business.String()
		if q := p.Scenario.Queue.Name; q != "" {
			name += " " + q
		}
	}
	return name
}

// Trace is the shortest attack, or nil if nobody can.
func (p *Puzzle) Trace() *check.Trace { return p.Case.Result.Of(p.Goal).Counterexample }

// Answer is the shortest attack as faults that are added to the scenario.
func (p *Puzzle) Answer() (*scenarios.Scenario, whatif.Edits, bool) {
	if p.Trace() == nil {
		return nil, whatif.Edits{}, false
	}
	return proof.Replay(p.Trace(), p.Scenario)
}

// Allows reports whether this network can do a fault. What lasts strikes more than once, and
// who is asked to end has time: the search knows neither, and par counts neither.
func (p *Puzzle) Allows(f sim.Fault) bool {
	f = f.Normal()
	if f.Lasts() || f.Drain > 0 {
		return false
	}
	k := check.KindsOf(f.Kind)[0]
	if f.NewID || f.Which != "" {
		k = check.Kind(f.Becomes().String())
	}
	has := p.Case.Result.Bounds.Kinds
	return slices.Contains(has, k) && (!p.outlasts(f) || slices.Contains(has, check.ExpireKey))
}

// outlasts reports whether a fault waits until what is kept for a time is gone.
func (p *Puzzle) outlasts(f sim.Fault) bool {
	f = f.Normal()
	return p.kept > 0 && max(f.For, f.Later) >= p.kept
}

// Price is how many faults of the budget a fault costs: one, and one more if it outlasts
// what is kept.
func (p *Puzzle) Price(f sim.Fault) int {
	if p.outlasts(f) {
		return 2
	}
	return 1
}

// Spent is what the faults of a scenario cost.
func (p *Puzzle) Spent(s *scenarios.Scenario) int {
	sum := 0
	for _, f := range s.Faults {
		sum += p.Price(f)
	}
	return sum
}

// Left says how much of the budget is left.
func (p *Puzzle) Left(s *scenarios.Scenario) string {
	return fmt.Sprintf("You have %s left.", words.Count(p.Faults-p.Spent(s), "fault"))
}

// Met returns after how many steps of a story the goal is met, and what that took.
func (p *Puzzle) Met(st *story.Story) (step int, took learn.Score, met bool) {
	l := st.Lanes[0]
	i := slices.IndexFunc(l.Marks(), func(m story.Mark) bool {
		return m.Kind == story.Again && p.Goal == sim.NeverTwice || m.Kind == story.Never && p.Goal == sim.NeverLost
	})
	if i < 0 {
		return 0, learn.Score{}, false
	}
	event := l.Marks()[i].Event
	for n := range event + 1 {
		if l.Run.Entry(n).Kind != sim.Nothing {
			took.Actions++
		}
	}
	took.Faults = p.Spent(st.Scenario)
	return st.StepOf(0, event), took, true
}

// par is what the answer takes when it is played; nothing if nobody can, or if no
// timeline shows it.
func (p *Puzzle) par() (learn.Score, error) {
	told, edits, plays := p.Answer()
	if !plays {
		return learn.Score{}, nil
	}
	st, err := story.Tell(edits.Apply(told))
	if err != nil {
		return learn.Score{}, err
	}
	_, took, _ := p.Met(st)
	return took, nil
}

// Aim is the goal as an order to the network.
func (p *Puzzle) Aim() string {
	if w := p.Business.Words(); p.Goal == sim.NeverLost {
		return "let somebody " + w.Never
	} else {
		return w.Aim
	}
}

// Heading is the title with the number of the rung.
func (l *Level) Heading() string {
	if l.Number == 0 {
		return l.Title
	}
	return fmt.Sprintf("%d. %s", l.Number, l.Title)
}

// Task says in a sentence or two what is to be done, and with what.
func (p *Puzzle) Task() string {
	return fmt.Sprintf("Goal: %s. You have %s. This network has %s.", p.Aim(), words.Count(p.Faults, "fault"), words.Listed(proof.Troubles(p.Case.Result.Bounds.Kinds)))
}

// Offers are what this network can do after n steps of a story.
func (p *Puzzle) Offers(st *story.Story, n int) []whatif.Offer {
	all := slices.DeleteFunc(whatif.Offers(st, n), func(o whatif.Offer) bool { return !p.Allows(o.Fault) })
	for i := range all {
		if n := p.Price(all[i].Fault); n > 1 {
			all[i].Text += ": " + words.Count(n, "fault") + ", it outlasts what is kept"
		}
	}
	return all
}
