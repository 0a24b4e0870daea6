package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/ui/words"
)

// MostLines is how long a page may be, and Columns how wide.
const (
	MostLines = 20
	Columns   = 80
)

// Write writes the page in at most MostLines lines. A page that is too long loses its
// blank lines first, then names and what breaks where it can best be spared, then the last
// sentences of its prose, and more names.
func (p *Page) Write(s words.Layout) string {
	s.Width = min(max(s.Width, 40), Columns)
	prose := make([][]string, len(p.Text))
	for i, text := range p.Text {
		prose[i] = sentences(text)
	}
	for _, l := range []layout{{full, all, true}, {some, all, true}, {none, all, true}, {none, several, true}} {
		if lines := p.lines(&s, prose, l); len(lines) <= MostLines {
			return strings.Join(lines, "\n") + "\n"
		}
	}
	l := layout{none, several, false}
	for {
		lines := p.lines(&s, prose, l)
		switch {
		case len(lines) > MostLines && shorten(prose, p.head):
		case len(lines) > MostLines && l.names > two:
			l.names = two
		default:
			return strings.Join(lines, "\n") + "\n"
		}
	}
}

// layout is how much space a page uses.
type layout struct {
	air   int  // which blank lines it has
	names int  // how many names a list shows before it counts the rest
	whole bool // what breaks in every business, and not only in those that cannot be spared
}

// Which blank lines a page has: none, those around a picture, all.
const (
	none = iota
	some
	full
)

// How many names a list shows.
const (
	all     = 1000
	several = 5
	two     = 2
)

// shorten removes the last sentence of the longest paragraph after the head, which says
// what the thing is. If each of those has one sentence, it removes the last of them, and
// then shortens the head. It reports whether there was a sentence to remove.
func shorten(prose [][]string, head int) bool {
	at, most := -1, 0
	for i := head; i < len(prose); i++ {
		if n := len(strings.Join(prose[i], " ")); len(prose[i]) > 1 && n > most {
			at, most = i, n
		}
	}
	for i := len(prose) - 1; at < 0 && i > 0; i-- {
		if n := len(prose[i]); n > 1 || n == 1 && i >= head {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	prose[at] = prose[at][:len(prose[at])-1]
	return true
}

// lines lays the page out.
func (p *Page) lines(s *words.Layout, prose [][]string, l layout) []string {
	var out []string
	gap := func(needs int) {
		if l.air >= needs {
			out = append(out, "")
		}
	}
	head := s.Paint(words.Strong, p.Title)
	if p.Beside != "" {
		head += s.Paint(words.Dim, " · "+p.Beside)
	}
	out = append(out, head)
	for i, text := range prose {
		if len(text) == 0 {
			continue
		}
		if i == len(prose)-1 && len(p.Pictures) == 0 && len(prose) > 1 {
			gap(full)
		}
		out = append(out, s.Lines("", words.Say(words.Plain, strings.Join(text, " ")))...)
	}
	if len(p.Pictures) > 0 {
		gap(some)
		out = append(out, p.drawn(s)...)
		gap(some)
	} else if len(p.Facts) > 0 {
		gap(full)
	}
	out = append(out, labelled(s, slices.Concat(p.Facts, p.grouped(l.whole)), l.names)...)
	if p.Within != "" {
		for _, line := range s.Lines("", words.Say(words.Plain, "("+p.Within+")")) {
			out = append(out, s.Paint(words.Dim, line))
		}
	}
	gap(full)
	for _, f := range []Fact{{Label: "Also called", Text: p.Also}, {Label: "See also", Text: strings.Join(p.See, ", ")}} {
		if f.Text != "" {
			out = append(out, s.Lines(f.Label+": ", words.Say(words.Plain, f.Text))...)
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

// drawn are the pictures, and a legend of their marks.
func (p *Page) drawn(s *words.Layout) []string {
	var out []string
	if p.Of != p.Name {
		out = append(out, "Steps of the consumer "+p.Of+":")
	}
	for _, picture := range p.Pictures {
		if s.Plain {
			out = append(out, s.Lines("", words.Say(words.Plain, strings.Join(picture.Sentences(), " ")))...)
			continue
		}
		out = append(out, picture.Lines(s.Paint)...)
	}
	if s.Plain {
		return out
	}
	return append(out, s.Lines("  ", words.Say(words.Plain, p.Gaps))...)
}

// grouped are the breaks, with one line for businesses that break in the same way; if not
// whole, without those that can be spared.
func (p *Page) grouped(whole bool) []Fact {
	var facts []Fact
	var first []int // which break a fact began with
	for i := range p.Breaks {
		b := &p.Breaks[i]
		if !whole && b.spare {
			continue
		}
		at := slices.IndexFunc(first, func(k int) bool { return p.alike(k, i) })
		if at < 0 {
			facts, first = append(facts, Fact{Label: b.Business, Text: b.Says}), append(first, i)
			continue
		}
		f := &facts[at]
		if f.Label += ", " + b.Business; f.Text != b.Says {
			f.Text = neutral.Replace(b.Says)
		}
	}
	return facts
}

// neutral replaces the word of one business for its effect by one that fits all.
var neutral = strings.NewReplacer("the charge", "the effect", "the mail", "the effect", "the taking", "the effect")

// alike reports whether two businesses break in the same way, apart from the word for
// their effect.
func (p *Page) alike(i, k int) bool {
	return neutral.Replace(p.Breaks[i].Says) == neutral.Replace(p.Breaks[k].Says)
}

// labelled writes facts one below the other.
func labelled(s *words.Layout, facts []Fact, names int) []string {
	most := 0
	for _, f := range facts {
		most = max(most, len(f.Label))
	}
	var out []string
	for _, f := range facts {
		text := f.Text
		if len(f.names) > names {
			text = words.Few(f.names, names, ", ")
		}
		out = append(out, s.Lines(fmt.Sprintf("%-*s  ", most, f.Label), words.Say(words.Plain, text))...)
	}
	return out
}
