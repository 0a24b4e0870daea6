package interview

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// MostRows is how many lines a counterexample takes: what is longer is not read.
const MostRows = 12

// Columns is how wide text is at most.
const Columns = 80

// page collects lines.
type page struct {
	*words.Layout
	strings.Builder
}

// put writes text, broken at blanks.
func (p *page) put(as words.Meaning, text string) { p.hang("", as, text) }

// hang writes text behind a label, in lines that begin below its own beginning.
func (p *page) hang(label string, as words.Meaning, text string) {
	p.WriteString(p.Hung(label, words.Say(as, text)))
}

func (p *page) gap() { p.WriteByte('\n') }

// command writes a command below what it is for. It is never broken: it is pasted.
func (p *page) command(what string, args []string) {
	fmt.Fprintf(p, "%s%s\n", p.Paint(words.Dim, what), p.Line(args...))
}

// attack tells what came of an attack.
func (p *page) attack(a *Attack, o *Finding) {
	switch {
	case o.Story != nil:
		p.played(o)
	case o.Trace != nil:
		p.broken(a, o)
	default:
		p.held(o)
	}
	if words := a.Replay(o); words != nil {
		p.command("Watch it: ", append(words, o.toHarm()...))
	} else {
		p.command("Try it: ", a.Words())
	}
	if o.Other == nil {
		return
	}
	p.put(words.Wrong, "Also by "+proof.By(o.Other)+": "+proof.Ending(o.Other))
	if words := a.replay(o.Other); words != nil {
		p.command("Watch that: ", append(words, (&Finding{Trace: o.Other}).toHarm()...))
	}
}

// toHarm are the flags that open what was found where it does harm, if a story stops there.
func (o *Finding) toHarm() []string {
	if o.Story != nil && (o.Fate == Once || o.Fate == parked) || o.Story == nil && o.Trace.Property == sim.NeverStuck {
		return nil
	}
	return []string{"--at", "harm:1"}
}

// played tells why a run ended as it did.
func (p *page) played(o *Finding) {
	s := o.Story
	p.put(words.Plain, s.Scenario.Title+": "+s.Scenario.Teaches)
	head, lines := s.Why(s.Steps(), 0)
	p.put(words.Strong, head)
	for _, l := range lines {
		p.hang("  ", words.Plain, l.Plain())
	}
}

// Broken tells the first way to break it that the search found, over the source of
// the consumer. There has to be one.
func (a *Attack) Broken(s words.Layout, o *Finding) string {
	p := &page{Layout: &s}
	p.broken(a, o)
	return p.String()
}

// broken tells a counterexample over the source of the consumer.
func (p *page) broken(a *Attack, o *Finding) {
	t := o.Trace
	p.put(words.Wrong, fmt.Sprintf("%s, %s%s: broken by %s.", strings.ToUpper(a.Consumer), a.Business, a.on(), proof.By(t)))
	rows := proof.Rows(t)
	if p.Plain {
		for i := range rows {
			p.hang("  ", words.Plain, sentence(&rows[i]))
		}
	} else {
		p.table(rows)
	}
	p.put(words.Wrong, proof.Ending(t))
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
	if r.Open {
		text += ", not committed yet"
	}
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
			if k == 2 && r.Code == "" {
				continue // it has the line for itself
			}
			widths[k] = max(widths[k], ansi.StringWidth(text))
		}
	}
	if p.Width > 0 { // what is longer goes on in the next line
		widths[2] = min(widths[2], max(p.Width-widths[0]-widths[1]-widths[3]-leastCode-10, leastCode))
	}
	for i, c := range cells {
		before := "  " + words.Pad(c[0], widths[0]) + "  " + words.Pad(c[1], widths[1]) + "  "
		columns := widths[2]
		if rows[i].Code == "" {
			columns = max(columns, p.Width-ansi.StringWidth(before))
		}
		for k, what := range rows[i].What.Wrap(columns) {
			text := words.Either(k == 0, before, strings.Repeat(" ", ansi.StringWidth(before))) + what.Painted(p.Paint, widths[2]) + "  "
			site := words.Pad(c[3], widths[3]) + "  "
			code := words.Either(k == 0, site+rows[i].Code, "")
			if left := max(p.Width-ansi.StringWidth(text), 0); k == 0 && p.Width > 0 {
				code = ansi.Truncate(site+rows[i].Fit(left-ansi.StringWidth(site)), left, "...")
			}
			p.WriteString(strings.TrimRight(text+p.Paint(words.Dim, strings.TrimRight(code, " ")), " ") + "\n")
		}
	}
}

// leastCode is how many columns a line of source needs to be known again.
const leastCode = 16

// held says what a search has not found, and within which bounds.
func (p *page) held(o *Finding) {
	c := o.Case
	p.put(words.OK, fmt.Sprintf("%s, %s: holds. Never twice, never lost.", strings.ToUpper(c.Lane.Consumer.Name), c.Lane.Business))
	p.body(c.Lane.Consumer.Name)
	p.put(words.Plain, "Searched: "+c.Searched()+". Nothing breaks it within these bounds: "+c.Bounds())
}

// body writes the handler of a consumer, for there is nothing shorter that says what
// was chosen.
func (p *page) body(name string) {
	lines, first := consumers.Body(name)
	for i, l := range lines {
		fmt.Fprintf(p, "  %s\n", p.Paint(words.Dim, fmt.Sprintf("%2d  %s", first+i, strings.ReplaceAll(l, "\t", "    "))))
	}
}
