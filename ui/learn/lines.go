package learn

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Lines is the face of a lesson for which a terminal, a pipe or a screen reader is
// enough: it writes lines, and reads what is typed below them.
type Lines struct {
	In  *bufio.Reader
	Out io.Writer
	// Paint colours the lines; nil does not. Width is where they are broken; 0 breaks
	// none.
	Paint words.Paint
	Width int
	// Waits says that a person reads at a terminal: then Lines waits after each stop, and
	// shows a prompt. From a pipe it reads only at a question.
	Waits bool
	// Command writes a command of this program with its arguments, so that it can be
	// pasted; Scenario is the argument that names what is run.
	Command  func(args ...string) string
	Scenario string
	// Clock writes an instant as play --at takes it.
	Clock func(time.Duration) string
	// Left is what to say to a reader who has come back to where they left.
	Left string
	// Answered is told of each answer at once, so that it is kept whatever comes.
	Answered func(Answer)
	// Refute shows that what a wrong answer believes is not so; nil cannot.
	Refute func(scenarios.Misconception) error

	recount *story.Recount
	toldTo  int    // the step up to which the run was told
	tallied string // what was taken, as it was told last
	hinted  int    // hints that were told
	meant   bool   // a choice was typed
	asked   bool   // a question was written last
	err     error
	doubted
}

// ErrLeft says that the reader has left, or that there was nothing more to read.
var ErrLeft = errors.New("the lesson was left")

// Play takes a reader through a lesson. It returns ErrLeft if that was left before
// its end.
func (f *Lines) Play(s *Session) error {
	f.recount = s.story.Recount()
	f.open(s)
	if s.resumed {
		f.doubted = doubted{s.answers[len(s.answers)-1].Belief, len(s.answers) == s.Questions()}
	}
	for told := 0; s.phase != Over; {
		c := s.Scene()
		if told == 0 {
			f.show(&c)
		}
		in, leave := f.read(&c)
		if f.err != nil {
			return f.err
		}
		if leave {
			return ErrLeft
		}
		phase, answers := s.phase, len(s.answers)
		for _, i := range in {
			s.Do(i)
		}
		if len(s.answers) > answers {
			f.answered(s.answers[answers], s.Questions()-len(s.answers))
		}
		told = 0
		if s.phase == phase && len(s.answers) == answers && (phase == Asking || phase == Changing) {
			f.stay(s)
			told = 1 // the question stands above already
		}
	}
	return f.err
}

// open writes the headline, and how to go on.
func (f *Lines) open(s *Session) {
	title := s.lesson.Title
	if s.lesson.Chapter > 0 {
		title = fmt.Sprintf("%d. %s", s.lesson.Chapter, title)
	}
	f.say(words.Strong, title)
	f.blank()
	if s.resumed {
		f.say(words.Dim, f.Left)
	}
}

// show writes a scene.
func (f *Lines) show(c *Scene) {
	switch c.Phase {
	case Opening:
		f.prose(c.Text)
		f.blank()
		onward := ""
		if f.Waits {
			onward = "Enter goes on. "
		}
		f.say(words.Dim, onward+"At a question, type a number, or type it twice if you are sure, as in 22. ? gives a hint, q leaves.")
		return
	case Words:
		f.blank()
		f.say(words.Strong, c.Teaches)
		f.prose(c.Text)
		if len(c.Terms) > 0 && f.Command != nil {
			f.say(words.Dim, "To look up, as in "+f.Command("explain", c.Terms[0])+": "+strings.Join(c.Terms, ", ")+".")
		}
		return
	case Changing:
		f.change(c)
	case Changed:
		f.changed(c)
		return
	default:
		f.happened(c)
	}
	if c.Question != nil {
		f.ask(c)
		return
	}
	if c.Phase == Telling {
		f.told(c)
	}
}

// happened tells the run since the scene before.
func (f *Lines) happened(c *Scene) {
	if c.Stop > 0 && (c.Verdict == nil || c.Question != nil || c.Resumed) {
		f.blank()
		f.say(words.Dim, fmt.Sprintf("Stop %d of %d", c.Stop, c.Of))
	}
	if c.Resumed {
		f.say(words.Plain, c.Verdict.Prompt)
	}
	if f.asked && !f.Waits {
		f.blank() // where somebody types, their line stands between
	}
	f.asked = false
	for _, line := range f.news(c) {
		f.line(line)
	}
}

// news are the lines of the run that were not told yet.
func (f *Lines) news(c *Scene) []words.Line {
	from := max(c.From, f.toldTo)
	f.toldTo = max(from, c.Step)
	return f.recount.Tell(from, f.toldTo)
}

