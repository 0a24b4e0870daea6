package learn

import (
	"fmt"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/quiz"
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
	// Speaks are the consumers that the words are about.
	Speaks []string
	// Teaches is the lesson in one sentence. It is said after the run: before it, it would
	// answer the questions.
	Teaches string
	// Terms are words that package glossary explains.
	Terms []string
	// Question is open, with Chosen taken so far, from 1, and the hints asked for.
	Question *scenarios.Quiz
	Prompt   string
	Chosen   int
	Hints    []string
	// Verdict is what became of the question that was answered last.
	Verdict *quiz.Judgement
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
		c.Step, c.Teaches, c.Text, c.Terms = s.story.Steps(), s.lesson.Teaches, s.lesson.Words, s.lesson.Terms
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
	c.Speaks = s.speaks(&c)
	return c
}

// speaks returns the consumers that the words of a scene are about.
func (s *Session) speaks(c *Scene) []string {
	texts := []string{c.Text, c.Prompt}
	if s.phase == Telling {
		p := &s.lesson.Stops[s.stop]
		texts = append(texts, p.Say)
		if right := s.right[s.stop]; right > 0 {
			texts = append(texts, p.Question.Choices[right-1].Text)
		}
	}
	if c.Question != nil {
		for i := range c.Question.Choices {
			texts = append(texts, c.Question.Choices[i].Text)
		}
	}
	return s.lesson.SpeaksOf(texts...)
}

// ask puts the open question into a scene.
func (s *Session) ask(c *Scene, say string) {
	q, right := s.open()
	c.Question, c.Chosen, c.Prompt = q, s.chosen, q.Prompt
	if c.Prompt == "" {
		c.Prompt = say
	}
	all := choices(q)
	answer := fmt.Sprintf("The answer is %d, %s: %s.", right, quiz.Quoted(all, right), all[right-1].Why)
	c.Hints = []string{q.Nudge, q.Where, answer}[:s.hints]
}

// choices are what a question of a lesson gives to choose from.
func choices(q *scenarios.Quiz) []quiz.Choice {
	all := make([]quiz.Choice, len(q.Choices))
	for i := range q.Choices {
		c := &q.Choices[i]
		short, _, _ := strings.Cut(c.Text, ": ") // a file gives the reason behind a colon
		all[i] = quiz.Choice{Text: c.Text, Short: short, Why: c.Why, Belief: c.Belief}
	}
	return all
}
