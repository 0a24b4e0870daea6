package cli

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// line is the command that shows a scenario as this ask would, changed by others
// and with other edits: only flags by which it differs from the file's own, and
// then those that say how to show it. Pasted, it gives the same again.
func (a *ask) line(start, verb string, told *scenarios.Scenario, e story.Edits, how ...string) string {
	arg := a.arg
	if strings.HasPrefix(arg, "-") && arg != fromStdin {
		arg = "./" + arg // or it would be read as a flag
	}
	return command(start, slices.Concat([]string{verb, arg}, a.differing(told, e), how)...)
}

// differing are the flags that make the file's own scenario the one told.
func (a *ask) differing(told *scenarios.Scenario, e story.Edits) []string {
	var words []string
	own := a.own
	if !reflect.DeepEqual(told.Consumers, own.Consumers) {
		names := strings.Join(told.Consumers, ",")
		if slices.Equal(told.Consumers, consumers.Names()) {
			names = everyConsumer
		}
		words = append(words, "--consumers", names)
	}
	if told.Business != own.Business {
		words = append(words, "--business", told.Business.String())
	}
	if !reflect.DeepEqual(told.Queue, own.Queue) {
		words = append(words, "--profile", told.Queue.Name)
	}
	if rates := otherRates(own.Rates, told.Rates); rates != "" {
		words = append(words, "--rates", rates)
	}
	for _, f := range e.With {
		words = append(words, "--with", f.String())
	}
	for _, f := range e.Without {
		words = append(words, "--without", f.String())
	}
	if told.Budget() != own.Budget() {
		words = append(words, "--max-events", strconv.Itoa(told.Budget()))
	}
	if told.Seed != own.Seed {
		words = append(words, "--seed", strconv.FormatUint(told.Seed, 10))
	}
	return words
}

// otherRates are the rates that differ, as --rates takes them.
func otherRates(own, told sim.Rates) string {
	var parts []string
	for _, k := range sim.FaultKinds() {
		if told[k] != own[k] {
			parts = append(parts, string(k)+"="+scenarios.Rate(told[k]))
		}
	}
	return strings.Join(parts, ",")
}

// foreign lists what of a run is not the file's own, so that what the file
// expects need not come out. Who is watched makes no difference to a lane.
func (a *ask) foreign() []string {
	var what []string
	for _, flag := range a.differing(a.base, a.edits) {
		switch flag {
		case "--business":
			what = append(what, "business")
		case "--profile":
			what = append(what, "queue")
		case "--rates":
			what = append(what, "rates")
		case "--seed":
			what = append(what, "seed")
		}
	}
	if !slices.Equal(a.told.Faults, a.own.Faults) || len(a.told.Spared) > 0 {
		what = append(what, "faults")
	}
	return what
}
