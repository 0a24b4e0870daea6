package interview

import (
	"fmt"
	"strings"
)

// Sheet is all questions and points on a page of Markdown, with the commands that show
// them.
func Sheet(line func(words ...string) string) string {
	var b strings.Builder
	b.WriteString("# Duplicate messages: questions, and the points of a good answer\n")
	fmt.Fprintf(&b, "The brackets name the row of the rubric. Each number appears in the output of a command below it. Rehearse: `%s`\n", line("interview"))
	for i, q := range Questions() {
		fmt.Fprintf(&b, "## %d. %s\n", i+1, q.Asks)
		for _, p := range q.Points {
			fmt.Fprintf(&b, "- %s [%s]\n", p.Text, p.Row)
		}
		var commands []string
		for _, show := range q.Shows {
			commands = append(commands, "`"+line(strings.Fields(show)...)+"`")
		}
		fmt.Fprintf(&b, "- See: %s\n", strings.Join(commands, " · "))
	}
	return b.String()
}
