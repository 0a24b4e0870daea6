// Package quiz asks whoever watches, before a harm, what will come of it.
//
// What is right is found in the runs and written nowhere: a question claims three things
// of which the lanes bear out one. Where a question is asked in a lesson or an interview
// its author has written it, and what is shared is here: how an answer is typed, how it is
// quoted, and what is said to it.
//
// It reads attempts, stops and marks from ui/story, and why a record was missing.
package quiz
