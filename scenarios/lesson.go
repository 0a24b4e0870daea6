package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"dejavu/sim"
)

// Limits on a lesson, so that it takes five minutes: a lesson that is longer is two.
const (
	MaxStops    = 6
	MaxWords    = 350
	MaxChapters = 99
)

// Blank marks, in the sentence of a stop, what the reader fills in: the right
// choice of its question is put there once it was answered.
const Blank = "___"

// Lesson is a run that is stopped where there is something to learn. It has no
// answer key: each choice of a question is a claim, and which of them is true is
// found in the run.
type Lesson struct {
	// Name is the base name of the file without its extension.
	Name string
	// Title is a headline, Teaches what is learned in one line, and Intro what to
	// look at, before the run begins.
	Title, Teaches, Intro string
	// Chapter is its place among the shipped lessons; 0 for one that has none.
	Chapter int
	// Scenario is what is run, with the lanes that are watched. Shipped is its name
	// if it came with the program, "" if the lesson brings its own.
	Scenario *Scenario
	Shipped  string
	// Lanes are who is watched, if not all consumers of the scenario.
	Lanes []string
	// Stops are where the run waits, in order.
	Stops []LessonStop
	// Words come after the run: the definition, now that it has been seen.
	Words string
	// Terms are words of the field that can be looked up, and TermSpots where they
	// were written.
	Terms     []string
	TermSpots []Spot
	// Change is one thing to do differently, or nil.
	Change *Change

	source *source
	speaks map[string][]string // by text: the consumers that it marks
}

// SpeaksOf returns the consumers that some texts of the lesson are about.
func (l *Lesson) SpeaksOf(texts ...string) (consumers []string) {
	for _, text := range texts {
		consumers = append(consumers, l.speaks[text]...)
	}
	return consumers
}

// LessonStop is a place in the run, and the one sentence that is said there. If it
// has a question, that is asked just before.
type LessonStop struct {
	At       Position
	Say      string // with a Blank where the question is what stands there
	Question *Quiz
}

// Quiz is a question with choices of which the run makes exactly one true.
type Quiz struct {
	// Prompt is "" where the sentence with its blank is the question.
	Prompt  string
	Choices []Alternative
	// Nudge and Where are hints: what to think of, and where to look. The third hint
	// is the answer, and is found in the run.
	Nudge, Where string
	Spot         Spot
}

// Alternative is a possible answer.
type Alternative struct {
	Text string
	// If are its claims. The choice is right if all of them are true.
	If []Claim
	// Why says why the choice is right or wrong.
	Why string
	// Belief is the misconception behind a wrong choice.
	Belief Misconception
	Spot   Spot
}

// Change is the one thing to do differently at the end: the same run but for this.
type Change struct {
	Say string
	// Key is what does it on the screen of play.
	Key string
	// With, Without, Business and Consumers are what is changed, as the flags of run
	// and play say it.
	With, Without []sim.Fault
	Business      *sim.Business
	Consumers     []string
	// Question is asked before, about what comes of it, or nil.
	Question *Quiz
	// Then is what to see in it.
	Then string
}

// Mistake returns a mistake in the file of the lesson that only its run has shown.
func (l *Lesson) Mistake(at Spot, msg string) *Error { return l.source.errorAt(at.Line, at.Col, msg) }

// Source is the text that the lesson was read from.
func (l *Lesson) Source() string { return strings.Join(l.source.lines, "\n") }

// WordCount returns how many words a reader reads at most without hints: it counts the
// wrong answer with the longest reason at each question.
func (l *Lesson) WordCount() int {
	n := count(l.Title, l.Intro, l.Words)
	for i := range l.Stops {
		n += count(l.Stops[i].Say) + l.Stops[i].Question.words()
	}
	if c := l.Change; c != nil {
		n += count(c.Say, c.Then) + c.Question.words()
	}
	return n
}

// words counts what is read of a question.
func (q *Quiz) words() int {
	if q == nil {
		return 0
	}
	n, right, wrong := count(q.Prompt), 0, 0
	for i := range q.Choices {
		c := &q.Choices[i]
		n += count(c.Text)
		if c.Belief == 0 {
			right = max(right, count(c.Why))
		} else {
			wrong = max(wrong, count(c.Why))
		}
	}
	return n + right + wrong
}

// count counts words: what has a letter or a digit in it.
func count(texts ...string) int {
	n := 0
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				n++
			}
		}
	}
	return n
}

// Misconception is something about duplicates that people believe and that a run
// refutes, by its number: M1 to M27. 0 is none.
type Misconception int

// misconceptions are written as people say them, M1 first.
var misconceptions = [...]string{
	"exactly-once delivery can be bought",
	"an error means that nothing happened",
	"duplicates come only from the broker",
	"it is enough to look first and then act",
	"recording the ID first is safe",
	"recording the ID last is safe",
	"one transaction covers an external charge",
	"memory, or a cache with an expiry, is a store for IDs",
	"doing it twice does no harm, so no ID is needed",
	"the same content means a duplicate",
	"dropping the duplicate finishes the job",
	"a longer visibility timeout fixes it",
	"FIFO or a partition key removes duplicates",
	"a failure that no test has shown does not happen",
	"the call downstream may get a fresh ID on a retry",
	"idempotent means an error on the second call",
	"the redelivered flag tells which ones are duplicates",
	"acking first avoids duplicates",
	"the outbox gives exactly-once",
	"a lock keeps two workers from doing it",
	"each side knows what the other one did",
	"some duplicates always get through",
	"only a crash makes duplicates",
	"at-least-once means that every message comes twice",
	"one order has one message ID",
	"an idempotency key works with every receiver",
	"a crash loses the message",
}

// Misconceptions returns all of them, in order.
func Misconceptions() []Misconception {
	all := make([]Misconception, len(misconceptions))
	for i := range all {
		all[i] = Misconception(i + 1)
	}
	return all
}

// String returns the number as files write it: M4.
func (m Misconception) String() string { return "M" + strconv.Itoa(int(m)) }

// Text returns the misconception as people say it.
func (m Misconception) Text() string {
	if m < 1 || int(m) > len(misconceptions) {
		return ""
	}
	return misconceptions[m-1]
}

// ParseMisconception reads a number such as M4.
func ParseMisconception(text string) (Misconception, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(text, "M"))
	if m := Misconception(n); err == nil && slices.Contains(Misconceptions(), m) && m.String() == text {
		return m, nil
	}
	return 0, fmt.Errorf("want a number from M1 to M%d, got %q", len(misconceptions), text)
}
