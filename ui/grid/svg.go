package grid

import (
	"fmt"
	"strings"
)

// The size of a cell in a picture, in SVG's units.
const (
	cellW  = 8.4
	cellH  = 17
	margin = 12
)

// SVG returns the grid as a picture: the cells as they are, in the theme's
// colours. Runs of one style become one element, stretched to their cells, so
// that columns stay in line whatever font the viewer has. Blanks within a run are kept:
// Chromium reads the style, and what renders pictures elsewhere reads xml:space.
func (g *Grid) SVG(t *Theme) string {
	var b strings.Builder
	w, h := float64(g.W)*cellW+2*margin, g.H*cellH+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %d" width="%.1f" height="%d">`+"\n", w, h, w, h)
	b.WriteString("<style>text { white-space: pre; }</style>\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", t.Back)
	fmt.Fprintf(&b, `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="%s" xml:space="preserve">`+"\n", t.Fore)
	for y := range g.H {
		for x := 0; x < g.W; {
			x = g.svgRun(&b, t, x, y)
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// svgRun writes the cells from (x, y) on that have one style, and returns the column after
// them.
func (g *Grid) svgRun(b *strings.Builder, t *Theme, x, y int) (next int) {
	s, end := g.At(x, y).Style, x+1
	for end < g.W && g.At(end, y).Style == s {
		end++
	}
	next = end
	fill := t.Color(s.Role)
	if s.Reverse {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n",
			margin+float64(x)*cellW, margin+y*cellH, float64(end-x)*cellW, cellH, fill)
		fill = t.Ink
	}
	for x < end && g.At(x, y).Text == " " {
		x++
	}
	for end > x && g.At(end-1, y).Text == " " {
		end--
	}
	if x == end {
		return next
	}
	var text strings.Builder
	for i := x; i < end; i++ {
		text.WriteString(g.At(i, y).Text)
	}
	look := ""
	if s.Role != Plain || s.Reverse {
		look += fmt.Sprintf(` fill="%s"`, fill)
	}
	if s.Bold {
		look += ` font-weight="bold"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>%s</text>`+"\n",
		margin+float64(x)*cellW, margin+y*cellH+13, float64(end-x)*cellW, look, escape.Replace(text.String()))
	return next
}
