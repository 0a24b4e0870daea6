package term

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/ui/play"
)

// typed turns what a terminal says was typed into keys. A key sequence may come in
// pieces: an Esc, then [ or O, then numbers, then a letter. Taken for keys, the pieces
// would add faults.
type typed struct {
	clock   func() time.Time
	last    time.Time // when the last piece came
	cut     string    // the pieces so far, from the Esc on
	pasting bool      // between the marks of a paste
}

// cutFor is how soon the next piece of a cut sequence comes. Nobody types Esc and a
// bracket so fast.
const cutFor = 100 * time.Millisecond

// arrows are the keys whose sequences end in these letters, whatever is held with
// them.
var arrows = map[string]play.Key{"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}

// cutMouse is what is left of a mouse's sequence whose beginning was lost: it looks
// like nothing that anybody types.
var cutMouse = regexp.MustCompile(`^\[?<?[0-9]+;[0-9;]*[Mm]?$|^\[<|^\[M`)

// keys returns the keys that were typed. Characters that were read together are so many
// keys.
func (c *typed) keys(msg tea.KeyMsg) []play.Key {
	if msg.Alt && msg.Type == tea.KeyRunes { // Esc and a key that were read together
		msg.Alt = false
		return append(c.esc(), c.keys(msg)...)
	}
	if msg.Type == tea.KeyEsc {
		return c.esc()
	}
	if msg.Type != tea.KeyRunes {
		return []play.Key{play.Key(msg.String())}
	}
	text := string(msg.Runes)
	if msg.Paste || len(text) > 1 && c.cut == "" && cutMouse.MatchString(text) {
		return nil
	}
	var keys []play.Key
	for _, r := range text {
		if key := c.rune(string(r)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// esc takes an Esc, which may be the beginning of a cut sequence.
func (c *typed) esc() []play.Key {
	c.last, c.cut = c.clock(), "\x1b"
	return []play.Key{"esc"}
}

// rune takes one character, which may be the rest of a cut sequence, and returns what
// key that is, or "".
func (c *typed) rune(r string) play.Key {
	now := c.clock()
	soon := now.Sub(c.last) < cutFor
	if soon {
		c.last = now
	}
	switch {
	case c.cut != "" && soon && c.continues(r):
		return c.sequence(r)
	case c.pasting && soon:
		return ""
	}
	c.cut, c.pasting = "", false
	return play.Key(r)
}

// continues reports whether a character can be the next of a cut sequence.
func (c *typed) continues(r string) bool {
	if len(c.cut) == 1 {
		return r == "[" || r == "O"
	}
	return len(r) == 1 && len(c.cut) < 20
}

// sequence takes the next character of a cut sequence. At its end it is the key that
// it was meant to be.
func (c *typed) sequence(r string) play.Key {
	c.cut += r
	if len(c.cut) == 2 || !strings.ContainsAny(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~") {
		return ""
	}
	text := c.cut
	c.cut = ""
	switch {
	case text == "\x1b[200~":
		c.pasting = true
	case text == "\x1b[201~":
		c.pasting = false
	case !c.pasting:
		return arrows[r]
	}
	return ""
}

// pasted leaves out what is pasted, which the screen has no use for: to be told of a
// megabyte at once takes seconds.
type pasted struct {
	inside bool
	tail   []byte // the end of what was read, where it may begin one of the two marks
}

const (
	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
)

// without takes what is pasted out of the n bytes that were read, in place, and returns how
// much is left. There must be room for the tail. more says that there is more to be read:
// then a single Esc may begin a mark.
func (p *pasted) without(b []byte, n int, more bool) int {
	text := append(p.tail, b[:n]...)
	p.tail = nil
	kept := make([]byte, 0, len(text))
	for len(text) > 0 {
		mark := pasteBegins
		if p.inside {
			mark = pasteEnds
		}
		before, after, found := bytes.Cut(text, []byte(mark))
		if !found {
			n := beginning(text, mark)
			if n < 3 && !p.inside && !more {
				n = 0 // an Esc alone is a key, and so is one with a bracket: nobody waits for more
			}
			before, p.tail = text[:len(text)-n], bytes.Clone(text[len(text)-n:])
		}
		if !p.inside {
			kept = append(kept, before...)
		}
		if text = after; found {
			p.inside = !p.inside
		}
	}
	return copy(b, kept)
}

// beginning returns how much of the end of a text may be the beginning of a mark.
func beginning(text []byte, mark string) int {
	for n := min(len(mark)-1, len(text)); n > 0; n-- {
		if bytes.HasSuffix(text, []byte(mark[:n])) {
			return n
		}
	}
	return 0
}
