package scenarios

import (
	"dejavu/sim/testkit"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAPanicOfTheLibraryIsAMistakeOfTheFile(t *testing.T) {
	s := &source{file: "a.yaml", lines: []string{"title: a"}}
	root, err := s.guard(func() (*node, error) { panic("index out of range") })
	var mistake *Error
	if root != nil || !errors.As(err, &mistake) || mistake.Line != 1 || strings.Contains(err.Error(), "index") {
		t.Errorf("got %v, %v", root, err)
	}
}

func TestAWordThatTheLibraryLeavesOutIsFound(t *testing.T) {
	s := &source{file: "a.yaml", lines: []string{"title: a", "teaches: b"}}
	tokens, err := scan(s, strings.Join(s.lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	left := tree{source: s}
	err = left.checkAllTaken(tokens[3:])
	var mistake *Error
	if !errors.As(err, &mistake) || mistake.Line != 2 || mistake.Col != 1 {
		t.Errorf("got %v", err)
	}
}

// Each of these makes the library work for minutes when it is let.
func TestNonsenseOfAnySizeIsRefused(t *testing.T) {
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	size, lines := testkit.Few(MaxBytes/16, MaxBytes), testkit.Few(maxLines/16, maxLines)
	for what, text := range map[string]string{
		"open brackets":  strings.Repeat("[", size),
		"closed":         strings.Repeat("]", size),
		"empty braces":   strings.Repeat("{}", size/2),
		"keys in braces": "{" + strings.Repeat("a,", size/2-1),
		"list of pairs":  "a: [" + strings.Repeat("a: b,", size/5-1),
		"dashes":         strings.Repeat("- ", size/2),
		"blank lines":    "title: >\n" + strings.Repeat("\n", lines-3),
		"too many blank": "title: >\n" + strings.Repeat("\n", size-20),
		"keys":           numbered(lines-1, "k%d: 1\n"),
		"percent signs":  strings.Repeat("% ", size/2),
		"steps":          numbered(100, "%[1]d:\n"+strings.Repeat(" ", 100)),
	} {
		if s, err := Parse("a.yaml", []byte(text)); err == nil {
			t.Errorf("%s were read as %+v", what, s)
		}
	}
}
