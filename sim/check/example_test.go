package check_test

import (
	"context"
	"fmt"
	"log"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// The inbox breaks for a card: one crash is enough. The shortest way there is a trace,
// and a trace is a plan that a timeline can play.
func ExampleNew() {
	l := sim.Lane{Consumer: consumers.Inbox, Business: sim.Card, Queue: broker.Default()}
	s, err := check.New(l, check.Options{Messages: 1, Faults: 1})
	if err != nil {
		log.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	trace := r.NeverTwice.Counterexample
	fmt.Printf("never twice is broken by %d fault in %d actions\n", trace.Faults, len(trace.Actions))
	if lane, ok := trace.Plan(); ok {
		fmt.Println("as a plan:", lane.Plan[0])
	}
	fmt.Println("never lost:", r.NeverLost.Counterexample == nil && r.NeverLost.Finished)
	// Output:
	// never twice is broken by 1 fault in 11 actions
	// as a plan: crash:m1/after-effect
	// never lost: true
}
