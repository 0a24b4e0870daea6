package cli

import (
	"os/exec"
	"testing"
)

func TestQuotedWordsStayReadable(t *testing.T) {
	for word, want := range map[string]string{
		"":                      "''",
		"crash:m3/2/before-ack": "crash:m3/2/before-ack",
		"lose-ack=5%,crash=3%":  "lose-ack=5%,crash=3%",
		"a b":                   "'a b'",
		"it's":                  `'it'\''s'`,
		"$HOME":                 "'$HOME'",
		"=ls":                   "'=ls'",
		"~":                     "'~'",
		"a\x1b[31mb":            `$'a\033[31mb'`,
		"a\nb":                  `$'a\012b'`,
	} {
		if got := quote(word); got != want {
			t.Errorf("quote(%q) = %s, want %s", word, got, want)
		}
	}
}

// Whatever a word holds, a shell reads it back.
func FuzzQuote(f *testing.F) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("no bash here")
	}
	for _, word := range []string{"", "a b", "'", `\`, "a\nb\n", "\x1b[0m", "\xff", "*", "!x", "#", "-n", "\u0085x", "ä"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		for _, c := range []byte(word) {
			if c == 0 {
				t.Skip("no argument has a NUL byte")
			}
		}
		// The x keeps what the shell would cut from the end of its own output.
		out, err := exec.Command(bash, "--norc", "-c", "printf %s "+quote(word)+"x").Output()
		if err != nil || string(out) != word+"x" {
			t.Errorf("a shell reads %s as %q (%v), want %q", quote(word), out, err, word+"x")
		}
	})
}
