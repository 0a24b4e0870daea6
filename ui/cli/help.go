package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

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
			paragraphs[i] = strings.Join(wrap(p, width), "\n")
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
		Short: "Say what a command is for",
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
