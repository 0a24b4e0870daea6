package cli

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Names of what can be typed, for messages and completion.

func faultNames() []string {
	var names []string
	for _, k := range sim.FaultKinds() {
		names = append(names, string(k))
	}
	return names
}

func businessNames() []string {
	var names []string
	for _, b := range sim.Businesses() {
		names = append(names, b.String())
	}
	return names
}

func profileNames() []string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	return names
}
