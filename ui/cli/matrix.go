package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/export"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// matrixFormats are the values of --format.
var matrixFormats = []string{"text", "md", "json", "svg", "html"}

func newMatrix(s *streams, g *globals) *cobra.Command {
	var f matrixFlags
	c := &cobra.Command{
		Use:     "matrix [CONSUMER]...",
		GroupID: "prove",
		Short:   "Every consumer against every kind of fault: once, twice or lost",
		Long: "matrix searches every consumer against every kind of fault, alone and together. Each\n" +
			"cell says what can happen to the effect: exactly once, twice, lost, or both.",
		Example: "matrix --business card  # one business\n" +
			"matrix naive inbox --only crash,lose-ack  # some rows and columns\n" +
			"matrix --format md  # as Markdown\n" +
			"matrix --business card --format html > wall.html  # a page for the wall\n" +
			"matrix --format json  # schema " + proof.MatrixSchema + ", with a command for each cell\n" +
			"matrix --schema  # the JSON Schema of that",
		Args:              someConsumers,
		ValidArgsFunction: fixed(consumers.Names()),
		RunE: func(c *cobra.Command, names []string) error {
			if f.schema {
				return s.schema(proof.MatrixSchema, proof.Matrix{})
			}
			f.typed = c.LocalFlags()
			part, err := f.part(names, f.typed.Changed)
			if err != nil {
				return err
			}
			return s.matrix(g, part, &f)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.business, "business", "", "search only the business `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringVar(&f.only, "only", "", "search with faults of these `KINDS` only: "+strings.Join(proof.Columns(), ", "))
	flags.StringVar(&f.format, "format", "text", "write it as `FORMAT`: "+strings.Join(matrixFormats, ", "))
	flags.BoolVar(&f.schema, "schema", false, "the JSON Schema of what --format json writes")
	s.complete(c, "business", fixed(businessNames()))
	s.complete(c, "only", fixed(proof.Columns()))
	s.complete(c, "format", fixed(matrixFormats))
	return c
}

// matrixFlags are what a command line says of a matrix.
type matrixFlags struct {
	business, only, format string
	schema                 bool
	typed                  *pflag.FlagSet
}

// part reads what of the matrix is wanted.
func (f *matrixFlags) part(names []string, given func(flag string) bool) (p proof.Part, err error) {
	if !slices.Contains(matrixFormats, f.format) {
		return p, fmt.Errorf("--format: %w", unknown("format", f.format, matrixFormats))
	}
	p.Consumers = names
	if given("business") {
		i := slices.Index(businessNames(), f.business)
		if i < 0 {
			return p, fmt.Errorf("--business: %w", unknown("business", f.business, businessNames()))
		}
		p.Businesses = sim.Businesses()[i : i+1]
	}
	if !given("only") {
		return p, nil
	}
	for column := range strings.SplitSeq(f.only, ",") {
		column = strings.TrimSpace(column)
		if !slices.Contains(proof.Columns(), column) {
			return p, fmt.Errorf("--only: %w", unknown("kind of fault", column, proof.Columns()))
		}
		p.Columns = append(p.Columns, column)
	}
	return p, nil
}

// checkLine writes command lines of check, by its flags.
func (s *streams) checkLine() proof.CheckLine {
	c := &cobra.Command{}
	(&checkFlags{}).declare(s, c)
	return func(consumer string, flags map[string]string) string {
		return command(s.start, append([]string{"check", consumer}, typed(c.LocalFlags(), flags)...)...)
	}
}

// matrix searches the cells of a part and writes them.
func (s *streams) matrix(g *globals, part proof.Part, f *matrixFlags) error {
	line := func(words ...string) string { return command(s.start, words...) }
	cell := s.checkLine()
	var m *proof.Matrix
	interrupted, err := s.atWork(func(ctx context.Context, told func(done, all uint64)) (err error) {
		m, err = proof.NewMatrix(ctx, part, cell, told)
		return err
	})
	switch {
	case interrupted:
		return s.interrupted(": a matrix with missing cells would mislead, so none is printed")
	case err != nil:
		return err
	}
	switch f.format {
	case "json":
		return unwritten(m.Write(s.out))
	case "md":
		return s.wrote(fmt.Fprint(s.out, m.Markdown(cell)))
	case "html":
		return s.wrote(fmt.Fprint(s.out, export.Wall(m)))
	case "svg":
		return s.wrote(fmt.Fprint(s.out, m.SVG(&grid.Dark)))
	}
	paint := painter(g.color, s.getenv, s.outTerminal)
	if paint == nil {
		paint = words.NoPaint
	}
	text := m.Text(words.Layout{Paint: paint, Width: s.width})
	again := slices.Concat([]string{"matrix"}, part.Consumers, typed(f.typed, map[string]string{"format": ""}))
	text += fmt.Sprintf("\nRepeat it: %s\nNext, why a cell says what it says: %s\n", line(again...), m.Telling())
	text += fmt.Sprintf("      the command that shows each: %s\n", line(append(again, "--format", "md")...))
	return s.wrote(fmt.Fprint(s.out, text))
}
