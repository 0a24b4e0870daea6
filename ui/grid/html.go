package grid

import (
	"fmt"
	"strings"
)

// classes are what the roles are called in a page.
var classes = [roleCount]string{OK: "ok", Wrong: "wrong", Fault: "fault", Scaffold: "dim"}

// HTML returns a row as a line of a page: its text, in one element for each run of a style
// that is not plain. A glyph that a font of fixed width may lack is put into a cell of its
// own, so that another font does not shift what follows.
func (g *Grid) HTML(y int) string {
	var b strings.Builder
	now := Style{}
	for x := range g.W {
		c := g.At(x, y)
		if c.Style != now {
			if now != (Style{}) {
				b.WriteString("</span>")
			}
			if c.Style != (Style{}) {
				fmt.Fprintf(&b, `<span class="%s">`, c.Style.class())
			}
			now = c.Style
		}
		switch wide := x+1 < g.W && g.At(x+1, y).Text == ""; {
		case wide:
			b.WriteString(`<i class="wide">` + escape.Replace(c.Text) + "</i>")
		case len(c.Text) > 1 && strings.ContainsAny(c.Text, "←→●○▸▹◂✓✗▮"):
			b.WriteString("<i>" + c.Text + "</i>")
		default:
			b.WriteString(escape.Replace(c.Text))
		}
	}
	if now != (Style{}) {
		b.WriteString("</span>")
	}
	return b.String()
}

// class is what a style is called in a page.
func (s Style) class() string {
	var all []string
	if classes[s.Role] != "" {
		all = append(all, classes[s.Role])
	}
	if s.Bold {
		all = append(all, "bold")
	}
	if s.Reverse {
		all = append(all, "reverse")
	}
	return strings.Join(all, " ")
}

// CSS returns the colours of a theme as the custom properties of a page: those of the
// roles by the names of their classes.
func (t *Theme) CSS() string {
	text := fmt.Sprintf("--fore: %s; --back: %s; --ink: %s;", t.Fore, t.Back, t.Ink)
	for role, name := range classes {
		if name != "" {
			text += fmt.Sprintf(" --%s: %s;", name, t.Color(Role(role)))
		}
	}
	return text
}
