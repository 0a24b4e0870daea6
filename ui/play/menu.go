package play

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// entries are what the menu offers: the led run, then every scenario.
func (m *model) entries() []frame.Entry {
	if m.o.Course != nil {
		return m.chapterEntries()
	}
	about := "A queue delivers at least once, so a message can arrive twice. Watch what several consumers make of the same messages and the same faults, and whom it costs."
	if m.o.Lessons != "" {
		about += " To learn it step by step: " + m.o.Lessons
	}
	all := []frame.Entry{{Name: "Start here: 60 seconds", Lesson: "led from stop to stop, to the second charge", About: about, Strong: true, Apart: true}}
	for _, s := range m.o.Menu {
		all = append(all, frame.Entry{Name: s.Title, Lesson: s.Teaches, About: s.Teaches + " It answers: " + s.Question})
	}
	return all
}

// menuKey takes a key in the menu.
func (m *model) menuKey(name string) tea.Cmd {
	last := len(m.entries()) - 1
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
		return m.quit()
	case "enter", " ", "right", "pgdown":
		if m.o.Course != nil {
			m.openChapter(m.o.Course.Chapters()[m.entry].Name)
			return nil
		}
		m.led = m.entry == 0
		if err := m.open(m.chosen(), whatif.Edits{}); err != nil {
			m.st = nil
			m.panel = &panel{title: "This cannot be played", lines: []words.Line{words.Say(words.Wrong, err.Error())}, foot: "Esc"}
		}
	}
	return nil
}

func (m *model) chosen() *scenarios.Scenario {
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
func (m *model) following() string {
	for i := 0; i+1 < len(m.o.Menu); i++ {
		if m.from != nil && m.o.Menu[i].Name == m.from.Name {
			return m.o.Menu[i+1].Name
		}
	}
	return ""
}

// nextStory goes on where a story is over.
func (m *model) nextStory() tea.Cmd {
	if m.lesson != nil {
		return m.comeBack()
	}
	name := m.following()
	s, ok := scenarios.Get(name)
	if !ok {
		m.say(words.Dim, "This is the end. m leads to the menu, home to the beginning.")
		return nil
	}
	m.led = false
	if err := m.open(s, whatif.Edits{}); err != nil {
		panic("play: a shipped scenario cannot be played: " + err.Error())
	}
	return nil
}

// toMenu goes back to the menu, if there is one.
func (m *model) toMenu() tea.Cmd {
	if m.o.Course != nil {
		m.stop()
		m.st, m.lesson, m.said, m.ghost, m.entry = nil, nil, nil, nil, m.nextDue()
		return nil
	}
	if len(m.o.Menu) == 0 {
		m.say(words.Dim, "There is no menu: this was opened by name.")
		return nil
	}
	m.stop()
	m.st, m.said, m.ghost, m.led, m.guess.open = nil, nil, nil, false, nil
	return nil
}

// chapterEntries are what a course offers.
func (m *model) chapterEntries() []frame.Entry {
	var all []frame.Entry
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
		all = append(all, frame.Entry{Name: name, Lesson: c.State, About: about, Strong: i == due, Apart: c.Apart})
	}
	return all
}

// nextDue is the first chapter that is not done; the first of all, if all are.
func (m *model) nextDue() int {
	return max(slices.IndexFunc(m.o.Course.Chapters(), func(c Chapter) bool { return !c.Done }), 0)
}
