package cli

import (
	"bytes"
	"fmt"

	"dejavu/scenarios"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
)

// onScreen reports whether lessons can be shown on a screen.
func (r *study) onScreen() bool {
	return !r.flags.plain && r.inTerminal && r.outTerminal && !dumb(r.getenv)
}

// taken is a lesson on the screen, and how far it went.
type taken struct {
	lesson   *scenarios.Lesson
	arg      string
	session  *learn.Session
	finished bool
}

// screen shows the menu or, if an argument names one, a lesson, on a screen.
func (r *study) screen(arg string) (err error) {
	now := &taken{}
	course := &play.Course{
		Chapters: r.Chapters,
		Missed:   r.Missed,
		Command:  r.Command,
		Open:     func(name string) (*play.Class, error) { return r.class(name, now) },
	}
	if arg != "" {
		if course.First, err = r.class(arg, now); err != nil {
			return err
		}
	}
	shown, notes := r.err, &bytes.Buffer{}
	r.err = notes // nothing may be written across the screen
	result, err := r.play(play.Start{
		Course: course, At: -1, Speed: 1, Theme: r.look,
		ASCII: r.flags.ascii, NoMouse: true, ReducedMotion: r.flags.reducedMotion,
	}, r.onTerminal(r.look))
	r.err = shown
	if _, err := notes.WriteTo(r.err); err != nil {
		return unwritten(err)
	}
	return r.leftScreen(now, result, err)
}

// class begins a lesson for the screen.
func (r *study) class(arg string, now *taken) (*play.Class, error) {
	l, err := r.findLesson(arg)
	if err != nil {
		return nil, err
	}
	c, err := r.Class(l, progressName(l, arg), arg)
	if err != nil {
		return nil, err
	}
	*now = taken{lesson: l, arg: arg, session: c.Session}
	finished := c.Finished
	c.Finished = func() {
		now.finished = true
		finished()
	}
	base := &ask{arg: scenarioOf(l, arg), own: l.Scenario, base: l.Scenario, told: l.Scenario}
	if l.Shipped != "" {
		base.own, _ = scenarios.Get(l.Shipped)
	}
	c.Line = func(n play.Now) string {
		return base.line(r.start+" play", n.Scenario, n.Edits, momentFlags(n)...)
	}
	return c, nil
}

// momentFlags are the flags of play that open a moment.
func momentFlags(n play.Now) []string {
	if n.At <= 0 && n.Nth <= 0 {
		return nil
	}
	return []string{"--at", moment{at: n.At, nth: n.Nth}.String()}
}

// leftScreen says what was done, and how to go on, when the terminal is as it was.
func (r *study) leftScreen(now *taken, result term.Exit, err error) error {
	back := command(r.start, "learn")
	if now.lesson != nil {
		back = command(r.start, "learn", now.arg)
	}
	switch {
	case result.Panic != nil:
		return r.mistake(fmt.Sprint(result.Panic), result.Stack, back)
	case err != nil:
		return internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s --plain", err, back)}
	}
	switch {
	case now.lesson == nil:
		err = r.wrote(fmt.Fprintf(r.out, "%sLeft at the chapters. The first takes five minutes: %s\n", r.ToRefute(r.Done.Beliefs()), command(r.start, "learn", "1")))
	case now.finished:
		err = r.ended(now.lesson, now.session)
	default:
		err = r.wrote(fmt.Fprint(r.out, r.leftHere(now.session, now.arg)))
	}
	if err == nil && result.Signal != 0 {
		return signalled(result.Signal)
	}
	return err
}
