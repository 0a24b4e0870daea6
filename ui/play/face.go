package play

import (
	"cmp"
	"strconv"

	"dejavu/ui/words"
)

// What follows is for a face that is more than cells: buttons to press, sentences to be
// read aloud.

// Button is a key that does something now, and what it does.
type Button struct {
	Key  Key
	Does string
}

// Buttons are the keys that are worth a button now, in an order that does not change.
func (m *Model) Buttons() []Button {
	switch {
	case m.work != nil:
		return []Button{{"esc", "stop it"}}
	case m.panel != nil:
		return m.panel.buttons()
	case m.st == nil:
		return []Button{{"up", "up"}, {"down", "down"}, {"enter", "open"}}
	case m.refuting():
		return []Button{{"enter", m.leadsOn()}, {"w", "why"}}
	case m.taught():
		return m.lessonButtons()
	}
	if q := m.guess.open; q != nil {
		var all []Button
		for i := range q.Choices {
			n := strconv.Itoa(i + 1)
			all = append(all, Button{Key(n), n + ": " + q.Choices[i].Text})
		}
		return append(all, Button{"enter", "go on without"})
	}
	on := words.Either(m.at.Step < m.st.Steps(), "next", words.Either(m.lesson != nil, "back to the lesson", "next story"))
	if m.outer != nil {
		return []Button{{"enter", on}, {"backspace", "back"}, {"w", "why"}, {"r", "to the story"}}
	}
	return []Button{{"enter", on}, {"backspace", "back"}, {"w", "why"}, {"u", m.undoes()}, {"f", "faults"}, {"l", "lanes"}, {"x", "break it"}, {":", "more"}}
}

// undoes says what u would do.
func (m *Model) undoes() string {
	if f, ok := m.fault(); ok && m.edits.Off(f) {
		return "bring back"
	}
	return "undo"
}

// leadsOn says what enter does in a lesson.
func (m *Model) leadsOn() string {
	return cmp.Or(m.table()[0].hint(m), "leave")
}

// lessonButtons are those of a lesson.
func (m *Model) lessonButtons() []Button {
	var all []Button
	if m.asked() {
		for i := range m.lesson.scene.Question.Choices {
			n := strconv.Itoa(i + 1)
			text := n + ": " + m.lesson.scene.Question.Choices[i].Text
			if i+1 == m.lesson.scene.Chosen {
				text += " (again: sure)"
			}
			all = append(all, Button{Key(n), text})
		}
	}
	all = append(all, Button{"enter", m.leadsOn()})
	for _, b := range m.table() {
		if b.hint != nil && len(b.keys) == 1 && b.keys[0] != "1" && b.keys[0] != "?" && b.keys[0] != "q" {
			if does := b.hint(m); does != "" {
				all = append(all, Button{Key(b.keys[0]), does})
			}
		}
	}
	return append(all, Button{"m", "chapters"})
}

// buttons are those of a panel.
func (p *panel) buttons() []Button {
	all := []Button{{"up", "up"}, {"down", "down"}}
	if p.other != nil {
		all = append(all, Button{" ", "mark"})
	}
	if p.take != nil {
		all = append(all, Button{"enter", "take it"})
	}
	return append(all, Button{"esc", "close"})
}

// Drags reports whether a cell is part of the time line, along which the playhead can be
// dragged.
func (m *Model) Drags(x, y int) bool {
	_, on := m.screen.StepAt(x, y)
	return on && m.draggable()
}

// tap takes the line of a list that was touched.
func (m *Model) tap(at Tap) {
	i, on := m.screen.ItemAt(at.Y)
	switch {
	case !on:
		m.mouseAt(Mouse(at))
	case m.panel != nil:
		m.panel.chosen = i
		m.panelKey(words.Either(m.panel.other != nil, " ", "enter"))
	case m.st == nil:
		m.menu.chosen = i
		m.menuKey("enter")
	}
}

// Aloud is what the frame says in words, a sentence or a line of a panel each.
func (m *Model) Aloud() []string {
	var all []string
	add := func(lines ...words.Line) {
		for _, line := range lines {
			if text := line.Plain(); text != "" {
				all = append(all, text)
			}
		}
	}
	if m.playing {
		return nil // it would be over before it is read
	}
	o := m.options()
	if p := o.Panel; p != nil {
		add(words.Say(words.Plain, p.Title+"."))
		if p.Chosen >= 0 {
			add(p.Lines[min(p.Chosen, len(p.Lines)-1)])
		} else {
			add(p.Lines...)
		}
		return all
	}
	switch {
	case m.st == nil:
		if at := m.menu.at(); at >= 0 && at < len(m.menu.names) {
			e := m.entries()[at]
			add(words.Say(words.Plain, e.Name+": "+e.Lesson+"."))
		}
		return all
	case o.Ask != nil:
		add(words.Say(words.Plain, "Your guess. "+o.Ask.Text))
		for i, c := range o.Ask.Choices {
			add(words.Say(words.Plain, strconv.Itoa(i+1)+": "+c.Text))
		}
	case o.Said != nil:
		add(o.Said(m.st.Narrate(m.at.Step).Lines)...)
	default:
		if o.Ghost != nil {
			add(o.Other)
		}
		add(m.st.Narrate(m.at.Step).Lines...)
	}
	return all
}