// told writes what is said at a stop.
func (f *Lines) told(c *Scene) {
	if tally := c.Story.Tally(c.Step); tally.Plain() != f.tallied {
		f.tallied = tally.Plain()
		f.line(tally)
	}
	for _, line := range f.verdict(c) {
		f.line(line)
	}
	if c.Brief {
		return
	}
	f.say(words.Strong, c.Text)
	f.offer(c)
}

func (f *Lines) verdict(c *Scene) []words.Line {
	if c.Verdict == nil {
		return nil
	}
	return c.Verdict.Lines()
}

// ask writes the open question.
func (f *Lines) ask(c *Scene) {
	for _, text := range c.Caught {
		f.say(words.Plain, text)
	}
	prompt := c.Prompt
	if strings.Contains(prompt, scenarios.Blank) {
		prompt = "Fill in: " + prompt
	}
	f.say(words.Strong, prompt)
	for i := range c.Question.Choices {
		f.say(words.Plain, fmt.Sprintf("%d  %s", i+1, c.Question.Choices[i].Text))
	}
	f.asked = true
}

// change writes what is to be done differently.
func (f *Lines) change(c *Scene) {
	f.blank()
	f.say(words.Strong, "Now change one thing. "+c.Text)
}

func (f *Lines) commands(what string, args []string) {
	if f.Command != nil {
		f.put(words.Say(words.Dim, what).Painted(f.Paint, 0) + f.Command(args...))
	}
}

// changed writes what came of the change, and how to do it.
func (f *Lines) changed(c *Scene) {
	if f.asked && !f.Waits {
		f.blank()
	}
	if c.Resumed {
		f.change(&Scene{Text: c.Verdict.Prompt})
	}
	for _, line := range c.Story.Narrate(c.Step).Lines[1:] {
		f.line(line)
	}
	for _, line := range f.verdict(c) {
		f.line(line)
	}
	f.say(words.Strong, c.Text)
	f.commands("Do it as text: ", append([]string{"run", f.Scenario}, c.Words...))
	f.onScreen(c)
	f.offer(c)
}

// onScreen names the key that does the change, and opens the screen where it does.
func (f *Lines) onScreen(c *Scene) {
	if c.Key == "" {
		return
	}
	key, args := "the key "+c.Key, []string{"play", f.Scenario}
	if c.Presses == 2 {
		key += ", twice"
	}
	if len(c.Lanes) > 0 {
		args = append(args, "--consumers", strings.Join(c.Lanes, ","))
	}
	if c.At > 0 && f.Clock != nil {
		args = append(args, "--at", f.Clock(c.At))
	}
	f.commands("On the screen, with "+key+": ", args)
}

// stay answers what left the question open: a choice of which the reader may yet be
// sure, a hint, or nothing that means anything.
func (f *Lines) stay(s *Session) {
	c := s.Scene()
	switch {
	case f.hinted < len(c.Hints):
		f.say(words.Plain, c.Hints[len(c.Hints)-1])
	case c.Chosen > 0 && f.meant:
		f.say(words.Dim, fmt.Sprintf("%d. If you are sure, type %d again; enter shows what happens.", c.Chosen, c.Chosen))
	default:
		f.say(words.Dim, fmt.Sprintf("Type a number from 1 to %d, ? for a hint, q to leave; enter shows the answer without a guess.", len(c.Question.Choices)))
	}
	f.hinted = len(c.Hints)
}

// read reads what the reader does about a scene.
func (f *Lines) read(c *Scene) (in []Input, leave bool) {
	f.meant = false
	if c.Brief || c.Question == nil && !f.Waits {
		return []Input{{Kind: Go}}, false
	}
	text, end := f.typed(c)
	if end {
		f.blank()
		return nil, true
	}
	switch {
	case text == "q" || text == "quit" || text == "exit":
		return nil, true
	case c.Question == nil || text == "":
		f.hinted = 0
		return []Input{{Kind: Go}}, false
	case text == "?" || text == "h" || text == "hint":
		return []Input{{Kind: Hint}}, false
	}
	n, sure, ok := quiz.Read(text, len(c.Question.Choices))
	if !ok {
		return nil, false
	}
	f.meant = true
	switch pick := (Input{Kind: Pick, N: n}); {
	case sure && c.Chosen != n:
		in = []Input{pick, pick}
	case f.Waits || sure:
		return []Input{pick}, false
	default:
		in = []Input{pick, {Kind: Go}}
	}
	f.hinted = 0
	return in, false
}
