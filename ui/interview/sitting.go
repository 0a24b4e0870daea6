package interview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// Setting are how a sitting is held.
type Setting struct {
	Questions int    // how many; Usual if it is 0
	Seed      uint64 // by which they are chosen
	// Clock is how long it is since some moment, where answers are timed; nil is
	// without a clock.
	Clock  func() time.Duration
	Layout words.Layout
	// First are the names of questions that come before all others.
	First []string
	// Judged is told of each question that was done whether it was answered well; nil is
	// not.
	Judged func(question string, well bool)
}

// Usual is how many questions a sitting has, and DefaultSeed which those are, unless
// others are asked for.
const (
	Usual       = 8
	DefaultSeed = 1
)

// phase is what a sitting waits for.
type phase uint8

const (
	answering phase = iota // the candidate to have answered, aloud
	choosing               // a design, the first one or another
	judging                // y or n
	guessing               // what comes of the follow-up
	over
)

// mostStrangeLines is how many lines without a meaning are allowed before the sitting goes
// on. So a sitting ends, whatever is piped into it.
const mostStrangeLines = 3

// Sitting is an interview under way.
type Sitting struct {
	o         Setting
	questions []Problem
	at        int
	phase     phase
	point     int // that is judged next
	said      int // of the points of this question
	strange   int // lines in a row that meant nothing
	tried     map[int]*Finding
	begun     time.Duration // when the question was asked
	untimed   bool          // its time was told already
	judged    []judgement
	timed     [2]int   // answers in time, answers
	guesses   [2]int   // right ones, all
	designs   [2]int   // first choices that held, all
	broken    bool     // the design of this question broke, or its guess was wrong
	lacking   bool     // a question was not answered well
	surely    []string // what was wrong, and the candidate sure of it
	believed  []scenarios.Misconception
	err       error
}

// judgement is the candidate's answer to whether they made one point.
type judgement struct {
	question *Problem
	point    *Point
	said     bool
}

// Begin opens a sitting.
func Begin(o Setting) *Sitting {
	if o.Questions == 0 {
		o.Questions = Usual
	}
	return &Sitting{o: o, questions: pick(Questions(), o)}
}

// Over reports whether there is nothing left to ask.
func (s *Sitting) Over() bool { return s.phase == over }

// Opening is the first text.
func (s *Sitting) Opening() string {
	p := s.page()
	p.put(words.Strong, fmt.Sprintf("An interview on duplicate messages: %s.", words.Count(len(s.questions), "question")))
	p.put(words.Plain, "Answer aloud, as in a real interview, then press enter. The model answer comes one point at a time. Type y if you made the point, n if you did not, then enter. The brackets say what a point counts for: define, example, implement, trade-offs or pitfalls. q ends the interview, and you still get your card.")
	s.ask(p)
	return p.String()
}

// Prompt is the text before the cursor.
func (s *Sitting) Prompt() string {
	return map[phase]string{answering: "enter> ", choosing: "number> ", judging: "y/n> ", guessing: "number> "}[s.phase]
}

func (s *Sitting) page() *page { return &page{Layout: &s.o.Layout} }

func (s *Sitting) question() *Problem { return &s.questions[s.at] }

// Say takes a line that the candidate typed, and returns what is said to it. The
// error is one of the search.
func (s *Sitting) Say(line string) (string, error) {
	line = strings.ToLower(strings.TrimSpace(line))
	p := s.page()
	switch {
	case s.phase == over:
	case line == "q" || line == "quit" || line == "exit":
		s.phase = over
		s.card(p)
	case s.phase == answering:
		s.time(p)
		s.model(p)
	case s.phase == choosing:
		s.choose(p, line)
	case s.phase == judging:
		s.judge(p, line)
	default:
		s.guess(p, line)
	}
	return p.String(), s.err
}

// End is the text after the last line of input.
func (s *Sitting) End() string {
	p := s.page()
	if s.phase != over {
		s.phase = over
		p.gap()
		s.card(p)
	}
	return p.String()
}

