package scenarios

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a mistake in a file: where it is, and what to write instead.
type Error struct {
	// File is what the file was called when it was read.
	File string
	// Line and Col are where the mistake is, from 1, in characters.
	Line, Col int
	// Msg says what is wrong and what to write instead.
	Msg string

	before, line string // the line before it, if any, and the line itself
}

// Error renders the mistake as a person wants to see it: the place, the sentence,
// the line before, the line, and a caret under the word.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
	if e.line == "" {
		return b.String()
	}
	width := len(fmt.Sprint(e.Line))
	line, col := excerpt(e.line, e.Col)
	if e.before != "" {
		before, _ := excerpt(e.before, 1)
		fmt.Fprintf(&b, "\n  %*d | %s", width, e.Line-1, before)
	}
	fmt.Fprintf(&b, "\n> %*d | %s", width, e.Line, line)
	fmt.Fprintf(&b, "\n  %s   %s^", strings.Repeat(" ", width), strings.Repeat(" ", col-1))
	return b.String()
}

// widest is how much of a line is shown.
const widest = 100

// excerpt returns the part of a line around a column, fit for a terminal, and
// where the column is in it.
func excerpt(line string, col int) (string, int) {
	runes := []rune(strings.TrimRightFunc(line, unicode.IsSpace))
	from := 0
	if len(runes) > widest && col > widest-20 {
		from = min(col, len(runes)) - (widest - 20)
	}
	to := min(len(runes), from+widest)
	part := runes[from:to]
	for i, r := range part {
		if !unicode.IsPrint(r) {
			part[i] = '?'
		}
	}
	text := string(part)
	if to < len(runes) {
		text += "..."
	}
	if from > 0 {
		text = "..." + text
		from -= 3
	}
	return text, max(1, col-from)
}

// source is the text of a file, for pointing at places in it.
type source struct {
	file  string
	lines []string
}

// errorAt returns a mistake at a line and column. The YAML library is sometimes a
// line or a column off the end; then the mistake is at the end.
func (s *source) errorAt(line, col int, msg string) *Error {
	e := &Error{File: s.file, Line: 1, Col: 1, Msg: msg}
	if len(s.lines) == 0 {
		return e
	}
	e.Line = max(1, min(line, len(s.lines)))
	e.line = s.lines[e.Line-1]
	if e.Line > 1 {
		e.before = s.lines[e.Line-2]
	}
	e.Col = max(1, min(col, utf8.RuneCountInString(e.line)+1))
	return e
}
