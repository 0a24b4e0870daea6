package cli

import (
	"bytes"
	"fmt"
	"strings"

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
		Chapters: r.chapterList,
		Missed:   r.missed,
		Command:  func(args ...string) string { return command(r.start, args...) },
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
	session, left, err := r.begin(l, arg)
	if err != nil {
		return nil, err
	}
	name := progressName(l, arg)
	*now = taken{lesson: l, arg: arg, session: session}
	base := &ask{arg: scenarioOf(l, arg), own: l.Scenario, base: l.Scenario, told: l.Scenario}
	if l.Shipped != "" {
		base.own, _ = scenarios.Get(l.Shipped)
	}
	return &play.Class{
		Lesson: l, Session: session, Left: left, Next: nextLesson(l),
		Answered: func(a learn.Answer) {
			r.done.Answer(name, &a)
			r.save()
		},
		Finished: func() {
			now.finished = true
			r.done.Finish(name)
			r.save()
		},
		Ending: func() []string { return strings.Split(strings.TrimSpace(r.ending(l, session)), "\n") },
		Refute: func(m scenarios.Misconception) (*play.Disproof, error) { return refutationOn(l, m) },
		Line: func(n play.Now) string {
			return base.line(r.start, "play", n.Scenario, n.Edits, momentFlags(n)...)
		},
	}, nil
}

// refutationOn is the run that refutes a misconception in the business of a lesson.
func refutationOn(l *scenarios.Lesson, m scenarios.Misconception) (*play.Disproof, error) {
	f, err := refuted(m, l)
	if err != nil {
		return nil, err
	}
	told, err := f.Lanes()
	return &play.Disproof{Story: told, Belief: m.Text(), So: f.So}, err
}

// momentFlags are the flags of play that open a moment.
func momentFlags(n play.Now) []string {
	if n.At <= 0 && n.Nth <= 0 {
		return nil
	}
	return []string{"--at", moment{at: n.At, nth: n.Nth}.String()}
}

// chapterList is the menu, as far as the reader is.
func (r *study) chapterList() []play.Chapter {
	var all []play.Chapter
	for i, h := range scenarios.LessonHeadings() {
		done := r.done.Lessons[h.Name].Finished > 0
		if !done {
			h.Teaches = "" // it would answer the questions
		}
		all = append(all, play.Chapter{
			Name: h.Name, Title: h.Title, Teaches: h.Teaches,
			State: r.state(h.Name), Done: done, Apart: i == firstChapters-1,
		})
	}
	return all
}

// nextLesson is the chapter after a lesson, or "".
func nextLesson(l *scenarios.Lesson) string {
	for _, h := range scenarios.LessonHeadings() {
		if h.Chapter == l.Chapter+1 && l.Chapter > 0 {
			return h.Name
		}
	}
	return ""
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
		err = r.wrote(fmt.Fprintf(r.out, "%sLeft at the chapters. The first takes five minutes: %s\n", r.toRefute(r.done.Beliefs()), command(r.start, "learn", "1")))
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
