package play

import (
	"strings"
	"time"

	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// guessing is what has been asked and answered since the program was started.
type guessing struct {
	open    *quiz.Question
	since   time.Time
	asked   map[string]bool // by scenario and question: each is asked once
	skipped int             // in a row
	last    quiz.Topic      // what was asked about last
	before  quiz.Topic      // and before this story: none comes twice running
	of      string          // this story,
	in      *story.Story    // as it is told now,
	all     []quiz.Question // and what there is to ask in it
	said    *quiz.Question  // answered, and not seen yet
	choice  int
}

// quiet is how long keys are dropped after a question has come up: they were meant
// for what was there before.
const quiet = 300 * time.Millisecond

// eve is how far on the way to the next step a question is asked: what is to be
// waited for has been waited for, and nothing has come of it yet.
const eve = 0.97

// due returns the question that is to be asked before the next step, or nil: only
// on the way forward, never after a fault was changed by hand, and not to somebody
// who has passed over two.
func (m *model) due() *quiz.Question {
	g := &m.guess
	if !m.guesses || g.skipped >= 2 || m.edited {
		return nil
	}
	if of := m.name(&quiz.Question{}); g.of != of {
		g.of, g.before, g.in = of, g.last, nil
	}
	if g.in != m.st {
		g.in, g.all = m.st, quiz.QuestionsAfter(m.st, g.before)
	}
	for i := range g.all {
		if q := &g.all[i]; q.Step == m.at.Step && !g.asked[m.name(q)] {
			return q
		}
	}
	return nil
}

// name tells a question from all others.
func (m *model) name(q *quiz.Question) string {
	return m.from.Name + " " + m.business.String() + " " + strings.Join(m.consumers, ",") + " " + q.Text
}

// ask stands still and asks.
func (m *model) ask(q *quiz.Question) {
	g := &m.guess
	if g.asked == nil {
		g.asked = map[string]bool{}
	}
	g.asked[m.name(q)] = true
	m.hover()
	m.said = nil
	g.open, g.since, g.last = q, m.clock(), q.Topic
}

// answer takes a guess. What it was is said when it is seen.
func (m *model) answer(choice int) {
	g := &m.guess
	g.said, g.choice, g.open, g.skipped = g.open, choice, nil, 0
	m.said = []words.Line{words.Say(words.Strong, "You say "+string(rune('0'+choice))+", \""+g.said.Choices[choice-1].Text+"\".").And(words.Plain, "Let us see: enter plays on.")}
}

// skipGuess goes on without a guess.
func (m *model) skipGuess() {
	m.guess.open = nil
	m.guess.skipped++
}

// reveal says what was guessed and what it was, once it is seen.
func (m *model) reveal() {
	g := &m.guess
	if g.said == nil || m.at.Step < g.said.Reveal {
		return
	}
	m.said = g.said.Reveals(g.choice, m.st.Narrate(m.at.Step).Lines[1:])
	g.said = nil
}
