package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/export"
	"dejavu/ui/proof"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

func newCheck(s *streams, g *globals) *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:     "check [CONSUMER...]",
		GroupID: "prove",
		Short:   "Search every schedule: what holds, or the shortest way to break it",
		Long: "check searches every schedule of a consumer within bounds, by the rules of play and run.\n" +
			"It says what holds within the bounds, or shows the shortest way to break it, with the\n" +
			"consumer's own lines. It exits with 1 if a claim breaks or is not decided. A claim is one\n" +
			"that the consumer makes, or that --require asks for.",
		Example: "check  # all consumers, for card, mail, stock and order\n" +
			"check inbox --business card  # one of them\n" +
			"check inbox --business card --only lose-ack,copy  # with these faults only\n" +
			"check naive --require never-twice,never-lost  # exits with 1, for a script\n" +
			"check inbox --business card --play  # watch the counterexample\n" +
			"check naive --shrink bad-weather  # shrink a bad run to what causes the harm\n" +
			"check gateway-key --scenario twins  # with the messages of a scenario\n" +
			"check inbox --json  # schema " + proof.Schema,
		Args:              someConsumers,
		ValidArgsFunction: fixed(consumers.Names()),
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return s.check(g, f, args)
		},
	}
	f.declare(s, c)
	return c
}

// check searches, and tells what was found.
func (s *streams) check(g *globals, f *checkFlags, names []string) error {
	if f.schema {
		return s.schema(proof.Schema, proof.CheckReport{})
	}
	if err := f.agree(); err != nil {
		return err
	}
	if f.given["shrink"] {
		return s.shrink(f, names)
	}
	q, err := f.question(s, names)
	if err != nil {
		return err
	}
	interrupted, err := s.search(q.cases)
	if err != nil {
		return err
	}
	if interrupted {
		q.cases = slices.DeleteFunc(q.cases, func(c proof.Case) bool { return c.Result == nil })
	}
	if f.play && !interrupted {
		return s.playFound(g, f, q)
	}
	if f.save != "" && !interrupted {
		err = s.saveTrace(f, q)
	} else if f.json {
		report := proof.NewReport(q.cases, func(t *check.Trace) (string, bool) { return s.playCommand(f, q, t) })
		err = unwritten(report.Write(s.out))
	} else if f.format != "text" {
		style := words.Layout{Paint: export.Mark, Width: plainWidth}
		err = s.wrote(fmt.Fprint(s.out, export.Card("Checked: "+strings.Join(q.consumers(), ", "), s.cards(style, f, q), f.format)))
	} else {
		style := words.Layout{Paint: painter(g.color, s.getenv, s.outTerminal), Width: s.width, Timed: s.outTerminal}
		if style.Paint == nil {
			style.Paint = words.NoPaint
		}
		err = s.wrote(fmt.Fprint(s.out, s.cards(style, f, q)))
	}
	switch {
	case err != nil:
		return err
	case interrupted:
		return s.interrupted(": unfinished searches are not decided")
	case slices.ContainsFunc(q.cases, func(c proof.Case) bool { return f.failed(&c) }):
		s.sayFailed(q.cases)
		return errFailed
	}
	return nil
}

// failed reports whether a claim breaks or, unless that is allowed, is not decided.
func (f *checkFlags) failed(c *proof.Case) bool {
	return slices.ContainsFunc(proof.Properties(), func(p sim.Property) bool {
		return c.FailedBy(p) && (c.Standing(p) == proof.Fails || !f.allowUnfinished)
	})
}

// sayFailed says on standard error what the exit status means.
func (s *streams) sayFailed(cases []proof.Case) {
	for i := range cases {
		c := &cases[i]
		for _, p := range proof.Properties() {
			if !c.FailedBy(p) {
				continue
			}
			asked := "asked"
			if slices.Contains(c.Claimed, p) {
				asked = words.Either(c.Required, "required", "claimed")
			}
			name := c.Lane.Consumer.Name + ", " + c.Lane.Business.String()
			if c.Standing(p) == proof.Fails {
				fmt.Fprintf(s.err, "%s: %s is %s, but breaks\n", name, p, asked)
				continue
			}
			fmt.Fprintf(s.err, "%s: %s is %s, but not decided: raise %s, or ask for less\n", name, p, asked, words.Either(c.Result.OutOfMemory(), "--max-memory", "--max-states"))
		}
	}
}

