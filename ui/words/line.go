package words

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/sim/tell"
)

// Pad fills a text with blanks up to a width.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// Meaning is what a piece of text is, so that a face can colour it.
type Meaning = tell.Meaning

// The meanings.
const (
	Plain  = tell.Plain
	OK     = tell.OK
	Wrong  = tell.Wrong
	Fault  = tell.Fault
	Dim    = tell.Dim
	Strong = tell.Strong
)

// Paint colours a piece of text by what it means. NoPaint leaves it as it is.
type Paint func(Meaning, string) string

// NoPaint is the Paint of a terminal without colour.
func NoPaint(_ Meaning, text string) string { return text }

// Span is a piece of text and what it means.
type Span = tell.Span

// Line is a line of text, or more than fits in one: its spans, with a blank between
// any two.
type Line []Span

// Say begins a Line.
func Say(as Meaning, text string) Line { return Line{{Text: text, As: as}} }

// And is the Line with another piece of text.
func (s Line) And(as Meaning, text string) Line { return append(s, Span{Text: text, As: as}) }

// Add appends a piece of text.
func (s *Line) Add(as Meaning, text string) { *s = append(*s, Span{Text: text, As: as}) }

// Join appends a phrase, after a comma if it is not the first.
func (s *Line) Join(as Meaning, text string) {
	if len(*s) > 0 {
		(*s)[len(*s)-1].Text += ","
	}
	s.Add(as, text)
}

// Ended is the Line with something behind its last word.
func (s Line) Ended(by string) Line {
	s = slices.Clone(s)
	if n := len(s); n > 0 {
		s[n-1].Text += by
	}
	return s
}

// Width is how many cells a text takes on a terminal.
func Width(text string) int { return ansi.StringWidth(text) }

// Width is how many cells the Line takes.
func (s Line) Width() int {
	n := max(0, len(s)-1) // a blank between two
	for _, p := range s {
		n += Width(p.Text)
	}
	return n
}

// Plain returns the text without its meanings.
func (s Line) Plain() string {
	words := make([]string, len(s))
	for i, p := range s {
		words[i] = p.Text
	}
	return strings.Join(words, " ")
}

// Wrap breaks Line into lines of a width, at blanks. A word that is longer than
// a line is cut.
func (s Line) Wrap(columns int) []Line {
	var lines []Line
	var line Line
	for _, p := range s {
		for _, word := range strings.Fields(p.Text) {
			for Width(word) > columns {
				if len(line) > 0 {
					lines, line = append(lines, line), nil
				}
				head := ansi.Truncate(word, columns, "")
				if head == "" { // not even its first character fits
					head, _ = ansi.FirstGraphemeCluster(word, ansi.GraphemeWidth)
				}
				lines = append(lines, Say(p.As, head))
				word = word[len(head):]
			}
			if word == "" {
				continue
			}
			if len(line) > 0 && line.Width()+1+Width(word) > columns {
				lines, line = append(lines, line), nil
			}
			if n := len(line); n > 0 && line[n-1].As == p.As {
				line[n-1].Text += " " + word
			} else {
				line.Add(p.As, word)
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// Painted writes the Line in colour, padded to a width; a nil paint has none. Trailing
// blanks are for the caller to trim.
func (s Line) Painted(paint Paint, columns int) string {
	var b strings.Builder
	for i, p := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.As == Plain || paint == nil {
			b.WriteString(p.Text)
		} else {
			b.WriteString(paint(p.As, p.Text))
		}
	}
	b.WriteString(strings.Repeat(" ", max(0, columns-s.Width())))
	return b.String()
}
