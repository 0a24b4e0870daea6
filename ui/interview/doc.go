// Package interview rehearses a system design interview about duplicate messages.
//
// A [Sitting] is a state machine: it takes a line that the candidate typed, and returns
// the next text. It knows no terminal, and only the clock that it is given.
//
// Key points are prose, but the result of a design is computed. A choice and a follow-up
// name a consumer and its faults, and the search or a run finds how it breaks.
package interview

import "dejavu/scenarios"

// Criterion is a row of the rubric by which an answer is judged.
type Criterion uint8

// The rows. Most interviewers judge by the first three. The last two show who has run
// such a system, and not only read about it.
const (
	Define    Criterion = iota // say what it is
	Example                    // give one that people can picture
	Implement                  // say how it is built
	TradeOffs                  // say what it costs
	Pitfalls                   // say where it fails
	rows
)

var rowNames = [rows]string{"define", "example", "implement", "trade-offs", "pitfalls"}

// Criteria are all rows, in order.
func Criteria() []Criterion { return []Criterion{Define, Example, Implement, TradeOffs, Pitfalls} }

// String returns the name of the row.
func (r Criterion) String() string { return rowNames[r] }

// Point is one point of a good answer.
type Point struct {
	Row  Criterion
	Text string
}

// Problem is something that interviewers ask. It ends in one of two ways: a design
// question has choices, each of which is attacked; any other has a follow-up.
type Problem struct {
	// Name is what it is about, in a few words, and Asks how it is asked.
	Name, Asks string
	// Choices are the designs that there are, at least three.
	Choices []Design
	// Points are the model answer.
	Points []Point
	// Shows are commands that show it, without the name of the program, the best first.
	Shows []string
	// Follow is what the interviewer answers.
	Follow *Follow
}

// Design is a design, as a candidate would say it.
type Design struct {
	Says string
	Attack
	// Belief is the misconception behind a wrong choice.
	Belief scenarios.Misconception
}

// Follow is an answer that sounds right, the run that tests it, and the misconception
// behind it, or 0 if the answer holds.
type Follow struct {
	Says string
	Attack
	Belief scenarios.Misconception
}

// Questions are all questions, in the order of a sheet.
func Questions() []Problem {
	var all []Problem
	for _, part := range [][]Problem{basics, identities, receivers, keeping, queues, practice} {
		all = append(all, part...)
	}
	return all
}
