package export

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"dejavu/sim/tell"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Mark marks what a piece of text means, in no more cells than the text has. A text so
// marked becomes a picture, a page or Markdown: see Card.
func Mark(m words.Meaning, text string) string { return fmt.Sprintf("\x1b[%dm%s\x1b[0m", m, text) }

var markedText = regexp.MustCompile("\x1b\\[([0-9]+)m(.*?)\x1b\\[0m")

// pieces are a line of marked text.
func pieces(line string) words.Line {
	var all words.Line
	at := 0
	for _, m := range markedText.FindAllStringSubmatchIndex(line, -1) {
		var as int
		fmt.Sscan(line[m[2]:m[3]], &as)
		all = append(all, words.Span{Text: line[at:m[0]]}, words.Span{Text: line[m[4]:m[5]], As: tell.Meaning(as)})
		at = m[1]
	}
	return append(all, words.Span{Text: line[at:]})
}

// CardFormats are those that a card is written in.
var CardFormats = []string{"md", "svg", "html"}

// Card writes a marked text, such as the cards of a check, in one of the CardFormats.
func Card(title, text, format string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	switch format {
	case "svg":
		return cardSVG(lines)
	case "html":
		return cardHTML(title, lines)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n```text\n", markdown.Replace(title))
	for _, l := range lines {
		b.WriteString(markedText.ReplaceAllString(l, "$2") + "\n")
	}
	return b.String() + "```\n"
}

func cardSVG(lines []string) string {
	width := 0
	for _, l := range lines {
		width = max(width, words.Width(l))
	}
	styles := map[words.Meaning]grid.Style{
		words.OK: {Role: grid.OK}, words.Wrong: {Role: grid.Wrong, Bold: true}, words.Fault: {Role: grid.Fault},
		words.Dim: {Role: grid.Scaffold}, words.Strong: {Bold: true},
	}
	g := grid.New(width, len(lines))
	for y, l := range lines {
		x := 0
		for _, p := range pieces(l) {
			x = g.Write(x, y, p.Text, styles[p.As])
		}
	}
	return g.SVG(&grid.Dark)
}

// head begins a page that needs no script.
func head(title string) string {
	return fmt.Sprintf("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"+
		"<title>%[1]s - dejavu</title>\n<style>\n%[2]s%[3]s</style>\n</head>\n<body>\n<main>\n<h1>%[1]s</h1>\n", html.EscapeString(title), colors(), look)
}

const foot = "</main>\n</body>\n</html>\n"

func cardHTML(title string, lines []string) string {
	var b strings.Builder
	b.WriteString(head(title) + "<pre class=\"card\" tabindex=\"0\">")
	for _, l := range lines {
		for _, p := range pieces(l) {
			if class := classes[p.As]; class != "" {
				fmt.Fprintf(&b, `<span class="%s">%s</span>`, class, html.EscapeString(p.Text))
			} else {
				b.WriteString(html.EscapeString(p.Text))
			}
		}
		b.WriteString("\n")
	}
	return b.String() + "</pre>\n" + foot
}

// Wall writes a matrix as a page: a table for each business, whose cells name the command
// that shows them.
func Wall(m *proof.Matrix) string {
	var b strings.Builder
	b.WriteString(head("Which strategy survives what"))
	for i := range m.Rows {
		row := &m.Rows[i]
		first := i == 0 || row.Business != m.Rows[i-1].Business
		if first && i > 0 {
			b.WriteString("</tbody></table></div>\n")
		}
		if first {
			fmt.Fprintf(&b, "<div class=\"wall\" tabindex=\"0\"><table>\n<caption>%s</caption>\n<thead><tr><th scope=\"col\">consumer</th>", html.EscapeString(row.Business))
			for _, kind := range m.Kinds {
				fmt.Fprintf(&b, `<th scope="col">%s</th>`, html.EscapeString(kind))
			}
			b.WriteString("</tr></thead>\n<tbody>\n")
		}
		if first || row.Group != m.Rows[i-1].Group {
			fmt.Fprintf(&b, "<tr><th class=\"d\" colspan=\"%d\" scope=\"colgroup\">%s</th></tr>\n", len(m.Kinds)+1, html.EscapeString(row.Group))
		}
		fmt.Fprintf(&b, `<tr><th scope="row">%s</th>`, html.EscapeString(row.Consumer))
		for _, c := range row.Cells {
			class := "wb"
			if i := slices.Index([]string{"once", "?"}, c.Verdict); i >= 0 {
				class = []string{"o", "d"}[i]
			}
			fmt.Fprintf(&b, `<td class="%s" title="%s">%s</td>`, class, html.EscapeString(c.Command), html.EscapeString(c.Verdict))
		}
		b.WriteString("</tr>\n")
	}
	fmt.Fprintf(&b, "</tbody></table></div>\n<p>%s.</p>\n<p class=\"d\">%s</p>\n", html.EscapeString(m.Legend()), html.EscapeString(m.Within()))
	return b.String() + foot
}
