package play

import (
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/ui/frame"
	"dejavu/ui/words"
)

// binding is a key and what it does. This one table drives the screen, the footer,
// the help and the palette.
type binding struct {
	keys []string // as a Key names them
	show string   // as people read them
	help string
	does func(m *Model)
	hint func(m *Model) string // what the footer says, "" if it does nothing now
}

// bindings is the table, in the order of the help. The footer takes the first that
// have something to say.
func bindings() []binding {
	return []binding{
		{[]string{"enter", "pgdown"}, "enter", "play on to the next teaching point", (*Model).forward, hintForward},
		{[]string{"1"}, "1", "guess the first answer", guess(1), hintGuess},
		{[]string{"2"}, "2", "guess the second answer", guess(2), nil},
		{[]string{"3"}, "3", "guess the third answer", guess(3), nil},
		{[]string{"backspace", "pgup"}, "backspace", "back to the teaching point before", move(func(m *Model) int { return m.st.PrevStop(m.back()) }), nil},
		{[]string{"u"}, "u", "switch the last fault off, and on again: see both futures", (*Model).undo, hintUndo},
		{[]string{"w"}, "w", "why did this happen?", open(whyPanel), hintWhy},
		{[]string{" "}, "space", "play and pause", (*Model).toggle, hintPlay},
		{[]string{"left"}, "←", "one step back", move(func(m *Model) int { return m.back() - 1 }), hint("←→", "step")},
		{[]string{"right"}, "→", "one step on", (*Model).stepOn, nil},
		{[]string{"f"}, "f", "all that can go wrong here", (*Model).faults, hint("f", "faults")},
		{[]string{"A"}, "A", "lose the next ack", next(sim.LoseAckFault), nil},
		{[]string{"C"}, "C", "crash before the next ack", next(sim.CrashFault), nil},
		{[]string{"D"}, "D", "deliver the next message twice", next(sim.CopyFault), nil},
		{[]string{"P"}, "P", "freeze past the timeout", next(sim.PauseFault), nil},
		{[]string{"["}, "[", "the fault before", (*Model).prevFault, nil},
		{[]string{"]"}, "]", "the next fault", (*Model).nextFault, nil},
		{[]string{"r"}, "r", "back to the file, and to your changes; from a counterexample, to the story", (*Model).restore, hintRestore},
		{[]string{"x"}, "x", "the shortest way to break the lane in focus", (*Model).hunting, hint("x", "break it")},
		{[]string{"l"}, "l", "which consumers to watch", open(lanePanel), hint("l", "lanes")},
		{[]string{"b"}, "b", "card, mail, stock or order: same faults, same instant", (*Model).otherBusiness, hint("b", "business")},
		{[]string{"z"}, "z", "one lane alone, with all its code, and back", flag(func(m *Model) *bool { return &m.zoom }), nil},
		{[]string{"tab"}, "tab", "the next lane", (*Model).nextLane, nil},
		{[]string{"s"}, "s", "share: the line and the token that open this moment again", (*Model).share, nil},
		{[]string{"p"}, "p", "present: larger, and less of it", flag(func(m *Model) *bool { return &m.present }), nil},
		{[]string{"."}, ".", "blank the screen, and back", flag(func(m *Model) *bool { return &m.blank }), nil},
		{[]string{"g"}, "g", "guesses on and off", (*Model).toggleGuesses, nil},
		{[]string{"home"}, "home", "the beginning", move(func(*Model) int { return 0 }), nil},
		{[]string{"end"}, "end", "the end", move(func(m *Model) int { return m.st.Steps() }), nil},
		{[]string{"+", "="}, "+", "faster", faster(1.5), nil},
		{[]string{"-"}, "-", "slower", faster(1 / 1.5), nil},
		{nil, "", "theme: dark, light or no colours", (*Model).otherTheme, nil},
		{nil, "", "mouse on and off", (*Model).toggleMouse, nil},
		{[]string{"m"}, "m", "the menu", (*Model).toMenu, nil},
		{[]string{":"}, ":", "everything there is, to choose from", open(palettePanel), nil},
		{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		{[]string{"q"}, "q", "quit", (*Model).quit, hintQuit},
	}
}

// key takes one key.
func (m *Model) key(name string) {
	switch {
	case m.work != nil:
		m.workKey(name)
	case m.panel != nil:
		m.panelKey(name)
	case m.bench != nil:
		m.tableKey(name)
	case m.st == nil:
		m.menuKey(name)
	case m.hasty(name):
	case m.blank && name != "q":
		m.blank = false
	case name == "esc" && m.outer != nil:
		m.leaveTrace()
	case name == "esc" && !m.taught():
		m.ghost, m.other, m.said = nil, nil, nil
	default:
		m.tableKey(name)
	}
}

// tableKey does what the table says of a key.
func (m *Model) tableKey(name string) {
	all := m.table()
	if i := slices.IndexFunc(all, func(b binding) bool { return slices.Contains(b.keys, name) }); i >= 0 {
		all[i].does(m)
	}
}

// hasty reports whether a key comes too soon to be meant for what is there now. What leads
// on is dropped while the story moves, and each such key makes the quiet after a stop
// begin again: so a remote can be hammered, and nothing is passed over.
func (m *Model) hasty(name string) bool {
	onward := slices.Contains(onwards, name)
	if onward && m.playing && !m.taught() {
		return true
	}
	if m.playing || m.clock().Sub(m.rested) > quiet {
		return false
	}
	if onward {
		m.rested = m.clock()
	}
	if m.taught() && name == " " {
		return true // it leads on there
	}
	return onward || (m.guess.open != nil || m.taught()) && !slices.Contains(always, name)
}

var (
	onwards = []string{"enter", "pgdown", "right"}
	always  = []string{" ", "+", "=", "-", "backspace", "pgup", "q"}
)

// quiet is how long the story stands still before a key leads on: what comes sooner was
// meant for what was there before.
const quiet = 300 * time.Millisecond

// hints are the keys that do something now.
func (m *Model) hints() []frame.Hint {
	var hints []frame.Hint
	if m.work != nil {
		return workHints
	}
	if m.panel != nil { // its own foot says the rest
		return []frame.Hint{{Keys: "Esc", Does: "back", Always: true}}
	}
	if m.st == nil && m.bench == nil {
		return []frame.Hint{{Keys: "up down", Does: "choose"}, {Keys: "enter", Does: "open"}, {Keys: "a-z", Does: "narrow"}, {Keys: "?", Does: "help", Always: true}, {Keys: "q", Does: "quit", Always: true}}
	}
	for _, b := range m.table() {
		if b.hint == nil {
			continue
		}
		if does := b.hint(m); does != "" {
			keys := b.show
			if k, rest, two := strings.Cut(does, "|"); two {
				keys, does = k, rest
			}
			h := frame.Hint{Keys: keys, Does: does, Always: keys == "?" || keys == "q"}
			if !h.Always && len(hints) == maxHints {
				continue
			}
			if does == toGuess {
				hints = slices.Insert(hints, 0, h) // what is asked for comes first
			} else {
				hints = append(hints, h)
			}
		}
	}
	return hints
}

func hint(keys, does string) func(*Model) string {
	return func(m *Model) string {
		if m.guess.open != nil && keys != "?" && keys != "q" {
			return ""
		}
		return keys + "|" + does
	}
}

// maxHints is how many hints there are at most beside help and quit.
const maxHints = 6

// toGuess is what the numbers of the choices do.
const toGuess = "guess"

// guessKeys is the hint of a question with so many choices.
func guessKeys(choices int) string { return "1 2 3 4"[:2*choices-1] + "|" + toGuess }

func hintGuess(m *Model) string {
	if m.guess.open == nil {
		return ""
	}
	return guessKeys(len(m.guess.open.Choices))
}

func hintForward(m *Model) string {
	switch {
	case m.guess.open != nil:
		return "go on without"
	case m.at.Step >= m.st.Steps() && m.lesson != nil:
		return "back to the lesson"
	case m.at.Step >= m.st.Steps() && (m.present || m.following() == ""):
		return ""
	case m.at.Step >= m.st.Steps():
		return "next story"
	case m.playing:
		return ""
	}
	return "next"
}

func hintPlay(m *Model) string {
	switch {
	case m.guess.open != nil || m.at.Step >= m.st.Steps():
		return ""
	case m.playing:
		return "pause"
	}
	return "play"
}

func hintWhy(m *Model) string {
	if m.at.Step == 0 || m.guess.open != nil {
		return ""
	}
	return "why"
}

func hintUndo(m *Model) string {
	f, ok := m.fault()
	if !ok || m.guess.open != nil {
		return ""
	}
	if m.edits.Off(f) {
		return "bring back " + words.Mishap(f)
	}
	return "undo " + words.Mishap(f)
}

func hintRestore(m *Model) string {
	if m.outer != nil {
		return "back to the story"
	}
	if m.version().same(m.opened) && m.put.same(m.opened) || m.guess.open != nil {
		return ""
	}
	if m.version().same(m.opened) {
		return "your changes"
	}
	return "as it was"
}
