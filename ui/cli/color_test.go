package cli

import (
	"runtime"
	"strings"
	"testing"

	"dejavu/ui/words"
)

func lookup(pairs ...string) func(string) string {
	return func(key string) string {
		for _, pair := range pairs {
			if name, value, _ := strings.Cut(pair, "="); name == key {
				return value
			}
		}
		return ""
	}
}

func TestWhoDecidesOnColour(t *testing.T) {
	for _, c := range []struct {
		flag     string
		env      []string
		terminal bool
		want     bool
	}{
		{"auto", nil, false, false},
		{"auto", []string{"TERM=xterm"}, true, true},
		{"auto", []string{"TERM=dumb"}, true, false},
		{"auto", []string{"CLICOLOR=0"}, true, false},
		{"auto", []string{"NO_COLOR=1"}, true, false},
		{"auto", []string{"NO_COLOR=", "TERM=xterm"}, true, true},
		{"auto", []string{"NO_COLOR="}, true, runtime.GOOS == "windows"}, // nobody says what terminal it is
		{"auto", []string{"CLICOLOR_FORCE=1"}, false, true},
		{"auto", []string{"CLICOLOR_FORCE=0"}, false, false},
		{"auto", []string{"CLICOLOR_FORCE=1", "TERM=dumb"}, false, true},
		{"auto", []string{"CLICOLOR_FORCE=1", "NO_COLOR=1"}, true, false},
		{"always", []string{"NO_COLOR=1", "TERM=dumb"}, false, true},
		{"never", []string{"CLICOLOR_FORCE=1"}, true, false},
	} {
		if got := colored(c.flag, lookup(c.env...), c.terminal); got != c.want {
			t.Errorf("--color %s, %v, terminal %v: %v, want %v", c.flag, c.env, c.terminal, got, c.want)
		}
	}
}

// A meaning has the colour of the design in every depth, and Plain has none.
func TestMeaningsHaveTheirColours(t *testing.T) {
	for _, c := range []struct {
		env     []string
		meaning words.Meaning
		want    string
	}{
		{[]string{"COLORTERM=truecolor"}, words.OK, "\x1b[38;2;86;179;233mx\x1b[0m"}, // as termenv rounds it
		{[]string{"TERM=xterm-256color"}, words.Wrong, "\x1b[38;5;209mx\x1b[0m"},
		{[]string{"TERM=xterm"}, words.Fault, "\x1b[93mx\x1b[0m"},
		{[]string{"TERM=vt100"}, words.Dim, "\x1b[90mx\x1b[0m"},
		{[]string{"TERM=xterm", "COLORFGBG=0;15"}, words.OK, "\x1b[34mx\x1b[0m"},
		{nil, words.Strong, "\x1b[1mx\x1b[0m"},
		{nil, words.Plain, "x"},
	} {
		paint := painter("always", lookup(c.env...), false)
		if got := paint(c.meaning, "x"); got != c.want {
			t.Errorf("%v, meaning %d: %q, want %q", c.env, c.meaning, got, c.want)
		}
	}
	if painter("auto", lookup(), false) != nil {
		t.Error("there is a painter where nothing is to be coloured")
	}
}
