// Package learn takes a reader through a lesson. A run stops where there is something to
// learn, and the reader guesses before the answer is shown.
//
// A [Session] is a state machine without a terminal or a clock. It takes what the reader
// does ([Input]), and returns what to show ([Scene]), with the place in the run. Lines
// shows it as text, for any terminal, a pipe or a screen reader. A screen shows it too.
//
// No lesson file says which choice is right. Each choice has claims, and the session
// finds in the run which of them are true.
//
// Progress is what the reader has done so far. It is the only file that the program
// writes without being asked. A reader without a home directory, or with a full disk,
// loses only the progress.
package learn
