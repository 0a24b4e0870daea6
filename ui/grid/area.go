package grid

import "github.com/charmbracelet/x/ansi"

// Area is a part of a grid, to be drawn in: W x H cells with the top left corner at (X, Y).
type Area struct {
	g          *Grid
	x, y, w, h int
}

// Area returns a part of the grid. It may reach beyond the grid: what is drawn there is
// clipped.
func (g *Grid) Area(x, y, w, h int) Area { return Area{g, x, y, w, h} }

// Row returns a part of the grid that is one row high.
func (g *Grid) Row(x, y, w int) Area { return Area{g, x, y, w, 1} }

// Write writes text into the first row and returns the column after it. Where text is
// cut, it ends in "·".
func (a Area) Write(text string, s Style) int {
	x, end := a.x, a.x+a.w
	for len(text) > 0 {
		var cluster string
		width := 1
		if c := text[0]; c < 0x80 && (len(text) == 1 || text[1] < 0x80) { // plain ASCII: most of a frame
			cluster = text[:1]
			if c < ' ' || c == 0x7f {
				cluster = " "
			}
			text = text[1:]
		} else {
			cluster, width = ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
			text = text[len(cluster):]
			if width < 1 || clings(cluster) {
				continue // a control, or a mark without a base
			}
		}
		if x+width > end || x+width == end && len(text) > 0 && ansi.StringWidth(text) > 0 {
			if x < end {
				a.g.Set(x, a.y, "·", s)
				x++
			}
			return x
		}
		if width == 2 {
			a.g.setWide(x, a.y, cluster, s)
		} else {
			a.g.Set(x, a.y, cluster, s)
		}
		x += width
	}
	return x
}

// within returns the cells that lie in the grid: columns from left to before right, and
// rows from top to before bottom.
func (a Area) within() (left, right, top, bottom int) {
	return max(a.x, 0), min(a.x+a.w, a.g.W), max(a.y, 0), min(a.y+a.h, a.g.H)
}

// Fill writes a glyph of one cell into every cell.
func (a Area) Fill(glyph string, s Style) {
	left, right, top, bottom := a.within()
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			a.g.Set(x, y, glyph, s)
		}
	}
}

// Restyle gives what is already drawn another style.
func (a Area) Restyle(s Style) {
	left, right, top, bottom := a.within()
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			a.g.cells[y*a.g.W+x].Style = s
		}
	}
}

// Border is a set of glyphs for a frame.
type Border struct{ TopLeft, TopRight, BottomLeft, BottomRight, Across, Down string }

// The borders. A heavy one means: look here; a wall is as heavy as it gets.
var (
	Thin  = Border{"╭", "╮", "╰", "╯", "─", "│"}
	Heavy = Border{"┏", "┓", "┗", "┛", "━", "┃"}
	Wall  = Border{"█", "█", "█", "█", "▀", "█"}
)

// Box draws a border along the edge. An area of less than 2 x 2 cells has none.
func (a Area) Box(b Border, s Style) {
	if a.w < 2 || a.h < 2 {
		return
	}
	g, right, bottom := a.g, a.x+a.w-1, a.y+a.h-1
	g.Row(a.x+1, a.y, a.w-2).Fill(b.Across, s)
	g.Row(a.x+1, bottom, a.w-2).Fill(b.Across, s)
	g.Area(a.x, a.y+1, 1, a.h-2).Fill(b.Down, s)
	g.Area(right, a.y+1, 1, a.h-2).Fill(b.Down, s)
	g.Set(a.x, a.y, b.TopLeft, s)
	g.Set(right, a.y, b.TopRight, s)
	g.Set(a.x, bottom, b.BottomLeft, s)
	g.Set(right, bottom, b.BottomRight, s)
}
