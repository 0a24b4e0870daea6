package play

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// hunt is a search for the shortest way to break the lane in focus. It goes on in
// slices between which the screen is drawn, so that it can be watched and left.
type hunt struct {
	of     proof.Case
	search *check.Search
	base   *scenarios.Scenario // what is on the screen, as it was opened
	stage  int                 // of stages
	panel  *panel
}

// sliceStates is how many worlds are looked at in a slice: a few milliseconds. In a browser
// each takes five times as long.
func sliceStates() int {
	if runtime.GOARCH == "wasm" {
		return 500
	}
	return 2500
}

// stages are what is tried one after the other, the plainest first: what one lost ack
// breaks is better shown by it than by one step less of something stranger. What takes
// more than one fault is left to the last, which finds the fewest.
var stages = []check.Options{
	{Kinds: []check.Kind{check.LoseAck}, Faults: 1, GrowStates: huntStates},
	{Kinds: []check.Kind{check.Crash}, Faults: 1, GrowStates: huntStates},
	{Kinds: check.DefaultKinds(), GrowStates: huntStates},
}

// huntStates is how far a hunt goes to take more than two messages: somebody waits for
// it.
const huntStates = 300_000

// hunting begins to search for the shortest way to break the lane in focus.
func (m *Model) hunting() {
	m.pause()
	h := &hunt{panel: &panel{foot: "Esc", low: true}, base: m.from}
	if m.outer != nil {
		h.base = m.outer.from
	}
	h.of.Lane = m.told.Lane(m.st.Lanes[m.focus].Consumer)
	m.panel, m.hunt = h.panel, h
	m.begins(h)
}

// begins starts a stage of a hunt.
func (m *Model) begins(h *hunt) {
	h.of.Options = stages[h.stage]
	h.of.Options.MaxBytes = min(check.DefaultMaxBytes, proof.Share())
	search, err := check.New(h.of.Lane, h.of.Options)
	if err != nil {
		h.panel.title, h.panel.lines = "This lane cannot be searched", []words.Line{words.Say(words.Wrong, err.Error())}
		return
	}
	h.search, h.of.Result = search, nil
	h.report()
	m.wake(time.Millisecond, h)
}

// report says how far the hunt is.
func (h *hunt) report() {
	h.panel.title = h.name() + ": looking for the shortest way to break it"
	h.panel.lines = []words.Line{words.Say(words.Plain, fmt.Sprintf("%s so far, up to %s", words.Count(h.search.States(), "state"), words.Count(h.search.Budget(), "fault")))}
}

func (h *hunt) name() string {
	return strings.ToUpper(h.of.Lane.Consumer.Name) + " on " + h.of.Lane.Business.String()
}

// hunted goes on with a hunt.
func (m *Model) hunted(h *hunt) {
	if !h.search.Step(sliceStates()) {
		h.report()
		m.wake(time.Millisecond, h)
		return
	}
	h.of.Result = h.search.Result()
	for _, p := range proof.Properties() {
		if t := h.of.Result.Of(p).Counterexample; t != nil {
			h.found(t)
			return
		}
	}
	if h.stage+1 < len(stages) && h.search.Err() == nil {
		h.stage++
		m.begins(h)
		return
	}
	h.nothing()
}

// found shows a counterexample, and enter plays it: if it can be, on the thing that is
// worth most, for a harm that is large is seen.
func (h *hunt) found(t *check.Trace) {
	told, edits, ok := (*scenarios.Scenario)(nil), whatif.Edits{}, false
	if on := proof.Dearest(t, h.base); on != nil {
		if told, edits, ok = proof.Replay(on, h.base); ok {
			t = on
		}
	}
	if !ok {
		told, edits, ok = proof.Replay(t, h.base)
	}
	h.panel.title = h.name() + ": " + proof.By(t)
	h.panel.lines = nil
	for _, r := range proof.Rows(t) {
		line := words.Say(words.Dim, fmt.Sprintf("%2d", r.Last)).And(words.Plain, fmt.Sprintf("%-8s %-5s", r.Who, r.Message))
		h.panel.lines = append(h.panel.lines, append(line, r.What...))
	}
	h.panel.lines = append(h.panel.lines, words.Say(words.Wrong, proof.Ending(t)))
	h.panel.foot, h.panel.low = "enter plays it, Esc leaves", false
	h.panel.goes = func(m *Model) {
		if ok {
			m.playTrace(t, told, edits)
		} else {
			m.say(words.Dim, unplayed(t))
		}
	}
}

// unplayed says why a counterexample is not played on this scenario.
func unplayed(t *check.Trace) string {
	if _, ok := t.Plan(); ok {
		return "It plays with other times of publishing only: check --save writes that."
	}
	return "It cannot be played: " + t.Obstacle() + "."
}

// nothing says that nothing was found, and how far that goes.
func (h *hunt) nothing() {
	h.panel.title = h.name() + ": nothing breaks it within these bounds"
	h.panel.lines = nil
	texts := []string{"Searched: " + h.of.Searched() + ".", h.of.Bounds(), "Not tried: " + h.of.NotCovered()}
	if left := h.of.LeftOut(); left != "" {
		texts = append(texts, "Left out: "+left)
	}
	for _, text := range texts {
		h.panel.lines = append(h.panel.lines, words.Say(words.OK, text).Wrap(70)...)
	}
	h.panel.low = false
}

// playTrace plays a counterexample on a scenario with faults that do the same there,
// beside the lanes that are watched, from shortly before the first of them. It is a story
// of its own: leaveTrace leads back to the one that it was found in.
func (m *Model) playTrace(t *check.Trace, told *scenarios.Scenario, edits whatif.Edits) {
	outer := m.outer
	if outer == nil {
		outer = new(m.shown)
	}
	name := t.Lane.Consumer.Name
	told.Consumers = m.consumers
	told.Title = strings.ToUpper(name) + " broken on " + t.Lane.Business.String() + " by " + proof.By(t)
	told.Teaches = "This is the shortest way to break " + strings.ToUpper(name) + " on " + t.Lane.Business.String() + ": " + proof.By(t) + "."
	told.Story = "Esc leads back to where you were."
	m.open(told, edits, func() {
		m.led, m.edited, m.outer = false, true, outer // no questions: the answer was just shown
		m.focus = max(slices.IndexFunc(m.st.Lanes, func(l *story.LaneStory) bool { return l.Consumer.Name == name }), 0)
		if strikes := m.st.Strikes(); len(strikes) > 0 {
			m.jump(m.st.StepAt(max(m.st.When(strikes[0].Step)-shortlyBefore, 0)))
		}
		m.play(m.st.NextStop(m.at.Step), false)
	})
}

// shortlyBefore is how long before its first fault a counterexample begins.
const shortlyBefore = 2 * time.Second

// leaveTrace goes back to the story in which a counterexample was found, as it was left.
func (m *Model) leaveTrace() {
	m.stop()
	m.shown, m.outer, m.led = *m.outer, nil, false
}
