package play

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// move returns what goes to a step at once.
func move(to func(m *Model) int) func(*Model) {
	return func(m *Model) {
		m.jump(to(m))
	}
}

// flag returns what switches a flag.
func flag(which func(m *Model) *bool) func(*Model) {
	return func(m *Model) {
		*which(m) = !*which(m)
	}
}

// guess returns what answers an open question.
func guess(choice int) func(*Model) {
	return func(m *Model) {
		if m.guess.open != nil {
			m.answer(choice)
		} else {
			m.say(words.Dim, "There is no question now.")
		}
	}
}

// faster returns what changes the speed.
func faster(by float64) func(*Model) {
	return func(m *Model) {
		m.speed = min(max(m.speed*by, 0.1), 30)
		m.say(words.Dim, "Speed "+strconv.FormatFloat(m.speed, 'f', 1, 64)+".")
	}
}

// toggle plays without an end, or pauses. An open question waits for its answer.
func (m *Model) toggle() {
	switch {
	case m.guess.open != nil:
	case m.playing:
		m.pause()
	default:
		m.said = nil
		m.play(m.st.Steps(), true)
	}
}

// pause stands still where it is, at a time that can be written down.
func (m *Model) pause() {
	if !m.playing {
		return
	}
	at := m.Now().At.Truncate(100 * time.Millisecond)
	m.stop()
	if at > m.st.When(m.at.Step) {
		m.at = m.moment(at)
	}
}

// stepOn takes one step. A question on the way is asked; to go on from an open one
// is to pass over it.
func (m *Model) stepOn() {
	if m.guess.open != nil {
		m.skipGuess()
	}
	if m.at.Step >= m.st.Steps() {
		m.say(words.Dim, "This is the end.")
		return
	}
	m.stop()
	m.until = m.at.Step + 1
	if q := m.due(); q != nil {
		m.ask(q)
	} else {
		m.arrive()
	}
}

func (m *Model) nextLane() {
	m.focus = (m.focus + 1) % len(m.st.Lanes)
}

func (m *Model) toggleGuesses() {
	m.guesses, m.guess.open, m.guess.skipped = !m.guesses, nil, 0
	m.say(words.Dim, "Guesses are "+map[bool]string{true: "on.", false: "off."}[m.guesses])
}

func (m *Model) otherTheme() {
	themes := []*grid.Theme{&grid.Dark, &grid.Light, &grid.Mono}
	m.theme = themes[(slices.Index(themes, m.theme)+1)%len(themes)]
}

func (m *Model) toggleMouse() {
	m.mouse = !m.mouse
	m.wants = append(m.wants, UseMouse(m.mouse))
}

// quit leaves the screen, or the playground for the lesson that has led there.
func (m *Model) quit() {
	if m.lesson != nil && m.lesson.away {
		m.comeBack()
	} else {
		m.leave()
	}
}

// leave leaves the screen.
func (m *Model) leave() {
	m.pause()
	m.leaveWork()
	if m.panel != nil && m.panel.slow != nil {
		m.panel.slow.stop()
	}
	m.left = true
	m.wants = append(m.wants, Quit{})
}

