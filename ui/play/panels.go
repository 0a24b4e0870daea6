package play

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// panel is what lies above the frame and takes the keys.
type panel struct {
	title, foot string
	lines       []words.Line
	low, wide   bool
	// take is what enter does with the chosen line; nil where there is none.
	take   func(m *Model, chosen int)
	other  func(m *Model, key string, chosen int) // takes the remaining keys
	about  func(chosen int) string                // the foot, where it depends on the line
	chosen int
	typed  string
	hidden int // lines at the end that are still to come
}

func (p *panel) draw() *frame.Panel {
	f := &frame.Panel{Title: p.title, Lines: p.lines, Foot: p.foot, Low: p.low, Wide: p.wide, Chosen: -1}
	if p.take != nil {
		f.Chosen = p.chosen
	}
	if p.about != nil && p.chosen >= 0 && p.chosen < len(p.lines) {
		f.Foot = p.about(p.chosen)
	}
	if p.typed != "" {
		f.Title += ": " + p.typed
	}
	if p.hidden > 0 { // the panel has its size already
		f.Lines = append(slices.Clone(p.lines[:len(p.lines)-p.hidden]), make([]words.Line, p.hidden)...)
		f.Foot = "enter shows all of it, " + p.foot
	}
	return f
}

// open returns what opens a panel. A playing stops; an open question stays.
func open(which func(m *Model) *panel) func(*Model) {
	return func(m *Model) {
		m.pause()
		m.panel = which(m)
	}
}

// panelKey takes a key while a panel is open.
func (m *Model) panelKey(name string) {
	p := m.panel
	switch name {
	case "esc":
		m.panel = nil
	case "up":
		p.chosen = max(p.chosen-1, 0)
	case "down":
		p.chosen = max(min(p.chosen+1, len(p.lines)-1), 0)
	case "pgup":
		p.chosen = max(p.chosen-10, 0)
	case "pgdown":
		p.chosen = max(min(p.chosen+10, len(p.lines)-1), 0)
	case "enter":
		if p.hidden > 0 {
			p.hidden = 0
			return
		}
		m.panel = nil
		if p.take != nil && len(p.lines) > 0 {
			p.take(m, p.chosen)
		}
	default:
		if p.other != nil {
			p.other(m, name, p.chosen)
		} else if name == "q" || len(name) == 1 && strings.Contains("w?fsl:", name) {
			m.panel = nil // the key that opened it closes it
		}
	}
}

// whyPanel tells the causes of what is to be seen, in the lane in focus or, if that
// was not harmed, in one that was.
func whyPanel(m *Model) *panel {
	lane := m.focus
	v := m.st.View(m.at)
	if !m.zoom && v.Lanes[lane].Twice+v.Lanes[lane].Lost == 0 {
		if k := slices.IndexFunc(v.Lanes, func(l story.LaneView) bool { return l.Twice+l.Lost > 0 }); k >= 0 {
			lane = k
		}
	}
	head, lines := m.st.Why(m.at.Step, lane)
	if head == "" {
		head, lines = "Why?", []words.Line{words.Say(words.Dim, "Nothing has happened yet.")}
	}
	return &panel{title: strings.ToUpper(m.st.Lanes[lane].Consumer.Name) + ": " + head, lines: lines, foot: "Esc", low: true}
}

// faultPanel lists all that can go wrong here.
func faultPanel(offers []whatif.Offer) *panel {
	p := &panel{title: "Add a fault", foot: "enter adds it, Esc leaves"}
	for _, o := range offers {
		line := words.Say(words.Fault, words.Letter(o.Fault.Kind)).And(words.Plain, o.Text)
		p.lines = append(p.lines, line)
	}
	if len(offers) == 0 {
		p.lines = []words.Line{words.Say(words.Dim, "Nothing is left that could go wrong.")}
		return p
	}
	p.about = func(chosen int) string { return "enter adds  " + offers[chosen].Line }
	p.take = func(m *Model, chosen int) {
		m.add(offers[chosen].Fault)
	}
	return p
}

// mostLanes is how many consumers can be in view.
const mostLanes = 4

// lanePanel chooses the consumers.
func lanePanel(m *Model) *panel {
	all := consumers.All()
	names := 0
	for _, c := range all {
		names = max(names, len(c.Name))
	}
	chosen := slices.Clone(m.consumers)
	p := &panel{title: "Which consumers to compare? At most four are in view", foot: "space marks, enter shows them, Esc leaves"}
	draw := func() {
		p.lines = nil
		for _, c := range all {
			mark, as := "[ ]", words.Plain
			if slices.Contains(chosen, c.Name) {
				mark, as = "[x]", words.Strong
			}
			p.lines = append(p.lines, words.Say(words.OK, mark).And(as, fmt.Sprintf("%-*s", names, c.Name)).And(words.Dim, c.Clause))
		}
	}
	draw()
	p.other = func(_ *Model, key string, at int) {
		if key != " " {
			return
		}
		name := all[at].Name
		if i := slices.Index(chosen, name); i >= 0 && len(chosen) > 1 {
			chosen = slices.Delete(chosen, i, i+1)
		} else if i < 0 && (len(chosen) < mostLanes || len(m.consumers) > mostLanes) {
			chosen = append(chosen, name)
		}
		draw()
	}
	p.take = func(m *Model, at int) {
		if slices.Equal(chosen, m.consumers) { // nothing marked: the line itself is meant
			chosen = []string{m.consumers[0], all[at].Name}
			if chosen[0] == chosen[1] {
				chosen = chosen[:1]
			}
		}
		m.watch(chosen)
	}
	return p
}