// ask puts the next question, or ends the sitting.
func (s *Sitting) ask(p *page) {
	p.gap()
	if s.at == len(s.questions) {
		s.phase = over
		s.card(p)
		return
	}
	q := s.question()
	s.tried, s.point, s.said, s.strange, s.untimed, s.broken = map[int]*Finding{}, 0, 0, 0, false, false
	p.put(words.Dim, fmt.Sprintf("Question %d of %d: %s", s.at+1, len(s.questions), q.Name))
	p.put(words.Strong, q.Asks)
	s.phase = answering
	if len(q.Choices) > 0 {
		s.phase = choosing
		s.choices(p)
		p.put(words.Plain, "Say aloud what you would build and why, then type its number. Enter goes on.")
	}
	if s.o.Clock != nil {
		p.put(words.Plain, fmt.Sprintf("You have %s.", lasts(q.time())))
		s.begun = s.o.Clock()
	}
}

// time is how long an answer may take: half a minute a point.
func (q *Problem) time() time.Duration { return time.Duration(len(q.Points)) * 30 * time.Second }

// time says how long the answer took, once.
func (s *Sitting) time(p *page) {
	if s.o.Clock == nil || s.untimed {
		return
	}
	s.untimed = true
	s.timed[1]++
	took, may := (s.o.Clock() - s.begun).Round(time.Second), s.question().time()
	if took <= may {
		s.timed[0]++
		p.put(words.OK, fmt.Sprintf("You took %s of %s.", lasts(took), lasts(may)))
		return
	}
	p.put(words.Fault, fmt.Sprintf("You took %s, %s too long. Begin with the sentence that matters most.", lasts(took), lasts(took-may)))
}

// lasts writes a length of time as it is spoken.
func lasts(d time.Duration) string {
	minutes, seconds := int(d/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case minutes == 0:
		return fmt.Sprintf("%d s", seconds)
	case seconds == 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d min %d s", minutes, seconds)
}

// model begins the model answer.
func (s *Sitting) model(p *page) {
	s.phase = judging
	p.put(words.Dim, fmt.Sprintf("A good answer has %s. Did you make them? y or n", words.Count(len(s.question().Points), "point")))
	s.show(p)
}

// show writes the point that is judged next.
func (s *Sitting) show(p *page) {
	point := &s.question().Points[s.point]
	p.hang(fmt.Sprintf("%d ", s.point+1), words.Plain, point.Text+" ["+point.Row.String()+"]")
}

// judge takes y or n for a point.
func (s *Sitting) judge(p *page, line string) {
	said := line == "y" || line == "yes"
	if !said && line != "n" && line != "no" {
		if s.strange++; s.strange < mostStrangeLines {
			p.put(words.Dim, "Type y if you made this point, n if you did not; q ends the interview.")
			return
		}
		p.put(words.Dim, "Counted as no.")
	}
	q := s.question()
	s.strange = 0
	s.judged = append(s.judged, judgement{q, &q.Points[s.point], said})
	if said {
		s.said++
	}
	if s.point++; s.point < len(q.Points) {
		s.show(p)
		return
	}
	p.put(words.Strong, fmt.Sprintf("%d of %d.", s.said, len(q.Points)))
	p.command("See it: ", strings.Fields(q.Shows[0]))
	if q.Follow == nil {
		s.next(p)
		return
	}
	s.phase = guessing
	p.gap()
	p.put(words.Strong, "They push back: "+q.Follow.Says)
	p.put(words.Plain, "What is the worst that can happen?")
	for i, f := range Fates() {
		p.put(words.Plain, fmt.Sprintf("%d  %s", i+1, fateWords[f]))
	}
	p.put(words.Dim, "Type a number, or type it twice if you are sure, as in 22. Enter shows the answer without a guess.")
}

func (s *Sitting) next(p *page) {
	well := !s.broken && (tally{s.said, len(s.question().Points)}).standing() == "strong"
	s.lacking = s.lacking || !well
	if s.o.Judged != nil {
		s.o.Judged(s.question().Name, well)
	}
	s.at++
	s.ask(p)
}

// believes notes what an answer that has failed is built on, once.
func (s *Sitting) believes(m scenarios.Misconception) {
	if m != 0 && !slices.Contains(s.believed, m) {
		s.believed = append(s.believed, m)
	}
}
