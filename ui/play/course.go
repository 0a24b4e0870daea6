package play

import (
	"dejavu/scenarios"
	"dejavu/ui/learn"
	"dejavu/ui/story"
)

// Course is what the screen shows in place of the playground: lessons.
type Course struct {
	// Chapters are those to choose from, as far as the reader is by now.
	Chapters func() []Chapter
	// Missed says what was missed and what refutes it, in a sentence, or nothing; nil
	// says nothing.
	Missed func() string
	// Open begins a chapter.
	Open func(name string) (*Class, error)
	// First is the lesson to begin with, or nil for the menu.
	First *Class
	// Command writes a command of the program, so that it can be pasted.
	Command func(args ...string) string
}

// Chapter is a line of the menu.
type Chapter struct {
	Name, Title, Teaches string
	// State is what was done of it, in words; Done says that it was taken to its end.
	State string
	Done  bool
	// Apart says that others follow that are of another kind.
	Apart bool
}

// Disproof is a run that refutes a misconception, in lanes that can be compared.
type Disproof struct {
	Story *story.Story
	// Belief is the misconception, and So what the run has shown.
	Belief, So string
}

// Class is one lesson that is taken.
type Class struct {
	Lesson  *scenarios.Lesson
	Session *learn.Session
	// Left is what to say to a reader who has come back to where they left.
	Left string
	// Answered is told of each answer, Finished of the end, both once.
	Answered func(learn.Answer)
	Finished func()
	// Ending is what it came to, a paragraph each, and Next the chapter that follows,
	// or "".
	Ending func() []string
	Next   string
	// Refute returns a run that refutes a misconception; nil where there is none to show.
	Refute func(m scenarios.Misconception) (*Disproof, error)
	// Line returns the command that reopens a moment of its run, as it was changed by
	// hand.
	Line func(now Now) string
}
