package play

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/ladder"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// Ladder is what the screen shows in place of the playground: levels to break. Beside a
// Course it is the chapter of it that is called [ladder.Chapter].
type Ladder struct {
	Rungs
	// Open opens a level.
	Open func(name string) (*ladder.Puzzle, error)
	// First is the level to begin with, or nil for the menu.
	First *ladder.Puzzle
	// Ended is told how a level ended.
	Ended func(p *ladder.Puzzle, how ladder.Conclusion)
}

// Rungs are levels to choose from, to break or to build.
type Rungs struct {
	// Levels are those there are, as far as the player is by now, and About is said of each.
	Levels func() []Chapter
	About  string
	// Next names the level after one, or "".
	Next func(name string) string
}

// Due is the first level that is not solved, or the first of all.
func (r *Rungs) Due() Chapter {
	all := r.Levels()
	return all[max(slices.IndexFunc(all, func(c Chapter) bool { return !c.Done }), 0)]
}

// rungs are the levels of the menu, or nil.
func (m *Model) rungs() *Rungs {
	switch {
	case m.o.Ladder != nil:
		return &m.o.Ladder.Rungs
	case m.o.Workshop != nil:
		return &m.o.Workshop.Rungs
	}
	return nil
}

// breaking is a level under way.
type breaking struct {
	*ladder.Puzzle
	hints  int          // that were told
	judged whatif.Edits // with which the goal was met last
	met    bool
}

// besiege begins a level.
func (m *Model) besiege(p *ladder.Puzzle) {
	m.siege, m.lesson, m.guesses, m.led = &breaking{Puzzle: p}, nil, false, false
	m.open(p.Scenario, whatif.Edits{}, func() { m.panel = goalPanel(m) })
}

// openLevel begins a level of the ladder, or says why it cannot be opened.
func (m *Model) openLevel(name string) {
	p, err := m.o.Ladder.Open(name)
	if err != nil {
		m.cannotOpen(err)
		return
	}
	m.besiege(p)
}

// cannotOpen says why a level cannot be opened.
func (m *Model) cannotOpen(err error) {
	m.panel = &panel{title: "This cannot be opened", lines: words.Say(words.Wrong, err.Error()).Wrap(max(m.w-6, 20)), foot: "Esc"}
}

// levelEntries are the levels there are.
func (m *Model) levelEntries() []frame.MenuItem {
	var all []frame.MenuItem
	due := m.nextDue()
	rungs := m.rungs()
	for i, c := range rungs.Levels() {
		mark := " "
		if c.Done {
			mark = "✓"
		}
		all = append(all, frame.MenuItem{Name: fmt.Sprintf("%s %2d  %s", mark, i+1, c.Title), Lesson: c.State, About: rungs.About + " " + c.Teaches, Strong: i == due, Apart: c.Apart})
	}
	return all
}

// affords reports whether a level allows one more fault, and says why if it does not.
func (m *Model) affords(f sim.Fault) bool {
	if m.siege == nil {
		return true
	}
	if _, err := m.siege.Try(m.edits, f); err != nil {
		m.say(words.Fault, words.Capital(err.Error())+".")
		return false
	}
	return true
}

// dangers are what can go wrong now.
func (m *Model) dangers() []whatif.Offer {
	if m.siege != nil {
		return m.siege.Offers(m.st, m.at.Step)
	}
	return whatif.Offers(m.st, m.at.Step)
}

// here returns what lets a fault strike whoever is at work now or, if nobody is, at the
// next chance.
func here(kind sim.FaultKind) func(*Model) {
	return func(m *Model) {
		if f, ok := whatif.Here(m.st, kind, m.at.Step); ok {
			m.pause()
			m.add(f)
			return
		}
		next(kind)(m)
	}
}

// takeBack takes back the last fault: it can be spent again.
func (m *Model) takeBack() {
	n := len(m.edits.With)
	if n == 0 {
		m.say(words.Dim, "No fault was spent yet.")
		return
	}
	last := m.edits.With[n-1]
	m.siege.met = false
	m.edit(whatif.Edits{With: slices.Clone(m.edits.With[:n-1])}, nil, func() {
		m.say(words.Strong, last.String()+" is taken back. "+m.siege.Left(m.told))
	})
}

// startOver takes all faults back, and begins again.
func (m *Model) startOver() {
	m.siege.met = false
	m.edit(whatif.Edits{}, nil, func() { m.jump(0) })
}

// judge shows what a level came to, once, at the step with which its goal is met.
func (m *Model) judge() {
	b := m.siege
	if b == nil || m.st == nil || m.panel != nil || m.work != nil {
		return
	}
	step, took, met := b.Met(m.st)
	switch {
	case !met || m.at.Step < step || b.met && b.judged.Equal(m.edits) && m.outer == nil:
		return
	case m.outer != nil && m.at.Step == step && !m.playing && m.said == nil:
		m.said = func(told []words.Line) []words.Line { return append(told[:1:1], b.Missed()...) }
		return
	case m.outer != nil:
		return
	}
	m.pause()
	b.met, b.judged = true, m.edits
	m.ended(ladder.Conclusion{Won: true, Took: took})
	m.panel = m.outcome("Done: "+whoseHarm(m.st, step), b.Solved(took))
}

// whoseHarm says what happened at a harm.
func whoseHarm(st *story.Story, step int) string {
	return cmp.Or(st.Narrate(step).Badge, "the goal is met")
}

// nobodyCan is the claim that a level cannot be broken: it is right and proved, or wrong
// and refuted at once.
func (m *Model) nobodyCan() {
	m.pause()
	b := m.siege
	if b.Trace() == nil {
		m.ended(ladder.Conclusion{Won: true})
		m.panel = m.outcome("Nobody can", b.Unbroken())
		return
	}
	m.ended(ladder.Conclusion{})
	if told, edits, ok := b.Answer(); ok {
		m.playTrace(b.Trace(), told, edits)
	}
}

func (m *Model) ended(how ladder.Conclusion) {
	if m.o.Ladder.Ended != nil {
		m.o.Ladder.Ended(m.siege.Puzzle, how)
	}
}

// outcome is a panel that says what a level came to, and leads on.
func (m *Model) outcome(title string, lines []words.Line) *panel {
	p := page(title, min(readable, max(m.w-4, 1)))
	for _, line := range lines {
		p.add(line)
	}
	next := m.o.Ladder.Next(m.siege.Name)
	result := &panel{
		title: p.title, lines: p.lines, low: true, wide: true,
		foot: words.Either(next == "", "enter stays here, m leads to the menu", "enter opens the next level, Esc stays here"),
	}
	result.goes = func(m *Model) {
		switch {
		case m.hasty("enter"): // it was meant for what was there before
			m.panel = result
		case next != "":
			m.openLevel(next)
		}
	}
	m.rest()
	return result
}

// besieged puts what is to be done, and what is left for it, into a frame.
func (m *Model) besieged(o *frame.Look) {
	b := m.siege
	o.NamesOnly = true
	if m.outer != nil {
		o.Title = "The shortest attack"
		return
	}
	o.Title = b.Title + ": " + b.Aim()
	if b.Number > 0 {
		o.Title = fmt.Sprintf("%d. %s", b.Number, words.Capital(b.Aim()))
	}
	o.Place = fmt.Sprintf("%d of %s", b.Spent(m.told), words.Count(b.Faults, "fault"))
}

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
		binding{[]string{"m"}, "m", "the menu", (*Model).toMenu, nil},
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
		{[]string{"m"}, "m", "the menu", (*Model).toMenu, nil},
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
