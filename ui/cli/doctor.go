package cli

import (
	"fmt"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/doctor"
	"dejavu/ui/interview"
	"dejavu/ui/story"
)

// numbers are what misconceptions are called.
func numbers(of []scenarios.Misconception) []string {
	all := make([]string, len(of))
	for i, m := range of {
		all[i] = m.String()
	}
	return all
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

// mostMissed is how many misconceptions are listed: of more there are the numbers.
const mostMissed = 5

// toRefute lists what was missed, a line each with the command that refutes it.
func (r *study) toRefute(missed []scenarios.Misconception) string {
	if len(missed) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Not so, and what shows it:\n")
	for i, m := range missed {
		if i == mostMissed {
			fmt.Fprintf(&b, "  and in the same way %s\n", strings.Join(numbers(missed[i:]), ", "))
			break
		}
		fmt.Fprintf(&b, "  %s  %s\n", r.command("learn", m.String())+strings.Repeat(" ", 3-len(m.String())), m.Text())
	}
	return b.String()
}

// refute refutes a misconception. That it was seen clears nothing: a right answer does.
func (r *study) refute(m scenarios.Misconception) error {
	text, err := r.refutation(m)
	if err != nil {
		return err
	}
	if r.pace != nil {
		hint := "Enter shows all of it at once, q leaves."
		if r.paint != nil {
			hint = r.paint(story.Dim, hint)
		}
		text = hint + "\n" + text
	}
	return unwritten(r.pace.write(r.out, text))
}
