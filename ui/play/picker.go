package play

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// picker is a list of which one line is chosen. Typing narrows the list.
type picker struct {
	// names is what the lines are called, and texts what else they say.
	names, texts []string
	typed        string
	chosen       int // of those that are shown
}

// shown returns which lines say what was typed: those first whose name begins with it,
// then those of whose name a part does, then those whose name has it.
func (p *picker) shown() []int {
	var ranked [4][]int
	typed := strings.ToLower(p.typed)
	for i, name := range p.names {
		switch name := strings.ToLower(name); {
		case strings.HasPrefix(name, typed):
			ranked[0] = append(ranked[0], i)
		case strings.Contains(name, "-"+typed), strings.Contains(name, " "+typed):
			ranked[1] = append(ranked[1], i)
		case strings.Contains(name, typed):
			ranked[2] = append(ranked[2], i)
		case i < len(p.texts) && strings.Contains(strings.ToLower(p.texts[i]), typed):
			ranked[3] = append(ranked[3], i)
		}
	}
	return slices.Concat(ranked[:]...)
}

// at returns which line is chosen, or -1 if none is shown.
func (p *picker) at() int {
	all := p.shown()
	if len(all) == 0 {
		return -1
	}
	return all[min(p.chosen, len(all)-1)]
}

// key takes a key that moves in the list or narrows it. A page has so many lines.
func (p *picker) key(name string, page int) {
	n := max(len(p.shown()), 1)
	switch {
	case name == "up":
		p.chosen = (p.chosen + n - 1) % n
	case name == "down":
		p.chosen = (p.chosen + 1) % n
	case name == "pgup":
		p.chosen = max(p.chosen-page, 0)
	case name == "pgdown":
		p.chosen = min(p.chosen+page, n-1)
	case name == "home":
		p.chosen = 0
	case name == "end":
		p.chosen = n - 1
	case name == "backspace" && p.typed != "":
		_, last := utf8.DecodeLastRuneInString(p.typed)
		p.typed, p.chosen = p.typed[:len(p.typed)-last], 0
	case utf8.RuneCountInString(name) == 1 && (name > " " || p.typed != "") && len(p.typed) < 20:
		p.typed, p.chosen = p.typed+name, 0
	}
}
