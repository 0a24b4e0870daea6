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
// ui/report counts. sim/tell turns an event into a clause. How the clauses of a story
// follow each other, and why a harm came about, is told here and not in a room of its own:
// both need the marks and the attempts at every turn. It writes with ui/words.
package story
