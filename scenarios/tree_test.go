package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
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
func TestNonsenseOfAnySizeIsRefusedInSeconds(t *testing.T) {
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for what, text := range map[string]string{
		"open brackets":  strings.Repeat("[", MaxBytes),
		"closed":         strings.Repeat("]", MaxBytes),
		"empty braces":   strings.Repeat("{}", MaxBytes/2),
		"keys in braces": "{" + strings.Repeat("a,", MaxBytes/2-1),
		"list of pairs":  "a: [" + strings.Repeat("a: b,", MaxBytes/5-1),
		"dashes":         strings.Repeat("- ", MaxBytes/2),
		"blank lines":    "title: >\n" + strings.Repeat("\n", maxLines-3),
		"too many blank": "title: >\n" + strings.Repeat("\n", MaxBytes-20),
		"keys":           numbered(maxLines-1, "k%d: 1\n"),
		"percent signs":  strings.Repeat("% ", MaxBytes/2),
		"steps":          numbered(100, "%[1]d:\n"+strings.Repeat(" ", 100)),
	} {
		start := time.Now()
		if s, err := Parse("a.yaml", []byte(text)); err == nil {
			t.Errorf("%s were read as %+v", what, s)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", what, took)
		} else {
			t.Logf("%s took %v", what, took)
		}
	}
}
