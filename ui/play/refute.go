package play

import (
	"dejavu/ui/frame"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// refuted is a refutation that is shown, and what it covers.
type refuted struct {
	*Disproof
	end   int // the step of the harm: what comes after it is beside the point
	ghost *story.Story
	focus int
	zoom  bool
}

// refutes is how long a refutation takes on the wall, in seconds.
const refutes = 8.0

// refuting reports whether a refutation is shown.
func (m *Model) refuting() bool { return m.taught() && m.lesson.refuted != nil }

// refute plays the run that refutes what was believed.
func (m *Model) refute() {
	belief := m.belief()
	if belief == 0 {
		return
	}
	r, err := m.lesson.Refute(belief)
	if err != nil {
		m.panel = &panel{title: "This cannot be shown", lines: words.Say(words.Wrong, err.Error()).Wrap(max(m.w-6, 20)), foot: "Esc"}
		return
	}
	end := r.Story.Steps()
	for _, p := range r.Story.Stops() {
		if p.Kind == story.AtHarm {
			end = p.Step
		}
	}
	m.lesson.refuted = &refuted{r, end, m.ghost, m.focus, m.zoom}
	m.ghost, m.focus, m.zoom, m.said = nil, 0, false, nil
	m.show(r.Story)
	m.jump(0)
	m.pace = max(m.between(0, end)/refutes, 1)
	m.play(end, false)
}

// believeNoMore leaves a refutation for the place in the lesson from where it was shown.
func (m *Model) believeNoMore() {
	l := m.lesson
	was := l.refuted
	l.refuted = nil
	m.stop()
	m.show(l.scene.Story)
	m.jump(l.scene.Step)
	m.ghost, m.focus, m.zoom, m.panel, m.said = was.ghost, was.focus, was.zoom, nil, nil
	m.rest()
}

// finishRefutation is the main key of a refutation: to its end, and then back.
func (m *Model) finishRefutation() {
	switch {
	case m.playing:
		m.skipTo(m.until)
	case m.at.Step < m.lesson.refuted.end:
		m.play(m.lesson.refuted.end, false)
	default:
		m.believeNoMore()
	}
}

// refutationBindings are the keys while a refutation is shown.
func (m *Model) refutationBindings() []binding {
	onward := func(m *Model) string { return words.Either(m.at.Step < m.lesson.refuted.end, "skip ahead", "back") }
	return []binding{
		{[]string{"enter", "pgdown", " "}, "enter", "to the end, and back to the lesson", (*Model).finishRefutation, onward},
		{[]string{"esc"}, "Esc", "back to the lesson", (*Model).believeNoMore, hint("Esc", "back to the lesson")},
		{[]string{"w"}, "w", "why did this happen?", open(whyPanel), nil},
		{[]string{"tab"}, "tab", "the next lane", (*Model).nextLane, hintLane},
		{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		{[]string{"q"}, "q", "leave; what you answered is kept", (*Model).quit, nil},
	}
}

// show puts what is refuted above the run, and below it what that has shown.
func (r *refuted) show(m *Model, o *frame.Look) {
	o.Title, o.Place = "Refuted: "+r.Belief, ""
	if !m.playing {
		o.Said = frame.Say(words.Say(words.Strong, r.So))
	}
}
