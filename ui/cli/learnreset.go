package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/learn"
)

// reset forgets what was done. What it is asked to forget is looked at first: nothing
// is done of a lesson that there is not.
func (r *study) reset(args []string) error {
	var l *scenarios.Lesson
	if len(args) > 0 {
		var err error
		if l, err = r.lessonOf(args[0]); err != nil {
			return err
		}
	}
	switch {
	case r.path == "" || !exists(r.path):
		return r.wrote(fmt.Fprintln(r.out, "There is nothing to forget."))
	case l != nil:
		return r.forget(l, args[0])
	}
	if err := os.Remove(r.path); err != nil {
		return fmt.Errorf("cannot forget: %w: remove %s yourself", cause(err), harmless(r.path))
	}
	_ = os.Remove(filepath.Dir(r.path)) // if nothing else is in it
	return r.wrote(fmt.Fprintf(r.out, "Forgotten: %s is removed.\nBegin anew: %s\n", harmless(r.path), r.command("learn")))
}

// lessonOf is the lesson to forget: of a refutation nothing is kept.
func (r *study) lessonOf(arg string) (*scenarios.Lesson, error) {
	if m, err := scenarios.ParseMisconception(strings.ToUpper(arg)); err == nil && !exists(arg) {
		return nil, fmt.Errorf("--reset %s: nothing is kept of what is refuted: name a lesson, or none to forget all", m)
	}
	return r.findLesson(arg)
}

// forget forgets what was done of one lesson.
func (r *study) forget(l *scenarios.Lesson, arg string) error {
	done, note, keep := learn.LoadProgress(r.path)
	if note != "" {
		fmt.Fprintln(r.err, harmless(note))
	}
	if !keep {
		return fmt.Errorf("nothing is forgotten: to forget all, %s", r.command("learn", "--reset"))
	}
	delete(done.Lessons, progressName(l, arg))
	if err := done.Save(r.path); err != nil {
		return fmt.Errorf("cannot forget: %w", err)
	}
	return r.wrote(fmt.Fprintf(r.out, "Forgotten: what was done of %s.\nBegin anew: %s\n", harmless(l.Title), r.command("learn", arg)))
}
