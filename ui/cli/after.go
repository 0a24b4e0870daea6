package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"dejavu/ui/story"
)

// after writes what follows a story: whether it went as its file expects, the
// line that repeats it, and, after the last, what to try next. It reports whether
// it went as expected.
func (s *streams) after(a *ask, st *story.Story, f *runFlags, last bool) (ok bool, err error) {
	if f.given["seed"] && !st.Chance() {
		fmt.Fprintf(s.err, "note: nothing is left to chance in %s, so --seed changes nothing; --rates adds chance\n", quote(a.arg))
	}
	for _, fault := range a.inVain() {
		fmt.Fprintf(s.err, "note: chance does not draw %s in %s, so --without changes nothing\n", fault, quote(a.arg))
	}
	c := a.compare(st)
	if w := s.hints(f); w != nil {
		_, err = io.WriteString(w, s.trailer(a, st, f, c, last))
	}
	for _, d := range c.differences {
		fmt.Fprintln(s.err, harmless(a.arg+": "+d))
	}
	return len(c.differences) == 0, err
}

// hints is where hints go: after a story for people, and beside one for programs,
// if somebody sits there. It is nil where nobody would read them.
func (s *streams) hints(f *runFlags) io.Writer {
	switch {
	case !f.json && !f.events:
		return s.out
	case s.errTerminal:
		return s.err
	}
	return nil
}

func (s *streams) trailer(a *ask, st *story.Story, f *runFlags, c comparison, last bool) string {
	text := "\n" + strings.Join(wrap(c.summary, s.width), "\n") + "\n"
	if st.Chance() {
		text += fmt.Sprintf("Chance: %s, drawn by seed %d.\n", st.Scenario.Rates, st.Scenario.Seed)
	}
	label := "Repeat it: "
	if a.arg == fromStdin {
		label = "Repeat it, with the same input: "
	}
	text += label + a.line(s.start, "run", a.told, a.edits, f.form()...) + "\n"
	if !last {
		return text
	}
	hints := a.next(s.start, st, f)
	if f.plain {
		for _, h := range hints {
			text += fmt.Sprintf("Next, %s: %s\n", h.why, h.line)
		}
		return text
	}
	return text + table(hints, s.width)
}

// table writes hints, the reason before the command: so that what is marked from
// there to the end of the line can be pasted into any shell. Where the two do not fit
// beside each other, the command stands below.
func table(hints []hint, width int) string {
	const label = "Next: "
	room := width - len(label) - 2
	most, longest := 0, 0
	for _, h := range hints {
		most, longest = max(most, utf8.RuneCountInString(h.why)), max(longest, utf8.RuneCountInString(h.line))
	}
	if most+longest > room {
		most = 0
	}
	text := ""
	for i, h := range hints {
		between := "  "
		if utf8.RuneCountInString(h.why)+utf8.RuneCountInString(h.line) > room {
			between = "\n" + strings.Repeat(" ", len(label)+2)
		}
		text += fmt.Sprintf("%-*s%-*s%s%s\n", len(label), choose(i == 0, label, ""), most, h.why, between, h.line)
	}
	return text
}
