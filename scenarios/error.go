package scenarios

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
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

// fits is how many columns a line may have to be shown as it is, and widest how many
// of a longer one are shown, of which after are kept for what follows the place. With
// the number of the line they fit a terminal of 80: where a line breaks, the caret
// stands under another word.
const fits, widest, after = 72, 66, 20

// excerpt returns the part of a line around a character, fit for a terminal, and the
// column in which that is.
func excerpt(line string, col int) (string, int) {
	runes := []rune(strings.TrimRightFunc(line, unicode.IsSpace))
	at := min(col-1, len(runes))
	from, room, most := at, fits, fits
	if reach(runes, 0, fits) < len(runes) {
		room, most = widest, widest
		if reach(runes, 0, widest-after) < at {
			room -= after
		}
	}
	for from > 0 && room >= columns(runes[from-1]) {
		from--
		room -= columns(runes[from])
	}
	to := reach(runes, from, most)
	part := runes[from:to]
	for i, r := range part {
		if !unicode.IsPrint(r) {
			part[i] = '?'
		}
	}
	text, caret := string(part), 1
	for _, r := range part[:min(at-from, len(part))] {
		caret += columns(r)
	}
	if to < len(runes) {
		text += "..."
	}
	if from > 0 {
		text = "..." + text
		caret += 3
	}
	return text, caret
}

// reach returns the end of what is shown of a text in so many columns.
func reach(runes []rune, from, room int) int {
	for from < len(runes) && room >= columns(runes[from]) {
		room -= columns(runes[from])
		from++
	}
	return from
}

// columns returns how wide a character is shown: two for those of East Asia.
func columns(r rune) int {
	if !unicode.IsPrint(r) {
		return 1 // for the question mark in its place
	}
	return displaywidth.Rune(r)
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
