package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Golden compares a text with a file, such as testdata/story.golden. DEJAVU_UPDATE=1
// rewrites the file; then read what changed, as a diff.
func Golden(t T, file, got string) {
	t.Helper()
	rewrite, err := updating()
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	file = filepath.FromSlash(file)
	before, err := os.ReadFile(file)
	want := strings.ReplaceAll(string(before), "\r\n", "\n") // a checkout on Windows may have these
	switch {
	case err == nil && want == got:
	case rewrite:
		if err := write(file, got); err != nil {
			t.Fatalf("%v", err)
			return
		}
		t.Logf("%s is written: read what changed, as a diff", file)
	case err != nil:
		t.Fatalf("%v\nto write it: %s\nthen read it, line by line", err, Again(t, "DEJAVU_UPDATE", "1"))
	default:
		t.Errorf("%s differs from what happened:\n%sif that is as it should be: %s\nthen read what changed, as a diff", file, differences(want, got), Again(t, "DEJAVU_UPDATE", "1"))
	}
}

// Updating reports whether golden files are to be rewritten. Golden asks it by itself.
func Updating(t T) bool {
	t.Helper()
	yes, err := updating()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return yes
}

func updating() (bool, error) {
	text := os.Getenv("DEJAVU_UPDATE")
	if text == "" {
		return false, nil
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("DEJAVU_UPDATE=%s: want DEJAVU_UPDATE=1 to rewrite golden files, or nothing", Quote(text))
	}
	return yes, nil
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// shown is how many lines of a difference are shown.
const shown = 5

// differences shows two texts from the first line on that is not the same.
func differences(want, got string) string {
	old, now := strings.Split(want, "\n"), strings.Split(got, "\n")
	same := 0
	for same < len(old) && same < len(now) && old[same] == now[same] {
		same++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  line %d:\n", same+1)
	for _, side := range []struct {
		sign  string
		lines []string
	}{{"-", old[same:]}, {"+", now[same:]}} {
		for _, line := range side.lines[:min(shown, len(side.lines))] {
			b.WriteString("  " + side.sign + " " + line + "\n")
		}
	}
	return b.String()
}
