package simtest

import (
	"fmt"
	"reflect"

	"dejavu/scenarios"
	"dejavu/scenarios/packed"
	"dejavu/sim"
)

// beside is who is watched beside a consumer on the screen.
const beside = "naive"

// onScreen is the command that opens a run on the screen, in a module whose main hands the
// consumer to cli.Main: a token, which holds messages, queue, plan, rates and seed. There
// is none where no scenario comes to the same, as with other times.
func onScreen(l sim.Lane) string {
	name := l.Consumer.Name
	if !plain.MatchString(name) {
		return "" // no command line can name it
	}
	s := &scenarios.Scenario{
		Name: "found", Title: name + " fails its test", Teaches: "What go test has found.",
		Seed: max(l.Seed, scenarios.DefaultSeed), Business: l.Business, Messages: l.Messages, Queue: l.Queue,
		Consumers: []string{beside}, Workers: l.Processes, Faults: l.Plan, Rates: l.Rates,
	}
	s, err := scenarios.Parse(s.Name+".yaml", scenarios.Write(s))
	if err != nil || !same(l, s.Lane(l.Consumer)) {
		return ""
	}
	watched := beside
	if name != beside {
		watched += "," + name
	}
	return fmt.Sprintf("to see it, in a module whose main calls cli.Main with %s: go run . play %s --consumers %s\n", name, packed.Own(s).Token(), watched)
}

// same says whether the same happens in two lanes.
func same(a, b sim.Lane) bool {
	one, err := sim.Simulate(a)
	if err != nil {
		return false
	}
	other, err := sim.Simulate(b)
	return err == nil && reflect.DeepEqual(one.Events(), other.Events())
}
