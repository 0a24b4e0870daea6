// Package cli is the command line of dejavu: one file per command, and what they
// share.
//
// Results go to standard output. In a form for people they end with the line that
// repeats the run and with what to try next; with --json and --events nothing but
// JSON is written there, and such hints go to standard error, if that is a terminal.
// Errors, and notes about flags without effect, always go to standard error. The screen
// takes the whole terminal, and leaves a summary on it.
//
// The exit status is 0 if all went as expected, 1 if an expectation of a file
// failed, 2 if the command line or a file is wrong, and 3 if the program itself
// is. A signal ends the program as it ends any other: a shell sees 130 or 143. A signal
// also ends the screen, which first restores the terminal.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim/spell"
	"dejavu/ui/abreast"
	"dejavu/ui/explain"
	_ "dejavu/ui/noquery" // before anything that asks the terminal
	"dejavu/ui/words"
)

// Exit statuses.
const (
	exitOK       = 0
	exitFailed   = 1 // an expectation did not hold
	exitUsage    = 2 // the command line or a file is wrong
	exitInternal = 3 // we are

	exitSignal = 128 // and the number of the signal that ended the screen
)

// errFailed says that an expectation did not hold. What it was has been said.
var errFailed = errors.New("an expectation failed")

// internal is an error that the user did not cause.
type internal struct{ error }

// Unwrap returns what happened.
func (i internal) Unwrap() error { return i.error }

// Main runs the program and returns its exit status. Consumers of one's own are part of
// its catalogue then: see the recipes in ui/export.
func Main(own ...consumers.Own) int {
	if err := consumers.Add(own...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	// A reader that goes away ends a write, not the program: see patient.
	signal.Ignore(syscall.SIGPIPE)
	return execute(standard(), os.Args[1:])
}

// execute runs one command line.
func execute(s *streams, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = s.report(s.mistake(fmt.Sprint(p), abreast.Stack(p), command(s.start, args...)))
		}
	}()
	out := &stickyWriter{w: s.out}
	defer func(out io.Writer) { s.out = out }(s.out)
	s.out = out
	s.completes = len(args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, args[0])
	root := newRoot(s)
	if args == nil {
		args = []string{} // to cobra, nil means the arguments of the process
	}
	root.SetArgs(args)
	err := root.Execute()
	if err == nil || errors.Is(err, out.err) {
		err = unwritten(out.err)
	}
	return s.report(err)
}

// stickyWriter remembers why something could not be written: help and completion have no
// error to say so.
type stickyWriter struct {
	w   io.Writer
	err error
}

func (h *stickyWriter) Write(text []byte) (int, error) {
	n, err := h.w.Write(text)
	if h.err == nil {
		h.err = err
	}
	return n, err
}

// mistake is an error about a panic, which is always a mistake of ours.
func (s *streams) mistake(what string, stack []byte, repeats string) error {
	if s.getenv("DEJAVU_DEBUG") != "" {
		fmt.Fprintf(s.err, "%s", stack)
	}
	return internal{fmt.Errorf("panic: %s\nthis is a mistake of dejavu, not yours; please report it with what repeats it:\n  DEJAVU_DEBUG=1 %s", what, repeats)}
}

// report says what went wrong, and returns the exit status for it.
func (s *streams) report(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errFailed) {
		return exitFailed
	}
	if signal := signalled(0); errors.As(err, &signal) {
		return exitSignal + int(signal)
	}
	if s.outputGone(err) {
		return exitSignal + int(syscall.SIGHUP)
	}
	fmt.Fprintln(s.err, readable(err.Error()))
	if _, ours := err.(internal); ours {
		return exitInternal
	}
	return exitUsage
}

// longest is how much of a line of a message is shown. What was typed may be a
// megabyte, and is quoted in what is said of it.
const longest = 1000

// readable is a message as a terminal may show it. Of a line that is too long, the
// beginning says what it is about, and the end what to do.
func readable(message string) string {
	lines := strings.Split(harmless(strings.TrimRight(message, "\n")), "\n")
	for i, line := range lines {
		if n := len(line); n > longest {
			lines[i] = strings.ToValidUTF8(line[:longest/4], "") + " ... " + strings.ToValidUTF8(line[n-3*longest/4:], "")
		}
	}
	return strings.Join(lines, "\n")
}

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
			"list  # all scenarios, consumers, faults, brokers, levels and formats\n" +
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
	root.AddCommand(newPlay(s, g), newRun(s, g), newList(s, g), newExplain(s, g), newLearn(s, g), newBreak(s, g), newBuild(s, g), newInterview(s, g), newCheck(s, g), newMatrix(s, g), newDesign(s, g), newSweep(s, g), newNew(s), newExport(s), newPage(s), newVersion(s))
	root.SetHelpCommand(newHelp(s))
	adopt(s, root)
	s.complete(root, "color", fixed(colorModes))
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
