package proof

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/ui/grid"
	"dejavu/ui/words"
)

// drawing is a table as text at places, so that a page and a picture are the same.
type drawing struct {
	w, h int
	put  func(x, y int, as words.Meaning, text string)
}

func (d *drawing) at(x, y int, as words.Meaning, text string) {
	d.w, d.h = max(d.w, x+len([]rune(text))), max(d.h, y+1)
	if d.put != nil && text != "" {
		d.put(x, y, as, text)
	}
}

// parts cuts the columns into tables that are not wider than a line: all in one if
// they fit, else those beyond the usual faults below those, as many as fit.
func (m *Matrix) parts(width, names int) (parts [][2]int) {
	last := len(m.Kinds)
	if m.span(0, last, names, 1) <= width {
		return [][2]int{{0, last}}
	}
	from := m.usual()
	parts = [][2]int{{0, from}}
	for to := from + 1; to <= last; to++ {
		if to == last || m.span(from, to+1, names, 1) > width {
			parts, from = append(parts, [2]int{from, to}), to
		}
	}
	return parts
}

// span is how wide a table of some columns is.
func (m *Matrix) span(from, to, names, gap int) int {
	for _, kind := range m.Kinds[from:to] {
		names += gap + columnWidth(head(kind))
	}
	return names
}

// draw lays a matrix out: a block for each business, columns as wide as their heads.
func (m *Matrix) draw(width int, d *drawing) {
	names := 0
	for i := range m.Rows {
		names = max(names, len(m.Rows[i].Consumer))
	}
	y := 0
	for _, block := range m.blocks() {
		for _, part := range m.parts(width, names) {
			gap := words.Either(m.span(part[0], part[1], names, 2) > width, 1, 2)
			y = m.drawBlock(d, block, columns{part[0], part[1], names, gap}, y)
		}
	}
	for _, text := range []string{m.Legend(), m.Within()} {
		for _, l := range words.Say(words.Plain, text).Wrap(width) {
			d.at(0, y, words.Dim, l.Plain())
			y++
		}
	}
}

// columns are those from one to before another, beside names of a width, and the gap
// before each.
type columns struct{ from, to, names, gap int }

// drawBlock draws some columns of a business, group by group, and returns where the next
// block begins.
func (m *Matrix) drawBlock(d *drawing, block []MatrixRow, c columns, y int) int {
	d.at(0, y, words.Strong, strings.ToUpper(block[0].Business))
	x := c.names + c.gap
	left, high := make([]int, c.to), 0
	for k := c.from; k < c.to; k++ {
		h := head(m.Kinds[k])
		left[k] = x
		for i, syllable := range h {
			d.at(x, y+i, words.Dim, syllable)
		}
		x, high = x+columnWidth(h)+c.gap, max(high, len(h))
	}
	y += high
	for i := range block {
		row := &block[i]
		if i == 0 || row.Group != block[i-1].Group {
			d.at(0, y, words.Dim, row.Group)
			y++
		}
		d.at(0, y, words.Plain, row.Consumer)
		for k := c.from; k < c.to; k++ {
			v := row.Cells[k].Verdict
			d.at(left[k], y, words.Either(v == "once", words.OK, words.Either(v == "?", words.Fault, words.Wrong)), v)
		}
		y++
	}
	return y + 1
}

// head breaks the name of a column in lines, at its hyphens and after the syllable that
// most of the long ones begin with.
func head(kind string) []string {
	if rest, is := strings.CutPrefix(kind, "re"); is {
		kind = "re-" + rest
	}
	return strings.SplitAfter(kind, "-")
}

func columnWidth(head []string) int {
	width := len("twice")
	for _, syllable := range head {
		width = max(width, len(syllable))
	}
	return width
}

// Text writes a matrix for people.
func (m *Matrix) Text(s words.Layout) string {
	type piece struct {
		x    int
		as   words.Meaning
		text string
	}
	lines := map[int][]piece{}
	var d drawing
	d.put = func(x, y int, as words.Meaning, text string) { lines[y] = append(lines[y], piece{x, as, text}) }
	m.draw(s.Width, &d)
	var b strings.Builder
	for y := range d.h {
		end := 0
		slices.SortFunc(lines[y], func(a, b piece) int { return a.x - b.x })
		for _, p := range lines[y] {
			b.WriteString(strings.Repeat(" ", p.x-end) + s.Paint(p.as, p.text))
			end = p.x + len([]rune(p.text))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// SVG draws a matrix as a picture.
func (m *Matrix) SVG(t *grid.Theme) string {
	const wide = 120
	var size drawing
	m.draw(wide, &size)
	g := grid.New(size.w, size.h)
	styles := map[words.Meaning]grid.Style{
		words.OK: {Role: grid.OK}, words.Wrong: {Role: grid.Wrong, Bold: true}, words.Fault: {Role: grid.Fault},
		words.Dim: {Role: grid.Scaffold}, words.Strong: {Bold: true},
	}
	m.draw(wide, &drawing{put: func(x, y int, as words.Meaning, text string) { g.Write(x, y, text, styles[as]) }})
	return g.SVG(t)
}

// Markdown writes a matrix as tables, with the commands that show their cells.
func (m *Matrix) Markdown(line CheckLine) string {
	var b strings.Builder
	usual := m.usual()
	for _, block := range m.blocks() {
		m.page(&b, block, 0, usual)
		if usual < len(m.Kinds) {
			m.page(&b, block, usual, len(m.Kinds))
		}
		b.WriteString("Each cell is what a command finds:\n\n" + m.commands(block[0].Business, line) + "\n")
	}
	b.WriteString(m.Legend() + ".\n\n" + m.Within() + "\n")
	return b.String()
}

// page writes the columns from one to before another of a business as a table.
func (m *Matrix) page(b *strings.Builder, block []MatrixRow, from, to int) {
	fmt.Fprintf(b, "| **%s** | %s |\n|---|%s\n", block[0].Business, strings.Join(m.Kinds[from:to], " | "), strings.Repeat("---|", to-from))
	for i := range block {
		row := &block[i]
		if i == 0 || row.Group != block[i-1].Group {
			fmt.Fprintf(b, "| *%s* |%s\n", row.Group, strings.Repeat("  |", to-from))
		}
		fmt.Fprintf(b, "| %s |", row.Consumer)
		for _, c := range row.Cells[from:to] {
			fmt.Fprintf(b, " %s |", words.Either(c.Verdict == "once", c.Verdict, "**"+c.Verdict+"**"))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// commands lists the command for each column, those together that differ in the kind
// alone.
func (m *Matrix) commands(business string, write CheckLine) string {
	var lines, columns []string
	for _, column := range m.Kinds {
		t := tried(column)
		if n := len(t.kinds); n > 0 {
			t.kinds = append(slices.Clone(t.kinds[:n-1]), "KIND")
		}
		line := write("CONSUMER", t.flags(business))
		if i := slices.Index(lines, line); i >= 0 {
			columns[i] += ", " + column
			continue
		}
		lines, columns = append(lines, line), append(columns, column)
	}
	text := ""
	for i := range lines {
		text += "- " + columns[i] + ": `" + lines[i] + "`\n"
	}
	return text
}
