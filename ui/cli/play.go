package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"dejavu/scenarios"
	"dejavu/ui/grid"
	"dejavu/ui/play"
	"dejavu/ui/story"
)

// playFlags are the flags of play.
type playFlags struct {
	sceneFlags
	at, theme, speed                                       string
	present, ascii, reducedMotion, noGuess, noMouse, plain bool
}

// screenDefaults are the flags of a screen of which nothing was said.
func screenDefaults() playFlags { return playFlags{theme: "auto", speed: "1"} }

func newPlay(s *streams, g *globals) *cobra.Command {
	f := screenDefaults()
	c := &cobra.Command{
		Use:     "play [NAME|FILE]",
		GroupID: "watch",
		Short:   "Watch it on a screen, and change what happens",
		Long: "play shows a scenario on a screen: step by step, with all lanes side by side.\n" +
			"Faults can be added and taken away while it runs; ? lists the keys, q leaves.\n" +
			"Without a name it begins with a menu. Where there is no terminal, it tells the story.",
		Example: "play  # a menu; its first entry is led, and takes a minute\n" +
			"play " + flagship + " --at harm:1  # where somebody is charged twice\n" +
			"play quiet-day --with lose-ack:m2  # u takes the fault away again\n" +
			"play " + flagship + " --without crash:m3/before-ack --at 0:41.6  # one moment of another future\n" +
			"play twins --present --theme light  # for a room with a projector",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("play shows one scenario at a time, got %d; to tell them all: %s", len(args), command(s.start, append([]string{"run"}, args...)...))
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeScenarios(c, args, typed)
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return playOrTell(s, g, &f, args)
		},
	}
	f.declare(c)
	flags := c.Flags()
	flags.StringVar(&f.at, "at", "", "begin at a `MOMENT`: 0:41.6, 1m30s, or harm:N for the n-th harm")
	flags.BoolVar(&f.present, "present", false, "larger, and less of it: for a room")
	flags.StringVar(&f.speed, "speed", f.speed, "play `X` times as fast")
	flags.StringVar(&f.theme, "theme", f.theme, themeUsage)
	flags.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	flags.BoolVar(&f.reducedMotion, "reduced-motion", false, "jump from step to step")
	flags.BoolVar(&f.noGuess, "no-guess", false, "ask no questions")
	flags.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	flags.BoolVar(&f.plain, "plain", false, "no screen: "+plainUsage)
	complete(c, "theme", words(themes))
	complete(c, "speed", words([]string{"0.5", "1", "2"}))
	complete(c, "at", words([]string{"harm:1", "harm:2", "0:30"}))
	return c
}

// screening is what was asked for, when it has been found to make sense.
type screening struct {
	*ask   // nil for the menu
	flags  *playFlags
	moment moment
	theme  *grid.Theme
	speed  float64
}

// playOrTell shows the screen or, where there is none, tells the story and says
// how to get it.
func playOrTell(s *streams, g *globals, f *playFlags, args []string) error {
	p, err := f.check(s, g, args)
	if err != nil {
		return err
	}
	if how := s.howToGetAScreen(p); how != "" {
		return s.tellInstead(g, p, how)
	}
	result, err := s.play(p.options(s))
	return s.leave(p, result, err)
}

// check reads the flags. A mistake in one of them is one without a terminal, too.
func (f *playFlags) check(s *streams, g *globals, args []string) (*screening, error) {
	p := &screening{flags: f, moment: beginning}
	var err error
	if p.theme, err = theme(f.theme, g.color, s.getenv); err != nil {
		return nil, fmt.Errorf("--theme: %w", err)
	}
	if p.speed, err = parseSpeed(f.speed); err != nil {
		return nil, fmt.Errorf("--speed: %w", err)
	}
	if f.given["at"] {
		if p.moment, err = parseMoment(f.at); err != nil {
			return nil, fmt.Errorf("--at: %w", err)
		}
	}
	if f.plain && (f.present || f.given["at"]) {
		return nil, fmt.Errorf("%s is for the screen, and --plain tells the story without one: leave one of them out", choose(f.present, "--present", "--at"))
	}
	if len(args) == 0 {
		return p, f.checkMenu()
	}
	if p.ask, err = newAsk(s, args[0], &f.sceneFlags); err != nil {
		return nil, err
	}
	return p, p.checkHarm()
}

// checkMenu refuses what only makes sense for a scenario.
func (f *playFlags) checkMenu() error {
	for _, name := range []string{"consumers", "business", "with", "without", "rates", "seed", "profile", "max-events", "at"} {
		if f.given[name] {
			return fmt.Errorf("--%s is about a scenario, and none is named: name one, such as %s", name, flagship)
		}
	}
	return nil
}

