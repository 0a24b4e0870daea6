package play

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// entries are what the menu offers: the led run, then every scenario.
func (m *Model) entries() []frame.MenuItem {
	switch {
	case m.o.Choices != nil:
		return m.o.Choices
	case m.o.Course != nil:
		return m.chapterEntries()
	case m.rungs() != nil:
		return m.levelEntries()
	case m.work != nil && m.o.Scenario != nil:
		return nil // it is opened by name, and there is nothing to choose
	}
	about := "A queue delivers at least once, so a message can arrive twice. Watch what several consumers make of the same messages and the same faults, and whom it costs."
	if m.o.Lessons != "" {
		about += " To learn it step by step: " + m.o.Lessons
	}
	if m.o.Attack != "" {
		about += " To do the harm yourself: " + m.o.Attack
	}
	all := []frame.MenuItem{{Name: "Start here: 60 seconds", Lesson: "led from stop to stop, to the second charge", About: about, Strong: true, Apart: true}}
	for _, s := range m.o.Own {
		all = append(all, frame.MenuItem{Name: s.Title, Lesson: s.Teaches, About: s.Teaches})
	}
	for _, s := range m.o.Menu {
		all = append(all, frame.MenuItem{Name: s.Title, Lesson: s.Teaches, About: s.Teaches + " It answers: " + s.Question})
	}
	return all
}

// offers returns which of the entries say what was typed.
func (m *Model) offers(all []frame.MenuItem) []frame.MenuItem {
	m.menu.names, m.menu.texts = nil, nil
	for _, e := range all {
		m.menu.names, m.menu.texts = append(m.menu.names, e.Name), append(m.menu.texts, e.Lesson)
	}
	var shown []frame.MenuItem
	for _, i := range m.menu.shown() {
		shown = append(shown, all[i])
	}
	return shown
}

// menuKey takes a key in the menu.
func (m *Model) menuKey(name string) {
	m.offers(m.entries())
	m.said = nil
	at, typed := m.menu.at(), m.menu.typed != ""
	switch {
	case name == "?" && !typed:
		m.panel = helpPanel(m)
	case name == "q" && !typed:
		m.quit()
	case name == "esc":
		m.menu.typed, m.menu.chosen = "", max(at, 0)
	case name == "tab":
		m.menu.key("down", 0)
	case name != "enter" && name != "right" && (name != " " || typed):
		m.menu.key(name, max(m.h-8, 1))
	case at < 0:
	case m.o.Choices != nil:
		m.choice = m.o.Choices[at].Name
		m.leave()
	case m.o.Course != nil:
		m.openChapter(m.o.Course.Chapters()[at].Name)
	case m.o.Ladder != nil:
		m.openLevel(m.o.Ladder.Levels()[at].Name)
	case m.o.Workshop != nil:
		m.openTask(m.o.Workshop.Levels()[at].Name)
	default:
		m.open(m.offered(at), whatif.Edits{}, func() {
			m.led = at == 0
			m.rest()
		})
	}
}

// offered returns what an entry of the menu opens.
func (m *Model) offered(at int) *scenarios.Scenario {
	name := m.o.Led
	switch own := len(m.o.Own); {
	case at > own:
		name = m.o.Menu[at-own-1].Name
	case at > 0:
		return m.o.Own[at-1]
	}
	s, ok := scenarios.Get(name)
	if !ok {
		panic("play: the menu offers " + name + ", which is not shipped")
	}
	return s
}

// following returns the name of the story after this one, in the order of learning,
// or "".
func (m *Model) following() string {
	for i := 0; i+1 < len(m.o.Menu); i++ {
		if m.from != nil && m.o.Menu[i].Name == m.from.Name {
			return m.o.Menu[i+1].Name
		}
	}
	return ""
}

// nextStory goes on where a story is over.
func (m *Model) nextStory() {
	if m.lesson != nil {
		m.comeBack()
		return
	}
	if m.siege != nil {
		if next := m.o.Ladder.Next(m.siege.Name); m.siege.met && next != "" {
			m.openLevel(next)
			return
		}
		m.say(words.Dim, "This is the end. u takes a fault back, home leads to the beginning, n says that nobody can.")
		return
	}
	name := m.following()
	if m.present { // what a remote can do does not leave what is shown
		name = ""
	}
	s, ok := scenarios.Get(name)
	if !ok {
		m.say(words.Dim, "This is the end. m leads to the menu, home to the beginning.")
		return
	}
	m.open(s, whatif.Edits{}, func() {
		m.led = false
		m.rest()
	})
}

// toMenu goes back to the menu, if there is one.
func (m *Model) toMenu() {
	if m.o.Course != nil || m.rungs() != nil {
		m.stop()
		m.siege, m.bench, m.outer = nil, nil, nil
		m.st, m.lesson, m.said, m.ghost, m.menu = nil, nil, nil, nil, picker{chosen: m.nextDue()}
		return
	}
	if len(m.o.Menu) == 0 {
		m.say(words.Dim, "There is no menu: this was opened by name.")
		return
	}
	m.stop()
	m.st, m.said, m.ghost, m.led, m.guess.open = nil, nil, nil, false, nil
}

// chapterEntries are what a course offers.
func (m *Model) chapterEntries() []frame.MenuItem {
	var all []frame.MenuItem
	due := m.nextDue()
	missed := ""
	if m.o.Course.Missed != nil {
		missed = m.o.Course.Missed()
	}
	for i, c := range m.o.Course.Chapters() {
		mark := " "
		if c.Done {
			mark = "✓"
		}
		name := fmt.Sprintf("%s %d  %s", mark, i+1, c.Title)
		about := strings.TrimSpace(c.Teaches + " The first three chapters are fifteen minutes; the others are depth. " + missed)
		all = append(all, frame.MenuItem{Name: name, Lesson: c.State, About: about, Strong: i == due, Apart: c.Apart})
	}
	return all
}

// nextDue is the first chapter or level that is not done; the first of all, if all are.
func (m *Model) nextDue() int {
	var all []Chapter
	if m.o.Course != nil {
		all = m.o.Course.Chapters()
	} else {
		all = m.rungs().Levels()
	}
	return max(slices.IndexFunc(all, func(c Chapter) bool { return !c.Done }), 0)
}
