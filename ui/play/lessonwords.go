package play

import (
	"fmt"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/learn"
	"dejavu/ui/quiz"
	"dejavu/ui/words"
)

// readable is how wide what is to be read is at most.
const readable = 84

// teach puts the words of a lesson into a frame: a sentence stands where the run is
// told in the playground, a question and all that is longer above the frame.
func (m *Model) teach(o *frame.Look) {
	l := m.lesson
	if l.refuted != nil {
		l.refuted.show(m, o)
		return
	}
	o.Title, o.NamesOnly = titleOf(l.Lesson), l.scene.Phase < learn.Words
	if c := &l.scene; c.Stop > 0 {
		o.Place = fmt.Sprintf("stop %d of %d", c.Stop, c.Of)
	}
	o.Said = frame.Say(words.Say(words.Dim, l.last))
	switch {
	case !m.arrived():
		if l.scene.Verdict != nil { // right or wrong, and why, is said at once
			o.Said = frame.Say(l.scene.Verdict.Line())
		}
		return
	case l.scene.Phase == learn.Telling:
		o.Said = frame.Say(words.Say(words.Strong, l.scene.Text))
	case l.scene.Phase >= learn.Changed: // another run: what was said of the first is about others
		o.Said = nil
	}
	if o.Panel == nil && !l.bare {
		o.Panel = m.words()
		if o.Panel != nil && l.scene.Phase == learn.Telling { // it says that as well
			o.Said = frame.Say()
		}
	}
}

// titleOf is the headline of a lesson.
func titleOf(l *scenarios.Lesson) string {
	if l.Chapter == 0 {
		return l.Title
	}
	return fmt.Sprintf("%d. %s", l.Chapter, l.Title)
}

// words are what stands above the run, or nil.
func (m *Model) words() *frame.Panel {
	if !m.arrived() {
		return nil
	}
	c := &m.lesson.scene
	w := min(readable, max(m.w-4, 1))
	switch {
	case c.Question != nil:
		return m.question(w)
	case c.Phase == learn.Opening:
		p := page(titleOf(m.lesson.Lesson), w)
		p.says(words.Plain, c.Text)
		return p.panel("? explains the signs")
	case c.Phase == learn.Telling:
		return m.verdict(w)
	case c.Phase == learn.Words:
		return m.definition(w)
	case c.Phase == learn.Changing, c.Phase == learn.Changed:
		return m.change(w)
	}
	p := page(titleOf(m.lesson.Lesson)+" is done", w)
	if m.lesson.Ending != nil {
		for _, text := range m.lesson.Ending() {
			p.exact(text)
		}
	}
	return p.panel("")
}

// question is the open question with its choices, and the hints so far. Where there
// is no room for all of them, the last hint is what was asked for.
func (m *Model) question(w int) *frame.Panel {
	c := &m.lesson.scene
	title, prompt := "Your guess", c.Prompt
	if c.Phase == learn.Changing {
		title, prompt = "Now change one thing", strings.TrimSpace(c.Text+" "+prompt)
	} else if strings.Contains(prompt, scenarios.Blank) {
		title = "Your guess: fill in the blank"
	}
	room := max(m.h-3, 1)
	var p *paper
	for from := 0; from <= len(c.Hints); from++ {
		p = page(title, w)
		for _, text := range c.Caught {
			p.says(words.Dim, text)
		}
		p.says(words.Strong, prompt)
		for i := range c.Question.Choices {
			p.choice(i+1, c.Question.Choices[i].Text, i+1 == c.Chosen)
		}
		if len(c.Hints) > from {
			p.gap()
		}
		for _, hint := range c.Hints[from:] {
			p.says(words.OK, hint)
		}
		if len(p.lines) <= room {
			break
		}
	}
	p.lines = p.lines[max(len(p.lines)-room, 0):]
	foot := ""
	if c.Chosen > 0 {
		foot = fmt.Sprintf("%d again if you are sure", c.Chosen)
	}
	return p.panel(foot)
}

