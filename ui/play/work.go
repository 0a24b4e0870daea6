package play

import (
	"fmt"
	"slices"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// work is what a key has asked for that takes longer than a frame: a long run is told,
// or asked what could happen in it. It goes on in parts between which the screen is
// drawn, as it was before. Only what leaves is obeyed meanwhile: what else is typed was
// meant for what comes then, and nobody knows that yet.
type work struct {
	parts *story.Parts
	what  string
	then  func()
}

// A part is some 10 ms of work. What takes no longer than a few is done at once: so is
// every scenario that is shipped.
const (
	partEvents   = 20_000
	atOnceEvents = 50_000
)

// inParts does some work, and then what follows from it: at once, if that is little.
func (m *Model) inParts(what string, parts *story.Parts, then func()) {
	if parts.Step(atOnceEvents) {
		then()
		return
	}
	m.pause()
	m.work = &work{parts, what, then}
	m.wake(time.Millisecond, m.work)
}

// worked does the next part of some work.
func (m *Model) worked(w *work) {
	if !w.parts.Step(partEvents) {
		m.wake(time.Millisecond, w)
		return
	}
	m.work = nil
	w.then()
}

// leaveWork gives up the work there is: everything stays as it was.
func (m *Model) leaveWork() {
	if m.work != nil {
		m.work.parts.Stop()
		m.work = nil
	}
}

// workKey takes a key while there is work.
func (m *Model) workKey(name string) {
	switch name {
	case "esc":
		m.leaveWork()
		m.say(words.Dim, "Left: everything is as it was.")
	case "q":
		m.leave()
	}
}

// progress says how far the work is.
func (w *work) progress() words.Line {
	how := ": " + words.Count(w.parts.Looked(), "event") + " so far."
	if share := w.parts.Share(); share > 0 {
		how = fmt.Sprintf(": %.0f %%.", 100*share)
	}
	return words.Say(words.Strong, w.what+how).And(words.Dim, "Esc leaves everything as it was.")
}

// workHints are the keys that do something while there is work.
var workHints = []frame.Hint{{Keys: "Esc", Does: "leave it", Always: true}, {Keys: "q", Does: "quit", Always: true}}

// version is what can be changed about a scenario on the screen.
type version struct {
	consumers []string
	business  sim.Business
	edits     whatif.Edits
}

// version is what is on the screen.
func (m *Model) version() version { return version{m.consumers, m.business, m.edits} }

// same reports whether two versions are the same.
func (v version) same(o version) bool { return v.sameLanes(o) && v.edits.Equal(o.edits) }

// sameLanes reports whether two versions differ in their faults alone.
func (v version) sameLanes(o version) bool {
	return v.business == o.business && slices.Equal(v.consumers, o.consumers)
}

// of returns the scenario in this version.
func (v version) of(s *scenarios.Scenario) *scenarios.Scenario {
	base := *s
	base.Consumers, base.Business = v.consumers, v.business
	return v.edits.Apply(&base)
}

// tell simulates a scenario in every lane, in a version, and puts it on the screen. What
// the story is to be asked is part of the work; what follows is done once it is on the
// screen. If it cannot be told, the screen says why.
func (m *Model) tell(s *scenarios.Scenario, v version, ask func(*story.Story), then func()) {
	told, what, pace := v.of(s), "Telling it", 1.0
	if s == m.from {
		what += " again"
	}
	var st *story.Story
	var err error
	parts := story.TellInParts(told, func(got *story.Story, e error) {
		if st, err = got, e; err != nil {
			return
		}
		pace = max(length(st)/aMinute, 1)
		ask(st)
	})
	m.inParts(what, parts, func() {
		switch {
		case err == nil:
			m.consumers, m.business, m.edits = v.consumers, v.business, v.edits
			m.told, m.st, m.pace = told, st, pace
			m.focus = min(m.focus, len(st.Lanes)-1)
			then()
		case m.st != nil:
			m.say(words.Wrong, err.Error())
		default:
			m.panel = &panel{title: "This cannot be played", lines: []words.Line{words.Say(words.Wrong, err.Error())}, foot: "Esc"}
		}
	})
}
