package grid

import (
	"strconv"
	"strings"
)

// Depth is how many colours a terminal has.
type Depth uint8

// The depths.
const (
	NoColor   Depth = iota // bold and reverse only
	Basic                  // 16 colours
	TrueColor              // 24 bits
)

// ANSI returns the grid as H lines with escape sequences. Styles are switched
// only where they change, and every line begins and ends plain, so that lines
// can be drawn one by one.
func (g *Grid) ANSI(t *Theme, d Depth) string {
	seq := g.sequences(t, d)
	var b strings.Builder
	b.Grow(2 * len(g.cells))
	for y := range g.H {
		if y > 0 {
			b.WriteByte('\n')
		}
		now := 0
		for _, c := range g.cells[y*g.W : (y+1)*g.W] {
			if at := c.Style.index(); at != now {
				if now != 0 {
					b.WriteString("\x1b[0m")
				}
				b.WriteString(seq[at])
				now = at
			}
			b.WriteString(c.Text)
		}
		if now != 0 {
			b.WriteString("\x1b[0m")
		}
	}
	return b.String()
}

// sequences returns the sequence of each style. A grid is mostly drawn again in the
// same theme, so it keeps them.
func (g *Grid) sequences(t *Theme, d Depth) *[roleCount * 4]string {
	if g.theme != t || g.depth != d {
		g.theme, g.depth = t, d
		for i := range g.seq {
			g.seq[i] = t.sgr(styleOf(i), d)
		}
	}
	return &g.seq
}

// index numbers the styles, so that a sequence is looked up and not built.
func (s Style) index() int {
	i := int(s.Role) * 4
	if s.Bold {
		i++
	}
	if s.Reverse {
		i += 2
	}
	return i
}

func styleOf(index int) Style {
	return Style{Role: Role(index / 4), Bold: index&1 != 0, Reverse: index&2 != 0}
}

// sgr returns the sequence that switches to a style, or "" for plain text.
func (t *Theme) sgr(s Style, d Depth) string {
	var codes []string
	if s.Bold {
		codes = append(codes, "1")
	}
	if s.Reverse {
		codes = append(codes, "7")
	}
	switch {
	case d == TrueColor && t.True[s.Role] != "":
		codes = append(codes, "38;2;"+rgb(t.True[s.Role]))
	case d == Basic && t.Basic[s.Role] != 0:
		n := t.Basic[s.Role]
		if n >= 8 {
			n += 60 - 8
		}
		codes = append(codes, strconv.Itoa(30+n))
	}
	if len(codes) == 0 {
		return ""
	}
	return "\x1b[" + strings.Join(codes, ";") + "m"
}

// rgb turns #RRGGBB into r;g;b.
func rgb(hex string) string {
	n, _ := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32) // a theme's own constant
	return strconv.Itoa(int(n>>16)) + ";" + strconv.Itoa(int(n>>8&255)) + ";" + strconv.Itoa(int(n&255))
}
