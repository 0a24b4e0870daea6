package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"dejavu/ui/export"
	"dejavu/ui/play"
	"dejavu/ui/story"
	"dejavu/ui/token"

	"github.com/spf13/cobra"
)

// exportFlags are the flags of export.
type exportFlags struct {
	sceneFlags
	format, out, at string
	cast            int
}

func newExport(s *streams) *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:     "export NAME|FILE|TOKEN --format FORMAT",
		GroupID: "make",
		Short:   "Write a scenario as a page, a picture, a diagram or a test",
		Long:    "export writes a scenario as it goes in a format that other programs show:\n\n" + formatList(),
		Example: "export " + flagship + " --format html -o story.html  # one page to step through\n" +
			"export lost-ack --format html --at harm:1 -o lost.html  # opens at the first harm\n" +
			"export lost-ack --format md  # for a pull request\n" +
			"export twins --format svg --at harm:1 -o twins.svg  # a picture\n" +
			"export twins --format gotest -o twins_test.go  # fails for the same reason",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fmt.Errorf("export writes one scenario, got %d: %s", len(args), command(s.start, "export", flagship, "--format", "html"))
		},
		ValidArgsFunction: alone(completeScenarios),
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return s.export(&f, args[0])
		},
	}
	f.declare(c)
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "", "write it as `FORMAT`: "+strings.Join(formatNames(), ", "))
	flags.StringVarP(&f.out, "out", "o", fromStdin, "write to `FILE`; - is standard output")
	flags.StringVar(&f.at, "at", "", "open at, or show, a `MOMENT`: 0:41.6, 1m30s, or harm:N for the n-th harm")
	flags.IntVar(&f.cast, "cast-version", 2, "version `N` of a recording: 2 or 3")
	complete(c, "format", fixed(formatNames()))
	complete(c, "cast-version", fixed([]string{"2", "3"}))
	return c
}

func formatNames() []string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// formatList says in a line each what the formats are.
func formatList() string {
	var b strings.Builder
	for _, f := range export.Formats() {
		fmt.Fprintf(&b, "  %-13s %s\n", f.Name, f.About)
	}
	return b.String()
}

// export writes a scenario in a format. A moment that is not named is the beginning.
func (s *streams) export(f *exportFlags, arg string) error {
	format, known := export.Find(f.format)
	switch {
	case f.format == "":
		return fmt.Errorf("export in which format? --format %s", strings.Join(formatNames(), ", "))
	case !known:
		return fmt.Errorf("--format: %w", unknown("format", f.format, formatNames()))
	case f.cast != 2 && f.cast != 3:
		return fmt.Errorf("--cast-version %d: want 2 or 3", f.cast)
	case f.given["cast-version"] && f.format != "cast":
		return errors.New("--cast-version is of --format cast: leave it out")
	}
	p := &screening{flags: &playFlags{sceneFlags: f.sceneFlags, at: f.at}}
	if err := p.open(s, arg); err != nil {
		return err
	}
	st, err := story.Tell(p.told)
	if err != nil {
		return fmt.Errorf("%s: %w", arg, err)
	}
	setup := play.Start{Scenario: p.base, Edits: p.edits, At: p.moment.at, Nth: p.moment.nth, Harm: p.moment.harm, NoGuess: true}
	model, _ := play.New(setup)
	_, step := model.Story()
	var b bytes.Buffer
	if err := format.Write(&b, &export.Work{Story: st, At: story.Moment{Step: step}, Cast: f.cast, Line: s.shared(p)}); err != nil {
		return err
	}
	if f.out == fromStdin {
		return s.wrote(s.out.Write(b.Bytes()))
	}
	if err := os.WriteFile(f.out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	fmt.Fprintf(s.err, "Written: %s\n", harmless(f.out))
	return nil
}

// shared is the command that opens what was exported on anybody's screen. It begins with
// the name of the program: whoever reads it has not started it as we were, and has no file
// of ours.
func (s *streams) shared(p *screening) string {
	t := token.Token{Own: p.own, Scenario: p.base, Edits: p.edits, At: -1}
	if word, err := token.Write(t); err == nil && !t.Shipped() {
		return command("dejavu", "play", word)
	}
	return p.line("dejavu play", p.told, p.edits)
}
