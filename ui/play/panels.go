package play

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/ui/frame"
	"dejavu/ui/story"
	"dejavu/ui/token"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// panel is what lies above the frame and takes the keys. Where it has names, there is
// one of its lines to choose; else it is text, and scrolls.
type panel struct {
	picker
	title, foot string
	lines       []words.Line
	low, wide   bool
	// take is what enter does with the chosen line, and goes what it does in a text; nil where
	// there is nothing to do.
	take  func(m *Model, at int)
	goes  func(m *Model)
	other func(key string, at int) bool // takes a key before it narrows the list
	about func(at int) string           // the foot, where it depends on the line
	top   int                           // the first line that is shown of a text
	slow  *slow                         // what is being made to be shown in it, or nil
}

func (p *panel) draw() *frame.Panel {
	f := &frame.Panel{Title: p.title, Lines: p.lines, Foot: p.foot, Low: p.low, Wide: p.wide, Chosen: -1, Top: p.top}
	if p.names != nil {
		f.Lines, f.Chosen = nil, p.chosen
		for _, i := range p.shown() {
			f.Lines = append(f.Lines, p.lines[i])
		}
		if len(f.Lines) == 0 {
			f.Lines = []words.Line{words.Say(words.Dim, "Nothing here says that. Backspace widens the search.")}
		}
		for _, line := range p.lines {
			f.Columns = max(f.Columns, line.Width())
		}
	}
	if p.about != nil && p.at() >= 0 {
		f.Foot = p.about(p.at())
	}
	if p.typed != "" {
		f.Title += ": " + p.typed
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
	page := max(m.h-4, 1)
	switch {
	case name == "esc":
		m.panel = nil
	case name == "enter" && p.names != nil && p.at() < 0:
	case name == "enter":
		m.panel = nil
		switch {
		case p.goes != nil:
			p.goes(m)
		case p.take != nil && p.at() >= 0: // a list may be empty
			p.take(m, p.at())
		}
	case p.other != nil && p.other(name, p.at()):
	case p.names != nil:
		p.key(name, page)
	case name == "q" || len(name) == 1 && strings.Contains("w?fsl:", name):
		m.panel = nil // the key that opened it closes it
	default:
		p.scroll(name, page, len(p.lines)-(m.h-2))
	}
}

// scroll takes a key that moves in a text, of which so many lines may be above.
func (p *panel) scroll(name string, page, last int) {
	move := map[string]int{"up": -1, "down": 1, "pgup": -page, "pgdown": page, "home": -len(p.lines), "end": len(p.lines)}
	p.top = max(min(p.top+move[name], last), 0)
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
	p := &panel{title: strings.ToUpper(m.st.Lanes[lane].Consumer.Name) + ": " + head, foot: "Esc back", low: true}
	for _, line := range lines {
		p.lines = append(p.lines, line.Wrap(max(m.w-4, 20))...)
	}
	return p
}

// faultPanel lists all that can go wrong here and later.
func faultPanel(offers []whatif.Offer) *panel {
	p := &panel{title: "Add a fault", foot: "enter adds it, Esc leaves"}
	for _, o := range offers {
		p.lines = append(p.lines, words.Say(words.Fault, words.Letter(o.Fault.Kind)).And(words.Plain, o.Text))
		p.names, p.texts = append(p.names, o.Text), append(p.texts, o.Line)
	}
	if len(offers) == 0 {
		p.lines = []words.Line{words.Say(words.Dim, "Nothing is left that could go wrong.")}
		return p
	}
	p.about = func(at int) string { return "type to narrow, enter adds  " + offers[at].Line }
	p.take = func(m *Model, at int) {
		m.add(offers[at].Fault)
	}
	return p
}

// mostLanes is how many consumers can be in view.
const mostLanes = 4

// lanePanel chooses the consumers. Those that are watched stand first.
func lanePanel(m *Model) *panel {
	chosen := slices.Clone(m.consumers)
	p := &panel{title: "Which consumers to compare? At most four are in view", foot: "type to narrow, space marks, enter shows them, Esc leaves"}
	p.names = slices.Clone(chosen)
	for _, name := range consumers.Names() {
		if !slices.Contains(chosen, name) {
			p.names = append(p.names, name)
		}
	}
	width := len(slices.MaxFunc(p.names, func(a, b string) int { return len(a) - len(b) }))
	draw := func() {
		p.lines, p.texts = nil, nil
		for _, name := range p.names {
			mark, as := "[ ]", words.Plain
			if slices.Contains(chosen, name) {
				mark, as = "[x]", words.Strong
			}
			c, _ := consumers.Get(name)
			p.texts = append(p.texts, c.Clause)
			p.lines = append(p.lines, words.Say(words.OK, mark).And(as, fmt.Sprintf("%-*s", width, name)).And(words.Dim, c.Clause))
		}
	}
	draw()
	p.other = func(key string, at int) bool {
		if key != " " || at < 0 {
			return false
		}
		name := p.names[at]
		if i := slices.Index(chosen, name); i >= 0 && len(chosen) > 1 {
			chosen = slices.Delete(chosen, i, i+1)
		} else if i < 0 && (len(chosen) < mostLanes || len(m.consumers) > mostLanes) {
			chosen = append(chosen, name)
		}
		draw()
		return true
	}
	p.take = func(m *Model, at int) {
		if slices.Equal(chosen, m.consumers) { // nothing marked: the line itself is meant
			chosen = []string{m.consumers[0], p.names[at]}
			if chosen[0] == chosen[1] {
				chosen = chosen[:1]
			}
		}
		m.watch(chosen)
	}
	return p
}

// share shows how to come to this moment again, and copies its token.
func (m *Model) share() {
	m.pause()
	n := m.Now()
	word, err := token.Write(token.Token{Own: n.From, Scenario: n.Scenario, Edits: n.Edits, At: n.At, Nth: n.Nth})
	switch {
	case m.o.Linked:
		m.wants = append(m.wants, Copy(m.line(n)))
	case err == nil && m.o.Clipboard:
		m.wants = append(m.wants, Copy(word))
	}
	m.panel = sharePanel(m, word, err)
}

// aboutToken shows a token, and says where it is.
func (m *Model) aboutToken(word string, err error) []words.Line {
	if m.o.Linked {
		return []words.Line{words.Say(words.Dim, "The link is copied, if the browser allows that. It stands in the address bar, too.")}
	}
	if err != nil {
		return []words.Line{words.Say(words.Fault, "It has no token: "+firstLine(err.Error()))}
	}
	where := "As a token. This terminal cannot be asked to copy it (OSC 52): mark it with the mouse."
	if m.o.Clipboard {
		where = "As a token. It was sent to the clipboard (OSC 52), if your terminal allows that."
	}
	return append([]words.Line{words.Say(words.Dim, where)}, words.Say(words.OK, word).Wrap(max(m.w-6, 20))...)
}

// sharePanel shows the line and the token that open this moment again, and offers a file.
func sharePanel(m *Model, word string, err error) *panel {
	line := m.line(m.Now())
	file := m.from.Name + "-mine.yaml"
	p := &panel{title: "This moment again", foot: "enter writes the file, Esc leaves"}
	p.lines = append(p.lines, words.Say(words.OK, line).Wrap(max(m.w-6, 20))...)
	p.lines = append(append(p.lines, words.Line{}), m.aboutToken(word, err)...)
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
	p.goes = func(m *Model) { m.save(file, scenarios.Write(&told)) }
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

// palettePanel lists everything there is.
func palettePanel(*Model) *panel {
	all := bindings()
	p := &panel{title: "Everything", foot: "type to narrow, enter does it, Esc leaves"}
	for _, b := range all {
		p.names = append(p.names, b.help)
		p.lines = append(p.lines, words.Say(words.OK, padded(b.show)).And(words.Plain, b.help))
	}
	p.take = func(m *Model, at int) {
		if m.st != nil {
			all[at].does(m)
		}
	}
	return p
}

func padded(keys string) string {
	const wide = 9
	return keys + strings.Repeat(" ", max(wide-len([]rune(keys)), 0))
}

// helpPanel says what the signs mean, and lists the keys.
func helpPanel(m *Model) *panel {
	p := &panel{title: "Signs and keys", foot: "up and down scroll, Esc leaves"}
	for _, sign := range signs {
		p.lines = append(p.lines, words.Say(words.Strong, padded(sign[0])).And(words.Plain, sign[1]))
	}
	p.lines = append(p.lines, words.Line{})
	for _, b := range m.table() {
		if b.show != "" {
			p.lines = append(p.lines, words.Say(words.OK, padded(b.show)).And(words.Plain, b.help))
		}
	}
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
