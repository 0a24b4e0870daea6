package learn

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/glossary"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Phase is what a session waits in.
type Phase uint8

// The phases, in order.
const (
	Opening  Phase = iota // what to look at, before anything has happened
	Asking                // a question is open
	Telling               // the run stands at a stop
	Words                 // the definition, after the run
	Changing              // the one thing to change, with its question if it has one
	Changed               // what came of it
	Over
)

// Input is what a reader does.
type Input struct {
	Kind InputKind
	N    int // the choice, from 1
}

// InputKind is a kind of input.
type InputKind uint8

// The kinds of input.
const (
	Go   InputKind = iota // on; with a question open: take the choice, or none
	Pick                  // choose; the same again means sure
	Hint                  // the next of three
)

// course is what does not change in a lesson.
type course struct {
	lesson  *scenarios.Lesson
	story   *story.Story
	changed *story.Story // the run but for the change, or nil
	steps   []int        // of the stops
	asks    []int        // by stop: where the run stands while its question is open
	right   []int        // by stop: the choice that is true, from 1; 0 where nothing is asked
	last    int          // that of the change
	only    []int        // the stops that ask, the number of stops for the change; nil for all
	fast    bool
	lever
}

// Session is a reader in a lesson.
type Session struct {
	course
	phase   Phase
	stop    int // the stop that is told, or asked about
	from    int // the step up to which the run was told
	chosen  int
	hints   int
	verdict *quiz.Judgement
	caught  []string // sentences that were passed over since the last question
	answers []Answer
	resumed bool // nothing was done since Resume
}

// Answer is what became of one question.
type Answer struct {
	// Stop is the index of the stop that asked it; the number of stops for the change.
	Stop int
	// Said is the choice, from 1; 0 if none was taken.
	Said int
	// Right says that it was answered, and right; Skipped that it was not answered.
	Right, Skipped, Sure bool
	// Hints is how many hints were taken before.
	Hints int
	// Belief is the misconception of a wrong choice. Cleared are those of the wrong
	// choices, if the right one was taken.
	Belief  scenarios.Misconception
	Cleared []scenarios.Misconception
}

// Begin opens a lesson. The error is an [scenarios.Error] if the run does not come
// to a stop of it, or does not make one choice of a question true.
func Begin(l *scenarios.Lesson, fast bool) (*Session, error) {
	st, err := story.Tell(l.Scenario)
	if err != nil {
		return nil, err
	}
	s := &Session{course: course{lesson: l, story: st, fast: fast}}
	before := 0
	for i := range l.Stops {
		stop := &l.Stops[i]
		step, found := find(st, &stop.At)
		switch {
		case !found:
			return nil, l.Mistake(stop.At.Spot, "the run never comes to "+stop.At.Text+": see what it does with dejavu run --plain")
		case step < before:
			return nil, l.Mistake(stop.At.Spot, stop.At.Text+" comes before the stop above it: put the stops in the order of the run")
		}
		right, err := s.settle(stop.Question, judge{st, step})
		if err != nil {
			return nil, err
		}
		s.steps, s.right = append(s.steps, step), append(s.right, right)
		s.asks = append(s.asks, min(max(before, stepBefore(st, &stop.At, step)), step))
		before = step
	}
	if err := checkTerms(l); err != nil {
		return nil, err
	}
	if l.Change == nil {
		return s, nil
	}
	if s.changed, err = story.Tell(l.Change.Apply(l.Scenario)); err != nil {
		return nil, err
	}
	s.lever = leverOf(l, st)
	s.last, err = s.settle(l.Change.Question, judge{s.changed, s.changed.Steps()})
	return s, err
}

// Only leaves out all questions but those of these stops; the number of stops stands for
// the change. What happens at the others is told in a sentence before the next question.
func (s *Session) Only(stops []int) *Session {
	s.only = append([]int{}, stops...)
	return s
}

// wants reports whether a stop asks what it has to ask.
func (s *course) wants(stop int) bool { return s.only == nil || slices.Contains(s.only, stop) }

// checkTerms holds that the words of the field that a lesson names can be looked up.
func checkTerms(l *scenarios.Lesson) error {
	for i, term := range l.Terms {
		if _, known := glossary.Find(term); !known {
			return l.Mistake(l.TermSpots[i], fmt.Sprintf("nothing explains %q: see dejavu explain for all words", term))
		}
	}
	return nil
}

