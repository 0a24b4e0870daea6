package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/consumers"
	"dejavu/scenarios"
)

// sceneFlags make another scenario of the one in a file: who is watched, what is
// done to customers, what goes wrong. Every command that takes a scenario has them.
type sceneFlags struct {
	consumers, business, profile, rates, seed string
	with, without                             []string
	maxEvents                                 int

	given map[string]bool // the flags that were typed, if only to say nothing
}

// declare adds the flags to a command, in the order in which help shows them.
func (f *sceneFlags) declare(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.consumers, "consumers", "", "watch these: `A,B,...`, or "+everyConsumer+"; see list consumers")
	flags.StringVar(&f.business, "business", "", "what is done to customers, a `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringArrayVar(&f.with, "with", nil, "add a `FAULT`, such as crash:m3/2/before-ack; may be repeated, see list faults")
	flags.StringArrayVar(&f.without, "without", nil, "take a `FAULT` of the file or of chance away; may be repeated")
	flags.StringVar(&f.rates, "rates", "", "add faults by chance, `K=R,...`, such as lose-ack=5%,crash=3%")
	flags.StringVar(&f.seed, "seed", "", "draw those by the number `N`, or by a "+randomSeed+" one")
	flags.StringVar(&f.profile, "profile", "", "let the queue behave as the broker `NAME`, see list profiles")
	flags.IntVar(&f.maxEvents, "max-events", scenarios.DefaultEvents, "end a lane after `N` events: some would never end")
	complete(c, "consumers", words(append(consumers.Names(), everyConsumer)))
	complete(c, "business", words(businessNames()))
	complete(c, "profile", words(profileNames()))
	complete(c, "seed", words([]string{randomSeed}))
	complete(c, "without", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return planned(args), cobra.ShellCompDirectiveNoFileComp
	})
}

// read notes which flags were typed.
func (f *sceneFlags) read(c *cobra.Command) {
	f.given = map[string]bool{}
	c.Flags().Visit(func(flag *pflag.Flag) { f.given[flag.Name] = true })
}

// complete says how a flag is completed.
func complete(c *cobra.Command, flag string, by cobra.CompletionFunc) {
	_ = c.RegisterFlagCompletionFunc(flag, by) // fails only for a flag that is not there
}

// completeScenarios completes with the names of the shipped scenarios, or a file.
func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}

// planned are the faults of the scenarios that are named, as flags take them.
func planned(args []string) []string {
	var faults []string
	for _, arg := range args {
		s, ok := scenarios.Get(arg)
		if !ok && isPath(arg) {
			s, _ = load(arg)
		}
		if s == nil {
			continue // a mistake in it is said when it is run
		}
		for _, f := range s.Faults {
			faults = append(faults, f.String())
		}
	}
	return faults
}
