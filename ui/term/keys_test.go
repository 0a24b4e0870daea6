package term

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios/scenariotest"
	"dejavu/ui/play"
)

// typist types with a clock of its own.
type typist struct {
	typed
	now time.Time
	got []play.Key
}

func sits() *typist {
	x := &typist{now: time.Unix(1, 0)}
	x.clock = func() time.Time { return x.now }
	return x
}

// reads lets the terminal say what was typed: an Esc of its own, or characters that were
// read together.
func (x *typist) reads(parts ...string) {
	for _, part := range parts {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(part)}
		if part == "\x1b" {
			msg = tea.KeyMsg{Type: tea.KeyEsc}
		}
		x.got = append(x.got, x.keys(msg)...)
	}
}

func (x *typist) took() []play.Key {
	got := x.got
	x.got = nil
	return got
}

func TestKeysReadTogetherAreSoManyKeys(t *testing.T) {
	x := sits()
	if x.reads("zz?"); !slices.Equal(x.took(), []play.Key{"z", "z", "?"}) {
		t.Error("three keys are not three keys")
	}
}

func TestEscAndAKeyReadTogetherAreTwoKeys(t *testing.T) {
	x := sits()
	if got := x.keys(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("z"), Alt: true}); !slices.Equal(got, []play.Key{"esc", "z"}) {
		t.Errorf("Esc and z are %q", got)
	}
}

func TestACutArrowIsAnArrowAndNoFault(t *testing.T) {
	for rest, want := range map[string][]play.Key{
		"[C": {"esc", "right"}, "OC": {"esc", "right"}, "[1;5D": {"esc", "left"}, "[1;2C": {"esc", "right"}, "[200~AAD\x1b[201~": {"esc", "esc"},
	} {
		x := sits()
		for _, r := range rest { // a byte at a time, on a slow line
			if x.got == nil {
				x.reads("\x1b")
			}
			x.now = x.now.Add(30 * time.Millisecond)
			x.reads(string(r))
		}
		if got := x.took(); !slices.Equal(got, want) {
			t.Errorf("Esc %q, byte by byte, is %q, want %q", rest, got, want)
		}
		x.now = x.now.Add(time.Second)
		x.reads("\x1b", strings.ReplaceAll(rest, "\x1b", ""))
		if got := x.took(); len(got) > 2 || got[0] != "esc" || slices.Contains(got, "A") {
			t.Errorf("Esc %q, read together, is %q", rest, got)
		}
		x.now = x.now.Add(time.Second)
		if x.reads("C"); !slices.Equal(x.took(), []play.Key{"C"}) {
			t.Errorf("after %q C is no key any more", rest)
		}
	}
	x := sits()
	x.got = x.keys(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("["), Alt: true})
	x.reads("A", "[<35;20;3M", "35;20;3M")
	if got := x.took(); !slices.Equal(got, []play.Key{"esc", "up"}) {
		t.Errorf("the rest of a sequence is taken for keys: %q", got)
	}
}

func TestAPasteIsNoKeys(t *testing.T) {
	x := sits()
	if got := x.keys(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ACq"), Paste: true}); got != nil {
		t.Errorf("a paste is %q", got)
	}
}

func TestAPanicIsCaughtAndRemembered(t *testing.T) {
	s := newScreen(play.Start{Scenario: get(t, "lost-ack"), At: -1, Line: func(play.Now) string { panic("on fire") }}, Terminal{})
	next, cmd := s.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("s")})
	if s.result.Panic != "on fire" || len(s.result.Stack) == 0 || cmd == nil || next == nil {
		t.Fatal("the panic was not caught")
	}
	if _, quits := cmd().(tea.QuitMsg); !quits || !s.left {
		t.Error("the program goes on after a panic")
	}
}

func TestAFileThatIsThereIsLeftAsItWas(t *testing.T) {
	t.Chdir(t.TempDir())
	if got := writeFile("mine.yaml", []byte("one")); got != "Written: mine.yaml" {
		t.Error(got)
	}
	if got := writeFile("mine.yaml", []byte("two")); !strings.Contains(string(got), "there already") {
		t.Error(got)
	}
	if text, _ := os.ReadFile("mine.yaml"); string(text) != "one" {
		t.Errorf("the file holds %q", text)
	}
}

var get = scenariotest.Get

func TestACopyIsAskedForInTheTerminalsOwnWay(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(play.Start{Scenario: get(t, "lost-ack"), At: -1}, Terminal{Out: &out})
	if s.copies("dv1_x"); out.String() != "\x1b]52;c;ZHYxX3g=\x07" {
		t.Errorf("wrote %q", out.String())
	}
}