// search answers all questions. Ctrl-C keeps what was found by then. How long it took
// is said on a terminal only: what is piped or kept is the same on every machine.
func (s *streams) search(cases []proof.Case) (interrupted bool, err error) {
	began := time.Now()
	interrupted, err = s.atWork(func(ctx context.Context, told func(done, all uint64)) error {
		err := proof.Search(ctx, cases, told)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	})
	if s.errTerminal {
		fmt.Fprintf(s.err, "Searched in %v.\n", time.Since(began).Round(time.Millisecond))
	}
	return interrupted, err
}

// cards writes a card for each case, what bounds all of them, and what to try next.
func (s *streams) cards(style words.Layout, f *checkFlags, q *question) string {
	var b strings.Builder
	broken := ""
	for i := range q.cases {
		c := &q.cases[i]
		var told []proof.Told
		for _, p := range c.Options.Properties {
			if t := c.Result.Of(p).Counterexample; t != nil {
				x := proof.Told{Trace: t, Like: like(q.cases[:i], t)}
				if line, ok := s.playLine(f, q, t, len(told) == 0); ok {
					x.Play = []string{line}
				} else {
					x.Unplayed = "It cannot be played: " + t.Obstacle() + "."
				}
				told = append(told, x)
			}
		}
		if len(told) > 0 && broken == "" {
			broken = c.Lane.Consumer.Name
		}
		b.WriteString(c.Card(style, told) + "\n")
	}
	if len(q.cases) == 0 {
		return ""
	}
	c := q.largest()
	b.WriteString(style.Hung("Bounds: ", words.Say(words.Plain, c.Bounds())))
	b.WriteString(style.Hung("Memory: ", words.Say(words.Plain, c.Memory(style))))
	b.WriteString(style.Hung("Timings: ", words.Say(words.Plain, "they are left out: a result holds for any visibility timeout and any lease. It says nothing beyond these bounds.")))
	b.WriteString(style.Hung("Not tried: ", words.Say(words.Plain, c.NotCovered())))
	if q.note != "" {
		b.WriteString(style.Hung("Note: ", words.Say(words.Plain, q.note)))
	}
	fmt.Fprintf(&b, "Repeat it%s: %s\n", words.Either(f.scenario == fromStdin, ", with the same input", ""), command(s.start, slices.Concat([]string{"check"}, q.names, typed(f.typed, nil))...))
	fmt.Fprintf(&b, "Next%s\n", s.afterCheck(broken, q))
	return b.String()
}

