package cli

import (
	"fmt"

	"dejavu/scenarios"
	"dejavu/ui/doctor"
	"dejavu/ui/interview"
	"dejavu/ui/story"
)

// beliefs are the names of all misconceptions.
func beliefs() []string {
	var names []string
	for _, m := range scenarios.Misconceptions() {
		names = append(names, m.String())
	}
	return names
}

// refutation is the text that refutes a misconception.
func (r *study) refutation(m scenarios.Misconception) (string, error) {
	remedy, known := doctor.Of(m)
	if !known {
		return "", internal{fmt.Errorf("nothing refutes %s", m)}
	}
	run, err := remedy.Refute()
	if err != nil {
		return "", internal{err}
	}
	style := interview.Style{Paint: r.paint, Width: min(r.width, interview.Columns), Plain: r.flags.plain, Line: r.command}
	if style.Paint == nil {
		style.Paint = story.NoPaint
	}
	if r.flags.plain || !r.outTerminal {
		style.Plain, style.Width = true, 0
	}
	return run.Text(style), nil
}

// refute refutes a misconception, and nothing else: whoever asks for it does so after
// a lesson, or without one.
func (r *study) refute(m scenarios.Misconception) error {
	text, err := r.refutation(m)
	if err != nil {
		return err
	}
	return r.wrote(fmt.Fprint(r.out, text))
}
