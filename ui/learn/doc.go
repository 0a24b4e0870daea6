// Package learn takes a reader through a lesson: a run that is stopped where there
// is something to learn, with a guess before each thing that is revealed.
//
// A [Session] is a state machine. It knows no terminal and no clock: it is given
// what the reader does ([Input]), and says what there is to show ([Scene]), a place
// in a story among it, so that a face can show the run there. Lines is one face, for
// any terminal, a pipe or a screen reader; a screen is another.
//
// What is right is nowhere written down. A lesson has claims, and which of them is
// true is found in its run before it begins.
//
// Progress is what the reader has done so far. It is the only thing that the program
// writes unasked, and a reader without a home or with a full disk misses nothing else.
package learn
