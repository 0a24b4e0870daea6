package play

import (
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
