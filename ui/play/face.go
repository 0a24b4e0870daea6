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
	Key  Key    `json:"key"`
	Does string `json:"does"`
	// Full says more of it, for whoever does not see the frame; "" is no more.
	Full string `json:"full,omitempty"`
}

// Buttons are the keys that are worth a button now, in an order that does not change.
func (m *Model) Buttons() []Button {
	switch {
	case m.work != nil:
		return buttons("esc", "stop it")
	case m.panel != nil:
		return m.panel.buttons()
	case m.bench != nil:
		return buttons("up", "up", "down", "down", "a", "add", "right", "option", "d", "delete", "u", "undo", "enter", "play it", "w", "write")
	case m.st == nil:
		return buttons("up", "up", "down", "down", "enter", "open")
	case m.refuting():
		return buttons("enter", m.leadsOn(), "w", "why")
	case m.taught():
		return m.lessonButtons()
	case m.siege != nil && m.outer == nil:
		return buttons("enter", "next", "backspace", "back", "f", "strike", "u", "take back", "n", "nobody can", "h", "hint", "g", "code", "w", "why", "m", "levels")
	case m.siege != nil:
		return buttons("enter", m.leadsOn(), "backspace", "back", "w", "why", "r", "my attack")
	}
	if q := m.guess.open; q != nil {
		var all []Button
		for i := range q.Choices {
			all = append(all, choiceButton(i+1, q.Choices[i].Text))
		}
		return append(all, buttons("enter", "no guess")...)
	}
	on := words.Either(m.at.Step < m.st.Steps(), "next", words.Either(m.lesson != nil, "back to the lesson", "next story"))
	if m.outer != nil {
		return buttons("enter", on, "backspace", "back", "w", "why", "r", "to the story")
	}
	return buttons("enter", on, "backspace", "back", "w", "why", "u", m.undoes(), "f", "faults", "l", "lanes", "x", "break it", ":", "more")
}

// buttons pairs keys with what they do.
func buttons(pairs ...string) []Button {
	var all []Button
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, Button{Key: Key(pairs[i]), Does: pairs[i+1]})
	}
	return all
}

// choiceButton takes a choice, whose text stands in the frame.
func choiceButton(n int, text string) Button {
	digit := strconv.Itoa(n)
	return Button{Key(digit), digit, digit + ": " + text}
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
			b := choiceButton(i+1, m.lesson.scene.Question.Choices[i].Text)
			if i+1 == m.lesson.scene.Chosen {
				b.Does += " sure"
				b.Full += " (again: you are sure)"
			}
			all = append(all, b)
		}
	}
	all = append(all, buttons("enter", m.leadsOn())...)
	for _, b := range m.table() {
		if b.hint != nil && len(b.keys) == 1 && b.keys[0] != "1" && b.keys[0] != "?" && b.keys[0] != "q" {
			if does := b.hint(m); does != "" {
				all = append(all, buttons(b.keys[0], does)...)
			}
		}
	}
	return append(all, buttons("m", "chapters")...)
}

// buttons are those of a panel.
func (p *panel) buttons() []Button {
	all := buttons("up", "up", "down", "down")
	if p.other != nil {
		all = append(all, buttons(" ", "mark")...)
	}
	if p.take != nil || p.goes != nil {
		all = append(all, buttons("enter", "take it")...)
	}
	return append(all, buttons("esc", "close")...)
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
	case m.bench != nil:
		add(m.bench.view().Side...)
		return all
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
