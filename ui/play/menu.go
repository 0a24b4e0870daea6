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
	case m.o.Course != nil:
		return m.chapterEntries()
	case m.work != nil && m.o.Scenario != nil:
		return nil // it is opened by name, and there is nothing to choose
	}
	about := "A queue delivers at least once, so a message can arrive twice. Watch what several consumers make of the same messages and the same faults, and whom it costs."
	if m.o.Lessons != "" {
		about += " To learn it step by step: " + m.o.Lessons
	}
	all := []frame.MenuItem{{Name: "Start here: 60 seconds", Lesson: "led from stop to stop, to the second charge", About: about, Strong: true, Apart: true}}
	for _, s := range m.o.Menu {
		all = append(all, frame.MenuItem{Name: s.Title, Lesson: s.Teaches, About: s.Teaches + " It answers: " + s.Question})
	}
	return all
}

// menuKey takes a key in the menu.
func (m *Model) menuKey(name string) {
	last := len(m.entries()) - 1
	m.said = nil
	switch name {
	case "up", "k":
		m.entry = max(m.entry-1, 0)
	case "down", "j", "tab":
		m.entry = min(m.entry+1, last)
	case "home":
		m.entry = 0
	case "end":
		m.entry = last
	case "?":
		m.panel = helpPanel(m)
	case "q":
		m.quit()
	case "enter", " ", "right", "pgdown":
		if m.o.Course != nil {
			m.openChapter(m.o.Course.Chapters()[m.entry].Name)
			return
		}
		led := m.entry == 0
		m.open(m.chosen(), whatif.Edits{}, func() {
			m.led = led
			m.rest()
		})
	}
}

func (m *Model) chosen() *scenarios.Scenario {
	name := m.o.Led
	if m.entry > 0 {
		name = m.o.Menu[m.entry-1].Name
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
	if m.o.Course != nil {
		m.stop()
		m.st, m.lesson, m.said, m.ghost, m.entry = nil, nil, nil, nil, m.nextDue()
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

// nextDue is the first chapter that is not done; the first of all, if all are.
func (m *Model) nextDue() int {
	return max(slices.IndexFunc(m.o.Course.Chapters(), func(c Chapter) bool { return !c.Done }), 0)
}
