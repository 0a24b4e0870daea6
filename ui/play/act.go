package play

import (
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// move returns what goes to a step at once.
func move(to func(m *model) int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		m.jump(to(m))
		return nil
	}
}

// flag returns what switches a flag.
func flag(which func(m *model) *bool) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		*which(m) = !*which(m)
		return nil
	}
}

// guess returns what answers an open question.
func guess(choice int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		if m.guess.open != nil {
			m.answer(choice)
		} else {
			m.say(words.Dim, "There is no question now.")
		}
		return nil
	}
}

// faster returns what changes the speed.
func faster(by float64) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		m.speed = min(max(m.speed*by, 0.1), 30)
		m.say(words.Dim, "Speed "+strconv.FormatFloat(m.speed, 'f', 1, 64)+".")
		return nil
	}
}

// toggle plays without an end, or pauses. An open question waits for its answer.
func (m *model) toggle() tea.Cmd {
	switch {
	case m.guess.open != nil:
		return nil
	case m.playing:
		m.pause()
		return nil
	}
	m.said = nil
	return m.play(m.st.Steps(), true)
}

// pause stands still where it is, at a time that can be written down.
func (m *model) pause() {
	at := m.now().At.Truncate(100 * time.Millisecond)
	m.stop()
	if at > m.st.When(m.at.Step) {
		m.at = m.moment(at)
	}
}

// stepOn takes one step. A question on the way is asked; to go on from an open one
// is to pass over it.
func (m *model) stepOn() tea.Cmd {
	if m.guess.open != nil {
		m.skipGuess()
	}
	if m.at.Step >= m.st.Steps() {
		m.say(words.Dim, "This is the end.")
		return nil
	}
	m.stop()
	m.until = m.at.Step + 1
	if q := m.due(); q != nil {
		m.ask(q)
	} else {
		m.arrive()
	}
	return nil
}

func (m *model) nextLane() tea.Cmd {
	m.focus = (m.focus + 1) % len(m.st.Lanes)
	return nil
}

func (m *model) toggleGuesses() tea.Cmd {
	m.guesses, m.guess.open, m.guess.skipped = !m.guesses, nil, 0
	m.say(words.Dim, "Guesses are "+map[bool]string{true: "on.", false: "off."}[m.guesses])
	return nil
}

func (m *model) otherTheme() tea.Cmd {
	themes := []*grid.Theme{&grid.Dark, &grid.Light, &grid.Mono}
	m.theme = themes[(slices.Index(themes, m.theme)+1)%len(themes)]
	return nil
}

func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return tea.EnableMouseCellMotion
	}
	return tea.DisableMouse
}

// quit leaves the screen, or the playground for the lesson that has led there.
func (m *model) quit() tea.Cmd {
	if m.lesson != nil && m.lesson.away {
		return m.comeBack()
	}
	return m.end()
}

// end leaves the screen.
func (m *model) end() tea.Cmd {
	if m.playing {
		m.pause() // at a time that can be written down
	}
	m.leaveWork()
	m.left = true
	return tea.Quit
}

// fault returns the fault that u is about: the one that was just added, or where [
// and ] landed; at a harm the one at its root; else the last one behind the playhead.
func (m *model) fault() (sim.Fault, bool) {
	if m.selected != nil {
		return *m.selected, true
	}
	if f, ok := m.st.Culprit(m.at.Step); ok {
		return f, true
	}
	return m.st.LastFault(m.at.Step)
}

// undo switches a fault off, and on again. The cursor keeps its time; the other
// future stays as a ghost.
func (m *model) undo() tea.Cmd {
	f, ok := m.fault()
	if !ok {
		m.say(words.Dim, "Nothing has gone wrong yet: there is nothing to undo.")
		return nil
	}
	m.edit(m.edits.Toggle(f), func() { m.selected = &f })
	return nil
}

// restore goes back to the file, and to what was changed by hand again.
func (m *model) restore() tea.Cmd {
	if m.edits.Equal(m.opened) && m.put.Equal(m.opened) {
		m.say(words.Dim, "Nothing was changed by hand.")
		return nil
	}
	if m.edits.Equal(m.opened) {
		m.edit(m.put, func() {})
		return nil
	}
	put := m.edits
	m.edit(m.opened, func() { m.put = put })
	return nil
}