// checkHarm refuses a harm that nobody comes to.
func (p *screening) checkHarm() error {
	if p.moment.harm == 0 {
		return nil
	}
	st, err := story.Tell(p.told)
	if err != nil {
		return fmt.Errorf("%s: %w", p.arg, err)
	}
	harms := 0
	for _, stop := range st.Stops() {
		if stop.Kind == story.AtHarm {
			harms++
		}
	}
	switch {
	case p.moment.harm <= harms:
		return nil
	case harms == 0:
		return fmt.Errorf("--at: nobody is harmed in %s as it is here: want an instant, such as 0:30", p.arg)
	}
	return fmt.Errorf("--at: there is no harm:%d in %s as it is here: the last is harm:%d", p.moment.harm, p.arg, harms)
}

// howToGetAScreen says what stands in the way of the screen and how to come by it,
// or "" if nothing does.
func (s *streams) howToGetAScreen(p *screening) string {
	screen := p.reopens(s.start, p.now())
	switch {
	case p.ask != nil && p.arg == fromStdin:
		return "for the screen, put the scenario into a file: keys are read where it came from"
	case p.flags.plain:
		return "for the screen, leave out --plain: " + screen
	case !s.inTerminal || !s.outTerminal:
		return "for the screen, run it on a terminal: " + screen
	case dumb(s.getenv):
		return choose(s.getenv("TERM") == "", "for the screen, say in TERM what terminal it is: ", "for the screen, run it on a terminal that is not dumb: ") + screen
	}
	return ""
}

// tellInstead tells the story, that of the flagship where there would be a menu.
func (s *streams) tellInstead(g *globals, p *screening, how string) error {
	f := &runFlags{sceneFlags: p.flags.sceneFlags, plain: p.flags.plain}
	a := p.ask
	if a == nil {
		var err error
		if a, err = newAsk(s, flagship, &f.sceneFlags); err != nil {
			return err
		}
	}
	err := tellAll(s, g, f, []*ask{a})
	if err == nil || errors.Is(err, errFailed) {
		fmt.Fprintln(s.err, how)
	}
	return err
}

// options are what the screen needs to know.
func (p *screening) options(s *streams) play.Options {
	f := p.flags
	o := play.Options{
		At: p.moment.at, Nth: p.moment.nth, Harm: p.moment.harm,
		Present: f.present, NoGuess: f.noGuess, NoMouse: f.noMouse, ReducedMotion: f.reducedMotion,
		ASCII: f.ascii || !f.given["ascii"] && asciiOnly(s.getenv),
		Speed: p.speed, Theme: p.theme, Depth: shades(p.theme, s.getenv),
		Line: func(now play.Now) string { return p.reopens(s.start, now) },
		Next: func(shown *scenarios.Scenario) string { return nextScenario(s.start, "play", shown.Name).line },
		In:   s.in, Out: s.screen,
		Menu: scenarios.Headings(), Led: flagship, Lessons: s.command("learn"),
	}
	if p.ask != nil {
		o.Scenario, o.Edits = p.base, p.edits
	}
	return o
}

// now is what the screen begins with.
func (p *screening) now() play.Now {
	if p.ask == nil {
		return play.Now{At: p.moment.at, Nth: p.moment.nth, Present: p.flags.present, Theme: p.theme}
	}
	return play.Now{
		From: p.base, Scenario: p.told, Edits: p.edits, At: p.moment.at, Nth: p.moment.nth,
		Present: p.flags.present, Theme: p.theme,
	}
}

// reopens is the command that opens a moment of what is on the screen, as it was
// changed by hand, and as whoever typed it wanted to see it.
func (p *screening) reopens(start string, now play.Now) string {
	f := p.flags
	var how []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"present", now.Present}, {"ascii", f.ascii}, {"no-guess", f.noGuess}} {
		if flag.set {
			how = append(how, "--"+flag.name)
		}
	}
	switch {
	case now.Theme != nil && now.Theme != p.theme:
		how = append(how, "--theme", now.Theme.Name)
	case f.theme != "auto":
		how = append(how, "--theme", f.theme)
	}
	switch {
	case now.At > 0 || now.Nth > 0:
		how = append(how, "--at", moment{at: now.At, nth: now.Nth}.String())
	case p.moment.harm > 0 && now.At < 0:
		how = append(how, "--at", p.moment.String())
	}
	a := p.ask
	switch {
	case now.From == nil || now.Scenario == nil:
		return command(start, append([]string{"play"}, how...)...)
	case a == nil || !bytes.Equal(now.From.Source, a.own.Source): // chosen in the menu, or come to from another
		a = &ask{arg: now.From.Name, own: now.From}
	}
	return a.line(start, "play", now.Scenario, now.Edits, how...)
}