// settle finds which choice of a question is true.
func (s *course) settle(q *scenarios.Quiz, j judge) (right int, err error) {
	if q == nil {
		return 0, nil
	}
	for i := range q.Choices {
		c := &q.Choices[i]
		switch so := j.all(c.If); {
		case so && right > 0:
			return 0, s.lesson.Mistake(c.Spot, "a second choice that the run makes true: only one may be; claim more in one of them")
		case so && c.Belief != 0:
			return 0, s.lesson.Mistake(c.Spot, "the run makes this true, so it is no misconception: leave belief out, or claim something else")
		case !so && c.Belief == 0:
			return 0, s.lesson.Mistake(c.Spot, "the run makes this false, and it has no belief: say what somebody believes who chooses it, such as belief: M2")
		case so:
			right = i + 1
		}
	}
	if right == 0 {
		return 0, s.lesson.Mistake(q.Spot, "no choice of this question is true of the run: look at what happens, and claim that in one of them")
	}
	return right, nil
}

// Do takes an input. What makes no sense now is passed over.
func (s *Session) Do(in Input) {
	s.resumed = false
	q, right := s.open()
	switch {
	case q != nil && in.Kind == Hint:
		s.hints = min(s.hints+1, maxHints)
	case q != nil && in.Kind == Pick:
		if in.N < 1 || in.N > len(q.Choices) {
			return
		}
		sure := s.chosen == in.N
		s.chosen = in.N
		if sure {
			s.answer(q, right, true)
		}
	case q != nil && in.Kind == Go:
		s.answer(q, right, false)
	case in.Kind == Go:
		s.next()
	}
}

// maxHints are the stages of hints: nudge, where, answer.
const maxHints = 3

// open returns the question that waits for an answer, and what is right, or nil.
func (s *Session) open() (*scenarios.Quiz, int) {
	switch s.phase {
	case Asking:
		return s.lesson.Stops[s.stop].Question, s.right[s.stop]
	case Changing:
		return s.lesson.Change.Question, s.last
	}
	return nil, 0
}

// answer settles the open question.
func (s *Session) answer(q *scenarios.Quiz, right int, sure bool) {
	a := Answer{Stop: s.stop, Said: s.chosen, Right: s.chosen == right, Skipped: s.chosen == 0, Sure: sure, Hints: s.hints}
	if s.phase == Changing {
		a.Stop = len(s.lesson.Stops)
	}
	for i := range q.Choices {
		switch belief := q.Choices[i].Belief; {
		case a.Right && belief != 0:
			a.Cleared = append(a.Cleared, belief)
		case i == s.chosen-1:
			a.Belief = belief
		}
	}
	s.answers = append(s.answers, a)
	s.verdict = &quiz.Judgement{Said: s.chosen, Was: right, Sure: sure, Prompt: q.Prompt, Choices: choices(q)}
	s.chosen, s.hints = 0, 0
	if s.phase == Changing {
		s.phase = Changed
		return
	}
	s.phase, s.caught = Telling, nil
}

// next goes on to what comes after the phase.
func (s *Session) next() {
	was := s.phase
	if was == Telling {
		s.from = s.steps[s.stop]
		s.stop++
	}
	s.verdict = nil
	switch {
	case was <= Telling:
		s.toStop()
	case was == Words && s.lesson.Change != nil:
		s.phase = Changing
	case was == Changing: // without a question
		s.phase = Changed
	default:
		s.phase = Over
	}
}

// toStop goes to the stop that is due, and asks first if it has a question. On the
// fast track stops without one are passed over.
func (s *Session) toStop() {
	for ; s.stop < len(s.steps); s.stop++ {
		if s.lesson.Stops[s.stop].Question != nil && s.wants(s.stop) {
			s.phase = Asking
			return
		}
		if !s.fast && s.only == nil {
			s.phase = Telling
			return
		}
		s.caught = append(s.caught, s.filled(s.stop))
	}
	s.phase = Words
	if s.only != nil {
		s.phase = words.Either(s.wants(s.stop), Changing, Over)
	} else if s.fast && !s.missed() {
		s.phase = Over
	} else if s.lesson.Words == "" {
		s.next()
	}
}

// missed reports whether a question was not answered right.
func (s *Session) missed() bool {
	return slices.ContainsFunc(s.answers, func(a Answer) bool { return !a.Right })
}

// Answers returns what became of the questions so far, in order.
func (s *Session) Answers() []Answer { return s.answers }

// Questions returns how many questions the lesson has.
func (s *Session) Questions() int {
	n := 0
	for _, right := range append(s.right[:len(s.right):len(s.right)], s.last) {
		if right > 0 {
			n++
		}
	}
	return n
}

// filled is the sentence of a stop, with the right choice in its blank.
func (s *course) filled(stop int) string {
	p := &s.lesson.Stops[stop]
	if s.right[stop] == 0 {
		return p.Say
	}
	return strings.Replace(p.Say, scenarios.Blank, p.Question.Choices[s.right[stop]-1].Text, 1)
}
