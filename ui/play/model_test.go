package play

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// player drives a model as a terminal would, with a clock of its own.
type player struct {
	t   testing.TB
	m   *model
	now time.Time
}

func get(t testing.TB, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	return s
}

func start(t testing.TB, o Options, w, h int) *player {
	t.Helper()
	if o.Menu == nil {
		o.Menu, o.Led = scenarios.Headings(), "lost-ack-then-crash"
	}
	o.Depth = grid.TrueColor
	m, err := newModel(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t: t, m: m, now: time.Unix(1, 0)}
	m.clock = func() time.Time { return p.now }
	p.send(tea.WindowSizeMsg{Width: w, Height: h})
	return p
}

func (p *player) send(msg tea.Msg) tea.Cmd {
	p.t.Helper()
	_, cmd := p.m.Update(msg)
	if p.m.result.Panic != nil {
		p.t.Fatalf("panic: %v\n%s", p.m.result.Panic, p.m.result.Stack)
	}
	return cmd
}

func (p *player) resize(w, h int) {
	p.t.Helper()
	p.send(tea.WindowSizeMsg{Width: w, Height: h})
}

// names of keys that are no characters.
var special = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "backspace": tea.KeyBackspace, "left": tea.KeyLeft, "right": tea.KeyRight, "up": tea.KeyUp, "down": tea.KeyDown,
	"home": tea.KeyHome, "end": tea.KeyEnd, "tab": tea.KeyTab, "esc": tea.KeyEsc, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
	"space": tea.KeySpace, "ctrl+c": tea.KeyCtrlC,
}

// press presses keys, each a second after the last, and lets what moves come to
// rest. It returns how long that took on the wall.
func (p *player) press(keys ...string) (wall time.Duration) {
	p.t.Helper()
	for _, key := range keys {
		p.now = p.now.Add(time.Second)
		if kind, is := special[key]; is {
			msg := tea.KeyMsg{Type: kind}
			if kind == tea.KeySpace {
				msg.Runes = []rune{' '}
			}
			p.send(msg)
		} else {
			p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)})
		}
		wall += p.rest()
	}
	return wall
}

// rest lets the ticks come until nothing moves.
func (p *player) rest() (wall time.Duration) {
	p.t.Helper()
	for p.m.work != nil {
		p.send(part{p.m.work})
	}
	for n := 0; p.m.playing; n++ {
		if n > 100_000 {
			p.t.Fatal("it does not come to rest")
		}
		p.send(tick{p.m.turn})
		p.now = p.now.Add(time.Second / 30)
		wall += time.Second / 30
	}
	return wall
}

func (p *player) text() string { return ansi.Strip(p.m.View()) }

// flat is text on one line, as it was before it was wrapped.
func (p *player) flat() string { return strings.Join(strings.Fields(p.text()), " ") }

// choose moves down to a line of a panel and takes it, and returns how many keys
// that took.
func (p *player) choose(text string) (keys int) {
	p.t.Helper()
	for i, line := range p.m.panel.lines {
		if strings.Contains(line.Plain(), text) {
			for p.m.panel.chosen < i {
				p.press("down")
				keys++
			}
			p.press("enter")
			return keys + 1
		}
	}
	p.t.Fatalf("nothing to choose says %q:\n%s", text, p.text())
	return 0
}

func (p *player) sees(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.flat(), text) {
			p.t.Errorf("does not show %q:\n%s", text, p.text())
		}
	}
}

func (p *player) seesNot(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.flat(), text) {
			p.t.Errorf("shows %q:\n%s", text, p.text())
		}
	}
}

