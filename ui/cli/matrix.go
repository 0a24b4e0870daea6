package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
	"dejavu/ui/story"
)

// matrixFormats are the values of --format.
var matrixFormats = []string{"text", "md", "json", "svg"}

func newMatrix(s *streams, g *globals) *cobra.Command {
	business, format := "", "text"
	c := &cobra.Command{
		Use:     "matrix",
		GroupID: "prove",
		Short:   "Every consumer against every kind of fault: once, twice or lost",
		Long: "matrix tries every kind of fault on every consumer, alone and together, and says what\n" +
			"can become of what is owed: exactly once, twice, lost, or both. Every cell is searched,\n" +
			"none is known beforehand.",
		Example: "matrix --business card  # the picture to hang on the wall\n" +
			"matrix --format md  # for a page\n" +
			"matrix --format json  # schema " + proof.MatrixSchema + ", with a command for each cell",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(matrixFormats, format) {
				return fmt.Errorf("--format: %w", unknown("format", format, matrixFormats))
			}
			businesses := sim.Businesses()
			if c.Flags().Changed("business") {
				i := slices.Index(businessNames(), business)
				if i < 0 {
					return fmt.Errorf("--business: %w", unknown("business", business, businessNames()))
				}
				businesses = businesses[i : i+1]
			}
			return s.matrix(g, businesses, format, business)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&business, "business", "", "in this one only, a `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringVar(&format, "format", format, "write it as `FORMAT`: "+strings.Join(matrixFormats, ", "))
	complete(c, "business", words(businessNames()))
	complete(c, "format", words(matrixFormats))
	return c
}

// matrix searches all cells and writes them.
func (s *streams) matrix(g *globals, businesses []sim.Business, format, business string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var progress func(n, all int)
	if s.errTerminal {
		progress = func(n, all int) { fmt.Fprintf(s.err, "\r%d of %d cells", n, all) }
	}
	line := func(words ...string) string { return command(s.start, words...) }
	m, err := proof.NewMatrix(ctx, businesses, line, progress)
	stop() // whoever does not read must not keep Ctrl-C from ending it
	if s.errTerminal {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "interrupted: a matrix with holes would say that all is well there, so there is none")
		return signalled(2)
	case err != nil:
		return err
	}
	switch format {
	case "json":
		return unwritten(m.Write(s.out))
	case "md":
		return s.wrote(fmt.Fprint(s.out, m.Markdown(line)))
	case "svg":
		return s.wrote(fmt.Fprint(s.out, m.SVG(&grid.Dark)))
	}
	paint := painter(g.color, s.getenv, s.outTerminal)
	if paint == nil {
		paint = story.NoPaint
	}
	text := m.Text(proof.Style{Paint: paint, Width: s.width})
	again := []string{"matrix"}
	if business != "" {
		again = append(again, "--business", business)
	}
	text += fmt.Sprintf("\nRepeat it: %s\nNext, why a cell is what it is: %s\n", line(again...), m.Telling())
	text += fmt.Sprintf("      the command that shows each: %s\n", line(append(again, "--format", "md")...))
	return s.wrote(fmt.Fprint(s.out, text))
}