// fault returns the fault that u is about: the one that was just added, or where [
// and ] landed; at a harm the one at its root; else the last one behind the playhead.
func (m *Model) fault() (sim.Fault, bool) {
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
func (m *Model) undo() {
	f, ok := m.fault()
	if !ok {
		m.say(words.Dim, "Nothing has gone wrong yet: there is nothing to undo.")
		return
	}
	m.edit(m.edits.Toggle(f), nil, func() { m.selected = &f })
}

// restore goes back to the file, and to what was changed by hand again.
func (m *Model) restore() {
	if m.outer != nil {
		m.leaveTrace()
		return
	}
	is := m.version()
	to, text := m.opened, "As it was."
	switch {
	case is.same(m.opened) && m.put.same(m.opened):
		m.say(words.Dim, "Nothing was changed by hand.")
		return
	case is.same(m.opened):
		is, to, text = m.put, m.put, "As you had it."
	}
	put := func() { m.put = is }
	if to.sameLanes(m.version()) {
		m.edit(to.edits, nil, put)
	} else {
		m.again(to, text, put)
	}
}

// edit simulates again under other faults, asks that, and then does what follows. Where
// we are in time stays.
func (m *Model) edit(edits whatif.Edits, ask func(*story.Story), then func()) {
	old, now, v := m.st, m.Now(), m.version()
	v.edits = edits
	var other words.Line
	m.tell(m.from, v, func(st *story.Story) {
		other = whatif.Difference(st, old, now.At)
		if ask != nil {
			ask(st)
		}
	}, func() {
		m.edited = true
		m.goTo(now)
		m.guess.said, m.selected = nil, nil
		m.ghost = old
		m.other = other
		then()
	})
}

// next returns what lets a kind of fault strike at the next chance.
func next(kind sim.FaultKind) func(*Model) {
	return func(m *Model) {
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
	}
}

// faults opens the list of all that can go wrong here.
func (m *Model) faults() {
	m.pause()
	var offers []whatif.Offer
	parts := m.st.InParts(func() { offers = m.dangers() })
	m.inParts("Looking for what can go wrong", parts, func() { m.panel = faultPanel(offers) })
}

// add adds a fault by hand, and says of every lane that never meets it that it does
// not.
func (m *Model) add(f sim.Fault) {
	if !m.affords(f) {
		return
	}
	var unmet []string
	m.edit(m.edits.Add(f), func(st *story.Story) { unmet = whatif.Unmet(st, f) }, func() {
		m.ghost, m.other, m.selected = nil, nil, &f
		head := words.Say(words.Fault, words.Letter(f.Kind)).And(words.Strong, f.String()+" "+words.Either(m.struck(f), "strikes.", "will strike.")).And(words.Dim, "u takes it away again.")
		lines := []words.Line{head}
		for _, text := range unmet {
			lines = append(lines, words.Say(words.Plain, text))
		}
		m.said = frame.Say(lines...)
	})
}

// nextFault and prevFault go to a fault, and select it for u.
func (m *Model) nextFault() { m.toFault(m.st.NextFault(m.at.Step)) }

func (m *Model) prevFault() { m.toFault(m.st.PrevFault(m.back())) }

func (m *Model) toFault(step int, ok bool) {
	if !ok {
		m.say(words.Dim, "No fault strikes there.")
		return
	}
	m.jump(step)
	if f, ok := m.st.FaultAtStep(step); ok {
		m.selected = &f
	}
}

// otherBusiness shows the same faults at the same instant where performing means
// something else.
func (m *Model) otherBusiness() {
	all := slices.DeleteFunc(sim.Businesses(), func(b sim.Business) bool { return b.Info().LastWins && b != m.business && !shared(m.from.Messages) })
	v := m.version()
	v.business = all[(slices.Index(all, m.business)+1)%len(all)]
	m.again(v, "Now it is "+v.business.Words().About+".", func() {})
}

// shared reports whether two messages are of one group: of others no status is set twice.
func shared(all []sim.Owed) bool {
	groups := map[string]bool{}
	for i := range all {
		if groups[all[i].Group] {
			return true
		}
		groups[all[i].Group] = true
	}
	return false
}

// again simulates another version, at the same instant, says what is different, and then
// does what follows.
func (m *Model) again(v version, text string, then func()) {
	now := m.Now()
	m.tell(m.from, v, m.prepare, func() {
		m.goTo(now)
		m.ghost, m.other, m.guess.said = nil, nil, nil
		head := words.Say(words.Strong, text)
		m.said = func(told []words.Line) []words.Line { return append([]words.Line{head}, told...) }
		then()
	})
}

// watch puts other consumers in view.
func (m *Model) watch(names []string) {
	v := m.version()
	v.consumers = names
	m.again(v, "Watching "+strings.Join(names, ", ")+". tab brings each of them into view.", func() { m.focus = len(names) - 1 })
}

// mouseAt drags the playhead along the time line.
func (m *Model) mouseAt(e Mouse) {
	if !m.draggable() {
		return
	}
	if step, on := m.screen.StepAt(e.X, e.Y); on {
		m.jump(step)
	}
}

// draggable reports whether the time line has the mouse.
func (m *Model) draggable() bool {
	return m.st != nil && m.panel == nil && m.work == nil && !m.taught()
}

// counted writes a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