// verdict is what came of a question, and what is said at its stop; nil where that is
// one sentence that has its place below the run.
func (m *Model) verdict(w int) *frame.Panel {
	c := &m.lesson.scene
	if c.Verdict == nil {
		return nil
	}
	p := page(verdictTitle(c.Verdict), w)
	p.resumed(m.lesson)
	p.verdict(c.Verdict)
	if !c.Brief {
		p.says(words.Strong, c.Text)
	}
	return p.panel("")
}

func verdictTitle(v *quiz.Judgement) string {
	switch {
	case v.Said == 0:
		return "So it was"
	case v.Right():
		return "Right"
	}
	return "Not so"
}

// definition are the words after the run.
func (m *Model) definition(w int) *frame.Panel {
	c := &m.lesson.scene
	p := page("In words", w)
	p.says(words.Strong, c.Teaches)
	p.says(words.Plain, c.Text)
	if len(c.Terms) > 0 && m.o.Course.Command != nil {
		p.gap()
		p.says(words.Dim, "To look up later, on any terminal:")
		for _, term := range c.Terms {
			p.says(words.OK, m.o.Course.Command("explain", term))
		}
	}
	return p.panel("")
}

// change is what to do differently where nothing is asked about it, and what came of
// it.
func (m *Model) change(w int) *frame.Panel {
	c := &m.lesson.scene
	if c.Phase == learn.Changing {
		p := page("Now change one thing", w)
		p.says(words.Strong, c.Text)
		return p.panel("")
	}
	title := "Changed"
	if c.Verdict != nil {
		title = verdictTitle(c.Verdict)
	}
	p := page(title, w)
	p.resumed(m.lesson)
	for _, line := range c.Story.Narrate(c.Step).Lines[1:] {
		p.add(line)
	}
	p.verdict(c.Verdict)
	p.says(words.Strong, c.Text)
	return p.panel("")
}

// paper is a panel that is being written.
type paper struct {
	title string
	w     int
	lines []words.Line
}

func page(title string, w int) *paper { return &paper{title: title, w: w} }

// says writes paragraphs.
func (p *paper) says(as words.Meaning, text string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		p.add(words.Say(as, paragraph))
	}
}

func (p *paper) add(line words.Line) { p.lines = append(p.lines, line.Wrap(p.w)...) }

// exact writes a line as it stands where it fits: columns stay in line. Where it does
// not fit, what stands behind a command goes below it.
func (p *paper) exact(text string) {
	line := words.Say(words.Plain, text)
	command, about, listed := strings.Cut(strings.TrimSpace(text), "  ")
	switch {
	case len([]rune(text)) <= p.w:
		p.lines = append(p.lines, line)
	case listed && strings.HasPrefix(text, "  "):
		p.exact("  " + command)
		p.exact("    " + strings.TrimSpace(about))
	default:
		p.add(line)
	}
}

func (p *paper) gap() { p.lines = append(p.lines, words.Line{}) }

// resumed reminds a reader who has come back of what was asked.
func (p *paper) resumed(l *lesson) {
	if c := &l.scene; c.Resumed {
		p.says(words.Dim, l.Left)
		if prompt := c.Verdict.Prompt; prompt != "" {
			p.says(words.Plain, prompt)
		}
	}
}

func (p *paper) verdict(v *quiz.Judgement) {
	if v == nil {
		return
	}
	for _, line := range v.Lines() {
		p.add(line)
	}
}

// choice writes a choice with its number in front, marked if it was taken.
func (p *paper) choice(n int, text string, taken bool) {
	mark, as := " ", words.Plain
	if taken {
		mark, as = "▸", words.Strong
	}
	head := words.Say(words.Strong, mark).And(words.OK, fmt.Sprintf("[%d]", n))
	for _, part := range words.Say(as, text).Wrap(max(p.w-6, 1)) {
		p.lines = append(p.lines, append(head[:2:2], part...))
		head = words.Say(words.Plain, " ").And(words.Plain, "   ")
	}
}

// panel covers the lower rows: the lanes stay in sight.
func (p *paper) panel(foot string) *frame.Panel {
	return &frame.Panel{Title: p.title, Lines: p.lines, Foot: foot, Low: true, Wide: true, Chosen: -1}
}
