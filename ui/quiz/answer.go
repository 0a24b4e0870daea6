package quiz

import (
	"fmt"
	"strconv"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// Choice is one of the answers to a question.
type Choice struct {
	Text string
	// Short is what the answer is called when it is quoted, without the reason that Text
	// gives for it.
	Short string
	// Why says in a short clause why it is so or, if it is wrong, why not.
	Why string
	// Belief is what somebody believes who chooses it; 0 for the right one.
	Belief scenarios.Misconception
}

// Read reads the number of a choice, of so many: 2, or 22 or 2! from somebody who is
// sure.
func Read(text string, most int) (n int, sure, ok bool) {
	if last := len(text) - 1; last >= 0 && text[last] == '!' {
		text, sure = strings.TrimSpace(text[:last]), true
	}
	if len(text) == 2 && text[0] == text[1] {
		text, sure = text[:1], true
	}
	n, err := strconv.Atoi(text)
	return n, sure, err == nil && 1 <= n && n <= most
}

// Quoted is a choice in quotation marks: in short, if that tells it from the others.
func Quoted(choices []Choice, n int) string {
	text := choices[n-1].Short
	for i := range choices {
		if i != n-1 && choices[i].Short == text {
			text = choices[n-1].Text
		}
	}
	return `"` + text + `"`
}

// Judgement is what became of an answer.
type Judgement struct {
	Said, Was int // choices from 1; Said is 0 if none was taken
	Sure      bool
	Prompt    string // what was asked, or "" where a sentence was to be filled in
	Choices   []Choice
}

// Right reports whether the answer was.
func (v *Judgement) Right() bool { return v.Said == v.Was }

// given are the choices whose reasons Lines gives.
func (v *Judgement) given() []*Choice {
	all := []*Choice{&v.Choices[v.Was-1]}
	if v.Said > 0 && !v.Right() {
		all = append(all, &v.Choices[v.Said-1])
	}
	return all
}

// Line gives the verdict in one line, before the run shows the answer.
func (v *Judgement) Line() words.Line {
	was := &v.Choices[v.Was-1]
	it, as := "It is "+Quoted(v.Choices, v.Was)+":", words.OK
	switch {
	case v.Right():
		it = "Right, " + Quoted(v.Choices, v.Was) + ":"
	case v.Said > 0:
		it, as = "Not quite. "+it, words.Wrong
	}
	return words.Say(as, it).And(words.Plain, was.Why+".")
}

// Lines says what was said and what it was, with the reasons. An error of which
// somebody was sure is named: those are the ones that are remembered.
func (v *Judgement) Lines() []words.Line {
	was := &v.Choices[v.Was-1]
	if v.Right() {
		head := "Right:"
		if v.Sure {
			head = "Right, and you were sure:"
		}
		return []words.Line{words.Say(words.OK, head).And(words.Plain, was.Why+".")}
	}
	it := "It was " + Quoted(v.Choices, v.Was) + ":"
	if v.Said == 0 {
		return []words.Line{words.Say(words.OK, it).And(words.Plain, was.Why+".")}
	}
	said := &v.Choices[v.Said-1]
	lines := []words.Line{
		words.Say(words.Wrong, "You said "+Quoted(v.Choices, v.Said)+".").And(words.Plain, "Not quite: "+said.Why+"."),
		words.Say(words.OK, it).And(words.Plain, was.Why+"."),
	}
	if v.Sure {
		belief := fmt.Sprintf("You were sure, so remember this one: many believe that %s (%s).", said.Belief.Text(), said.Belief)
		lines = append(lines, words.Say(words.Wrong, belief))
	}
	return lines
}