// The five-minute lecture, in the light theme, at the size of a projector.
func TestTheLectureIsGivenInFortyKeys(t *testing.T) {
	keys := 0
	p := start(t, Options{Scenario: get(t, "lost-ack-then-crash"), Present: true, Theme: &grid.Light, At: -1}, 80, 24)
	press := func(names ...string) {
		keys += len(names)
		p.press(names...)
	}
	press("enter")
	p.sees("handed to a worker", "visibility timeout")
	press("enter")
	p.sees("charges Ann $40")
	press("enter")
	p.sees("ack", "That is how it should go")
	press("enter")
	p.sees("gets lost", "Bob's $15 was taken", "29 s")
	p.seesNot("×2")
	press("enter")
	p.sees("crashes before its ack", "Cy's $120")
	p.seesNot("×2")
	press("enter")
	p.sees("NAIVE: who will have paid twice at the end?", "[1]", "[2]", "[3]")
	press("3", "enter", "enter")
	p.sees("Bob has paid twice", "$15 AGAIN", "CHARGED TWICE", "skipped")
	press("enter", "enter")
	p.sees("$120 AGAIN", "too much $135", "too much $0")
	if n := strings.Count(p.text(), "skipped"); n != 2 {
		t.Errorf("INBOX has skipped %d, want 2", n)
	}
	press("w")
	p.sees("Why is m3 charged twice?", "the fault crash:m3/before-ack")
	press("esc", "u")
	p.sees("(×2 $240)")
	p.seesNot("CHARGED TWICE")
	press("u")
	p.sees("$120 AGAIN")
	press("b", "b")
	if p.m.business != sim.Stock {
		t.Errorf("two b from card lead to %s, want stock", p.m.business)
	}
	press("b", "l")
	keys += p.choose("mark-first")
	if got := strings.Join(p.m.consumers, " "); got != "naive mark-first" {
		t.Errorf("watching %s, want naive and mark-first", got)
	}
	press("home", "enter", "f")
	keys += p.choose("crashes before the charge")
	press("end")
	p.sees("NEVER", "never $")
	press("q")
	if !p.m.left {
		t.Error("q does not quit")
	}
	if keys > 40 {
		t.Errorf("%d keys: at most 40", keys)
	}
}

func TestTheFirstAgainComesWithinEightEntersAnd45Seconds(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	enters, wall := 0, time.Duration(0)
	for !strings.Contains(p.text(), "AGAIN") {
		if enters++; enters > 8 {
			t.Fatalf("no AGAIN after eight enters:\n%s", p.text())
		}
		wall += p.press("enter")
	}
	if wall > 45*time.Second {
		t.Errorf("the first AGAIN comes after %v", wall)
	}
}

func TestNoWaitLastsLongerThanTwoSeconds(t *testing.T) {
	s := *get(t, "lost-ack")
	s.Queue.Visibility = 8 * 24 * time.Hour
	p := start(t, Options{Scenario: &s, At: -1, NoGuess: true}, 80, 24)
	for step := range p.m.st.Steps() {
		if d := p.m.wall(step); d > 2 {
			t.Errorf("the way to step %d takes %.1f s", step+1, d)
		}
	}
}

func TestNothingTicksUnlessSomethingMoves(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	for _, key := range []tea.KeyMsg{{Type: tea.KeyRight}, {Type: tea.KeyLeft}, {Type: tea.KeyRunes, Runes: []rune("w")}, {Type: tea.KeyEsc}, {Type: tea.KeyEnd}} {
		if cmd := p.send(key); cmd != nil {
			t.Errorf("%s asks for something to happen later", key)
		}
	}
	old := p.m.turn
	p.send(tea.KeyMsg{Type: tea.KeyHome})
	if cmd := p.send(tea.KeyMsg{Type: tea.KeyEnter}); cmd == nil {
		t.Fatal("a playing does not tick")
	}
	at := p.m.at
	if cmd := p.send(tick{old}); cmd != nil || p.m.at != at {
		t.Error("an old tick moves a new playing")
	}
}

func TestKeysReadTogetherAreSoManyKeys(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("zz?")})
	p.sees("Keys")
	if p.m.zoom {
		t.Error("z twice is not z and back")
	}
}

func TestACutArrowIsAnArrowAndNoFault(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	for _, rest := range []string{"[C", "OC"} {
		at := p.m.at.Step
		p.send(tea.KeyMsg{Type: tea.KeyEsc})
		p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(rest)})
		if p.m.at.Step != at+1 || len(p.m.edits.With) > 0 {
			t.Errorf("Esc %s leads from step %d to %d, with %d faults", rest, at, p.m.at.Step, len(p.m.edits.With))
		}
	}
	p.send(tea.KeyMsg{Type: tea.KeyEsc})
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("[")})
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("D")})
	for _, rest := range []string{"[1;5D", "[1;2C", "[200~AAD\x1b[201~"} {
		p.send(tea.KeyMsg{Type: tea.KeyEsc})
		for _, r := range rest { // a byte at a time, on a slow line
			p.now = p.now.Add(30 * time.Millisecond)
			if r == '\x1b' {
				p.send(tea.KeyMsg{Type: tea.KeyEsc})
				continue
			}
			p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
		p.now = p.now.Add(time.Second)
		p.send(tea.KeyMsg{Type: tea.KeyEsc})
		p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.ReplaceAll(rest, "\x1b", ""))})
		p.now = p.now.Add(time.Second)
	}
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("["), Alt: true})
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("A")})
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("[<35;20;3M")})
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("35;20;3M")})
	if len(p.m.edits.With) > 0 || p.m.left {
		t.Error("the rest of a sequence was taken for keys")
	}
	p.press("C")
	if len(p.m.edits.With) != 1 {
		t.Error("C no longer adds a crash")
	}
}