// sharePanel shows the line that opens this moment again, and offers a file.
func sharePanel(m *Model) *panel {
	line := m.line(m.Now())
	file := m.from.Name + "-mine.yaml"
	p := &panel{title: "This moment again", foot: "enter writes the file, Esc leaves"}
	p.lines = append(p.lines, words.Say(words.OK, line).Wrap(max(m.w-6, 20))...)
	p.lines = append(p.lines, words.Line{}, words.Say(words.Dim, "As a file of your own, with your faults in it:").And(words.Strong, file))
	if len(m.told.Spared) > 0 {
		p.lines = append(p.lines, words.Say(words.Fault, "A file cannot hold that chance was spared; the line can."))
	}
	told := *m.told
	told.Expect = nil // what the file expected was of other faults
	for _, l := range m.st.Lanes {
		if len(told.Spared) == 0 {
			told.Expect = append(told.Expect, scenarios.Expect(l.Consumer.Name, l.Outcome))
		}
	}
	p.take = func(m *Model, _ int) { m.save(file, scenarios.Write(&told)) }
	p.chosen = -1
	return p
}

// save asks for a file to be written, if it can be read again.
func (m *Model) save(name string, text []byte) {
	if _, err := scenarios.Parse(name, text); err != nil {
		m.say(words.Strong, "A file cannot hold it, but the line can: "+firstLine(err.Error()))
		return
	}
	m.wants = append(m.wants, Save{name, text})
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// palettePanel lists everything there is. Typing narrows the list.
func palettePanel(*Model) *panel {
	all := bindings()
	var shown []binding
	p := &panel{title: "Everything", foot: "type to narrow, enter does it, Esc leaves"}
	draw := func() {
		p.lines, shown = nil, nil
		for _, b := range all {
			if !strings.Contains(strings.ToLower(b.help), strings.ToLower(p.typed)) {
				continue
			}
			shown = append(shown, b)
			p.lines = append(p.lines, words.Say(words.OK, padded(b.show)).And(words.Plain, b.help))
		}
		p.chosen = max(min(p.chosen, len(p.lines)-1), 0)
		if len(shown) == 0 {
			p.lines = []words.Line{words.Say(words.Dim, "Nothing here says that. Backspace widens the search.")}
		}
	}
	draw()
	p.other = func(_ *Model, key string, _ int) {
		switch {
		case key == "backspace" && p.typed != "":
			p.typed = p.typed[:len(p.typed)-1]
		case len(key) == 1 && key[0] >= ' ' && key[0] < 0x7f && len(p.typed) < 20:
			p.typed += key
		}
		draw()
	}
	p.take = func(m *Model, chosen int) {
		if m.st != nil && chosen < len(shown) {
			shown[chosen].does(m)
		}
	}
	return p
}

func padded(keys string) string {
	const wide = 9
	return keys + strings.Repeat(" ", max(wide-len([]rune(keys)), 0))
}

// helpPanel lists the keys.
func helpPanel(m *Model) *panel {
	p := &panel{title: "Keys", foot: "up and down scroll, Esc leaves"}
	for _, b := range m.table() {
		if b.show != "" {
			p.lines = append(p.lines, words.Say(words.OK, padded(b.show)).And(words.Plain, b.help))
		}
	}
	p.lines = append(p.lines, words.Line{})
	for _, sign := range signs {
		p.lines = append(p.lines, words.Say(words.Strong, padded(sign[0])).And(words.Plain, sign[1]))
	}
	p.take = func(*Model, int) {} // so that it scrolls
	return p
}

// signs are what the signs on the screen mean.
var signs = [][2]string{
	{"· ○ ●", "a message in the queue: to come, waiting, at a worker"},
	{"– ✓ × =", "hidden from all, done, parked, dropped by the queue"},
	{"● ○", "on a wire: delivered for the first time, delivered again"},
	{"▹ ▸", "the line that comes first, and the line that ran last"},
	{"(m1)", "written, and not committed yet"},
	{"m3b m2/2", "the first copy of m3, the second delivery of m2"},
	{"═ █ ▀", "all is well; too much was taken; something never was"},
	{"▸NAIVE", "the lane in focus: tab goes on to the next"},
	{"[A] ╌A╌", "a fault that struck, and one that was taken away"},
}
