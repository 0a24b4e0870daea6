package play

import (
	"fmt"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/ladder"
	"dejavu/ui/words"
)

// breakBindings are the keys of a level, in the order of the help. That names only the
// strikes that its network can do.
func (m *Model) breakBindings() []binding {
	if m.outer != nil {
		return m.shownBindings()
	}
	all := []binding{
		{[]string{"enter", "pgdown"}, "enter", "play on to the next teaching point", (*Model).forward, hintOnward},
		{[]string{"backspace", "pgup"}, "backspace", "back to the teaching point before", move(func(m *Model) int { return m.st.PrevStop(m.back()) }), nil},
		{[]string{"left"}, "←", "one step back", move(func(m *Model) int { return m.back() - 1 }), hint("←→", "step")},
		{[]string{"right"}, "→", "one step on", (*Model).stepOn, nil},
		{[]string{" "}, "space", "play and pause", (*Model).toggle, nil},
		{[]string{"f"}, "f", "all that this network can do here", (*Model).faults, hint("f", "strike")},
	}
	for _, s := range []struct {
		key, help string
		f         sim.Fault
		does      func(*Model)
	}{
		{"A", "lose the next ack", sim.Fault{Kind: sim.LoseAckFault}, next(sim.LoseAckFault)},
		{"C", "crash whoever is at work, here", sim.Fault{Kind: sim.CrashFault}, here(sim.CrashFault)},
		{"D", "deliver the next message twice", sim.Fault{Kind: sim.CopyFault}, next(sim.CopyFault)},
		{"P", "freeze whoever is at work, past the timeout", sim.Fault{Kind: sim.PauseFault}, here(sim.PauseFault)},
	} {
		all = append(all, binding{[]string{s.key}, words.Either(m.siege.Allows(s.f), s.key, ""), s.help, s.does, nil})
	}
	return append(all,
		binding{[]string{"u"}, "u", "take the last fault back", (*Model).takeBack, hintTakeBack},
		binding{[]string{"n"}, "n", "nobody can: it is proved, or refuted", (*Model).nobodyCan, hint("n", "nobody can")},
		binding{[]string{"h"}, "h", "a hint: where to look, which kind, the plan", open(hintPanel), hint("h", "hint")},
		binding{[]string{"g"}, "g", "the goal, and the code", open(goalPanel), hint("g", "code")},
		binding{[]string{"w"}, "w", "why did this happen?", open(whyPanel), nil},
		binding{[]string{"r"}, "r", "take all faults back, and begin again", (*Model).startOver, nil},
		binding{[]string{"home"}, "home", "the beginning", move(func(*Model) int { return 0 }), nil},
		binding{[]string{"end"}, "end", "the end", move(func(m *Model) int { return m.st.Steps() }), nil},
		binding{[]string{"m"}, "m", "the levels", (*Model).toMenu, nil},
		binding{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		binding{[]string{"q"}, "q", "leave; what you have done is kept", (*Model).quit, hint("q", "leave")},
	)
}

func hintOnward(m *Model) string {
	if m.at.Step < m.st.Steps() {
		return hintForward(m)
	}
	return words.Either(m.siege.met && m.o.Ladder.Next(m.siege.Name) != "", "next level", "")
}

func hintTakeBack(m *Model) string {
	return words.Either(len(m.edits.With) > 0, "take back", "")
}

// shownBindings are the keys while the shortest attack is shown.
func (m *Model) shownBindings() []binding {
	onward := func(m *Model) {
		if m.at.Step < m.st.Steps() {
			m.forward()
		} else {
			m.leaveTrace()
		}
	}
	return []binding{
		{[]string{"enter", "pgdown"}, "enter", "on, and back to your own attack", onward, func(m *Model) string {
			return words.Either(m.at.Step < m.st.Steps(), "next", "back to your attack")
		}},
		{[]string{"backspace", "pgup"}, "backspace", "back to the teaching point before", move(func(m *Model) int { return m.st.PrevStop(m.back()) }), nil},
		{[]string{"left"}, "←", "one step back", move(func(m *Model) int { return m.back() - 1 }), hint("←→", "step")},
		{[]string{"right"}, "→", "one step on", (*Model).stepOn, nil},
		{[]string{"r"}, "Esc", "back to your own attack", (*Model).leaveTrace, hint("Esc", "back to your attack")},
		{[]string{"w"}, "w", "why did this happen?", open(whyPanel), hint("w", "why")},
		{[]string{"m"}, "m", "the levels", (*Model).toMenu, nil},
		{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		{[]string{"q"}, "q", "leave; what you have done is kept", (*Model).quit, hint("q", "leave")},
	}
}

// goalPanel says what is to be done, with what, and shows the code.
func goalPanel(m *Model) *panel {
	b := m.siege
	p := page(b.Heading(), min(readable, max(m.w-4, 1)))
	p.says(words.Strong, "You are the network. "+b.Brief)
	p.says(words.Plain, b.Task()+" If nobody can, say so: n.")
	p.gap()
	code := func(lines []string) {
		for _, line := range lines {
			p.lines = append(p.lines, words.Say(words.OK, "  "+strings.ReplaceAll(line, "\t", "    ")))
		}
	}
	lines, _ := consumers.Body(b.Consumer)
	code(lines)
	if lines, _ := consumers.RelayBody(b.Consumer); len(lines) > 0 {
		p.says(words.Plain, "The relay:")
		code(lines)
	}
	return &panel{title: p.title, lines: p.lines, foot: "enter begins; up and down scroll"}
}

// hintPanel tells one more hint.
func hintPanel(m *Model) *panel {
	b := m.siege
	b.hints = min(b.hints+1, ladder.MostHints)
	p := page(fmt.Sprintf("Hint %d of %d", b.hints, ladder.MostHints), min(readable, max(m.w-4, 1)))
	for n := 1; n <= b.hints; n++ {
		p.says(words.Plain, b.Hint(n))
	}
	again := func(key string, _ int) bool {
		if key == "h" {
			m.panel = hintPanel(m)
		}
		return key == "h"
	}
	return &panel{other: again, title: p.title, lines: p.lines, foot: words.Either(b.hints < ladder.MostHints, "h again tells more, Esc", "Esc"), low: true, wide: true}
}
