package play

import (
	"fmt"
	"math"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// work is what a key has asked for that takes longer than a frame: a long run is told
// again, or asked what could happen in it. It goes on in parts between which the screen
// is drawn, as it was before. Only what leaves is obeyed meanwhile: what else is typed was
// meant for what comes then, and nobody knows that yet.
type work struct {
	parts *story.Parts
	what  string
	then  func()
	due   bool // its next part is still to be asked for
}

// part says that it is time for the next part of some work.
type part struct{ of *work }

// A part is some 10 ms of work. What takes no longer than two is done at once: so is
// every scenario that is shipped.
const (
	partEvents   = 40_000
	atOnceEvents = 80_000
)

// inParts does some work, and then what follows from it: at once, if that is little.
func (m *model) inParts(what string, parts *story.Parts, then func()) {
	if parts.Step(atOnceEvents) {
		then()
		return
	}
	if m.playing {
		m.pause()
	}
	m.work = &work{parts, what, then, true}
}

// worked does the next part of some work, unless that was left.
func (m *model) worked(w *work) {
	if m.work != w {
		return
	}
	if w.due = !w.parts.Step(partEvents); !w.due {
		m.work = nil
		w.then()
	}
}

// nextPart asks for the next part of the work there is.
func (m *model) nextPart() tea.Cmd {
	w := m.work
	if w == nil || !w.due {
		return nil
	}
	w.due = false
	return tea.Tick(time.Millisecond, func(time.Time) tea.Msg { return part{w} })
}

// leaveWork gives up the work there is: everything stays as it was.
func (m *model) leaveWork() {
	if m.work != nil {
		m.work.parts.Stop()
		m.work = nil
	}
}

// workKey takes a key while there is work.
func (m *model) workKey(name string) tea.Cmd {
	switch name {
	case "esc":
		m.leaveWork()
		m.say(words.Dim, "Left: everything is as it was.")
	case "q":
		return m.end()
	}
	return nil
}

// progress says how far the work is.
func (w *work) progress() words.Line {
	how := ""
	if share := w.parts.Share(); share > 0 {
		how = fmt.Sprintf(": %.0f %%", 100*share)
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
func (m *model) version() version { return version{m.consumers, m.business, m.edits} }

// of returns the scenario in this version.
func (v version) of(s *scenarios.Scenario) *scenarios.Scenario {
	base := *s
	base.Consumers, base.Business = v.consumers, v.business
	return v.edits.Apply(&base)
}

// retell simulates everything again, in every lane, in another version. What follows is
// done once that is on the screen; if it cannot be, the screen says why.
func (m *model) retell(v version, then func()) {
	var st *story.Story
	var err error
	told := v.of(m.from)
	parts := story.TellInParts(told, func(s *story.Story, e error) { st, err = s, e })
	m.inParts("Telling it again", parts, func() {
		if err != nil {
			m.say(words.Wrong, err.Error())
			return
		}
		m.consumers, m.business, m.edits = v.consumers, v.business, v.edits
		m.tells(told, st)
		then()
	})
}

// tells puts a story on the screen, and finds how fast it is played.
func (m *model) tells(told *scenarios.Scenario, st *story.Story) {
	m.told, m.st = told, st
	m.focus = min(m.focus, len(st.Lanes)-1)
	m.pace = 1
	if total := m.length(); total > aMinute {
		m.pace = total / aMinute
	}
}

// tellNow tells what is opened, however long that takes.
func (m *model) tellNow() error {
	told := m.version().of(m.from)
	var st *story.Story
	var err error
	story.TellInParts(told, func(s *story.Story, e error) { st, err = s, e }).Step(math.MaxInt)
	if err == nil {
		m.tells(told, st)
	}
	return err
}
