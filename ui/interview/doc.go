// Package interview rehearses a system design interview about duplicate messages.
//
// A [Sitting] is a state machine: it is given a line that the candidate typed, and
// says the next piece of text. It knows no terminal, and no clock but the one that it
// is handed.
//
// Key points are prose. What becomes of a design is not: a choice and a follow-up name
// a consumer and what may go wrong, and the search or a run says who breaks, and how.
package interview

import "dejavu/scenarios"

// Row is a row of the rubric by which an answer is judged.
type Row uint8

// The rows. By the first three most interviewers judge; the last two tell those who
// have read about it from those who have run it.
const (
	Define    Row = iota // say what it is
	Example              // give one that people can picture
	Implement            // say how it is built
	TradeOffs            // say what it costs
	Pitfalls             // say where it fails
	rows
)

var rowNames = [rows]string{"define", "example", "implement", "trade-offs", "pitfalls"}

// Rows are all rows, in order.
func Rows() []Row { return []Row{Define, Example, Implement, TradeOffs, Pitfalls} }

// String returns the name of the row.
func (r Row) String() string { return rowNames[r] }

// Point is one thing that a good answer has in it.
type Point struct {
	Row  Row
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
	// Follow is what comes back at somebody who has answered.
	Follow *Follow
}

// Design is how somebody would build it, in their words.
type Design struct {
	Says string
	Attack
	// Belief is what somebody believes who takes it for good, if it is not.
	Belief scenarios.Misconception
}

// Follow is something that sounds like an answer, the run that tries it, and what
// somebody believes who says it, 0 if it holds.
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
