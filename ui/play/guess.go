package play

import (
	"slices"
	"strings"

	"dejavu/ui/frame"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// guessing is what has been asked and answered since the program was started.
type guessing struct {
	open    *quiz.Question
	asked   map[string]bool // by scenario and question: each is asked once
	skipped int             // in a row
	topics  []quiz.Topic    // what was asked about, in order
	before  []quiz.Topic    // and before this story
	of      string          // this story
	said    *quiz.Question  // answered, and not seen yet
	choice  int
}

// Eve is how far on the way to the next step a question is asked: what is to be
// waited for has been waited for, and nothing has come of it yet.
const Eve = 0.97

// due returns the question that is to be asked before the next step, or nil: only
// on the way forward, never after a fault was changed by hand, and not to somebody
// who has passed over two.
func (m *Model) due() *quiz.Question {
	g := &m.guess
	if !m.guesses || g.skipped >= 2 || m.edited {
		return nil
	}
	if of := m.name(&quiz.Question{}); g.of != of {
		g.of, g.before = of, slices.Clone(g.topics)
	}
	if m.ready.in != m.st || !slices.Equal(m.ready.after, g.before) {
		m.ready = questions{m.st, g.before, quiz.Questions(m.st, g.before...)}
	}
	for i := range m.ready.all {
		if q := &m.ready.all[i]; q.Step == m.at.Step && !g.asked[m.name(q)] {
			return q
		}
	}
	return nil
}

// questions are what there is to ask in a story, after something was asked before it.
type questions struct {
	in    *story.Story
	after []quiz.Topic
	all   []quiz.Question
}

// prepare looks for the questions of a story that is about to be shown, as far as they
// will be wanted.
func (m *Model) prepare(st *story.Story) {
	if m.guesses {
		before := slices.Clone(m.guess.topics)
		m.ready = questions{st, before, quiz.Questions(st, before...)}
	}
}

// name tells a question from all others.
func (m *Model) name(q *quiz.Question) string {
	return m.from.Name + " " + m.business.String() + " " + strings.Join(m.consumers, ",") + " " + q.Text
}

// ask stands still and asks.
func (m *Model) ask(q *quiz.Question) {
	g := &m.guess
	if g.asked == nil {
		g.asked = map[string]bool{}
	}
	g.asked[m.name(q)] = true
	m.hover()
	m.said = nil
	g.open = q
	if g.topics = append(g.topics, q.Topic); len(g.topics) > quiz.OfLate {
		g.topics = g.topics[1:]
	}
	m.rest()
}

// soon is how many stops a reveal may be away: who has guessed does not wait for longer.
const soon = 2

// answer takes a guess. What it was is said when it is seen or, if that is not soon, at
// once. Who is harmed is seen one by one until the end.
func (m *Model) answer(choice int) {
	g := &m.guess
	g.said, g.choice, g.open, g.skipped = g.open, choice, nil, 0
	m.said = frame.Say(words.Say(words.Strong, "You say "+string(rune('0'+choice))+", \""+g.said.Choices[choice-1].Text+"\".").And(words.Plain, "Let us see: enter plays on."))
	at := m.at.Step
	for range soon {
		at = m.st.NextStop(at)
	}
	if at < g.said.Reveal && g.said.Topic != quiz.AskWho {
		m.said, g.said = frame.Say(g.said.Reveals(choice, nil)...), nil
	}
}

// skipGuess goes on without a guess.
func (m *Model) skipGuess() {
	m.guess.open = nil
	m.guess.skipped++
}

// reveal says what was guessed and what it was, once it is seen.
func (m *Model) reveal() {
	g := &m.guess
	if g.said == nil || m.at.Step < g.said.Reveal {
		return
	}
	q, choice := g.said, g.choice
	m.said = func(told []words.Line) []words.Line { return q.Reveals(choice, told[1:]) }
	g.said = nil
}
