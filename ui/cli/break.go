package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/build/levels"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// breakFlags are the flags of break.
type breakFlags struct {
	learnFlags
	business, profile string
}

func newBreak(s *streams, g *globals) *cobra.Command {
	f := &breakFlags{}
	f.theme = screenDefaults().theme
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
		Args:              oneAtATime("level"),
		ValidArgsFunction: alone(fixed(slices.Concat(ladder.Names(), consumers.Names()))),
		RunE:              func(_ *cobra.Command, args []string) error { return s.breaks(g, f, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.business, "business", "", "attack a consumer with the effect `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringVar(&f.profile, "profile", "", "attack a consumer on the broker `NAME`, see list profiles")
	flags.BoolVar(&f.plain, "plain", false, "no screen and no colours: typed commands, for a screen reader or a pipe")
	flags.BoolVar(&f.reducedMotion, "reduced-motion", false, "jump from stop to stop, without motion")
	f.looks(s, c)
	s.complete(c, "business", fixed(businessNames()))
	s.complete(c, "profile", fixed(profileNames()))
	return c
}

// attacker is somebody who breaks things: how, and what was done so far.
type attacker struct {
	*study
	flags *breakFlags
	of    *play.Ladder      // the levels that there are to go on with
	last  *ladder.Puzzle    // that was opened last
	how   ladder.Conclusion // of it
}

// breaks opens the menu, or a level.
func (s *streams) breaks(g *globals, f *breakFlags, args []string) error {
	if len(args) == 0 && f.business+f.profile != "" {
		return fmt.Errorf("--%s needs a consumer: name one, such as inbox", words.Either(f.business != "", "business", "profile"))
	}
	r := &attacker{study: s.newStudy(&f.learnFlags), flags: f}
	r.ladder(r.Ladder())
	if err := r.begin(g); err != nil {
		return err
	}
	if len(args) == 0 && !r.onScreen() {
		return s.wrote(fmt.Fprint(s.out, r.list("You are the network. Each level has a consumer, a goal, and a few faults to spend.", "break", &r.of.Rungs)))
	}
	if len(args) > 0 {
		if _, err := r.open(args[0]); err != nil {
			return err
		}
	}
	if r.onScreen() {
		r.of.First = r.last
		return r.left(r.attend(play.Start{Ladder: r.of, NoGuess: true}))
	}
	if err := r.typed(); err != nil {
		return err
	}
	return r.onward()
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
		r.last, r.how = p, ladder.Conclusion{}
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

// ladder makes levels those of the attacker, who notes what is opened and how it ends.
func (r *attacker) ladder(of *play.Ladder) *play.Ladder {
	r.of, of.Open = of, r.open
	of.Ended = func(p *ladder.Puzzle, how ladder.Conclusion) {
		r.how = how
		r.Attacked(p, how)
	}
	return of
}

// typed plays a level by typed commands.
func (r *attacker) typed() error {
	style := words.Layout{Paint: r.paint, Width: r.width, Plain: r.flags.plain, Line: r.Command}
	if style.Paint == nil {
		style.Paint = words.NoPaint
	}
	if r.flags.plain || !r.outTerminal {
		style.Width = 0
	}
	p := r.last
	t := &ladder.Typed{In: r.in, Out: r.out, Layout: style, Ended: func(how ladder.Conclusion) { r.of.Ended(p, how) }}
	if r.inTerminal {
		t.Prompt = "> "
	}
	return ofTyping(t.Play(p))
}

// onward says what to do after a level.
func (r *attacker) onward() error {
	p := r.last
	if p == nil {
		return r.wrote(fmt.Fprintf(r.out, "Left at the levels. The first takes two minutes: %s\n", r.Command("break", "1")))
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
			text = fmt.Sprintf("What refutes it, %s: %s\n", p.Belief.Text(), r.Command("learn", p.Belief.String()))
		}
	}
	if name := r.of.Next(p.Name); r.how.Won && name != "" {
		return r.wrote(fmt.Fprintf(r.out, "%sNext: %s\n", text, r.Command("break", name)))
	}
	if more := ladder.Next(p.Name); r.how.Won && more != "" { // the end of the chapter
		return r.wrote(fmt.Fprintf(r.out, "%sMore levels: %s\nNext, say it aloud: %s\n", text, r.Command("break", more), r.Command("interview")))
	}
	if r.how.Won {
		return r.wrote(fmt.Fprintf(r.out, "%sAll of it: %s\n", text, r.Command("check", p.Consumer, "--business", p.Business.String())))
	}
	return r.wrote(fmt.Fprintf(r.out, "%sTry again: %s\n", text, r.Command(again...)))
}

// left says how to go on, when the terminal is as it was.
func (r *attacker) left(result term.Exit, err error) error {
	back := r.Command("break")
	if r.last != nil {
		back = r.Command("break", r.last.Name)
	}
	if err := r.shown(result, err, back); err != nil {
		return err
	}
	if err := r.onward(); err != nil {
		return err
	}
	return endedBy(result)
}

// attack takes the chapter of the attack by typed commands, level by level.
func (r *study) attack() (finished bool, err error) {
	a := &attacker{study: r, flags: &breakFlags{learnFlags: *r.flags}}
	of := a.ladder(r.Attack())
	finished, err = r.climb(&of.Rungs, func(name string) (bool, error) {
		_, err := a.open(name)
		if err == nil {
			err = a.typed()
		}
		return a.how.Won, err
	})
	if err != nil {
		return false, err
	}
	return finished, a.onward()
}

// levelled returns the name of the chapter of levels that an argument names, or "".
func levelled(arg string) string {
	for _, h := range play.Headings()[len(scenarios.LessonHeadings()):] {
		if arg == h.Name || arg == strconv.Itoa(h.Chapter) {
			return h.Name
		}
	}
	return ""
}

// chapter takes a chapter by typed answers.
func (r *study) chapter(name string) (finished bool, err error) {
	switch levelled(name) {
	case ladder.Chapter:
		return r.attack()
	case levels.Chapter:
		return r.construct()
	}
	l, _ := scenarios.GetLesson(name)
	return r.take(l, name)
}

// climb takes levels one after the other, from the first that is due, as long as each is
// solved.
func (r *study) climb(of *play.Rungs, level func(name string) (won bool, err error)) (won bool, err error) {
	for name := of.Due().Name; name != ""; name = of.Next(name) {
		if won {
			err = r.wrote(fmt.Fprintln(r.out))
		}
		if err == nil {
			won, err = level(name)
		}
		if err != nil || !won {
			return false, err
		}
	}
	return won, nil
}

// list is a menu of levels as text, with the command that opens the one that is due.
func (r *study) list(intro, open string, of *play.Rungs) string {
	all, longest := of.Levels(), 0
	for _, c := range all {
		longest = max(longest, len(c.Title))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", intro)
	for i, c := range all {
		fmt.Fprintf(&b, "%2d  %s  %s\n", i+1, words.Pad(c.Title, longest), c.State)
		if c.Apart {
			fmt.Fprintln(&b)
		}
	}
	fmt.Fprintf(&b, "\nTry next: %s\n", r.Command(open, of.Due().Name))
	return b.String()
}

// forgettable says what an argument names, and what forgets it.
func (r *study) forgettable(arg string) (title string, forget func(*learn.Progress), err error) {
	switch levelled(arg) {
	case ladder.Chapter:
		return ladder.ChapterTitle, func(p *learn.Progress) {
			for _, l := range ladder.Lesson() {
				delete(p.Levels, l.Name)
			}
		}, nil
	case levels.Chapter:
		return levels.ChapterTitle, func(p *learn.Progress) {
			for _, t := range levels.Lesson() {
				delete(p.Built, t.Name)
			}
		}, nil
	}
	l, err := r.lessonOf(arg)
	if err != nil {
		return "", nil, err
	}
	return l.Title, func(p *learn.Progress) { delete(p.Lessons, progressName(l, arg)) }, nil
}
