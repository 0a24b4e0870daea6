package grid

// Border is a set of glyphs for a frame.
type Border struct{ TopLeft, TopRight, BottomLeft, BottomRight, Across, Down string }

// The borders. A heavy one means: look here.
var (
	Thin  = Border{"╭", "╮", "╰", "╯", "─", "│"}
	Heavy = Border{"┏", "┓", "┗", "┛", "━", "┃"}
	Typed = Border{"+", "+", "+", "+", "-", "|"}
)

// Box draws a frame of w x h cells with its top left corner at (x, y). Frames of
// less than 2 x 2 are not drawn.
func (g *Grid) Box(x, y, w, h int, b Border, s Style) {
	if w < 2 || h < 2 {
		return
	}
	g.Repeat(x+1, y, w-2, b.Across, s)
	g.Repeat(x+1, y+h-1, w-2, b.Across, s)
	for row := y + 1; row < y+h-1; row++ {
		g.Set(x, row, b.Down, s)
		g.Set(x+w-1, row, b.Down, s)
	}
	g.Set(x, y, b.TopLeft, s)
	g.Set(x+w-1, y, b.TopRight, s)
	g.Set(x, y+h-1, b.BottomLeft, s)
	g.Set(x+w-1, y+h-1, b.BottomRight, s)
}
