package scenarios

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// bare matches a text that YAML takes as it is, wherever it stands.
var bare = sync.OnceValue(func() *regexp.Regexp { // when it is needed: all letters take long
	return regexp.MustCompile(`^[\pL\pN$](?:[\pL\pN$%&()*+./;=?!'_ -]*[\pL\pN$%)+./;=?!'_-])?$`)
})

// isBare reports whether a text needs no quotes.
func isBare(text string) bool { return bare().MatchString(text) && !strings.EqualFold(text, "null") }

// flowText writes a text within braces or brackets, in quotes where it would be
// taken for something else without.
func flowText(text string) string {
	if isBare(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// blockText writes a text on a line of its own, where a comma is only a comma.
func blockText(text string) string {
	if !strings.HasPrefix(text, ",") && isBare(strings.ReplaceAll(text, ",", "")) {
		return text
	}
	return flowText(text)
}

// widestProse is where lines of prose are broken.
const widestProse = 80

// folded writes prose in lines, which YAML joins again: a blank line stands for a
// line that ends where it ended. Prose with other blanks than those between words
// is quoted.
func folded(text string) string {
	lines := []string{">"}
	for i, paragraph := range strings.Split(text, "\n") {
		words := strings.Fields(paragraph)
		if strings.Join(words, " ") != paragraph {
			return flowText(text)
		}
		if i > 0 {
			lines = append(lines, "")
		}
		for n, word := range words {
			last := &lines[len(lines)-1]
			if n > 0 && utf8.RuneCountInString(*last+word) < widestProse {
				*last += " " + word
			} else {
				lines = append(lines, "  "+word)
			}
		}
	}
	if strings.Trim(text, "\n") != text {
		return flowText(text)
	}
	return strings.Join(lines, "\n")
}
