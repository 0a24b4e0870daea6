package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"dejavu/scenarios"
	"dejavu/sim/spell"
	"dejavu/ui/explain"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagship is the scenario that is told if none is named.
const flagship = "lost-ack-then-crash"

// globals are the flags of every command.
type globals struct{ color string }

// newRoot builds the tree of commands. It reads no scenario.
func newRoot(s *streams) *cobra.Command {
	cobra.EnableCommandSorting = false // help shows them in the order below
	g := &globals{color: "auto"}
	root := &cobra.Command{
		Use:   "dejavu",
		Short: "See what happens when a message arrives twice",
		Long: "dejavu shows what happens when a message arrives twice. Several consumers get the same\n" +
			"messages and the same faults. You see which of them act twice or never, and why.",
		Example: "# a menu to choose from; without a terminal, " + flagship + " as text\n" +
			"play crash-after-effect  # watch a scenario, and change what happens\n" +
			"run crash-after-effect  # read it as text\n" +
			"run crash-after-effect --business stock  # the same faults where a rollback helps\n" +
			"break 1  # you are the network: do harm with one fault\n" +
			"list  # all scenarios, consumers, faults, brokers and levels\n" +
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
	root.PersistentFlags().StringVar(&g.color, "color", g.color, "when to use colour, `WHEN`: "+strings.Join(colorModes, ", ")+"; overrides NO_COLOR and CLICOLOR_FORCE")
	root.PersistentFlags().BoolP("help", "h", false, "show the help of a command")
	root.AddGroup(&cobra.Group{ID: "watch", Title: "Watch"}, &cobra.Group{ID: "learn", Title: "Learn"}, &cobra.Group{ID: "prove", Title: "Prove"}, &cobra.Group{ID: "make", Title: "Make"})
	root.AddCommand(newPlay(s, g), newRun(s, g), newList(s, g), newExplain(s, g), newLearn(s, g), newBreak(s, g), newInterview(s, g), newCheck(s, g), newMatrix(s, g), newDesign(s, g), newSweep(s, g), newNew(s), newExport(s), newPage(s), newVersion(s))
	root.SetHelpCommand(newHelp(s))
	adopt(s, root)
	complete(root, "color", fixed(colorModes))
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
	if near, ok := spell.Nearest(word, known); ok {
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
		if near, ok := spell.Nearest(name, names); ok {
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

// fixed completes a flag or an argument with fixed words.
func fixed(all []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// alone completes the first argument, and no other.
func alone(by cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return by(c, args, typed)
	}
}

// wrote passes the result of a write on.
func (s *streams) wrote(_ int, err error) error { return unwritten(err) }

// unwritten says that output could not be written. That is not an error of usage.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return internal{fmt.Errorf("cannot write the output: %w: make room, or write it elsewhere", err)}
}

// help writes what a command is for. It leads with examples, which begin as this
// program was started and work as they are.
func (s *streams) help(c *cobra.Command, _ []string) {
	w := s.out
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	fmt.Fprintf(w, "%s\n", flowed(strings.TrimSpace(about), s.width))
	if c.HasExample() {
		fmt.Fprint(w, "\nExamples:\n")
		s.examples(w, c.Example)
	}
	fmt.Fprintf(w, "\nUsage:\n  %s\n", s.start+strings.TrimPrefix(c.UseLine(), c.Root().Name()))
	writeCommands(w, c, s.width)
	flags := c.LocalNonPersistentFlags() // a new set, which would sort them
	flags.SortFlags = false
	writeFlags(w, "Flags", flags.FlagUsagesWrapped(s.width))
	writeFlags(w, "Flags of every command", c.Root().PersistentFlags().FlagUsagesWrapped(s.width))
	if !c.HasParent() {
		fmt.Fprintf(w, "\nMore: %s help COMMAND\n", s.start)
	}
}

// flowed breaks paragraphs into lines of a width. What is indented stays as it is.
func flowed(text string, width int) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			paragraphs[i] = strings.Join(words.Wrapped(p, width), "\n")
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// examples writes commands, each below what it is for.
func (s *streams) examples(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		words, why, _ := strings.Cut(line, "#")
		if why != "" {
			fmt.Fprintf(w, "  # %s\n", strings.TrimSpace(why))
		}
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace(s.start+" "+strings.TrimSpace(words)))
	}
}

func writeCommands(w io.Writer, c *cobra.Command, width int) {
	list := func(title, group string) {
		first := true
		for _, sub := range c.Commands() {
			if sub.GroupID != group || !sub.IsAvailableCommand() {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s:\n", title)
			}
			first = false
			fmt.Fprint(w, hung(listed{Name: sub.Name(), Description: sub.Short}, "  ", 10, width))
		}
	}
	for _, g := range c.Groups() {
		list(g.Title, g.ID)
	}
	list("Also", "")
}

func writeFlags(w io.Writer, title, usages string) {
	if usages != "" {
		fmt.Fprintf(w, "\n%s:\n%s", title, usages)
	}
}

// newHelp is cobra's help command, but a command that is not there is an error.
func newHelp(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return commandNames(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			topic, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(s, c.Root(), strings.Join(args, " "))
			}
			topic.InitDefaultHelpFlag()
			s.help(topic, nil)
			return nil
		},
	}
}

// adopt makes cobra's completion command speak like the others.
func adopt(s *streams, root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	c, _, err := root.Find([]string{"completion"})
	if err != nil {
		panic("cli: cobra has no completion command any more: write one")
	}
	c.Use, c.Short, c.Long = "completion SHELL", "Print a script that completes commands in a shell", ""
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknown("shell", args[0], commandNames(c))
		}
		s.help(c, nil)
		return nil
	}
}

func newVersion(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and the Go that built it",
		Example: "version",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			return s.wrote(fmt.Fprintf(s.out, "dejavu %s (%s, %s/%s)\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}

// moduleVersion is what the build says: a release, or the commit of a work tree.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
