package play

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

var get = scenariotest.Get

// player drives a model as a terminal would, with a clock of its own.
type player struct {
	t     testing.TB
	m     *Model
	wants []Out // asked for last
	now   time.Time
}

// start opens a screen, and waits until what it shows is told.
func start(t testing.TB, o Start, w, h int) *player {
	t.Helper()
	p := opens(t, o, w, h)
	p.rest()
	return p
}

func opens(t testing.TB, o Start, w, h int) *player {
	t.Helper()
	if o.Menu == nil {
		o.Menu, o.Led = scenarios.Headings(), "lost-ack-then-crash"
	}
	m, wants := New(o)
	p := &player{t: t, m: m, wants: wants, now: time.Unix(1, 0)}
	m.clock = func() time.Time { return p.now }
	p.send(Resize{w, h})
	return p
}

// send hands something to the model, and draws what comes of it.
func (p *player) send(in In) []Out {
	p.t.Helper()
	p.wants = p.m.Update(in)
	p.m.Frame()
	return p.wants
}

func (p *player) resize(w, h int) {
	p.t.Helper()
	p.send(Resize{w, h})
}

// press presses keys, each a second after the last, and lets what moves come to
// rest. It returns how long that took on the wall.
func (p *player) press(keys ...string) (wall time.Duration) {
	p.t.Helper()
	for _, key := range keys {
		p.now = p.now.Add(time.Second)
		p.send(named(key))
		wall += p.rest()
	}
	return wall
}

// named is a key by the name that it has in these tests.
func named(key string) Key {
	if key == "space" {
		return " "
	}
	return Key(key)
}

// rest lets the ticks come until nothing moves.
func (p *player) rest() (wall time.Duration) {
	p.t.Helper()
	for p.m.work != nil {
		p.send(Tick{p.m.work})
	}
	for n := 0; p.m.playing; n++ {
		if n > 100_000 {
			p.t.Fatal("it does not come to rest")
		}
		p.send(Tick{p.m.turn})
		p.now = p.now.Add(time.Second / 30)
		wall += time.Second / 30
	}
	return wall
}

// view is the frame as a terminal gets it.
func (p *player) view() string {
	g, theme := p.m.Frame()
	if theme.Name == grid.Mono.Name {
		return g.ANSI(theme, grid.NoColor)
	}
	return g.ANSI(theme, grid.TrueColor)
}

func (p *player) text() string { return ansi.Strip(p.view()) }

// flat is text on one line, as it was before it was wrapped.
func (p *player) flat() string { return strings.Join(strings.Fields(p.text()), " ") }

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

// The five-minute lecture, in the light theme, at the size of a projector: every key of it.
func TestTheLectureIsGivenInFortyFiveKeys(t *testing.T) {
	l := &lecture{player: start(t, Start{Scenario: get(t, "lost-ack-then-crash"), Present: true, Theme: &grid.Light, At: -1}, 80, 24)}
	l.story()
	l.turn()
	l.types("q")
	if !l.m.left {
		t.Error("q does not quit")
	}
	if l.keys > 45 {
		t.Errorf("%d keys: at most 45", l.keys)
	}
}

// lecture counts the keys of a lecture.
type lecture struct {
	*player
	keys int
}

func (l *lecture) types(names ...string) {
	l.t.Helper()
	l.keys += len(names)
	l.press(names...)
}

// story is what happens, up to the wall, and why.
func (l *lecture) story() {
	l.types("enter")
	l.sees("handed to a worker", "visibility timeout")
	l.types("enter")
	l.sees("charges Ann $40")
	l.types("enter")
	l.sees("ack", "That is how it should go")
	l.types("enter")
	l.sees("gets lost", "Bob's $15 was taken", "29 s")
	l.types("enter")
	l.sees("crashes before its ack", "Cy's $120")
	l.seesNot("×2")
	l.hammers(100, 30*time.Millisecond, "pgdown")
	l.keys++ // that is one for a calm hand
	l.sees("NAIVE: who will have paid twice at the end?", "[1]", "[2]", "[3]")
	l.types("3", "enter")
	l.sees("Bob has paid twice", "$15 AGAIN", "CHARGED TWICE", "skipped")
	l.types("enter")
	l.sees("$120 AGAIN", "too much $135", "too much $0", "Right")
	if n := strings.Count(l.text(), "skipped"); n != 2 {
		l.t.Errorf("INBOX has skipped %d, want 2", n)
	}
	l.types("w")
	l.sees("Why is m3 charged twice?", "the fault crash:m3/before-ack")
	l.types("esc", "u")
	l.sees("(×2 $240)")
	l.seesNot("CHARGED TWICE")
	l.types("u")
	l.sees("$120 AGAIN")
}

