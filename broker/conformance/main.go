// Command conformance holds the presets of package broker against the brokers themselves:
// for each preset and field it says what the preset claims, what was measured, and on
// which version. Besides, it holds what the comments of the presets say that no field
// expresses.
//
// What can be embedded is: nats-server for jetstream, and three fakes, which are weaker:
// pstest for pubsub, and kfake for kafka and kafka-share. redis-server, rabbitmq-server,
// beanstalkd and PostgreSQL are started if they are installed, in a temporary folder, and
// stopped at the end. They are reached by a socket there, or RabbitMQ on the loopback. Root
// may not run PostgreSQL: the user postgres does it then, and where there is none,
// DEJAVU_POSTGRES may name a server. For other presets, and for fields that no server has
// a say in, the table says why nothing was measured.
//
// A preset that claims what its broker does not do ends the command with 1. On a busy
// machine a message may come later than a probe waits for it, so a preset with a bad row is
// shown and measured again, and only what is bad twice is bad.
//
// Long times are not waited for. A default is read from the server; that a timer of that
// kind brings a message back is measured with one of a second or two.
//
// It is a module of its own, so that the servers and clients it needs are no requirement
// of dejavu:
//
//	go run . [PRESET ...]
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"dejavu/broker"
)

func main() {
	rows, err := measured(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Print(table(rows))
	if slices.ContainsFunc(rows, row.bad) {
		os.Exit(1)
	}
}

// measured returns the rows of the presets of those names, or of all. Presets are
// measured side by side, since most of the time is waiting. Those with a bad row are
// measured again, one after the other.
func measured(names []string) ([]row, error) {
	var chosen []broker.Profile
	for _, p := range broker.Presets() {
		if len(names) == 0 || slices.Contains(names, p.Name) {
			chosen = append(chosen, p)
		}
	}
	for _, name := range names {
		if _, known := broker.Preset(name); !known {
			return nil, fmt.Errorf("unknown preset %q: want some of %s", name, strings.Join(presetNames(), ", "))
		}
	}
	all := make([][]row, len(chosen))
	var wait sync.WaitGroup
	for i := range chosen {
		wait.Go(func() { all[i] = hold(&chosen[i], systems[chosen[i].Name]) })
	}
	wait.Wait()
	for i := range chosen {
		all[i] = confirmed(all[i], func() []row {
			fmt.Fprintf(os.Stderr, "%s is measured again, since not all is as claimed:\n%s", chosen[i].Name, table(slices.DeleteFunc(slices.Clone(all[i]), row.good)))
			return hold(&chosen[i], systems[chosen[i].Name])
		})
	}
	return slices.Concat(all...), nil
}

// confirmed returns rows of which none is bad by bad luck: on a busy machine a message may
// come later than a probe waits. If a row is bad, the preset is measured again, and only
// what is bad again stays bad.
func confirmed(rows []row, again func() []row) []row {
	if !slices.ContainsFunc(rows, row.bad) {
		return rows
	}
	second := again()
	if len(second) != len(rows) { // one of the two did not start
		return second
	}
	for i := range rows {
		if rows[i].bad() {
			rows[i] = second[i]
		}
	}
	return rows
}

func presetNames() []string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	return names
}
