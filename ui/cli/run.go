package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dejavu/scenarios"
	"dejavu/ui/report"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// runFlags are the flags of run.
type runFlags struct {
	sceneFlags
	plain, json, events, summary bool
}

func newRun(s *streams, g *globals) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:     "run NAME|FILE|TOKEN...",
		GroupID: "watch",
		Short:   "Tell a scenario as text, and count the harm",
		Long: "run tells a scenario as text. Name a shipped one, a file of your own, a token, or - for\n" +
			"standard input. If the file says what it expects, run compares, and exits with 1 on a difference.",
		Example: "run " + flagship + "  # one lost ack, one crash\n" +
			"run lost-ack --consumers naive,inbox,gateway-key  # other consumers\n" +
			"run quiet-day --with crash:m1/after-effect  # add one fault\n" +
			"run lost-ack --without lose-ack:m2  # the same run without the lost ack\n" +
			"run quiet-day --rates lose-ack=20%,crash=10% --seed random  # faults by chance\n" +
			"run bad-weather --consumers all --summary  # what each consumer costs\n" +
			"run lost-ack --json  # numbers, for a program",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("run which scenario? name a file, or %s\nsuch as %s",
					someNames(scenarios.Names()), command(s.start, "run", flagship))
			}
			return nil
		},
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return runAll(s, g, f, args)
		},
	}
	f.declare(c)
	flags := c.Flags()
	flags.BoolVar(&f.plain, "plain", false, plainUsage)
	flags.BoolVar(&f.json, "json", false, "the result, one JSON object for each scenario (schema "+report.ReportSchema+"; with --summary "+report.SummarySchema+")")
	flags.BoolVar(&f.summary, "summary", false, "all consumers, one a line: their harm, what they keep, and what it costs")
	flags.BoolVar(&f.events, "events", false, "the events, one JSON object for each")
	return c
}

const plainUsage = "one sentence for each event, no columns"

// form are the flags that say how to write a story: --summary, and one or none of
// the others.
func (f *runFlags) form() []string {
	var form []string
	if f.summary {
		form = []string{"--summary"}
	}
	switch {
	case f.plain:
		return append(form, "--plain")
	case f.json:
		return append(form, "--json")
	case f.events:
		return append(form, "--events")
	}
	return form
}

// check refuses flags and arguments that contradict each other.
func (f *runFlags) check(args []string) error {
	var forms []string
	for _, form := range []struct {
		name string
		set  bool
	}{{"--plain", f.plain}, {"--json", f.json}, {"--events", f.events}} {
		if form.set {
			forms = append(forms, form.name)
		}
	}
	if len(forms) > 1 {
		return fmt.Errorf("%s are %d forms of the same output: choose one", strings.Join(forms, " and "), len(forms))
	}
	if f.events && f.summary {
		return errors.New("--events and --summary are different outputs: choose one")
	}
	if f.events && len(args) > 1 {
		return errors.New("--events takes one scenario, because its lines do not name it: run it once for each")
	}
	if i := slices.Index(args, fromStdin); i >= 0 && slices.Contains(args[i+1:], fromStdin) {
		return errors.New("- is named twice, but standard input can be read only once: put one of them into a file")
	}
	return nil
}

// runAll tells scenarios one after the other. All are read before the first is
// told, so that a mistake in the last is not found below a page of text.
func runAll(s *streams, g *globals, f *runFlags, args []string) error {
	if err := f.check(args); err != nil {
		return err
	}
	asks := make([]*ask, len(args))
	for i, arg := range args {
		a, err := newAsk(s, arg, &f.sceneFlags)
		if err != nil {
			return err
		}
		asks[i] = a
	}
	return tellAll(s, g, f, asks)
}

// tellAll tells scenarios, and fails if one does not end as its file expects.
func tellAll(s *streams, g *globals, f *runFlags, asks []*ask) error {
	paint := painter(g.color, s.getenv, s.outTerminal)
	failed := false
	for i, a := range asks {
		tell := story.Tell
		if f.summary || f.json {
			tell = story.Sum // how it came to that is not told
		}
		st, err := tell(a.told)
		if err != nil {
			return fmt.Errorf("%s: %w", a.arg, err)
		}
		if i > 0 && !f.json && !f.events {
			fmt.Fprintln(s.out)
		}
		if err := s.tell(st, f, paint); err != nil {
			return unwritten(err)
		}
		ok, err := s.after(a, st, f, i == len(asks)-1)
		if err != nil {
			return unwritten(err)
		}
		failed = failed || !ok
	}
	if failed {
		return errFailed
	}
	return nil
}

// tell writes a story in the form that was asked for.
func (s *streams) tell(st *story.Story, f *runFlags, paint words.Paint) error {
	switch {
	case f.summary && f.json:
		return report.WriteSummaryJSON(st, s.out)
	case f.summary && f.plain:
		return report.WriteSummaryPlain(st, s.out)
	case f.summary:
		return report.WriteSummary(st, s.out, s.width, paint)
	case f.json:
		return report.WriteJSON(st, s.out)
	case f.events:
		return report.WriteEvents(st, s.out)
	case f.plain:
		return st.WritePlain(s.out)
	}
	return st.WriteText(s.out, s.width, paint)
}
