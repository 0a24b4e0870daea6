package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// breakFlags are the flags of break.
type breakFlags struct {
	business, profile, theme    string
	plain, reducedMotion, ascii bool
}

func newBreak(s *streams, g *globals) *cobra.Command {
	f := &breakFlags{theme: screenDefaults().theme}
	c := &cobra.Command{
		Use:     "break [LEVEL|CONSUMER]",
		GroupID: "learn",
		Short:   "You are the network: harm a consumer with few faults",
		Long: "break gives you a consumer, a goal, and a few faults to spend. Run to a moment and strike:\n" +
			"lose an ack, crash a worker, deliver a copy. Par is what the search needs. Some consumers\n" +
			"cannot be broken: say so, and it is proved. The levels teach one gap each; any consumer of\n" +
			"the catalogue is a level by itself. Your best results are kept in your state directory.",
		Example: "break  # the levels, and how far you are\n" +
			"break 1  # the first level\n" +
			"break rollback-and-bank  # a level by its name\n" +
			"break mark-remove --business mail  # a consumer, with the usual faults\n" +
			"break 1 --plain  # typed commands, for a screen reader or a pipe",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("break takes one level at a time, got %d: name one", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.Concat(ladder.Names(), consumers.Names()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return s.breaks(g, f, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.business, "business", "", "attack a consumer with the effect `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringVar(&f.profile, "profile", "", "attack a consumer on the broker `NAME`, see list profiles")
	flags.BoolVar(&f.plain, "plain", false, "no screen and no colours: typed commands, for a screen reader or a pipe")
	flags.BoolVar(&f.reducedMotion, "reduced-motion", false, "jump from stop to stop, without motion")
	flags.StringVar(&f.theme, "theme", f.theme, themeUsage)
	flags.BoolVar(&f.ascii, "ascii", asciiOnly(s.getenv), "draw with ASCII only")
	complete(c, "business", fixed(businessNames()))
	complete(c, "profile", fixed(profileNames()))
	complete(c, "theme", fixed(themes))
	return c
}

// attacker is somebody who breaks things: how, and what was done so far.
type attacker struct {
	*study
	flags *breakFlags
	last  *ladder.Puzzle // that was opened last
	how   ladder.Ending  // of it
}

// breaks opens the menu, or a level.
func (s *streams) breaks(g *globals, f *breakFlags, args []string) error {
	look, err := theme(f.theme, g.color, s.getenv)
	if err != nil {
		return fmt.Errorf("--theme: %w", err)
	}
	if len(args) == 0 && f.business+f.profile != "" {
		return fmt.Errorf("--%s needs a consumer: name one, such as inbox", words.Either(f.business != "", "business", "profile"))
	}
	r := &attacker{study: &study{streams: s, look: look, in: bufio.NewReader(&bounded{from: s.in}), path: learn.ProgressPath(s.getenv)}, flags: f}
	if !f.plain {
		r.paint = painter(g.color, s.getenv, s.outTerminal)
	}
	var note string
	if r.Done, note, r.keep = learn.LoadProgress(r.path); note != "" {
		fmt.Fprintln(s.err, harmless(note))
	}
	screen := !f.plain && s.inTerminal && s.outTerminal && !dumb(s.getenv)
	if len(args) == 0 && !screen {
		return s.wrote(fmt.Fprint(s.out, r.list()))
	}
	if len(args) > 0 {
		if _, err := r.open(args[0]); err != nil {
			return err
		}
	}
	if screen {
		return r.screen()
	}
	return r.typed()
}

// open opens a level of the ladder or a consumer.
func (r *attacker) open(arg string) (p *ladder.Puzzle, err error) {
	b, given := sim.Card, r.flags.business
	if i := slices.Index(businessNames(), given); i >= 0 {
		b = sim.Businesses()[i]
	} else if given != "" {
		return nil, fmt.Errorf("--business: %w", unknown("business", given, businessNames()))
	}
	if given := r.flags.profile; given != "" && !slices.Contains(profileNames(), given) {
		return nil, fmt.Errorf("--profile: %w", unknown("profile", given, profileNames()))
	}
	level, rung := ladder.Find(arg)
	_, consumer := consumers.Get(arg)
	switch {
	case rung && given+r.flags.profile != "":
		return nil, fmt.Errorf("%s is a level with a business and a broker of its own: leave --%s out, or name its consumer: %s", level.Name, words.Either(given != "", "business", "profile"), level.Consumer)
	case rung:
		p, err = level.Open()
	case consumer:
		p, err = ladder.Of(arg, b, r.flags.profile)
	default:
		return nil, noLevel(r.start, arg)
	}
	if err == nil {
		r.last, r.how = p, ladder.Ending{}
	}
	return p, err
}

// noLevel says what a name is, if it is something other than a level, and where the levels
// are listed.
func noLevel(start, arg string) error {
	names := slices.Concat(ladder.Names(), consumers.Names())
	if _, scenario := scenarios.Get(arg); scenario {
		return fmt.Errorf("%s is a scenario, not a level: %s", arg, command(start, "play", arg))
	}
	if _, err := strconv.Atoi(arg); err == nil {
		return fmt.Errorf("there is no level %s: they go from 1 to %d", arg, len(ladder.Names()))
	}
	if near := meant(arg, names); near != "" {
		return fmt.Errorf("unknown level or consumer %q%s", arg, near)
	}
	return fmt.Errorf("unknown level or consumer %q: %s lists the levels, %s the consumers", arg, command(start, "break"), command(start, "list", "consumers"))
}

// ended keeps how a level ended.
func (r *attacker) ended(p *ladder.Puzzle, how ladder.Ending) {
	switch r.how = how; {
	case how.Won:
		r.Done.Won(key(p), how.Took, p.Belief)
	default:
		r.Done.Lost(p.Belief)
	}
	r.save()
}

// key is the name under which a result is kept: a consumer is another level in another
// business and on another broker.
func key(p *ladder.Puzzle) string {
	name := p.Name
	if p.Number == 0 {
		name += " " + p.Business.String()
		if q := p.Scenario.Queue.Name; q != "" {
			name += " " + q
		}
	}
	return name
}

// screen shows a level, or the menu, on a screen.
func (r *attacker) screen() error {
	shown, notes := r.err, &bytes.Buffer{}
	r.err = notes // nothing may be written across the screen
	result, err := r.play(r.options(), r.onTerminal(r.look))
	r.err = shown
	if _, err := notes.WriteTo(r.err); err != nil {
		return unwritten(err)
	}
	return r.left(result, err)
}

func (r *attacker) options() play.Start {
	return play.Start{
		Ladder: &play.Ladder{Levels: r.levels, Open: r.open, Next: next, First: r.last, Ended: r.ended, Command: r.command},
		At:     -1, Speed: 1, Theme: r.look, ASCII: r.flags.ascii, NoMouse: true, NoGuess: true, ReducedMotion: r.flags.reducedMotion,
	}
}

// next is the level after another, or "".
func next(name string) string {
	if l, ok := ladder.Find(name); ok && l.Number < len(ladder.Names()) {
		return ladder.Names()[l.Number]
	}
	return ""
}

// levels are the menu, as far as the player is.
func (r *attacker) levels() []play.Chapter {
	var all []play.Chapter
	for _, l := range ladder.Levels() {
		best, done := r.Done.Levels[l.Name]
		c := play.Chapter{Name: l.Name, Title: l.Title, Teaches: l.Brief, State: l.Consumer, Done: done}
		switch {
		case done && l.Par.Actions == 0:
			c.State += ": nobody can"
		case done:
			c.State += fmt.Sprintf(": %s, %s; par %d, %d", words.Count(best.Faults, "fault"), words.Count(best.Actions, "action"), l.Par.Faults, l.Par.Actions)
		}
		all = append(all, c)
	}
	return all
}

// list is the menu as text.
func (r *attacker) list() string {
	var b strings.Builder
	b.WriteString("You are the network. Each level has a consumer, a goal, and a few faults to spend.\n\n")
	for i, c := range r.levels() {
		fmt.Fprintf(&b, "%2d  %-26s%s\n", i+1, c.Title, c.State)
	}
	due := max(slices.IndexFunc(r.levels(), func(c play.Chapter) bool { return !c.Done }), 0)
	fmt.Fprintf(&b, "\nTry next: %s\n", r.command("break", fmt.Sprint(due+1)))
	return b.String()
}

// typed plays a level by typed commands.
func (r *attacker) typed() error {
	style := words.Layout{Paint: r.paint, Width: r.width, Plain: r.flags.plain, Line: r.command}
	if style.Paint == nil {
		style.Paint = words.NoPaint
	}
	if r.flags.plain || !r.outTerminal {
		style.Width = 0
	}
	p := r.last
	t := &ladder.Typed{In: r.in, Out: r.out, Layout: style, Ended: func(how ladder.Ending) { r.ended(p, how) }}
	if r.inTerminal {
		t.Prompt = "> "
	}
	if err := t.Play(p); err != nil {
		return cannotRead(err)
	}
	return r.onward()
}

// onward says what to do after a level.
func (r *attacker) onward() error {
	p := r.last
	if p == nil {
		return r.wrote(fmt.Fprintf(r.out, "Left at the levels. The first takes two minutes: %s\n", r.command("break", "1")))
	}
	text, again := "", []string{"break", p.Name}
	if b := p.Business; p.Number == 0 && b != sim.Card {
		again = append(again, "--business", b.String())
	}
	if r.flags.profile != "" && p.Number == 0 {
		again = append(again, "--profile", r.flags.profile)
	}
	if p.Belief != 0 && p.Number > 0 && !r.how.Won {
		if _, missed := r.Done.Missed[p.Belief.String()]; missed {
			text = fmt.Sprintf("What refutes it, %s: %s\n", p.Belief.Text(), r.command("learn", p.Belief.String()))
		}
	}
	if name := next(p.Name); r.how.Won && name != "" {
		return r.wrote(fmt.Fprintf(r.out, "%sNext: %s\n", text, r.command("break", name)))
	}
	if r.how.Won {
		return r.wrote(fmt.Fprintf(r.out, "%sAll of it: %s\n", text, r.command("check", p.Consumer, "--business", p.Business.String())))
	}
	return r.wrote(fmt.Fprintf(r.out, "%sTry again: %s\n", text, r.command(again...)))
}

// left says how to go on, when the terminal is as it was.
func (r *attacker) left(result term.Exit, err error) error {
	back := r.command("break")
	if r.last != nil {
		back = r.command("break", r.last.Name)
	}
	switch {
	case result.Panic != nil:
		return r.mistake(fmt.Sprint(result.Panic), result.Stack, back)
	case err != nil:
		return internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s --plain", err, back)}
	}
	if err := r.onward(); err != nil {
		return err
	}
	if result.Signal != 0 {
		return signalled(result.Signal)
	}
	return nil
}
