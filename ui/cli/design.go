package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/design"
	"dejavu/ui/words"
)

// designFormats are the values of --format.
var designFormats = []string{"text", "json", "go"}

// designFlags are what a command line asks of a design.
type designFlags struct {
	business, faults, require, without, format string
	blocks, most, deliveries                   int
	typed                                      *pflag.FlagSet
}

func newDesign(s *streams, g *globals) *cobra.Command {
	var f designFlags
	c := &cobra.Command{
		Use:     "design",
		GroupID: "prove",
		Short:   "Search all designs: the cheapest that hold, or that none does",
		Long: "design puts consumers together from blocks, a line each, and tries all of them. It says\n" +
			"which are the cheapest that hold, or that none does and which property can be had\n" +
			"alone. A design must not get stuck either. Ctrl-C keeps what is known by then.",
		Example: "design --business card  # never twice and never lost\n" +
			"design --business mail --faults crash  # nobody can\n" +
			"design --business stock --faults crash,lose-ack,republish-as --blocks 5\n" +
			"design --business card --format go > mine.go  # the first, as a file for consumers/\n" +
			"design --business card --format json  # schema " + design.Schema,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			f.typed = c.LocalFlags()
			q, err := f.question()
			if err != nil {
				return err
			}
			return s.design(g, q, &f)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.business, "business", sim.Card.String(), "design for the business `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringVar(&f.faults, "faults", "crash,lose-ack,copy", "against faults of these `KINDS`: "+strings.Join(check.Names(check.Kinds()), ", "))
	flags.StringVar(&f.require, "require", "never-twice,never-lost", "require these `PROPERTIES`: "+strings.Join(propertyNames(), ", "))
	flags.StringVar(&f.without, "without", "", "use none of these `PARTS`: "+strings.Join(design.Parts(), ", "))
	flags.IntVar(&f.deliveries, "max-deliveries", 0, "dead-letter a message after `N` deliveries")
	_ = flags.SetAnnotation("max-deliveries", example, []string{"5"}) // there is such a flag
	flags.IntVar(&f.blocks, "blocks", design.DefaultBlocks, "try recipes of up to `N` blocks; one more takes ten times as long")
	flags.IntVar(&f.most, "max-faults", design.DefaultFaults, "let at most `N` faults happen in a run")
	flags.StringVar(&f.format, "format", "text", "write it as `FORMAT`: "+strings.Join(designFormats, ", "))
	s.complete(c, "business", fixed(businessNames()))
	s.complete(c, "faults", fixed(check.Names(check.Kinds())))
	s.complete(c, "require", fixed(propertyNames()))
	s.complete(c, "without", fixed(design.Parts()))
	s.complete(c, "format", fixed(designFormats))
	return c
}

// question reads the flags.
func (f *designFlags) question() (q design.Demand, err error) {
	q = design.Demand{Blocks: f.blocks, Faults: f.most, Queue: broker.Default()}
	i := slices.Index(businessNames(), f.business)
	switch {
	case !slices.Contains(designFormats, f.format):
		return q, fmt.Errorf("--format: %w", unknown("format", f.format, designFormats))
	case i < 0:
		return q, fmt.Errorf("--business: %w", unknown("business", f.business, businessNames()))
	case f.blocks < 1 || f.blocks > design.MaxBlocks:
		return q, fmt.Errorf("--blocks %d: want 1 to %d", f.blocks, design.MaxBlocks)
	case f.most < 1 || f.most > check.MaxFaults:
		return q, fmt.Errorf("--max-faults %d: want 1 to %d", f.most, check.MaxFaults)
	}
	q.Business = sim.Businesses()[i]
	if q.Kinds, err = kindsOf(f.faults); err != nil {
		return q, fmt.Errorf("--faults: %w", err)
	}
	if q.Require, err = propertiesOf(f.require); err != nil {
		return q, fmt.Errorf("--require: %w", err)
	}
	if f.typed.Changed("without") {
		for part := range strings.SplitSeq(f.without, ",") {
			if part = strings.TrimSpace(part); !slices.Contains(design.Parts(), part) {
				return q, fmt.Errorf("--without: %w", unknown("part", part, design.Parts()))
			}
			q.Without = append(q.Without, part)
		}
	}
	if q.Queue.MaxDeliveries = f.deliveries; f.typed.Changed("max-deliveries") && (f.deliveries < 1 || f.deliveries > sim.MaxDeliveries) {
		return q, fmt.Errorf("--max-deliveries %d: want 1 to %d", f.deliveries, sim.MaxDeliveries)
	}
	if !slices.Contains(q.Require, sim.NeverStuck) {
		q.Require = append(q.Require, sim.NeverStuck)
	}
	return q, nil
}

// design searches all designs and writes what was found.
func (s *streams) design(g *globals, q design.Demand, f *designFlags) error {
	var found *design.Known
	var alone []*design.Known
	interrupted, err := s.atWork(func(ctx context.Context, told func(done, all uint64)) (err error) {
		run := func(q design.Demand) (*design.Known, error) { return design.Run(ctx, q, told) }
		if found, err = run(q); err == nil && len(found.Best) == 0 {
			alone, err = design.Alone(found, run)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.tellDesign(g, f, found, alone); err != nil {
		return err
	}
	if interrupted {
		return s.interrupted(": all recipes of up to " + words.Count(found.Finished, "block") + " were tried")
	}
	return nil
}

func (s *streams) tellDesign(g *globals, f *designFlags, found *design.Known, alone []*design.Known) error {
	switch {
	case f.format == "json":
		return unwritten(found.Write(s.out, alone))
	case f.format == "go" && len(found.Best) == 0:
		return errors.New("--format go: no design holds, so there is nothing to write; --format text says why")
	case f.format == "go":
		first := found.Best[0].Recipe
		first.Name = "mine"
		return s.wrote(fmt.Fprint(s.out, first.Go()))
	}
	style := words.Layout{Paint: painter(g.color, s.getenv, s.outTerminal), Width: s.width}
	if style.Paint == nil {
		style.Paint = words.NoPaint
	}
	text := found.Text(style, s.checkLine()) + design.TextAlone(alone)
	text += fmt.Sprintf("Repeat it: %s\n", command(s.start, append([]string{"design"}, typed(f.typed, nil)...)...))
	if len(found.Best) > 0 {
		text += fmt.Sprintf("Next, the first as a file: %s\n", command(s.start, append([]string{"design"}, typed(f.typed, map[string]string{"format": "go"})...)...))
	} else {
		text += fmt.Sprintf("Next, every consumer against every fault: %s\n", command(s.start, "matrix", "--business", found.Business.String()))
	}
	return s.wrote(fmt.Fprint(s.out, text))
}