// consumers are those of the cases, each once.
func (q *question) consumers() []string {
	var names []string
	for i := range q.cases {
		if name := q.cases[i].Lane.Consumer.Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// largest is the case with the most messages: all others have its bounds, but for
// what the first line of a card says is left out.
func (q *question) largest() *proof.Case {
	large := &q.cases[0]
	for i := range q.cases {
		if c := &q.cases[i]; c.Result.Bounds.Messages > large.Result.Bounds.Messages {
			large = c
		}
	}
	return large
}

// like names the business in which the same actions broke the same property.
func like(before []proof.Case, t *check.Trace) string {
	for i := range before {
		c := &before[i]
		if c.Lane.Consumer.Name != t.Lane.Consumer.Name {
			continue
		}
		if o := c.Result.Of(t.Property).Counterexample; o != nil && slices.Equal(o.Lines(), t.Lines()) {
			return c.Lane.Business.String()
		}
	}
	return ""
}

// playLine is the command that shows a counterexample on the timeline, if there is
// one that was found to do so, or how to get one. What is written unless a property
// is required is the first of a card.
func (s *streams) playLine(f *checkFlags, q *question, t *check.Trace, first bool) (line string, ok bool) {
	if line, ok := s.playCommand(f, q, t); ok {
		return "Play it: " + line, true
	}
	if _, ok := proof.File(t); !ok {
		return "", false
	}
	one := map[string]string{"business": t.Lane.Business.String(), "save": "found.yaml", "require": words.Either(first, "", t.Property.String())}
	return "To play it, write it to a file: " + command(s.start, append([]string{"check", t.Lane.Consumer.Name}, typed(f.typed, one)...)...), true
}

// playCommand plays a counterexample on the messages of the scenario.
func (s *streams) playCommand(f *checkFlags, q *question, t *check.Trace) (string, bool) {
	base := q.scenario
	if base == nil {
		base, _ = scenarios.Get("quiet-day")
	}
	told, edits, ok := proof.Replay(t, base)
	if !ok || f.scenario == fromStdin { // which cannot be read again
		return "", false
	}
	a := &ask{arg: words.Either(q.scenario == nil, "quiet-day", f.scenario), own: base}
	return a.line(s.start+" play", told, edits, toHarm(t.Property)...), true
}

// toHarm are the flags that open a counterexample where it does harm. One that is stuck does
// none that a story stops at.
func toHarm(p sim.Property) []string {
	if p == sim.NeverStuck {
		return nil
	}
	return []string{"--at", "harm:1"}
}

// afterCheck is what to try next: where the one that breaks guarantees more, or how
// all of them compare.
func (s *streams) afterCheck(broken string, q *question) string {
	c := &q.cases[0]
	if claims := c.Lane.Consumer.Claims; broken != "" && len(q.cases) == 1 && len(claims.Of(sim.Stock)) > len(claims.Of(c.Lane.Business)) {
		return ", where a rollback helps: " + command(s.start, "check", broken, "--business", sim.Stock.String())
	}
	return ", every consumer against every kind of fault: " + command(s.start, "matrix")
}

// playFound ends a check in the playground, on what it has found: the first
// counterexample that can be played, beside the naive consumer.
func (s *streams) playFound(g *globals, f *checkFlags, q *question) error {
	base, arg := q.scenario, f.scenario
	if base == nil {
		arg = "quiet-day"
		base, _ = scenarios.Get(arg)
	}
	var found *check.Trace
	for i := range q.cases {
		for _, p := range q.cases[i].Options.Properties {
			t := q.cases[i].Result.Of(p).Counterexample
			if t == nil {
				continue
			}
			found = t
			if told, edits, ok := proof.Replay(t, base); ok {
				f := screenDefaults()
				f.given = map[string]bool{"consumers": true, "business": true, "profile": told.Queue.Name != "", "with": true, "without": len(edits.Without) > 0}
				f.consumers, f.business, f.profile = t.Lane.Consumer.Name, t.Lane.Business.String(), told.Queue.Name
				if f.consumers != "naive" {
					f.consumers = "naive," + f.consumers
				}
				for _, fault := range edits.With {
					f.with = append(f.with, fault.String())
				}
				for _, fault := range edits.Without {
					f.without = append(f.without, fault.String())
				}
				return playOrTell(s, g, &f, []string{arg})
			}
		}
	}
	if found == nil {
		return errors.New("--play: no counterexample was found within these bounds, so there is nothing to play")
	}
	if _, ok := proof.File(found); !ok {
		return fmt.Errorf("--play: %s cannot be played: %s", proof.By(found), found.Obstacle())
	}
	return fmt.Errorf("--play: %s cannot be played directly: write it with --save FILE, and play that file", proof.By(found))
}

// checkSave refuses to write one file for many results.
func (f *checkFlags) checkSave(q *question) error {
	if f.given["save"] && len(q.cases) > 1 {
		return errors.New("--save writes one counterexample: name one consumer and one --business")
	}
	return f.checkFile()
}

// checkFile finds before anything is searched that a file cannot be written: what took
// a minute to find should not be lost for its name.
func (f *checkFlags) checkFile() error {
	if !f.given["save"] {
		return nil
	}
	const such = "give a name, such as found.yaml"
	folder := filepath.Dir(f.save)
	info, err := os.Stat(folder)
	_, there := os.Lstat(f.save) // a link that leads nowhere is something, too
	switch {
	case f.save == "":
		return errors.New("--save: a file is missing: " + such)
	case f.save == fromStdin:
		return errors.New("--save needs a file, not -: " + such)
	case isFolder(f.save):
		return fmt.Errorf("--save: %q is a folder: name a file in it, such as %s", f.save, quote(filepath.Join(f.save, "found.yaml")))
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir():
		return fmt.Errorf("--save: there is no folder %q: make it first, or write elsewhere", folder)
	case there == nil:
		return fmt.Errorf("--save: there is a file %q already: name another, or remove it", f.save)
	}
	if err := writeNew(f.save, nil); err != nil {
		return fmt.Errorf("--save: cannot write %q: %w: write elsewhere", f.save, err)
	}
	_ = os.Remove(f.save) // it was only tried
	return nil
}

// saveTrace writes the first counterexample that can be played as a scenario.
func (s *streams) saveTrace(f *checkFlags, q *question) error {
	asked := proof.Properties()
	if f.given["require"] {
		asked = q.cases[0].Claimed
	}
	for _, p := range asked {
		t := q.cases[0].Result.Of(p).Counterexample
		if t == nil {
			continue
		}
		found, ok := proof.File(t)
		if !ok {
			continue
		}
		return s.saveAs(f.save, fmt.Sprintf("%s: %s is broken by %s.\n", harmless(f.save), proof.TitleIn(p, t.Lane.Business), proof.By(t)), scenarios.Write(found), toHarm(p)...)
	}
	return s.wrote(fmt.Fprintln(s.out, "Nothing was written: there is no counterexample within these bounds that can be played."))
}

// saveAs writes a scenario to a new file, and says what is in it and how to play it, from
// where.
func (s *streams) saveAs(name, about string, text []byte, from ...string) error {
	if err := writeNew(name, text); err != nil {
		return fmt.Errorf("cannot write %q: %w: name another file", name, err)
	}
	arg := name
	if !isPath(arg) {
		arg = "./" + arg
	}
	return s.wrote(fmt.Fprintf(s.out, "%sPlay it: %s\n", about, command(s.start, append([]string{"play", arg}, from...)...)))
}

// shrink drops from a scenario what its harm does not need, for the first consumer
// that is harmed, and writes what is left as a file.
func (s *streams) shrink(f *checkFlags, names []string) error {
	if err := f.checkFile(); err != nil {
		return err
	}
	a, err := newAsk(s, f.shrink, &sceneFlags{business: f.business, profile: f.profile, given: f.given})
	if err != nil {
		return ofFlag("shrink", err)
	}
	if len(names) == 0 {
		names = a.told.Consumers
	}
	for _, name := range names {
		x, harmed := proof.Shrink(a.told, name)
		if !harmed {
			continue
		}
		text := scenarios.Write(x.Scenario)
		head := fmt.Sprintf("# %s does harm: %s, %s. Of %s and %s, these cause it.\n", name, x.Owed, x.Verdict,
			words.Count(x.Messages, "message"), words.Count(x.Faults, "fault"))
		if f.save == "" {
			return s.wrote(fmt.Fprintf(s.out, "%s%s", head, text))
		}
		return s.saveAs(f.save, head, append([]byte(head), text...), toHarm(sim.NeverTwice)...)
	}
	return s.wrote(fmt.Fprintf(s.out, "Nothing to shrink: %s does no harm in %s.\n", strings.Join(names, ", "), f.shrink))
}

// someConsumers takes names of the catalogue, each once.
func someConsumers(_ *cobra.Command, args []string) error {
	for i, arg := range args {
		if _, ok := consumers.Get(arg); !ok {
			return unknown("consumer", arg, consumers.Names())
		}
		if slices.Contains(args[:i], arg) {
			return fmt.Errorf("%s is named twice: name it once", arg)
		}
	}
	return nil
}
