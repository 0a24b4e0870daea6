package play

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// cut is the beginning of a key sequence that came in pieces: an Esc, then [ or O,
// then numbers, then a letter. Taken for keys, the pieces would add faults.
type cut struct {
	last    time.Time // when the last piece came
	text    string    // after the Esc
	pasting bool      // between the marks of a paste
}

// cutFor is how soon the next piece of a cut sequence comes. Nobody types Esc and a
// bracket so fast.
const cutFor = 100 * time.Millisecond

// arrows are the keys whose sequences end in these letters, whatever is held with
// them.
var arrows = map[string]string{"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}

// cutMouse is what is left of a mouse's sequence whose beginning was lost: it looks
// like nothing that anybody types.
var cutMouse = regexp.MustCompile(`^\[?<?[0-9]+;[0-9;]*[Mm]?$|^\[<|^\[M`)

// keys takes what was typed. Characters that were read together are so many keys.
func (m *model) keys(msg tea.KeyMsg) tea.Cmd {
	if msg.Alt && msg.Type == tea.KeyRunes { // Esc and a key that were read together
		msg.Alt = false
		return tea.Batch(m.esc(), m.keys(msg))
	}
	if msg.Type == tea.KeyEsc {
		return m.esc()
	}
	if msg.Type != tea.KeyRunes {
		return m.key(msg.String())
	}
	text := string(msg.Runes)
	if msg.Paste || len(text) > 1 && m.cut.text == "" && cutMouse.MatchString(text) {
		return nil
	}
	var cmds []tea.Cmd
	for _, r := range text {
		cmds = append(cmds, m.rune(string(r)))
	}
	return tea.Batch(cmds...)
}

// esc takes an Esc, which may be the beginning of a cut sequence.
func (m *model) esc() tea.Cmd {
	m.cut.last, m.cut.text = m.clock(), "\x1b"
	return m.key("esc")
}

// rune takes one character, which may be the rest of a cut sequence.
func (m *model) rune(r string) tea.Cmd {
	c, now := &m.cut, m.clock()
	soon := now.Sub(c.last) < cutFor
	if soon {
		c.last = now
	}
	switch {
	case c.text != "" && soon && m.continues(r):
		return m.sequence(r)
	case c.pasting && soon:
		return nil
	}
	c.text, c.pasting = "", false
	return m.key(r)
}

// continues reports whether a character can be the next of a cut sequence.
func (m *model) continues(r string) bool {
	if len(m.cut.text) == 1 {
		return r == "[" || r == "O"
	}
	return len(r) == 1 && len(m.cut.text) < 20
}

// sequence takes the next character of a cut sequence. At its end it is the key that
// it was meant to be.
func (m *model) sequence(r string) tea.Cmd {
	c := &m.cut
	c.text += r
	if len(c.text) == 2 || !strings.ContainsAny(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~") {
		return nil
	}
	text := c.text
	c.text = ""
	switch {
	case text == "\x1b[200~":
		c.pasting = true
	case text == "\x1b[201~":
		c.pasting = false
	case arrows[r] != "" && !c.pasting:
		return m.key(arrows[r])
	}
	return nil
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

// without takes what is pasted out of what was read, in place, and returns how much is
// left. more says that there is more to be read: then a single Esc may begin a mark.
func (p *pasted) without(read []byte, more bool) int {
	text := append(p.tail, read...)
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
	if len(kept) > len(read) { // what was held back is not the beginning of a mark
		p.tail = append(bytes.Clone(kept[len(read):]), p.tail...)
		kept = kept[:len(read)]
	}
	return copy(read, kept)
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
