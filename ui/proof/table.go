package proof

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/sim/check"
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// drawing is a table as text at places, so that a page and a picture are the same.
type drawing struct {
	w, h int
	put  func(x, y int, as story.Meaning, text string)
}

func (d *drawing) at(x, y int, as story.Meaning, text string) {
	d.w, d.h = max(d.w, x+len([]rune(text))), max(d.h, y+1)
	if d.put != nil && text != "" {
		d.put(x, y, as, text)
	}
}

// Legend says what the words in a matrix mean.
const Legend = "once: exactly once, whatever happens · twice, lost: it can happen · both: each of them can"

// draw lays a matrix out: a block for each business, columns as wide as their heads.
// Where a line is too short for all of them, those beyond the usual faults come below.
func (m *Matrix) draw(width int, d *drawing) {
	names := 0
	for i := range m.Rows {
		names = max(names, len(m.Rows[i].Consumer))
	}
	span := func(gap int) int {
		total := names
		for _, kind := range m.Kinds {
			total += gap + columnWidth(head(kind))
		}
		return total
	}
	gap := choose(span(2) > width, 1, 2)
	parts := [][2]int{{0, len(m.Kinds)}}
	if usual := slices.Index(m.Kinds, All) + 1; span(gap) > width {
		gap, parts = 2, [][2]int{{0, usual}, {usual, len(m.Kinds)}}
	}
	y := 0
	for _, block := range m.blocks() {
		for _, part := range parts {
			y = m.drawBlock(d, block, part[0], part[1], names, gap, y)
		}
	}
	for _, text := range []string{Legend, m.Bounds.Within()} {
		for _, l := range (story.Line{{Text: text}}).Wrap(width) {
			d.at(0, y, story.Dim, l.Plain())
			y++
		}
	}
}

// drawBlock draws the columns from one to before another of a business, group by
// group, and returns where the next block begins.
func (m *Matrix) drawBlock(d *drawing, block []MatrixRow, from, to, names, gap, y int) int {
	d.at(0, y, story.Strong, strings.ToUpper(block[0].Business))
	x := names + gap
	left := make([]int, to)
	for k := from; k < to; k++ {
		h := head(m.Kinds[k])
		left[k] = x
		d.at(x, y, story.Dim, h[0])
		d.at(x, y+1, story.Dim, h[1])
		x += columnWidth(h) + gap
	}
	y += 2
	for i := range block {
		row := &block[i]
		if i == 0 || row.Group != block[i-1].Group {
			d.at(0, y, story.Dim, row.Group)
			y++
		}
		d.at(0, y, story.Plain, row.Consumer)
		for k := from; k < to; k++ {
			v := row.Cells[k].Verdict
			d.at(left[k], y, choose(v == "once", story.OK, choose(v == "?", story.Fault, story.Wrong)), v)
		}
		y++
	}
	return y + 1
}

// head breaks the name of a column in two lines, after the syllable that most of
// the long ones begin with, or at the hyphen that it has.
func head(kind string) [2]string {
	if rest, is := strings.CutPrefix(kind, "re"); is {
		return [2]string{"re-", rest}
	}
	if at := strings.IndexByte(kind, '-'); at >= 0 {
		return [2]string{kind[:at+1], kind[at+1:]}
	}
	return [2]string{kind, ""}
}

func columnWidth(head [2]string) int { return max(len("twice"), len(head[0]), len(head[1])) }

// Text writes a matrix for people.
func (m *Matrix) Text(s Style) string {
	type piece struct {
		x    int
		as   story.Meaning
		text string
	}
	lines := map[int][]piece{}
	var d drawing
	d.put = func(x, y int, as story.Meaning, text string) { lines[y] = append(lines[y], piece{x, as, text}) }
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
	styles := map[story.Meaning]grid.Style{
		story.OK: {Role: grid.OK}, story.Wrong: {Role: grid.Wrong, Bold: true}, story.Fault: {Role: grid.Fault},
		story.Dim: {Role: grid.Scaffold}, story.Strong: {Bold: true},
	}
	m.draw(wide, &drawing{put: func(x, y int, as story.Meaning, text string) { g.Write(x, y, text, styles[as]) }})
	return g.SVG(t)
}

// Markdown writes a matrix as tables, with the commands that show their cells.
func (m *Matrix) Markdown(command func(words ...string) string) string {
	var b strings.Builder
	for _, block := range m.blocks() {
		business := block[0].Business
		fmt.Fprintf(&b, "| **%s** |", business)
		for _, kind := range m.Kinds {
			fmt.Fprintf(&b, " %s |", kind)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(m.Kinds)) + "\n")
		for i := range block {
			row := &block[i]
			if i == 0 || row.Group != block[i-1].Group {
				fmt.Fprintf(&b, "| *%s* |%s\n", row.Group, strings.Repeat("  |", len(m.Kinds)))
			}
			fmt.Fprintf(&b, "| %s |", row.Consumer)
			for _, c := range row.Cells {
				fmt.Fprintf(&b, " %s |", choose(c.Verdict == "once", c.Verdict, "**"+c.Verdict+"**"))
			}
			b.WriteString("\n")
		}
		of := &MatrixRow{Consumer: "CONSUMER", Business: business}
		fmt.Fprintf(&b, "\nEach cell is what `%s` finds, the column %s what `%s` finds, and %s what `%s` finds.\n\n",
			command(showing(of, "KIND")...), All, command(showing(of, All)...), check.ExpireKey, command(showing(of, string(check.ExpireKey))...))
	}
	b.WriteString(Legend + ".\n\n" + m.Bounds.Within() + "\n")
	return b.String()
}
