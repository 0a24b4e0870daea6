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
func refutation(m scenarios.Misconception, style interview.Style) (string, error) {
	remedy, known := doctor.Of(m)
	if !known {
		return "", internal{fmt.Errorf("nothing refutes %s", m)}
	}
	run, err := remedy.Refute()
	if err != nil {
		return "", internal{err}
	}
	return run.Text(style), nil
}

// missed says in a sentence what was missed, and what refutes it.
func (r *study) missed() string {
	missed := r.done.Beliefs()
	if len(missed) == 0 {
		return ""
	}
	more := ""
	if n := len(missed) - 1; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("Missed so far: %s (%s refutes it)%s.", missed[0].Text(), r.command("learn", missed[0].String()), more)
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
	style := interview.Style{Paint: r.paint, Width: min(r.width, interview.Columns), Plain: r.flags.plain, Line: r.command}
	if style.Paint == nil {
		style.Paint = story.NoPaint
	}
	if r.flags.plain || !r.outTerminal {
		style.Plain, style.Width = true, 0
	}
	text, err := refutation(m, style)
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