// turn breaks both lanes, changes the business and the consumer, and comes back to the file.
func (l *lecture) turn() {
	left := l.m.Now()
	l.hunts()
	l.sees("NAIVE on card: one lost ack")
	l.types("esc", "tab")
	l.hunts()
	l.sees("INBOX on card: one crash, between the charge and the commit")
	l.keys += 2
	l.types("enter", "enter")
	l.sees("Cy has paid twice", "$120 AGAIN", "too much $120")
	l.types("b", "b")
	if l.m.business != sim.Stock {
		l.t.Errorf("two b from card lead to %s, want stock", l.m.business)
	}
	l.sees("Now it is stock", "too much 0 items")
	l.types("b")
	l.sees("Now it is an order", "CHARGED TWICE", "too much 1 effect")
	l.types("b")
	l.sees("$120 AGAIN")
	l.types("l", "a", "n", "d", "enter", "x")
	if got := l.m.hunt.of.Lane.Consumer.Name; got != "inbox-and-gateway-key" {
		l.t.Errorf("x attacks %s", got)
	}
	l.types("esc", "r")
	l.sees("NAIVE", "INBOX", "$120 AGAIN", "too much $135")
	if now := l.m.Now(); now.From != left.From || now.At != left.At || !now.Edits.Equal(whatif.Edits{}) {
		l.t.Errorf("r leads to %+v, want the file as it was left, %+v", now, left)
	}
	now := l.m.Now()
	again := start(l.t, Start{Scenario: get(l.t, "lost-ack-then-crash"), Present: true, Theme: &grid.Light, Edits: now.Edits, At: now.At, Nth: now.Nth}, 80, 24)
	again.press("tab")
	l.press("esc")
	l.keys++
	if a, b := again.text(), l.text(); a != b {
		l.t.Errorf("reopened it is\n%s\nand was\n%s", a, b)
	}
}

func TestTheFirstAgainComesWithinEightEntersAnd45Seconds(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
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
	p := start(t, Start{Scenario: &s, At: -1, NoGuess: true}, 80, 24)
	for step := range p.m.st.Steps() {
		if d := Wall(p.m.st, step); d > 2 {
			t.Errorf("the way to step %d takes %.1f s", step+1, d)
		}
	}
}

func TestNothingTicksUnlessSomethingMoves(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	for _, key := range []Key{"right", "left", "w", "esc", "end"} {
		if wants := p.send(key); wants != nil {
			t.Errorf("%s asks for something to happen later", key)
		}
	}
	old := p.m.turn
	p.send(Key("home"))
	if wants := p.send(Key("enter")); wants == nil {
		t.Fatal("a playing does not tick")
	}
	at := p.m.at
	if wants := p.send(Tick{old}); wants != nil || p.m.at != at {
		t.Error("an old tick moves a new playing")
	}
}

func TestEscNeverQuits(t *testing.T) {
	for _, s := range []*scenarios.Scenario{nil, get(t, "lost-ack")} {
		p := start(t, Start{Scenario: s, At: -1}, 80, 24)
		p.press("esc", "?", "esc", "esc", ":", "esc", "esc")
		if p.m.left {
			t.Error("Esc has quit")
		}
	}
}

func TestUSwitchesBetweenTwoFuturesAtTheSameInstant(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: 43 * time.Second, NoGuess: true}, 120, 40)
	with := p.m.Now().At
	before := p.text()
	p.press("u")
	if at := p.m.Now().At; at != with {
		t.Errorf("u moves from %v to %v", with, at)
	}
	p.sees("Without m3's crash", "bring back")
	if p.text() == before {
		t.Error("u changes nothing")
	}
	p.press("u", "esc")
	if p.m.Now().At != with || !p.m.edits.Equal(whatif.Edits{}) {
		t.Errorf("u twice leads to %v with %v", p.m.Now().At, p.m.edits)
	}
	if p.text() != before {
		t.Errorf("u twice and Esc is not where it was:\n%s\nwant\n%s", p.text(), before)
	}
}

func TestRGoesBackToTheFileAndRestores(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
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

func TestRGoesBackToTheConsumersAndTheBusinessOfTheFile(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
	file := p.m.version()
	p.press("b", "l", "a", "n", "d", "enter")
	mine := p.m.version()
	p.press("r")
	p.sees("As it was.")
	if got := p.m.version(); !got.same(file) {
		t.Errorf("r leads to %+v, want %+v", got, file)
	}
	p.press("r")
	if got := p.m.version(); !got.same(mine) {
		t.Errorf("r again leads to %+v, want %+v", got, mine)
	}
}

func TestEveryLetterAddsItsFaultAtTheNextChance(t *testing.T) {
	for key, kind := range map[string]sim.FaultKind{"A": sim.LoseAckFault, "C": sim.CrashFault, "D": sim.CopyFault, "P": sim.PauseFault} {
		p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 80, 24)
		p.press("enter", key)
		if len(p.m.edits.With) != 1 || p.m.edits.With[0].Kind != kind {
			t.Errorf("%s adds %v, want a %s", key, p.m.edits.With, kind)
		}
		p.sees(words.Letter(kind))
	}
}

func TestTheRunOfAWholeScenarioTakesAboutAMinuteAtMost(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "bad-weather"), At: -1, NoGuess: true}, 120, 40)
	wall := p.press("space")
	if wall > 150*time.Second || wall < 30*time.Second {
		t.Errorf("bad weather plays for %v", wall)
	}
	p.sees("the end")
}

func TestTheMenuLeadsToTheFlagship(t *testing.T) {
	p := start(t, Start{At: -1, Next: func(*scenarios.Scenario) string { return "dejavu play crash-after-effect" }}, 80, 24)
	p.sees("Start here: 60 seconds", "Twins")
	p.press("enter")
	p.sees("Lost ack, then a crash")
	p.press("end")
	p.sees("An idempotent consumer gives the same outcome", "dejavu play crash-after-effect")
	p.press("m", "down", "enter")
	p.sees("A quiet day")
}
