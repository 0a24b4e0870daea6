package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// quote writes a word so that a shell reads back just that. Words without
// anything special stay as they are, because they are read by people, too.
func quote(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./,:=%+@", r)
	}
	switch {
	case word == "":
		return "''"
	case strings.ContainsFunc(word, control):
		return quoteControls(word)
	case word[0] != '=' && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0:
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quoteControls writes a word with control characters for bash, zsh and ksh.
// Printed raw, such a name of a file could do to the terminal what it likes.
func quoteControls(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(word) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

// control reports whether a character is not printed but obeyed: by a terminal, or by
// whatever orders the characters of a line.
func control(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// harmless writes text so that a terminal only shows it.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if control(r) && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, text)
}
