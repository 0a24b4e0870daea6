package learn

import (
	"fmt"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

// Scene is what there is to show. A face shows the run at Step, with what is new
// since From, and below it the words.
type Scene struct {
	Phase Phase
	// Story is the run, and after the change the changed one. It stands after Step
	// steps; those up to From were there in the scene before.
	Story      *story.Story
	From, Step int
	// Stop is the number of the stop, from 1, of Of; 0 where it is at none.
	Stop, Of int
	// Text is what is said: the introduction, the sentence of the stop, the words
	// after the run, what to change. Caught are sentences that the fast track has
	// passed over since the last question, to be read before this one.
	Text   string
	Caught []string
	// Terms are words that package glossary explains.
	Terms []string
	// Question is open, with Chosen taken so far, from 1, and the hints asked for.
	Question *scenarios.Question
	Prompt   string
	Chosen   int
	Hints    []string
	// Verdict is what became of the question that was answered last.
	Verdict *Verdict
	// Words do the change at a shell: run or play, the scenario, and Words. Key does it
	// on the screen of play, pressed Presses times at the instant At, if lanes are those
	// of Lanes.
	Words   []string
	Key     string
	Presses int
	At      time.Duration
	Lanes   []string
	// Resumed says that the reader has come back to where they left.
	Resumed bool
	// Brief says that nothing more needs to be read here.
	Brief bool
}

// Scene returns what there is to show now.
func (s *Session) Scene() Scene {
	c := Scene{Phase: s.phase, Story: s.story, From: s.from, Step: s.from, Of: len(s.steps), Verdict: s.verdict, Resumed: s.resumed}
	switch s.phase {
	case Opening:
		c.Text = s.lesson.Intro
	case Asking:
		c.Stop, c.Step, c.Caught = s.stop+1, s.asks[s.stop], s.caught
		s.ask(&c, s.lesson.Stops[s.stop].Say)
	case Telling:
		c.Stop, c.From, c.Step = s.stop+1, s.from, s.steps[s.stop]
		c.Text = s.filled(s.stop)
		c.Brief = s.fast && s.verdict != nil && s.verdict.Right()
	case Words:
		c.Step, c.Text, c.Terms = s.story.Steps(), s.lesson.Words, s.lesson.Terms
	case Changing, Changed:
		c.Step = s.story.Steps()
		c.Text, c.Words = s.lesson.Change.Say, s.lesson.ChangeWords()
		c.Key, c.Presses, c.At, c.Lanes = s.lesson.Change.Key, s.presses, s.before, s.lesson.Lanes
		if s.phase == Changed {
			c.Story, c.Text = s.changed, s.lesson.Change.Then
			c.Step = s.changed.Steps()
		} else if s.lesson.Change.Question != nil {
			s.ask(&c, "")
		}
	case Over:
		c.Step = s.story.Steps()
	}
	return c
}

// ask puts the open question into a scene.
func (s *Session) ask(c *Scene, say string) {
	q, right := s.open()
	c.Question, c.Chosen, c.Prompt = q, s.chosen, q.Prompt
	if c.Prompt == "" {
		c.Prompt = say
	}
	answer := fmt.Sprintf("The answer is %d, %s: %s.", right, quoted(q, right), q.Choices[right-1].Why)
	c.Hints = []string{q.Nudge, q.Where, answer}[:s.hints]
}

// Verdict is the verdict on an answer.
type Verdict struct {
	Said, Was int // choices from 1; Said is 0 if none was taken
	Sure      bool
	question  *scenarios.Question
}

// Right reports whether the answer was right.
func (v *Verdict) Right() bool { return v.Said == v.Was }

// Prompt is what was asked, or "" where a sentence was to be filled in.
func (v *Verdict) Prompt() string { return v.question.Prompt }

// Line gives the verdict in one line, before the run shows the answer.
func (v *Verdict) Line() story.Line {
	was := &v.question.Choices[v.Was-1]
	it, as := "It is "+quoted(v.question, v.Was)+":", story.OK
	switch {
	case v.Right():
		it = "Right, " + quoted(v.question, v.Was) + ":"
	case v.Said > 0:
		it, as = "Not quite. "+it, story.Wrong
	}
	return story.Line{{Text: it, As: as}, {Text: was.Why + ".", As: story.Plain}}
}

// Lines gives the answer, the right one, and the reasons. It names the misconception if
// the reader was sure of a wrong answer: people remember those.
func (v *Verdict) Lines() []story.Line {
	q := v.question
	was := &q.Choices[v.Was-1]
	if v.Right() {
		head := "Right:"
		if v.Sure {
			head = "Right, and you were sure:"
		}
		return []story.Line{{{Text: head, As: story.OK}, {Text: was.Why + ".", As: story.Plain}}}
	}
	it := "It was " + quoted(q, v.Was) + ":"
	if v.Said == 0 {
		return []story.Line{{{Text: it, As: story.OK}, {Text: was.Why + ".", As: story.Plain}}}
	}
	said := &q.Choices[v.Said-1]
	lines := []story.Line{
		{{Text: "You said " + quoted(q, v.Said) + ".", As: story.Wrong}, {Text: "Not quite: " + said.Why + ".", As: story.Plain}},
		{{Text: it, As: story.OK}, {Text: was.Why + ".", As: story.Plain}},
	}
	if v.Sure {
		belief := fmt.Sprintf("You were sure, so remember this one: many believe that %s (%s).", said.Belief.Text(), said.Belief)
		lines = append(lines, story.Line{{Text: belief, As: story.Wrong}})
	}
	return lines
}

// quoted is a choice in quotation marks. The reason after its colon is left out, unless
// another choice begins in the same way.
func quoted(q *scenarios.Question, n int) string {
	text := q.Choices[n-1].Text
	head, _, _ := strings.Cut(text, ": ")
	for i := range q.Choices {
		if i != n-1 && strings.HasPrefix(q.Choices[i].Text, head) {
			head = text
		}
	}
	return `"` + head + `"`
}