// edit simulates again under other faults, and then does what follows. Where we are in
// time stays.
func (m *model) edit(edits whatif.Edits, then func()) {
	old, now, v := m.st, m.now(), m.version()
	v.edits = edits
	m.retell(v, func() {
		m.edited = true
		m.goTo(now)
		m.guess.said, m.selected = nil, nil
		m.ghost = old
		m.other = whatif.Difference(m.st, old, now.At)
		then()
	})
}

// next returns what lets a kind of fault strike at the next chance.
func next(kind sim.FaultKind) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		var f sim.Fault
		var ok bool
		parts := m.st.InParts(func() { f, ok = whatif.NextChance(m.st, kind, m.at.Step) })
		m.inParts("Looking for the next chance", parts, func() {
			if !ok {
				m.say(words.Dim, "There is no more chance for that in this run.")
				return
			}
			m.add(f)
		})
		return nil
	}
}

// faults opens the list of all that can go wrong here.
func (m *model) faults() tea.Cmd {
	if m.playing {
		m.pause()
	}
	var offers []whatif.Offer
	parts := m.st.InParts(func() { offers = whatif.Offers(m.st, m.at.Step) })
	m.inParts("Looking for what can go wrong", parts, func() { m.panel = faultPanel(offers) })
	return nil
}

// add adds a fault by hand, and says of every lane that never meets it that it does
// not.
func (m *model) add(f sim.Fault) {
	m.edit(m.edits.Add(f), func() {
		m.ghost, m.other, m.selected = nil, nil, &f
		head := words.Say(words.Fault, words.Letter(f.Kind)).And(words.Strong, f.String()+" will strike.").And(words.Dim, "u takes it away again.")
		m.said = []words.Line{head}
		for _, text := range whatif.Unmet(m.st, f) {
			m.said = append(m.said, words.Say(words.Plain, text))
		}
	})
}

// nextFault and prevFault go to a fault, and select it for u.
func (m *model) nextFault() tea.Cmd { return m.toFault(m.st.NextFault(m.at.Step)) }

func (m *model) prevFault() tea.Cmd { return m.toFault(m.st.PrevFault(m.back())) }

func (m *model) toFault(step int, ok bool) tea.Cmd {
	if !ok {
		m.say(words.Dim, "No fault strikes there.")
		return nil
	}
	m.jump(step)
	if f, ok := m.st.FaultAtStep(step); ok {
		m.selected = &f
	}
	return nil
}

// otherBusiness shows the same faults at the same instant where performing means
// something else.
func (m *model) otherBusiness() tea.Cmd {
	all := sim.Businesses()
	v := m.version()
	v.business = all[(slices.Index(all, m.business)+1)%len(all)]
	m.again(v, "Now it is "+v.business.Words().About+".", func() {})
	return nil
}

// again simulates another version, at the same instant, says what is different, and then
// does what follows.
func (m *model) again(v version, text string, then func()) {
	now := m.now()
	m.retell(v, func() {
		m.goTo(now)
		m.ghost, m.other, m.guess.said = nil, nil, nil
		m.said = append([]words.Line{words.Say(words.Strong, text)}, m.st.Narrate(m.st.LastStop(m.at.Step)).Lines...)
		then()
	})
}

// watch puts other consumers in view.
func (m *model) watch(names []string) {
	v := m.version()
	v.consumers = names
	m.again(v, "Watching "+strings.Join(names, ", ")+". tab brings each of them into view.", func() { m.focus = len(names) - 1 })
}

// mouseAt drags the playhead along the time line.
func (m *model) mouseAt(e tea.MouseMsg) {
	if m.st == nil || m.panel != nil || m.work != nil || m.taught() || e.Button != tea.MouseButtonLeft || e.Action == tea.MouseActionRelease {
		return
	}
	if step, on := m.screen.StepAt(e.X, e.Y); on {
		m.jump(step)
	}
}

// counted writes a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
