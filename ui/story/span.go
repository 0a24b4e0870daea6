package story

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Meaning is what a piece of text is, so that a face can colour it. It is never
// colour alone: each is also a letter, a sign or a word.
type Meaning uint8

// The meanings.
const (
	Plain  Meaning = iota
	OK             // as it should be
	Wrong          // twice, or never
	Fault          // what went wrong
	Dim            // scaffolding
	Strong         // a heading
)

// Paint colours a piece of text by what it means. NoPaint leaves it as it is.
type Paint func(Meaning, string) string

// NoPaint is the Paint of a terminal without colour.
func NoPaint(_ Meaning, text string) string { return text }

// span is a piece of text and what it means.
type span struct {
	text string
	as   Meaning
}

// spans is a line of text, or more than fits in one.
type spans []span

func (s *spans) add(as Meaning, text string) { *s = append(*s, span{text, as}) }

// join appends a phrase, after a comma if it is not the first.
func (s *spans) join(as Meaning, text string) {
	if len(*s) > 0 {
		(*s)[len(*s)-1].text += ","
	}
	s.add(as, text)
}

// width is how many cells a text takes on a terminal.
func width(text string) int { return ansi.StringWidth(text) }

func (s spans) width() int {
	n := max(0, len(s)-1) // a blank between two
	for _, p := range s {
		n += width(p.text)
	}
	return n
}

func (s spans) plain() string {
	words := make([]string, len(s))
	for i, p := range s {
		words[i] = p.text
	}
	return strings.Join(words, " ")
}

// wrap breaks spans into lines of a width, at blanks. A word that is longer than
// a line is cut.
func (s spans) wrap(columns int) []spans {
	var lines []spans
	var line spans
	for _, p := range s {
		for _, word := range strings.Fields(p.text) {
			for width(word) > columns {
				if len(line) > 0 {
					lines, line = append(lines, line), nil
				}
				head := ansi.Truncate(word, columns, "")
				lines = append(lines, spans{{head, p.as}})
				word = word[len(head):]
			}
			if len(line) > 0 && line.width()+1+width(word) > columns {
				lines, line = append(lines, line), nil
			}
			if n := len(line); n > 0 && line[n-1].as == p.as {
				line[n-1].text += " " + word
			} else {
				line.add(p.as, word)
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// paint writes the spans in colour, padded to a width. Trailing blanks are for
// the caller to trim.
func (s spans) paint(paint Paint, columns int) string {
	var b strings.Builder
	for i, p := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.as == Plain {
			b.WriteString(p.text)
		} else {
			b.WriteString(paint(p.as, p.text))
		}
	}
	b.WriteString(strings.Repeat(" ", max(0, columns-s.width())))
	return b.String()
}
