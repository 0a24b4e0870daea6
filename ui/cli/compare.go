package cli

import (
	"fmt"
	"strings"

	"dejavu/ui/story"
)

// comparison is what a run came to, against what its file expects.
type comparison struct {
	differences []string // a sentence each
	summary     string   // the same in one line, or why there is nothing to compare
}

// compare holds every lane of a story against what the file expects of it. That
// is fair only where the messages met what the file says: its business, its
// queue, its faults and its luck.
func (a *ask) compare(st *story.Story) comparison {
	if len(a.own.Expect) == 0 {
		return comparison{summary: "Not compared: the file expects nothing; add expect: to make it a test."}
	}
	if foreign := a.foreign(); len(foreign) > 0 {
		verb := "is"
		if len(foreign) > 1 || strings.HasSuffix(foreign[0], "s") && foreign[0] != "business" {
			verb = "are"
		}
		return comparison{summary: fmt.Sprintf("Not compared with what the file expects: the %s %s not its own.", joined(foreign), verb)}
	}
	var c comparison
	var held, silent []string
	for _, l := range st.Lanes {
		name := l.Consumer.Name
		e, stated := a.told.Expectation(name)
		if !stated {
			silent = append(silent, name)
			continue
		}
		wrong := e.Differences(l.Outcome)
		if len(wrong) == 0 {
			held = append(held, name)
		}
		c.differences = append(c.differences, wrong...)
	}
	c.summary = summarise(held, silent, len(c.differences))
	return c
}

func summarise(held, silent []string, wrong int) string {
	var parts []string
	if wrong > 0 {
		parts = append(parts, fmt.Sprintf("Not as the file expects: %d of its figures %s.", wrong, choose(wrong == 1, "differs", "differ")))
	}
	if len(held) > 0 {
		parts = append(parts, fmt.Sprintf("As the file expects: %s.", joined(held)))
	}
	if len(silent) > 0 {
		parts = append(parts, fmt.Sprintf("Not compared: %s, of which it expects nothing.", joined(silent)))
	}
	return strings.Join(parts, " ")
}

// joined lists words as a sentence does.
func joined(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}