func TestEscAndAKeyReadTogetherAreTwoKeys(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	p.press("?")
	p.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("z"), Alt: true})
	if p.m.panel != nil || !p.m.zoom {
		t.Errorf("Esc and z leave the panel open %v, zoom %v", p.m.panel != nil, p.m.zoom)
	}
}

func TestEscNeverQuits(t *testing.T) {
	for _, s := range []*scenarios.Scenario{nil, get(t, "lost-ack")} {
		p := start(t, Options{Scenario: s, At: -1}, 80, 24)
		p.press("esc", "?", "esc", "esc", ":", "esc", "esc")
		if p.m.left {
			t.Error("Esc has quit")
		}
	}
}

func TestUSwitchesBetweenTwoFuturesAtTheSameInstant(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack-then-crash"), At: 43 * time.Second, NoGuess: true}, 120, 40)
	with := p.m.now().At
	before := p.text()
	p.press("u")
	if at := p.m.now().At; at != with {
		t.Errorf("u moves from %v to %v", with, at)
	}
	p.sees("Without m3's crash", "bring back")
	if p.text() == before {
		t.Error("u changes nothing")
	}
	p.press("u", "esc")
	if p.m.now().At != with || !p.m.edits.Equal(whatif.Edits{}) {
		t.Errorf("u twice leads to %v with %v", p.m.now().At, p.m.edits)
	}
	if p.text() != before {
		t.Errorf("u twice and Esc is not where it was:\n%s\nwant\n%s", p.text(), before)
	}
}

func TestRGoesBackToTheFileAndRestores(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	p.press("A", "enter", "C")
	if len(p.m.edits.With) != 2 {
		t.Fatalf("%d faults after A and C", len(p.m.edits.With))
	}
	mine := p.m.edits
	p.press("r")
	if !p.m.edits.Equal(whatif.Edits{}) {
		t.Error("r does not go back to the file")
	}
	p.press("r")
	if !p.m.edits.Equal(mine) {
		t.Error("r again does not restore")
	}
}

func TestEveryLetterAddsItsFaultAtTheNextChance(t *testing.T) {
	for key, kind := range map[string]sim.FaultKind{"A": sim.LoseAckFault, "C": sim.CrashFault, "D": sim.CopyFault, "P": sim.PauseFault} {
		p := start(t, Options{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
		p.press("enter", key)
		if len(p.m.edits.With) != 1 || p.m.edits.With[0].Kind != kind {
			t.Errorf("%s adds %v, want a %s", key, p.m.edits.With, kind)
		}
		p.sees(words.Letter(kind))
	}
}

func TestTheRunOfAWholeScenarioTakesAboutAMinuteAtMost(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "bad-weather"), At: -1, NoGuess: true}, 120, 40)
	wall := p.press("space")
	if wall > 150*time.Second || wall < 30*time.Second {
		t.Errorf("bad weather plays for %v", wall)
	}
	p.sees("the end")
}

func TestTheMenuLeadsToTheFlagship(t *testing.T) {
	p := start(t, Options{At: -1, Next: func(*scenarios.Scenario) string { return "dejavu play crash-after-effect" }}, 80, 24)
	p.sees("Start here: 60 seconds", "Twins")
	p.press("enter")
	p.sees("Lost ack, then a crash")
	p.press("end")
	p.sees("An idempotent consumer gives the same outcome", "dejavu play crash-after-effect")
	p.press("m", "down", "enter")
	p.sees("A quiet day")
}

func TestAPanicIsCaughtAndRemembered(t *testing.T) {
	p := start(t, Options{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	p.m.st, p.m.screen = nil, nil // what cannot be
	next, cmd := p.m.Update(tea.KeyMsg{Type: tea.KeyRight})
	if p.m.result.Panic == nil || cmd == nil || next == nil {
		t.Fatal("the panic was not caught")
	}
	if _, quits := cmd().(tea.QuitMsg); !quits {
		t.Error("the program goes on after a panic")
	}
}
