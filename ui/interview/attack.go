package interview

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Attack is a consumer, and what it is to survive: all that can happen to it within
// bounds or, where time matters, which the search leaves out, one scenario.
type Attack struct {
	Consumer string
	Business sim.Business
	// Profile is the broker; "" is the default queue.
	Profile string
	// Faults is the largest number of faults, 2 by default. Only are their kinds, all the
	// usual ones by default.
	Faults int
	Only   []check.Kind
	// Scenario is the run that is played instead of a search.
	Scenario string
}

// usualFaults is how many faults an attack has. Two show every harm, and no search takes
// more than a moment.
const usualFaults = 2

// Words are the command that makes the attack, without the name of the program.
func (a *Attack) Words() []string {
	words := []string{"check", a.Consumer}
	own, played := scenarios.Get(a.Scenario)
	if played {
		words = []string{"run", a.Scenario, "--consumers", a.Consumer}
	}
	if !played || own.Business != a.Business {
		words = append(words, "--business", a.Business.String())
	}
	if a.Profile != "" {
		words = append(words, "--profile", a.Profile)
	}
	if played {
		return words
	}
	words = append(words, "--faults", strconv.Itoa(a.faults()))
	if len(a.Only) > 0 {
		words = append(words, "--only", strings.Join(check.Names(a.Only), ","))
	}
	return words
}

func (a *Attack) faults() int {
	if a.Faults == 0 {
		return usualFaults
	}
	return a.Faults
}

// faultsText says which faults may strike.
func (a *Attack) faultsText() string {
	if played, ok := scenarios.Get(a.Scenario); ok {
		return "in the scenario " + strconv.Quote(played.Title)
	}
	if len(a.Only) == 0 {
		return fmt.Sprintf("with up to %d of the usual faults", a.faults())
	}
	return fmt.Sprintf("with up to %s: %s", words.Count(a.faults(), "fault"), strings.Join(proof.Troubles(a.Only), ", "))
}

// Fate is the worst that can happen to the effect.
type Fate string

// The fates that a guess can name.
const (
	Once  Fate = "once"
	Twice Fate = "twice"
	Lost  Fate = "lost"
	Both  Fate = "both"

	parked Fate = "parked" // or pending: no question ends so, see the tests
)

// Fates are the possible answers, in the order in which they are shown.
func Fates() []Fate { return []Fate{Once, Twice, Lost, Both} }

var fateWords = map[Fate]string{
	Once:  "exactly once, whatever happens",
	Twice: "it can happen twice, but not get lost",
	Lost:  "it can get lost, but not happen twice",
	Both:  "both: it can happen twice, and it can get lost",
}

// Finding is the result of an attack.
type Finding struct {
	Fate Fate
	// Case is the search, Trace the first way to break it that it found, and Other the
	// second, if it is both; or Story is the run.
	Case         *proof.Case
	Trace, Other *check.Trace
	Story        *story.Story
}

// Make makes the attack. It fails on a name that is not there.
func (a *Attack) Make() (*Finding, error) {
	c, ok := consumers.Get(a.Consumer)
	if !ok {
		return nil, fmt.Errorf("no consumer is called %q", a.Consumer)
	}
	queue := broker.Default()
	if a.Profile != "" {
		if queue, ok = broker.Preset(a.Profile); !ok {
			return nil, fmt.Errorf("no broker is called %q", a.Profile)
		}
	}
	if a.Scenario != "" {
		return a.play(queue)
	}
	cases := []proof.Case{{
		Lane:    sim.Lane{Consumer: c, Business: a.Business, Queue: queue},
		Options: check.Options{Faults: a.faults(), Kinds: a.Only, Properties: proof.Properties()},
	}}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		return nil, err
	}
	o := &Finding{Case: &cases[0], Fate: Fate(cases[0].Fate())}
	for _, p := range proof.Properties() {
		switch t := o.Case.Result.Of(p).Counterexample; {
		case o.Trace == nil:
			o.Trace = t
		case o.Other == nil:
			o.Other = t
		}
	}
	return o, nil
}

// play runs the scenario.
func (a *Attack) play(queue broker.Profile) (*Finding, error) {
	shipped, ok := scenarios.Get(a.Scenario)
	if !ok {
		return nil, fmt.Errorf("no scenario is called %q", a.Scenario)
	}
	s := *shipped
	s.Consumers, s.Business = []string{a.Consumer}, a.Business
	if a.Profile != "" {
		s.Queue = queue
	}
	told, err := story.Tell(&s)
	if err != nil {
		return nil, err
	}
	end := told.Lanes[0].Outcome
	o := &Finding{Story: told, Fate: Once}
	switch {
	case len(end.Twice) > 0 && len(end.Never) > 0:
		o.Fate = Both
	case len(end.Twice) > 0:
		o.Fate = Twice
	case len(end.Never) > 0:
		o.Fate = Lost
	case !end.OK:
		o.Fate = parked
	}
	return o, nil
}

// Replay are the words of the command that plays what was found, if it can be played.
func (a *Attack) Replay(o *Finding) []string {
	if o.Story != nil {
		return append([]string{"play"}, a.Words()[1:]...)
	}
	return a.replay(o.Trace)
}

func (a *Attack) replay(t *check.Trace) []string {
	if t == nil {
		return nil
	}
	base, _ := scenarios.Get(calm)
	told, edits, ok := proof.Replay(t, base)
	if !ok {
		return nil
	}
	words := []string{"play", calm, "--consumers", a.Consumer}
	if told.Business != base.Business {
		words = append(words, "--business", told.Business.String())
	}
	if a.Profile != "" {
		words = append(words, "--profile", a.Profile)
	}
	for _, f := range edits.With {
		words = append(words, "--with", f.String())
	}
	for _, f := range edits.Without {
		words = append(words, "--without", f.String())
	}
	return words
}

// Told tells what was found, with the consumers of the attack beside each other.
func (a *Attack) Told(o *Finding) (*story.Story, error) {
	var s scenarios.Scenario
	if o.Story != nil {
		s = *o.Story.Scenario
	} else {
		base, _ := scenarios.Get(calm)
		told, edits, ok := proof.Replay(o.Trace, base)
		if !ok {
			return nil, errors.New("it cannot be told at the times of " + calm)
		}
		s = *edits.Apply(told)
	}
	s.Consumers = strings.Split(a.Consumer, ",")
	return story.Tell(&s)
}

// calm is the scenario in which nothing happens but what is added to it.
const calm = "quiet-day"
