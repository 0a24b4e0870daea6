package words

import "strings"

// Layout is how a command writes its text.
type Layout struct {
	Paint Paint
	Width int  // where lines are broken; 0 leaves that to whoever shows them
	Plain bool // sentences, and no tables or pictures
	// Timed says how long a search took: what is compared with what another machine says
	// should not.
	Timed bool
	// Line writes a command line of this program, so that it can be pasted.
	Line func(words ...string) string
}

// leastText is how many columns are left to a text, however long the label before it.
const leastText = 20

// Hung writes a Line behind a label, in lines that begin where it begins.
func (s Layout) Hung(label string, line Line) string {
	var b strings.Builder
	for _, l := range s.Lines(label, line) {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// Lines are the lines of Hung.
func (s Layout) Lines(label string, line Line) []string {
	lines := []Line{line}
	if s.Width > 0 {
		lines = line.Wrap(max(s.Width-Width(label), leastText))
	}
	all := make([]string, len(lines))
	for i, l := range lines {
		all[i] = label + l.Painted(s.Paint, 0)
		label = strings.Repeat(" ", Width(label))
	}
	return all
}

// Wrapped breaks a text into lines of a width.
func Wrapped(text string, width int) []string {
	return Layout{Width: width}.Lines("", Say(Plain, text))
}
