package play

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios"
	"dejavu/sim/check"
	"dejavu/ui/proof"
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

// slice says that it is time for the next part of a hunt.
type slice struct{ of *hunt }

// sliceStates is how many worlds are looked at in a slice: a few milliseconds.
const sliceStates = 2500

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
func (m *model) hunting() tea.Cmd {
	if m.playing {
		m.pause()
	}
	h := &hunt{panel: &panel{foot: "Esc", low: true}, base: m.from}
	h.of.Lane = m.told.Lane(m.st.Lanes[m.focus].Consumer)
	m.panel, m.hunt = h.panel, h
	return m.begins(h)
}

// begins starts a stage of a hunt.
func (m *model) begins(h *hunt) tea.Cmd {
	h.of.Options = stages[h.stage]
	h.of.Options.MaxBytes = min(check.DefaultMaxBytes, proof.Share())
	search, err := check.New(h.of.Lane, h.of.Options)
	if err != nil {
		h.panel.title, h.panel.lines = "This lane cannot be searched", []words.Line{words.Say(words.Wrong, err.Error())}
		return nil
	}
	h.search, h.of.Result = search, nil
	h.report()
	return h.goOn()
}

func (h *hunt) goOn() tea.Cmd {
	return tea.Tick(time.Millisecond, func(time.Time) tea.Msg { return slice{h} })
}

// report says how far the hunt is.
func (h *hunt) report() {
	h.panel.title = h.name() + ": looking for the shortest way to break it"
	h.panel.lines = []words.Line{words.Say(words.Plain, fmt.Sprintf("%s so far, up to %s", words.Count(h.search.States(), "state"), words.Count(h.search.Budget(), "fault")))}
}

func (h *hunt) name() string {
	return strings.ToUpper(h.of.Lane.Consumer.Name) + " on " + h.of.Lane.Business.String()
}

// hunted goes on with a hunt, unless it was left.
func (m *model) hunted(h *hunt) tea.Cmd {
	if m.panel != h.panel {
		return nil
	}
	if !h.search.Step(sliceStates) {
		h.report()
		return h.goOn()
	}
	h.of.Result = h.search.Result()
	for _, p := range proof.Properties() {
		if t := h.of.Result.Of(p).Counterexample; t != nil {
			h.found(t)
			return nil
		}
	}
	if h.stage+1 < len(stages) && h.search.Err() == nil {
		h.stage++
		return m.begins(h)
	}
	h.nothing()
	return nil
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
	h.panel.chosen = -1
	h.panel.take = func(m *model, _ int) tea.Cmd {
		if !ok {
			m.say(words.Dim, unplayed(t))
			return nil
		}
		return m.playTrace(t, told, edits)
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
// beside the lanes that are watched, from the teaching point before the first of them.
func (m *model) playTrace(t *check.Trace, told *scenarios.Scenario, edits whatif.Edits) tea.Cmd {
	name := t.Lane.Consumer.Name
	told.Consumers, told.Title = m.consumers, strings.ToUpper(name)+" broken by "+proof.By(t)
	if err := m.open(told, edits); err != nil {
		panic("play: what was found cannot be played: " + err.Error())
	}
	m.led, m.edited = false, true // no questions: the answer was just shown
	for k, l := range m.st.Lanes {
		if l.Consumer.Name == name {
			m.focus = k
		}
	}
	if strikes := m.st.Strikes(); len(strikes) > 0 {
		m.jump(m.st.PrevStop(strikes[0].Step))
	}
	return m.play(m.st.NextStop(m.at.Step), false)
}
