package cli

import (
	"reflect"
	"strconv"
	"strings"

	"dejavu/scenarios"
	"dejavu/sim"
)

// line is the command that tells a scenario as this ask would, changed by others:
// only flags by which it differs from the file's own. Pasted, it gives the same
// run again.
func (a *ask) line(start string, told *scenarios.Scenario, form string) string {
	arg := a.arg
	if strings.HasPrefix(arg, "-") && arg != fromStdin {
		arg = "./" + arg // or it would be read as a flag
	}
	words := append([]string{"run", arg}, a.differing(told)...)
	if form != "" {
		words = append(words, form)
	}
	return command(start, words...)
}

// differing are the flags that make the file's own scenario the one told.
func (a *ask) differing(told *scenarios.Scenario) []string {
	var words []string
	own := a.own
	if !reflect.DeepEqual(told.Consumers, own.Consumers) {
		words = append(words, "--consumers", strings.Join(told.Consumers, ","))
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
	for _, f := range told.Faults[len(own.Faults):] {
		words = append(words, "--with", f.String())
	}
	if told.Seed != own.Seed {
		words = append(words, "--seed", strconv.FormatUint(told.Seed, 10))
	}
	return words
}

// otherRates are the rates that differ, as --rates takes them.
func otherRates(own, told sim.Rates) string {
	var parts []string
	for _, k := range sim.RateKinds() {
		if told[k] != own[k] {
			parts = append(parts, string(k)+"="+exactly(told[k]))
		}
	}
	return strings.Join(parts, ",")
}

// exactly writes a rate so that reading it gives the very same number, in percent
// where that can be done.
func exactly(rate float64) string {
	percent := strconv.FormatFloat(rate*100, 'g', 10, 64) + "%"
	if same, err := sim.ParseRate(percent); err == nil && same == rate {
		return percent
	}
	return strconv.FormatFloat(rate, 'g', -1, 64)
}

// foreign lists what of a run is not the file's own, so that what the file
// expects need not come out. Who is watched makes no difference to a lane.
func (a *ask) foreign() []string {
	var what []string
	for _, flag := range a.differing(a.told) {
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
	if len(a.told.Faults) > len(a.own.Faults) {
		what = append(what, "faults")
	}
	return what
}
