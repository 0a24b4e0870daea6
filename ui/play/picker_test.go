package play

import (
	"slices"
	"strings"
	"testing"

	"dejavu/ui/frame"
)

func TestAListIsWalkedAndNarrowed(t *testing.T) {
	names := []string{"outbox", "inbox", "box of tea", "lease"}
	for _, c := range []struct{ keys, want string }{
		{"", "outbox"}, {"down", "inbox"}, {"up", "lease"}, {"end down", "outbox"}, {"end", "lease"}, {"end home", "outbox"},
		{"pgdown", "box of tea"}, {"pgdown pgdown", "lease"}, {"end pgup", "inbox"},
		{"b o x", "box of tea"}, {"b o x down", "outbox"}, {"I N", "inbox"}, {"t e x t 3", "lease"},
		{"l q", "-"}, {"l q backspace", "lease"}, {"l q backspace backspace", "outbox"}, {"backspace", "outbox"},
	} {
		p := picker{names: names, texts: []string{"", "", "", "text3"}}
		for _, key := range strings.Fields(c.keys) {
			p.key(key, 2)
		}
		got := "-"
		if i := p.at(); i >= 0 {
			got = names[i]
		}
		if got != c.want {
			t.Errorf("%q leads to %s, want %s", c.keys, got, c.want)
		}
	}
}

func TestTheConsumersThatAreWatchedStandFirst(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "twins"), At: -1, NoGuess: true}, 80, 24)
	watched := slices.Clone(p.m.consumers)
	p.press("l")
	for i, name := range watched {
		if line := p.m.panel.lines[i].Plain(); !strings.Contains(line, "[x] "+name) {
			t.Errorf("line %d is %q, want %s", i, line, name)
		}
	}
	p.press("esc")
	keys := []string{"l", "a", "n", "d", "enter"}
	p.press(keys...)
	if want := []string{watched[0], "inbox-and-gateway-key"}; !slices.Equal(p.m.consumers, want) {
		t.Errorf("%v lead to %v, want %v", keys, p.m.consumers, want)
	}
	p.press("l", "f", "a", "i", "l", "down", "space", "enter")
	if want := []string{watched[0], "inbox-and-gateway-key", "fail-closed"}; !slices.Equal(p.m.consumers, want) {
		t.Errorf("watching %v, want %v", p.m.consumers, want)
	}
}

// A fault is prepared before its message comes, in a few keys.
func TestAFaultIsAddedToAMessageThatIsStillToCome(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	last := p.m.from.Messages[len(p.m.from.Messages)-1].ID
	p.press("f")
	for _, r := range last + "'s ack" {
		p.press(map[bool]string{true: "space", false: string(r)}[r == ' '])
	}
	p.sees("lose-ack: " + last)
	p.press("enter")
	if len(p.m.edits.With) != 1 || p.m.edits.With[0].Message != last {
		t.Errorf("added: %v", p.m.edits.With)
	}
}

func TestWhatNothingSaysIsNotTaken(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	for _, list := range []string{"l", "f", ":"} {
		p.press(list, "z", "q", "z", "down", "enter")
		p.sees("Nothing here says that")
		p.press("esc")
		if p.m.panel != nil || p.m.left || p.m.edited {
			t.Fatalf("%s: something was done", list)
		}
	}
}

func TestThePaletteHasTheTheme(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	was := p.m.theme
	p.press(":", "t", "h", "e", "m", "enter")
	if p.m.theme == was {
		t.Errorf("it does not:\n%s", p.text())
	}
}

func TestTheMenuIsNarrowedAndWrapsAround(t *testing.T) {
	p := start(t, Start{At: -1}, 80, 24)
	p.press("up")
	if last := len(p.m.entries()) - 1; p.m.menu.at() != last {
		t.Errorf("up leads to %d, want the last, %d", p.m.menu.at(), last)
	}
	p.press("down", "t", "w", "i", "n")
	p.sees("find: twin", "Twins")
	p.seesNot("Start here", "A quiet day")
	p.press("enter")
	if p.m.from == nil || p.m.from.Name != "twins" {
		t.Errorf("it opens %v", p.m.from)
	}
	p.press("m", "esc", "z", "q", "z", "enter")
	if p.m.st != nil || p.m.left {
		t.Error("what nothing says was opened")
	}
	p.press("esc")
	p.sees("Start here")
	if p.press("q"); !p.m.left {
		t.Error("q does not quit")
	}
}

// Where there is one thing to choose, the screen is left with it, or with none.
func TestOneOfManyIsChosen(t *testing.T) {
	items := []frame.MenuItem{{Name: "lease", Lesson: "Consumers"}, {Name: "inbox", Lesson: "Consumers"}, {Name: "lose-ack", Lesson: "Faults"}}
	for keys, want := range map[string]string{"enter": "lease", "i enter": "inbox", "end enter": "lose-ack", "f a u l t enter": "lose-ack", "q": "", "x": ""} {
		p := start(t, Start{Choices: items, Heading: "what a word means", At: -1}, 80, 24)
		p.sees("what a word means")
		p.press(strings.Fields(keys)...)
		if left := keys != "x"; p.m.left != left || p.m.Choice() != want {
			t.Errorf("%q: %q is chosen, left: %v", keys, p.m.Choice(), p.m.left)
		}
	}
}

// The first page of the help says what the signs mean, and the first key scrolls.
func TestTheHelpBeginsWithTheSignsAndScrollsAtOnce(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	p.press("?")
	for _, sign := range signs {
		p.sees(sign[1])
	}
	for _, key := range []string{"down", "pgdown", "end"} {
		before := p.text()
		if p.press(key); p.text() == before {
			t.Errorf("%s does not scroll", key)
		}
	}
	p.sees("quit")
	end := p.text()
	if p.press("down"); p.text() != end {
		t.Error("it scrolls beyond its end")
	}
	if p.press("home"); !strings.Contains(p.flat(), signs[0][1]) {
		t.Error("home does not lead back")
	}
}
