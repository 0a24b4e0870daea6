package scenarios_test

import (
	"fmt"
	"log"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// A scenario is read from a text, and played by any consumer.
func ExampleParse() {
	s, err := scenarios.Parse("mine.yaml", []byte(`
title: Mine
teaches: A lost ack is enough.
messages:
  - {id: m1, at: 1s, customer: Bob, amount: $15}
consumers: [naive, inbox]
faults:
  - lose-ack: m1
`))
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox} {
		run, err := sim.Simulate(s.Lane(c))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Name, run.World().Verdicts().Of[0])
	}
	// Output:
	// naive twice
	// inbox once
}

// What is wrong is said with its place and what to write instead.
func ExampleParse_mistake() {
	_, err := scenarios.Parse("mine.yaml", []byte(`
title: Mine
teaches: A lost ack is enough.
messages:
  - {id: m1, at: 1s, customer: Bob, amount: $15}
consumers: [naive, inbox]
faults:
  - lose-akc: m1
`))
	fmt.Println(err)
	// Output:
	// mine.yaml:8:5: unknown fault "lose-akc"; did you mean "lose-ack"?
	//   7 | faults:
	// > 8 |   - lose-akc: m1
	//           ^
}
