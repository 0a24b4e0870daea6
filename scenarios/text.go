package scenarios

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLines keeps the YAML library from working for seconds: some of it is
// quadratic in the number of lines.
const maxLines = 12_000

// readText checks the bytes of a file and returns its lines. Line ends of Windows
// and the mark that some of its editors put first are no mistake. What nobody can
// see is one: a tab, which YAML does not take for indentation, and invisible
// characters that come along when text is copied from a page.
func readText(file string, src []byte) (*source, error) {
	s := &source{file: file}
	if len(src) > MaxBytes {
		return nil, s.errorAt(1, 1, fmt.Sprintf("the file has %d bytes: at most %d", len(src), MaxBytes))
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(src), "\uFEFF"), "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return nil, s.errorAt(1, 1, "the file is empty: begin with a title, such as title: Lost ack")
	}
	s.lines = strings.Split(text, "\n")
	if len(s.lines) > maxLines {
		return nil, s.errorAt(maxLines+1, 1, fmt.Sprintf("the file has %d lines: at most %d", len(s.lines), maxLines))
	}
	for i, line := range s.lines {
		if col, msg := invisible(line); col > 0 {
			return nil, s.errorAt(i+1, col, msg)
		}
	}
	return s, nil
}

// invisible finds the first character of a line that a person cannot see, or the
// first byte that is none, and says what to do about it.
func invisible(line string) (col int, msg string) {
	for i, r := range line {
		col++
		switch {
		case r == utf8.RuneError && strings.HasPrefix(line[i:], "\uFFFD"):
			continue
		case r == utf8.RuneError:
			return col, fmt.Sprintf("the byte %#02x is not UTF-8 text: save the file as UTF-8", line[i])
		case r == '\t':
			return col, "a tab: indent with spaces"
		case r == 0:
			return col, "a NUL byte: this is not a text file"
		case !unicode.IsPrint(r):
			return col, fmt.Sprintf("an invisible character (U+%04X): delete it, or write a space", r)
		}
	}
	return 0, ""
}
