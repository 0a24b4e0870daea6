// Package story is the view model of a scenario: what happened in each lane, put in the
// order in which a person can follow it.
//
// A [Story] aligns its lanes. A step is one instant in all of them, an [Arrival] one
// delivery in all of them, an [Attempt] what one lane made of it, a [Mark] an effect that
// counts or one that never comes, a [Stop] a step at which something happens that is worth
// a look, and a [View] the whole of one step. All of it comes from the events of the runs;
// nothing in it can change what happened.
//
// The rooms beside it read it and are not read by it: ui/quiz asks, ui/whatif offers,
// ui/report counts. sim/tell turns an event into a clause. It writes with ui/words.
//
// It stays one room. Why a harm came about (culprit.go, harm.go, needs.go, records.go,
// why.go) and how the moments of a run are told (narrate.go, tell.go) call each other both
// ways: an answer is told as a moment is, and a moment names its cause. Both need the marks
// and the attempts at every turn, as do the run as text (text.go) and in plain sentences
// (plain.go). Parted, each would export what is nobody else's affair.
package story
