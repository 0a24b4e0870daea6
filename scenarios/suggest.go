package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/sim/spell"
)

// suggest ends a sentence about a word that is not known: with the word that was
// probably meant, or with all that there are.
func suggest(word string, of []string) string {
	if near, ok := spell.Nearest(word, of); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; choose from " + several(of)
}

// several lists words, but not hundreds of them.
func several(words []string) string {
	const most = 20
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return strings.Join(slices.Concat(words[:most-1], []string{"..."}, words[len(words)-1:]), ", ")
}
