package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
	"dejavu/ui/words"
)

func newBuild(s *streams, g *globals) *cobra.Command {
	f := &learnFlags{theme: screenDefaults().theme}
	c := &cobra.Command{
		Use:     "build [LEVEL]",
		GroupID: "learn",
		Short:   "Put a consumer together from lines, and let the search grade it",
		Long: "build asks for a consumer that holds against some faults. You put it together from lines,\n" +
			"and the search tells the shortest way to break it. Some levels cannot be done: say so, and\n" +
			"all designs are tried. The last levels begin with a broken consumer of a real system.\n" +
			"Your best results are kept in your state directory.",
		Example: "build  # the levels, and how far you are\n" +
			"build 1  # the first level\n" +
			"build fresh-intent  # a repair, by its name\n" +
			"build 1 --plain  # typed commands, for a screen reader or a pipe",
		Args:              oneAtATime("level"),
		ValidArgsFunction: alone(fixed(levels.Names())),
		RunE:              func(_ *cobra.Command, args []string) error { return s.build(g, f, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.plain, "plain", false, "no screen and no colours: typed commands, for a screen reader or a pipe")
	f.looks(s, c)
	return c
}

// builder is somebody who builds things: what was opened, and whether it is solved.
type builder struct {
	*study
	of   *play.Workshop // the levels that there are to go on with
	last *levels.Task   // that was opened last
	won  bool
}

// build opens the menu, or a level.
func (s *streams) build(g *globals, f *learnFlags, args []string) error {
	r := &builder{study: s.newStudy(f)}
	r.workshop(r.Workshop())
	if err := r.begin(g); err != nil {
		return err
	}
	if len(args) == 0 && !r.onScreen() {
		return r.wrote(fmt.Fprint(r.out, r.list("Each level asks for a consumer that holds against some faults.", "build", &r.of.Rungs)))
	}
	var bench *build.Bench
	if len(args) > 0 {
		var err error
		if bench, err = r.open(args[0]); err != nil {
			return err
		}
	}
	if r.onScreen() {
		r.of.First = bench
		return r.left(r.attend(play.Start{Workshop: r.of}))
	}
	if err := r.typed(bench); err != nil {
		return err
	}
	return r.onward()
}

// open opens a level.
func (r *builder) open(name string) (*build.Bench, error) {
	task, ok := levels.Find(name)
	if !ok {
		return nil, unknown("level", name, levels.Names())
	}
	r.last, r.won = &task, false
	return build.New(task), nil
}

// workshop makes levels those of the builder, who notes what is opened and what holds.
func (r *builder) workshop(of *play.Workshop) *play.Workshop {
	r.of, of.Open = of, r.open
	of.Ended = func(t *levels.Task, took learn.Built) {
		r.won = true
		r.Holds(t, took)
	}
	return of
}

// typed works at a level by typed commands.
func (r *builder) typed(bench *build.Bench) error {
	sh := build.Shell{In: r.in, Out: r.out, Layout: words.Layout{Paint: r.paint, Width: r.width}}
	if sh.Layout.Paint == nil {
		sh.Layout.Paint = words.NoPaint
	}
	if r.inTerminal && !r.flags.plain {
		sh.Prompt = "> "
	}
	sh.Ended = func(took learn.Built) { r.of.Ended(&bench.Task, took) }
	sh.Write = func(name, text string) error {
		if err := writeNew(name, []byte(text)); err != nil {
			return fmt.Errorf("cannot write %q: %w: name another file", name, err)
		}
		return nil
	}
	return ofTyping(sh.Work(bench))
}

// onward says what to do after a level.
func (r *builder) onward() error {
	if r.last == nil {
		return r.wrote(fmt.Fprintf(r.out, "Left at the levels. The first takes two minutes: %s\n", r.Command("build", "1")))
	}
	next, more := r.of.Next(r.last.Name), levels.Next(r.last.Name)
	switch {
	case !r.won:
		return r.wrote(fmt.Fprintf(r.out, "Try again: %s\n", r.Command("build", r.last.Name)))
	case next != "":
		return r.wrote(fmt.Fprintf(r.out, "Next: %s\n", r.Command("build", next)))
	case more != "": // the end of the chapter
		return r.wrote(fmt.Fprintf(r.out, "More levels: %s\nNext, say it aloud: %s\n", r.Command("build", more), r.Command("interview")))
	}
	return r.wrote(fmt.Fprintf(r.out, "That was the last. Try every design: %s\n", r.Command("design")))
}

// left says how to go on, when the terminal is as it was.
func (r *builder) left(result term.Exit, err error) error {
	back := []string{"build"}
	if r.last != nil {
		back = append(back, r.last.Name)
	}
	if err := r.shown(result, err, r.Command(back...)); err != nil {
		return err
	}
	if err := r.onward(); err != nil {
		return err
	}
	return endedBy(result)
}

// construct takes the chapter of the first levels to build by typed commands.
func (r *study) construct() (finished bool, err error) {
	b := &builder{study: r}
	of := b.workshop(r.Construct())
	finished, err = r.climb(&of.Rungs, func(name string) (bool, error) {
		bench, err := b.open(name)
		if err == nil {
			err = b.typed(bench)
		}
		return b.won, err
	})
	if err != nil {
		return false, err
	}
	return finished, b.onward()
}
