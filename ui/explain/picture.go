package explain

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/sim"
	"dejavu/ui/words"
)

// Picture is the undisturbed way through a handler, from left to right, and the
// ways that leave it. A gap is drawn where a crash does harm: ×2 where what is owed
// then happens twice, ×0 where it never does.
type Picture struct {
	Relay    bool     `json:"relay,omitempty"` // of the relay, and not of the handler
	Steps    []Step   `json:"steps"`
	Branches []Branch `json:"branches,omitempty"`
}

// Step is a step of a picture.
type Step struct {
	Text string `json:"step"`
	// Crash is what a crash just before it comes to: "", twice, lost, or both.
	Crash string `json:"crash_before,omitempty"`
}

// Branch is a way that leaves the undisturbed one, or another branch.
type Branch struct {
	Off  int    `json:"off"` // the index of the step that it leaves
	Deep int    `json:"-"`   // how many branches it hangs from
	If   string `json:"if"`
	Then string `json:"then"`
}

const (
	arrow     = " → "
	widest    = 78 // cells of a picture
	mostShown = 8  // branches
)

// marks are how a gap is drawn, by what a crash there comes to.
var marks = map[string]string{"twice": " ╌×2╌ ", "lost": " ╌×0╌ ", "both": " ╌×0╌×2╌ "}

func (g gap) String() string {
	switch {
	case g.twice && g.lost:
		return "both"
	case g.twice:
		return "twice"
	case g.lost:
		return "lost"
	}
	return ""
}

// picture draws a trunk and what leaves it.
func picture(t *trunk, trees []*place, b sim.Business) Picture {
	p := Picture{Relay: t.relay, Steps: t.drawn(b, true)}
	if p.width() > widest {
		p.Steps = t.drawn(b, false)
	}
	for _, tree := range trees {
		if same(&tree.StepTaken, &t.steps[0]) {
			d := drawing{b: b}
			d.trunk(t, tree)
			p.Branches = d.out[:min(len(d.out), mostShown)]
		}
	}
	return p
}

// drawn are the steps as they are drawn: each with what it is about or, where room is
// short, only the first that is about it.
func (t *trunk) drawn(b sim.Business, full bool) []Step {
	var all []Step
	for i := range t.steps {
		s := t.steps[i]
		about := func(o sim.StepTaken) bool { return o.Table == s.Table && o.Key == s.Key }
		if !full && s.Key != "" && slices.ContainsFunc(t.steps[:i], about) {
			s.Table, s.Key, s.Value = "", "", ""
		}
		text := named(&s, acked(t.steps[:i]), b)
		if t.relay && s.Op == sim.OpReturn && text != "" {
			text = t.mark
		}
		if text != "" {
			all = append(all, Step{text, t.gaps[i].String()})
		}
	}
	return all
}

// width is how wide the steps are in one line.
func (p *Picture) width() int {
	n := 2
	for i, s := range p.Steps {
		if i > 0 {
			n += ansi.StringWidth(s.mark())
		}
		n += ansi.StringWidth(s.Text)
	}
	return n
}

// mark is what is drawn before a step.
func (s *Step) mark() string {
	if s.Crash != "" {
		return marks[s.Crash]
	}
	return arrow
}

// acked reports whether the queue knows already.
func acked(steps []sim.StepTaken) bool {
	for i := range steps {
		if steps[i].Op == sim.OpAck {
			return true
		}
	}
	return false
}

// Lines draws the picture in at most so many cells a line. What a line is painted
// with is decided by its marks.
func (p *Picture) Lines(paint words.Paint) []string {
	var lines []string
	line, from := "  ", 0
	if p.Relay {
		line = "  relay: "
	}
	starts := make([]int, len(p.Steps))
	flush := func(to int) {
		lines = append(lines, colored(strings.TrimRight(line, " "), paint))
		for _, b := range p.Branches {
			if b.Off >= from && b.Off < to {
				lines = append(lines, b.line(starts[b.Off], p.Steps[b.Off].Text))
			}
		}
		from = to
	}
	for i, s := range p.Steps {
		mark := ""
		if i > 0 {
			mark = s.mark()
		}
		if ansi.StringWidth(line+mark+s.Text) > widest {
			flush(i)
			line = "   "
		}
		line += mark
		starts[i] = ansi.StringWidth(line)
		line += s.Text
	}
	flush(len(p.Steps))
	return lines
}

// line draws a branch below the step that it leaves, or where there is no room,
// further left and with the step's name.
func (b *Branch) line(start int, step string) string {
	text := "└ " + b.If + ": " + b.Then
	at := start + 2*b.Deep
	if at+ansi.StringWidth(text) > widest {
		text = "└ " + step + ", " + b.If + ": " + b.Then
		at = max(2, min(at, widest-ansi.StringWidth(text)))
	}
	return strings.Repeat(" ", at) + ansi.Truncate(text, widest-at, "...")
}

func colored(line string, paint words.Paint) string {
	for _, mark := range []string{"×2", "×0"} {
		line = strings.ReplaceAll(line, mark, paint(words.Wrong, mark))
	}
	return line
}

// Sentences tell the picture without drawing it.
func (p *Picture) Sentences() []string {
	var steps, rest []string
	for i, s := range p.Steps {
		steps = append(steps, s.Text)
		if s.Crash != "" && i > 0 {
			rest = append(rest, "A crash between "+p.Steps[i-1].Text+" and "+s.Text+": "+s.Crash+".")
		}
	}
	for _, b := range p.Branches {
		rest = append(rest, "At "+p.Steps[b.Off].Text+", if "+b.If+": "+strings.ReplaceAll(b.Then, arrow, ", ")+".")
	}
	head := "Steps: "
	if p.Relay {
		head = "The relay's steps: "
	}
	return append([]string{head + strings.Join(steps, ", ") + "."}, rest...)
}
