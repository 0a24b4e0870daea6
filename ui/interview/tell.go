package interview

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/consumers"
	"dejavu/ui/proof"
	"dejavu/ui/story"
)

// Style is how text is written.
type Style struct {
	Paint story.Paint
	// Width is where lines are broken; 0 breaks none.
	Width int
	// Plain writes sentences and no tables.
	Plain bool
	// Line is a command line of this program, so that it can be pasted.
	Line func(words ...string) string
}

// MostRows is how many lines a counterexample takes: what is longer is not read.
const MostRows = 12

// Columns is how wide text is at most.
const Columns = 80

// page collects lines.
type page struct {
	*Style
	strings.Builder
}

// put writes text, broken at blanks.
func (p *page) put(as story.Meaning, text string) { p.hang("", as, text) }

// hang writes text behind a label, in lines that begin below its own beginning.
func (p *page) hang(label string, as story.Meaning, text string) {
	lines := []story.Line{{{Text: text, As: as}}}
	if p.Width > 0 {
		lines = lines[0].Wrap(max(p.Width-len(label), 20))
	}
	for i, l := range lines {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		fmt.Fprintf(p, "%s%s\n", label, p.Paint(as, l.Plain()))
	}
}

func (p *page) gap() { p.WriteByte('\n') }

// command writes a command below what it is for. It is never broken: it is pasted.
func (p *page) command(what string, words []string) {
	fmt.Fprintf(p, "%s%s\n", p.Paint(story.Dim, what), p.Line(words...))
}

// attack tells what came of an attack.
func (p *page) attack(a *Attack, o *Outcome) {
	switch {
	case o.Story != nil:
		p.played(o)
	case o.Trace != nil:
		p.broken(a, o)
	default:
		p.held(o)
	}
	if words := a.Replay(o); words != nil {
		p.command("Watch it: ", words)
	} else {
		p.command("Try it: ", a.Words())
	}
	if o.Other == nil {
		return
	}
	p.put(story.Wrong, "Also by "+proof.By(o.Other)+": "+proof.Ending(o.Other))
	if words := a.replay(o.Other); words != nil {
		p.command("Watch that: ", words)
	}
}

// played tells why a run ended as it did.
func (p *page) played(o *Outcome) {
	s := o.Story
	p.put(story.Plain, s.Scenario.Title+": "+s.Scenario.Teaches)
	head, lines := s.Why(s.Steps(), 0)
	p.put(story.Strong, head)
	for _, l := range lines {
		p.hang("  ", story.Plain, l.Plain())
	}
}

// Broken tells the first way to break it that the search found, over the source of
// the consumer. There has to be one.
func (a *Attack) Broken(s Style, o *Outcome) string {
	p := &page{Style: &s}
	p.broken(a, o)
	return p.String()
}

// broken tells a counterexample over the source of the consumer.
func (p *page) broken(a *Attack, o *Outcome) {
	t := o.Trace
	p.put(story.Wrong, fmt.Sprintf("%s, %s%s: broken by %s.", strings.ToUpper(a.Consumer), a.Business, a.on(), proof.By(t)))
	rows := proof.Rows(t)
	if p.Plain {
		for i := range rows {
			p.hang("  ", story.Plain, sentence(&rows[i]))
		}
	} else {
		p.table(rows)
	}
	p.put(story.Wrong, proof.Ending(t))
}

// on names the broker, if it is not the default queue.
func (a *Attack) on() string {
	if a.Profile == "" {
		return ""
	}
	return ", on " + a.Profile
}

// sentence is a row for those who hear it.
func sentence(r *proof.Row) string {
	text := r.What.Plain()
	if r.Message != "" {
		text = r.Message + ": " + text
	}
	if r.Who != "" {
		text = r.Who + ", " + text
	}
	if r.Code == "" {
		return text + "."
	}
	file, number, _ := strings.Cut(r.Site, ":")
	return text + ". Line " + number + " of " + file + ": " + r.Code
}

// table writes rows one below the other: who, which message, what came of it, and
// the line of the source. One that is too long loses the if around it, and its end.
func (p *page) table(rows []proof.Row) {
	var widths [4]int
	cells := make([][4]string, len(rows))
	for i := range rows {
		r := &rows[i]
		_, number, _ := strings.Cut(r.Site, ":")
		cells[i] = [4]string{r.Who, r.Message, r.What.Plain(), number}
		for k, text := range cells[i] {
			widths[k] = max(widths[k], ansi.StringWidth(text))
		}
	}
	for i, c := range cells {
		text := "  " + pad(c[0], widths[0]) + "  " + pad(c[1], widths[1]) + "  "
		for k, span := range rows[i].What {
			if k > 0 {
				text += " "
			}
			text += p.Paint(span.As, span.Text)
		}
		text += strings.Repeat(" ", widths[2]-ansi.StringWidth(c[2])) + "  "
		site := pad(c[3], widths[3]) + "  "
		code := site + rows[i].Code
		if p.Width > 0 {
			left := max(p.Width-ansi.StringWidth(text), 0)
			code = ansi.Truncate(site+rows[i].Fit(left-ansi.StringWidth(site)), left, "...")
		}
		p.WriteString(strings.TrimRight(text+p.Paint(story.Dim, strings.TrimRight(code, " ")), " ") + "\n")
	}
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// held says what a search has not found, and within which bounds.
func (p *page) held(o *Outcome) {
	c := o.Case
	p.put(story.OK, fmt.Sprintf("%s, %s: holds. Never twice, never lost.", strings.ToUpper(c.Lane.Consumer.Name), c.Lane.Business))
	p.body(c.Lane.Consumer.Name)
	p.put(story.Plain, "Searched: "+c.Searched()+". Nothing breaks it within these bounds: "+c.Bounds())
}

// body writes the handler of a consumer, for there is nothing shorter that says what
// was chosen.
func (p *page) body(name string) {
	lines, first := consumers.Body(name)
	for i, l := range lines {
		fmt.Fprintf(p, "  %s\n", p.Paint(story.Dim, fmt.Sprintf("%2d  %s", first+i, strings.ReplaceAll(l, "\t", "    "))))
	}
}
