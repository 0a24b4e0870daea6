// Package story tells what happened in a run: in words, in money and, one day, in
// pictures. Every face of the program reads it, so that no two can disagree.
//
// A [Story] is a scenario as it went in several lanes. All its words come from
// the events of the runs and all its numbers from their ledgers; nothing in it
// can change what happened.
package story

import (
	"fmt"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// Story is a scenario as it went in every lane.
type Story struct {
	Scenario *scenarios.Scenario
	Lanes    []*Lane

	steps   []time.Duration // when each step was taken
	upto    []int32         // by step and lane: how many events had happened before it, then after the last
	stops   []Stop
	strikes []Strike
	parted  int // the step with which the lanes part, or -1
	view    View
	struck  [][]Struck   // by index of what is owed, once they were asked for
	told    []*Narration // by step, once it was asked for

	questions [askKinds]*[]Question // by the kind that was asked before, once they were looked for
}

// Lane is one consumer under the scenario's messages and faults.
type Lane struct {
	Consumer sim.Consumer
	Run      *sim.Run
	Outcome  scenarios.Outcome
	// Deliveries counts every delivery, and Steps those that the handler took.
	Deliveries, Steps int

	attempts []attempt
	attempt  map[broker.Receipt]int // index into attempts
	effect   []int                  // by event: 1 for a first committed effect of what is owed, 2 for a second, ...
	effects  [][]int                // by what is owed: the events that were its first effect, its second, ...
	losses   []int                  // the events with which the stores lost writes
	settled  []int32                // by event: for an effect that counts, the event with which it does
	marks    []Mark                 // in order
	fates    []MarkKind             // by what is owed: Never or Buried, or Done
	undone   []lostEffect           // what a failover took back
	skips    []skip                 // in order
	lapses   map[lapseKey]lapse     // what runs out
	hands    [][]int32              // by worker: its attempts, in order
	lines    map[int]int            // by event: the line of the handler, once it was asked for
	player   *sim.Player
	meter    *sim.Meter
	copies   []string // names of copies and republishes, as far as they were asked for
	busy     int      // see Busy
	body     []string // see Body
	handler  int      // how many lines of it are the handler's: the rest is its ack, and the relay
	first    int      // the line of its file at which the handler's body begins
}

// Tell simulates every lane of a scenario. It fails on a consumer that is not in
// the catalogue, or whose handler breaks a rule.
func Tell(s *scenarios.Scenario) (*Story, error) {
	st := &Story{Scenario: s}
	for _, name := range s.Consumers {
		c, ok := consumers.Get(name)
		if !ok {
			return nil, fmt.Errorf("no consumer is called %q", name)
		}
		l, err := tellLane(s, c)
		if err != nil {
			return nil, err
		}
		st.Lanes = append(st.Lanes, l)
	}
	st.findSteps()
	st.findStops()
	return st, nil
}

func tellLane(s *scenarios.Scenario, c sim.Consumer) (*Lane, error) {
	run, err := sim.Simulate(s.Lane(c))
	if err != nil {
		return nil, err
	}
	w := run.World()
	l := &Lane{Consumer: c, Run: run}
	l.Outcome = scenarios.Judge(s.Messages, s.Business, run.Verdicts())
	for i := range run.Events() {
		e := &run.Events()[i]
		took := e.Op.Asked() || e.Op == sim.OpReturn && e.Reply != sim.Unreported // an ack is a step, early or not
		if took && e.Kind != sim.Crash && e.Kind != sim.Nothing {
			l.Steps++
		}
	}
	for n := range w.Queue().Len() {
		l.Deliveries += w.Queue().Deliveries(n)
	}
	l.countEffects()
	l.findAttempts()
	l.findMarks()
	l.findSkips()
	l.findLapses()
	return l, nil
}

// message returns what an event's message is owed for.
func (l *Lane) message(e *sim.Event) *sim.Owed {
	return &l.Run.Lane.Messages[l.Run.World().Owed(int(e.Msg))]
}

// Chance reports whether anything in the story is left to chance.
func (s *Story) Chance() bool { return s.Scenario.Rates.Any() }
