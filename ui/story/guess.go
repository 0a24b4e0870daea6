package story

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// QuestionKind is what a question is about.
type QuestionKind uint8

// The kinds of question.
const (
	AskNothing QuestionKind = iota // there was no question yet
	AskWho                         // who is harmed at the end
	AskStore                       // what the store holds when it is asked
	AskWhere                       // where the message is
	AskLine                        // which line runs next
	AskLane                        // which lane differs
	AskQueue                       // what the queue knows
	askKinds
)

// Question is asked before a harm, so that whoever watches makes up their mind
// first. What is right was found in the runs, and is written nowhere.
type Question struct {
	Step    int // asked after so many steps: just before the thing that it is about
	Kind    QuestionKind
	Text    string
	Choices [3]Choice
	Reveal  int // the step at which the answer is seen
	Lane    int // the lane that it names, or -1
}

// Choice is one of the answers to a question.
type Choice struct {
	Text  string
	Right bool
	// Refuted says in a short clause why it was not so in this run; of the right one,
	// why it is so.
	Refuted string
	// Misconception is what somebody believes who chooses it, by the numbers of
	// PEDAGOGY.md, M1 to M20; 0 for the right one.
	Misconception int
}

// Limits on questions: a run that asks more often is an examination, and a longer
// answer is not read.
const (
	maxQuestions = 3
	maxChoice    = 60  // cells
	maxOnsets    = 100 // harms that are looked at: those after them are of the same kind
)

// Questions returns what to ask in the course of the story, in order: at most
// three questions, each at a place of its own and of a kind of its own.
func (s *Story) Questions() []Question { return s.QuestionsAfter(AskNothing) }

// QuestionsAfter is Questions for somebody who has just been asked a question of a
// kind in another story: none of these is of that kind, so that none comes twice
// running.
func (s *Story) QuestionsAfter(last QuestionKind) []Question {
	if s.questions[last] == nil {
		found := s.findQuestions(last)
		s.questions[last] = &found
	}
	return *s.questions[last]
}

// findQuestions asks about each harm what its cause is best asked by. Who is
// harmed at the end is asked first or not at all, and covers everything.
func (s *Story) findQuestions(last QuestionKind) []Question {
	var all []Question
	var used [askKinds]bool
	used[last] = true
	for i, harms := range s.onsets() {
		kinds := harms[0].kinds()
		if i == 0 {
			kinds = append([]QuestionKind{AskWho}, kinds...)
		}
		for _, kind := range kinds {
			if used[kind] {
				continue
			}
			q, claims := s.ask(kind, harms)
			q.Kind = kind
			taken := slices.ContainsFunc(all, func(o Question) bool { return o.Step == q.Step })
			if taken || !q.settle(claims, s.place(len(all))) {
				continue
			}
			used[kind] = true
			all = append(all, q)
			break
		}
		if len(all) > 0 && all[0].Kind == AskWho || len(all) == maxQuestions {
			break
		}
	}
	slices.SortFunc(all, func(a, b Question) int { return cmp.Compare(a.Step, b.Step) })
	return all
}

func (s *Story) ask(kind QuestionKind, harms []onset) (Question, []claim) {
	switch kind {
	case AskWho:
		return s.askWho(harms)
	case AskStore:
		return s.askStore(harms)
	case AskWhere:
		return s.askWhere(harms)
	case AskLine:
		return s.askLine(harms)
	case AskLane:
		return s.askLane(harms)
	}
	return s.askQueue(harms)
}

// claim is a possible answer; so says whether the runs bear it out.
type claim struct {
	text   string
	so     bool
	why    string // it is so, or is not
	belief int    // misconception
}

// place returns where the right answer to the n-th question stands: the places go
// round within a run, and the scenario's name says where they begin.
func (s *Story) place(n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(cmp.Or(s.Scenario.Name, s.Scenario.Title))) // a hash cannot fail
	return (int(h.Sum32()%3) + n) % 3
}

// settle makes the claims the choices of the question. It returns false if they
// are no question: not three, not distinct, too long, or not one of them right.
func (q *Question) settle(claims []claim, place int) bool {
	right := slices.IndexFunc(claims, func(c claim) bool { return c.so })
	if len(claims) != len(q.Choices) || right < 0 {
		return false
	}
	if q.Kind != AskWho { // whose answers go from the fewest to the most
		claims = slices.Clone(claims)
		c := claims[right]
		claims = slices.Insert(slices.Delete(claims, right, right+1), place, c)
	}
	for i, c := range claims {
		same := func(o claim) bool { return o.text == c.text || o.so && c.so }
		if slices.ContainsFunc(claims[:i], same) || width(c.text) > maxChoice {
			return false
		}
		q.Choices[i] = Choice{Text: c.text, Right: c.so, Refuted: c.why, Misconception: yesNo(c.so, 0, c.belief)}
	}
	return q.Step >= 0 && q.Step < q.Reveal
}

// Right returns the number of the right answer, from 1.
func (q *Question) Right() int {
	return slices.IndexFunc(q.Choices[:], func(c Choice) bool { return c.Right }) + 1
}

// Said returns what is said at the reveal to somebody who chose an answer, by its
// number; 0 to somebody who chose none.
func (q *Question) Said(choice int) Line {
	var s Line
	right := q.Right()
	answer := &q.Choices[right-1]
	switch {
	case choice == right:
		s.add(OK, fmt.Sprintf("You said %d, %s, and so it was:", right, q.short(right)))
		s.add(Plain, answer.Refuted+".")
		return s
	case choice >= 1 && choice <= len(q.Choices):
		s.add(Wrong, fmt.Sprintf("You said %d, %s.", choice, q.short(choice)))
		answer = &q.Choices[choice-1]
	}
	s.add(OK, fmt.Sprintf("It was %d, %s:", right, q.short(right)))
	s.add(Plain, answer.Refuted+".")
	return s
}

// Reveals returns what is said at the reveal, and then what is told of that moment,
// but for what has been said with the answer.
func (q *Question) Reveals(choice int, told []Line) []Line {
	said := q.Said(choice)
	lines := []Line{said}
	for _, l := range told {
		if text := strings.TrimSuffix(l[len(l)-1].Text, "."); len(text) < minRepeat || !strings.Contains(said.Plain(), text) {
			lines = append(lines, l)
		}
	}
	return lines
}

// minRepeat is how long a clause is that nobody wants to read twice.
const minRepeat = 20

// short quotes an answer without the reason that it gives, if that tells it from
// the others.
func (q *Question) short(choice int) string {
	text := q.Choices[choice-1].Text
	head, _, _ := strings.Cut(text, ": ")
	for i := range q.Choices {
		if i != choice-1 && strings.HasPrefix(q.Choices[i].Text, head) {
			head = text
		}
	}
	return `"` + head + `"`
}
