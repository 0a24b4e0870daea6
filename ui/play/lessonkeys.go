package play

import (
	"slices"
	"strconv"

	"dejavu/scenarios"
	"dejavu/ui/learn"
)

// lessonBindings are the keys of a lesson, in the order of the help.
func (m *Model) lessonBindings() []binding {
	all := []binding{
		{[]string{"enter", "pgdown", " "}, "enter", "on: to the next stop, or to what comes of it", (*Model).goOn, hintGoOn},
		{[]string{"1"}, "1", "the first answer; pressed again: you are sure", choose(1), hintChoose},
		{[]string{"2"}, "2", "the second answer", choose(2), nil},
		{[]string{"3"}, "3", "the third answer", choose(3), nil},
		{[]string{"4"}, "", "the fourth answer, where there is one", choose(4), nil},
		{[]string{"h"}, "h", "a hint: what to think of, where to look, the answer", (*Model).hintPlease, hintHint},
		{[]string{"y"}, "y", "see a wrong answer refuted, in a run of its own", (*Model).refute, hintRefute},
		{[]string{"v"}, "v", "lift the words from the run, and put them back", (*Model).lift, hintLift},
		{[]string{"w"}, "w", "why did this happen?", settled(open(whyPanel)), nil},
		{[]string{"tab"}, "tab", "the next lane", (*Model).nextLane, hintLane},
		{[]string{"z"}, "z", "one lane alone, with all its code, and back", flag(func(m *Model) *bool { return &m.zoom }), nil},
		{nil, "", "theme: dark, light or no colours", (*Model).otherTheme, nil},
		{[]string{"m"}, "m", "the chapters", (*Model).toMenu, nil},
		{[]string{"?"}, "?", "this help", settled(open(helpPanel)), hint("?", "help")},
		{[]string{"q"}, "q", "leave; what you answered is kept", (*Model).quit, hint("q", "leave")},
	}
	change := m.lesson.Lesson.Change
	if change == nil || change.Key == "" || slices.ContainsFunc(all, func(b binding) bool { return slices.Contains(b.keys, change.Key) }) {
		return all
	}
	it := binding{[]string{change.Key}, change.Key, "do what is to be changed, and play with it", (*Model).changeIt, hintChange}
	return slices.Insert(all, 1, it)
}

// table is the keys that work: those of the lesson, of a refutation, or those of the
// playground.
func (m *Model) table() []binding {
	switch {
	case m.bench != nil:
		return benchBindings()
	case m.refuting():
		return m.refutationBindings()
	case m.taught():
		return m.lessonBindings()
	case m.siege != nil:
		return m.breakBindings()
	}
	return bindings()
}

// settled returns what works only where the run stands still.
func settled(does func(*Model)) func(*Model) {
	return func(m *Model) {
		if m.arrived() {
			does(m)
		}
	}
}

// asked reports whether a question of the lesson is open and to be seen.
func (m *Model) asked() bool { return m.arrived() && m.lesson.scene.Question != nil }

// choose returns what takes a choice.
func choose(n int) func(*Model) {
	return func(m *Model) {
		if m.asked() && n <= len(m.lesson.scene.Question.Choices) {
			m.do(learn.Input{Kind: learn.Pick, N: n})
		}
	}
}

func (m *Model) hintPlease() {
	if m.asked() {
		m.do(learn.Input{Kind: learn.Hint})
	}
}

// belief is what was got wrong in the answer that is told, or 0.
func (m *Model) belief() scenarios.Misconception {
	l := m.lesson
	if answers := l.Session.Answers(); m.arrived() && l.scene.Verdict != nil && l.Refute != nil {
		return answers[len(answers)-1].Belief
	}
	return 0
}

// lift shows the run without the words above it, and with them again.
func (m *Model) lift() {
	m.lesson.bare = !m.lesson.bare
}

// changeIt is the key of the change. Before it was seen what comes of it, it shows
// that; then it does it in the playground.
func (m *Model) changeIt() {
	if !m.arrived() {
		return
	}
	switch m.lesson.scene.Phase {
	case learn.Changing:
		m.do(learn.Input{Kind: learn.Go})
		return
	case learn.Changed:
		m.try()
	}
}

// What the footer says in a lesson.

func hintGoOn(m *Model) string {
	c := &m.lesson.scene
	switch {
	case m.playing:
		return "skip ahead"
	case !m.arrived():
		return "on"
	case c.Question != nil && c.Chosen > 0:
		return "see it"
	case c.Question != nil:
		return "see it without a guess"
	}
	switch c.Phase {
	case learn.Opening:
		return "begin"
	case learn.Changing:
		return "see it"
	case learn.Over:
		if m.lesson.Next != "" {
			return "next chapter"
		}
		return ""
	}
	return "on"
}

func hintChoose(m *Model) string {
	if !m.asked() {
		return ""
	}
	if n := m.lesson.scene.Chosen; n > 0 {
		return strconv.Itoa(n) + "|again: sure"
	}
	return guessKeys(len(m.lesson.scene.Question.Choices))
}

func hintHint(m *Model) string {
	if !m.asked() {
		return ""
	}
	return [...]string{"hint", "where to look", "the answer", ""}[len(m.lesson.scene.Hints)]
}

func hintRefute(m *Model) string {
	if m.belief() == 0 {
		return ""
	}
	return "see it refuted"
}

func hintLift(m *Model) string {
	switch {
	case m.lesson.bare:
		return "the words"
	case m.words() == nil:
		return ""
	}
	return "the run"
}

func hintLane(m *Model) string {
	if len(m.st.Lanes) <= m.sideBySide() {
		return ""
	}
	return "next lane"
}

// sideBySide is how many lanes are in view at this size.
func (m *Model) sideBySide() int {
	switch {
	case m.w >= 190 && m.h >= 55:
		return 4
	case m.w >= 80:
		return 2
	}
	return 1
}

func hintChange(m *Model) string {
	if m.arrived() && m.lesson.scene.Phase == learn.Changed {
		return "try it yourself"
	}
	return ""
}

func hintQuit(m *Model) string {
	if m.lesson != nil && m.lesson.away {
		return "q|back to the lesson"
	}
	return "q|quit"
}
