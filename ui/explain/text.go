package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/ui/story"
)

// MostLines is how long a page may be, and Columns how wide.
const (
	MostLines = 20
	Columns   = 80
)

// Style is how a page is written.
type Style struct {
	Paint story.Paint
	Width int  // of prose; lines of commands may be longer, if the program's name is
	Plain bool // sentences instead of pictures
	// Line writes a command line.
	Line func(words ...string) string
}

// Write writes the page in at most MostLines lines: where that is too little, the
// blank lines go, then the last sentences of the prose.
func (p *Page) Write(s Style) string {
	s.Width = min(max(s.Width, 40), Columns)
	prose := make([][]string, len(p.Text))
	for i, text := range p.Text {
		prose[i] = sentences(text)
	}
	for air := full; ; air = max(air-1, none) {
		lines := p.lines(&s, prose, air)
		if len(lines) <= MostLines || air == none && !shorten(prose) {
			return strings.Join(lines, "\n") + "\n"
		}
	}
}

// How many blank lines a page has room for: all of them, those around a picture,
// none.
const (
	none = iota
	some
	full
)

// shorten takes the last sentence from the longest paragraph, and reports whether
// there was one to spare.
func shorten(prose [][]string) bool {
	longest, most := -1, 0
	for i, p := range prose {
		if n := len(strings.Join(p, " ")); len(p) > 1 && n > most {
			longest, most = i, n
		}
	}
	if longest < 0 {
		return false
	}
	prose[longest] = prose[longest][:len(prose[longest])-1]
	return true
}

// lines lays the page out.
func (p *Page) lines(s *Style, prose [][]string, air int) []string {
	var out []string
	gap := func(needs int) {
		if air >= needs {
			out = append(out, "")
		}
	}
	head := s.Paint(story.Strong, p.Title)
	if p.Beside != "" {
		head += s.Paint(story.Dim, " · "+p.Beside)
	}
	out = append(out, head)
	for i, text := range prose {
		if i == len(prose)-1 && len(p.Pictures) == 0 && len(prose) > 1 {
			gap(full)
		}
		out = append(out, s.wrapped("", strings.Join(text, " "))...)
	}
	if len(p.Pictures) > 0 {
		gap(some)
		out = append(out, p.drawn(s)...)
		gap(some)
	} else if len(p.Facts) > 0 {
		gap(full)
	}
	out = append(out, s.labelled(slices.Concat(p.Facts, p.grouped()))...)
	if p.Within != "" {
		out = append(out, s.Paint(story.Dim, "("+p.Within+")"))
	}
	gap(full)
	for _, f := range []Fact{{"Also called", p.Also}, {"See also", strings.Join(p.See, ", ")}} {
		if f.Text != "" {
			out = append(out, s.wrapped(f.Label+": ", f.Text)...)
		}
	}
	for _, c := range p.Commands {
		label, line := strings.ToUpper(c.Why[:1])+c.Why[1:]+":", s.Line(c.Words...)
		if ansi.StringWidth(label+" "+line) > s.Width {
			out = append(out, label, "  "+line)
			continue
		}
		out = append(out, label+" "+line)
	}
	return out
}

// drawn are the pictures, and what their marks mean.
func (p *Page) drawn(s *Style) []string {
	var out []string
	if p.Of != p.Name {
		out = append(out, "Steps of the consumer "+p.Of+":")
	}
	for _, picture := range p.Pictures {
		if s.Plain {
			out = append(out, s.wrapped("", strings.Join(picture.Sentences(), " "))...)
			continue
		}
		out = append(out, picture.Lines(s.Paint)...)
	}
	if s.Plain {
		return out
	}
	return append(out, s.wrapped("  ", p.Gaps)...)
}

// grouped are the breaks, with one line for businesses that fare alike.
func (p *Page) grouped() []Fact {
	var facts []Fact
	for i := range p.Breaks {
		b := &p.Breaks[i]
		if n := len(facts) - 1; n >= 0 && p.alike(i-1, i) {
			facts[n] = Fact{facts[n].Label + ", " + b.Business, neutral.Replace(b.Says)}
			continue
		}
		facts = append(facts, Fact{b.Business, b.Says})
	}
	return facts
}

// neutral words say the same of every business.
var neutral = strings.NewReplacer("the charge", "the effect", "the mail", "the effect", "the taking", "the effect")

// alike reports whether two businesses fare alike, but for what their effect is called.
func (p *Page) alike(i, k int) bool {
	return neutral.Replace(p.Breaks[i].Says) == neutral.Replace(p.Breaks[k].Says)
}

// labelled writes facts one below the other.
func (s *Style) labelled(facts []Fact) []string {
	most := 0
	for _, f := range facts {
		most = max(most, len(f.Label))
	}
	var out []string
	for _, f := range facts {
		out = append(out, s.wrapped(fmt.Sprintf("%-*s  ", most, f.Label), f.Text)...)
	}
	return out
}

// wrapped writes text behind a label, in lines that begin where it begins.
func (s *Style) wrapped(label, text string) []string {
	var out []string
	for i, l := range (story.Line{{Text: text}}).Wrap(s.Width - len([]rune(label))) {
		head := label
		if i > 0 {
			head = strings.Repeat(" ", len([]rune(label)))
		}
		out = append(out, head+l.Plain())
	}
	return out
}
