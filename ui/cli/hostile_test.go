package cli

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestALineWithoutEndEndsWithASentence(t *testing.T) {
	text, err := bufio.NewReader(&bounded{from: io.MultiReader(strings.NewReader("one\n"), endless{})}).ReadString('\n')
	if text != "one\n" || err != nil {
		t.Errorf("the first line is %q, %v", text, err)
	}
	for _, args := range [][]string{{"interview"}, {"learn"}, {"learn", "1"}, {"break", "1"}, {"build", "1"}} {
		s := &streams{in: endless{}, out: io.Discard, err: io.Discard, width: 80, start: "dejavu", getenv: func(string) string { return "" }}
		var said strings.Builder
		s.err = &said
		if code := execute(s, args); code != exitUsage || !strings.HasPrefix(said.String(), "cannot read what you typed: "+errEndless.Error()) {
			t.Errorf("%v: exit status %d: %s", args, code, said.String())
		}
	}
	if !errors.Is(cannotRead(errEndless), errEndless) {
		t.Error("the cause is lost")
	}
}

func TestWhatOrdersALineAnewIsNotShown(t *testing.T) {
	for _, r := range "\u009b\u202e\u2066\u200f\x1b\x7f\u2028" {
		if got := harmless("a" + string(r) + "b"); got != "a?b" {
			t.Errorf("%q is shown as %q", r, got)
		}
		if got := quote("a" + string(r)); strings.ContainsRune(got, r) {
			t.Errorf("%q is quoted as %q", r, got)
		}
	}
}
