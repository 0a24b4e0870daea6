package words

import (
	"fmt"
	"strings"
)

// Listed lists names as a sentence does: a, b and c.
func Listed(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// Few lists the first few of many names, and says how many more there are: never one
// more, for which there is room.
func Few(names []string, most int, by string) string {
	if len(names) <= most+1 {
		return strings.Join(names, by)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], by), len(names)-most)
}

// IDs lists a few messages, or - where there are none.
func IDs(ids []string) string {
	if len(ids) == 0 {
		return "-"
	}
	return Few(ids, 3, " ")
}

// Capital begins a sentence.
func Capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// Small begins what stands behind a colon: a sentence without its capital, if that is not
// a name's.
func Small(text string) string {
	for _, first := range []string{"The ", "A ", "It ", "Worker ", "Relay "} {
		if strings.HasPrefix(text, first) {
			return strings.ToLower(text[:1]) + text[1:]
		}
	}
	return text
}
