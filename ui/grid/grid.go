// Package grid is a screen as data: W x H cells, each a grapheme and a style.
//
// A frame is drawn into a grid, and the same cells then give text, ANSI and SVG,
// so a terminal, a golden test and the picture in the README cannot disagree.
// Drawing never fails: what lies outside is clipped.
package grid

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Role is what a cell means. A theme turns it into a colour; none of them is
// told by colour alone.
type Role uint8

// The roles.
const (
	Plain    Role = iota // what is read first
	OK                   // as it should be
	Wrong                // twice, or never
	Fault                // what went wrong
	Scaffold             // frames, labels, what has passed
	roleCount
)

// Style is how a cell looks. The zero value is plain text.
type Style struct {
	Role    Role
	Bold    bool
	Reverse bool
}

// Cell is one place of a grid: a grapheme of one cell, the left half of one of
// two, or, with an empty Text, the right half of the cell before it.
type Cell struct {
	Text  string
	Style Style
}

// MaxSide is the largest width and height of a grid, in cells.
const MaxSide = 1000

// Grid is a screen of W x H cells.
type Grid struct {
	W, H  int
	cells []Cell

	theme *Theme // of seq
	depth Depth
	seq   [roleCount * 4]string // see ANSI
}

var blank = Cell{Text: " "}

// New returns a blank grid. Sides are clamped to 0 to MaxSide.
func New(w, h int) *Grid {
	g := &Grid{W: min(max(w, 0), MaxSide), H: min(max(h, 0), MaxSide)}
	g.cells = make([]Cell, g.W*g.H)
	g.Clear()
	return g
}

// Clear makes every cell blank.
func (g *Grid) Clear() {
	for i := range g.cells {
		g.cells[i] = blank
	}
}

// At returns a cell; outside of the grid it is blank.
func (g *Grid) At(x, y int) Cell {
	if !g.inside(x, y) {
		return blank
	}
	return g.cells[y*g.W+x]
}

func (g *Grid) inside(x, y int) bool { return x >= 0 && x < g.W && y >= 0 && y < g.H }

// Set puts one grapheme of one cell.
func (g *Grid) Set(x, y int, text string, s Style) {
	if g.inside(x, y) {
		g.split(x, y)
		g.cells[y*g.W+x] = Cell{text, s}
	}
}

// clings reports whether a grapheme would become part of whatever stands before
// it, and so has no cell of its own.
func clings(cluster string) bool {
	if r, n := utf8.DecodeRuneInString(cluster); n == len(cluster) && r >= 0x2190 && r < 0x2600 {
		return false // arrows, boxes, blocks and dots: most of what is not ASCII in a frame
	}
	joined, _ := ansi.FirstGraphemeCluster("a"+cluster, ansi.GraphemeWidth)
	return len(joined) > 1
}

// setWide puts a grapheme of two cells, or blanks where only one of them is
// inside.
func (g *Grid) setWide(x, y int, text string, s Style) {
	g.Set(x, y, " ", s)
	g.Set(x+1, y, " ", s)
	if g.inside(x, y) && g.inside(x+1, y) {
		g.cells[y*g.W+x].Text, g.cells[y*g.W+x+1].Text = text, ""
	}
}

// split blanks the other half of a wide grapheme that is about to be cut.
func (g *Grid) split(x, y int) {
	at := y*g.W + x
	if g.cells[at].Text == "" && x > 0 {
		g.cells[at-1].Text = " "
	}
	if x+1 < g.W && g.cells[at+1].Text == "" {
		g.cells[at+1].Text = " "
	}
}

// Write writes text from (x, y) to the right and returns the column after it.
// What does not fit in the grid is clipped; control characters become blanks.
func (g *Grid) Write(x, y int, text string, s Style) int {
	return g.Row(x, y, g.W-x).Write(text, s)
}

// Text returns the grid as H lines of W cells, without styles.
func (g *Grid) Text() string {
	var b strings.Builder
	b.Grow(len(g.cells) + g.H)
	for y := range g.H {
		if y > 0 {
			b.WriteByte('\n')
		}
		for _, c := range g.cells[y*g.W : (y+1)*g.W] {
			b.WriteString(c.Text)
		}
	}
	return b.String()
}

// Reversed counts the patches of reversed cells: runs within a row.
func (g *Grid) Reversed() int {
	patches := 0
	for y := range g.H {
		was := false
		for _, c := range g.cells[y*g.W : (y+1)*g.W] {
			if c.Style.Reverse && !was {
				patches++
			}
			was = c.Style.Reverse
		}
	}
	return patches
}

// typed are the characters that stand for glyphs on a terminal that has none.
var typed = map[string]string{
	"←": "<", "→": ">", "·": ".", "–": "-", "●": "*", "○": "o", "▸": ">", "▹": ">", "◂": "<",
	"✓": "v", "✗": "x", "×": "x", "└": "+", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
	"┏": "+", "┓": "+", "┗": "+", "┛": "+", "┃": "|", "━": "=", "╌": "-", "═": "=", "┄": ".",
	"┤": "|", "┝": "|", "┥": "|", "█": "#", "▀": "\"", "▄": "_", "▁": "_", "▂": "_", "▃": ":",
	"▅": "=", "▆": "=", "▇": "#", "▌": "|", "▐": "|", "▮": "|",
}

// ASCII replaces every glyph by a character that every terminal has; what has no
// such character becomes a question mark.
func (g *Grid) ASCII() {
	for i := range g.cells {
		c := &g.cells[i]
		if len(c.Text) < 2 {
			if c.Text == "" {
				c.Text = "?" // the right half of a wide one
			}
			continue
		}
		text, known := typed[c.Text]
		if !known {
			text = "?"
		}
		c.Text = text
	}
}
