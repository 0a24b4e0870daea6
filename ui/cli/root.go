package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/scenarios"
	"dejavu/ui/explain"
)

// flagship is what is told when nothing is asked for.
const flagship = "lost-ack-then-crash"

// globals are the flags of every command.
type globals struct{ color string }

// newRoot builds the tree of commands. Nothing of it is built before it is asked
// for, and no scenario is read for it.
func newRoot(s *streams) *cobra.Command {
	cobra.EnableCommandSorting = false // help shows them in the order below
	g := &globals{color: "auto"}
	root := &cobra.Command{
		Use:   "dejavu",
		Short: "See what happens when a message arrives twice",
		Long: "dejavu shows what happens when a message arrives twice: what each of several\n" +
			"consumers makes of the same messages and the same faults, and whom it costs.",
		Example: "# a menu to choose from; without a terminal, the story of " + flagship + "\n" +
			"play crash-after-effect  # watch a scenario, and change what happens\n" +
			"run crash-after-effect  # read it\n" +
			"run crash-after-effect --business stock  # the same faults where a rollback helps\n" +
			"list  # all scenarios, consumers, faults and brokers\n" +
			"explain inbox  # what a word means",
		SilenceErrors: true, SilenceUsage: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(s, c, args[0])
			}
			return nil
		},
		PersistentPreRunE: func(*cobra.Command, []string) error { return g.check() },
		RunE: func(*cobra.Command, []string) error {
			f := screenDefaults()
			return playOrTell(s, g, &f, nil)
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetHelpFunc(s.help)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return wrongFlag(s, c, err) })
	root.PersistentFlags().StringVar(&g.color, "color", g.color, "when to use colour, `WHEN`: "+strings.Join(colorModes, ", ")+"; it beats NO_COLOR and CLICOLOR_FORCE")
	root.PersistentFlags().BoolP("help", "h", false, "say what a command is for")
	root.AddGroup(&cobra.Group{ID: "watch", Title: "Watch"}, &cobra.Group{ID: "learn", Title: "Learn"}, &cobra.Group{ID: "prove", Title: "Prove"}, &cobra.Group{ID: "make", Title: "Make"})
	root.AddCommand(newPlay(s, g), newRun(s, g), newList(s, g), newExplain(s, g), newLearn(s, g), newInterview(s, g), newCheck(s, g), newMatrix(s, g), newSweep(s, g), newNew(s), newVersion(s))
	root.SetHelpCommand(newHelp(s))
	adopt(s, root)
	complete(root, "color", words(colorModes))
	return root
}

func (g *globals) check() error {
	if slices.Contains(colorModes, g.color) {
		return nil
	}
	return fmt.Errorf("--color %q: want one of %s%s", g.color, strings.Join(colorModes, ", "), meant(g.color, colorModes))
}

// noArguments refuses what a command has no use for.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, got %q: leave it out", c.Name(), args[0])
}

// unknownCommand says that there is no such command, and what may have been meant.
func unknownCommand(s *streams, root *cobra.Command, name string) error {
	_, err := os.Stat(name)
	if isPath(name) && err == nil || slices.Contains(scenarios.Names(), name) {
		return fmt.Errorf("%q is a scenario, not a command: %s", name, command(s.start, "play", name))
	}
	if _, known := explain.Find(name); known {
		return fmt.Errorf("%q is a word, not a command: %s", name, command(s.start, "explain", name))
	}
	return fmt.Errorf("unknown command %q%s\nsee %s", name, meant(name, commandNames(root)), command(s.start, "help"))
}

func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	slices.Sort(names)
	return names
}

// meant is the end of a message about a word that is not known.
func meant(word string, known []string) string {
	if near, ok := scenarios.Nearest(word, known); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// wrongFlag words what the flag parser found wrong.
func wrongFlag(s *streams, c *cobra.Command, err error) error {
	see := "\nsee " + command(s.start, append(strings.Fields(c.CommandPath())[1:], "--help")...)
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name := unknown.GetSpecifiedName()
		if near, ok := scenarios.Nearest(name, names); ok {
			return fmt.Errorf("unknown flag --%s; did you mean --%s?%s", name, near, see)
		}
		return fmt.Errorf("unknown flag --%s%s", name, see)
	case errors.As(err, &value) && value.GetFlag().Value.Type() == "int":
		return fmt.Errorf("--%s %q: want a whole number, such as %s%s", value.GetFlag().Name, value.GetValue(), suchAs(value.GetFlag()), see)
	case errors.As(err, &value):
		return fmt.Errorf("--%s %q: want true or false, or nothing%s", value.GetFlag().Name, value.GetValue(), see)
	case errors.As(err, &missing):
		return fmt.Errorf("--%s needs a value%s", missing.GetSpecifiedName(), see)
	}
	return fmt.Errorf("%w%s", err, see)
}

// example is the annotation of a flag whose default is no value that can be typed.
const example = "example"

// suchAs is a value that a flag takes.
func suchAs(f *pflag.Flag) string {
	if own := f.Annotations[example]; len(own) > 0 {
		return own[0]
	}
	return f.DefValue
}

// words completes a flag or an argument with fixed words.
func words(all []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// wrote passes the result of a write on.
func (s *streams) wrote(_ int, err error) error { return unwritten(err) }

// unwritten says that output could not be written, which is nobody's usage.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return internal{fmt.Errorf("cannot write the output: %w: make room, or write it elsewhere", err)}
}
