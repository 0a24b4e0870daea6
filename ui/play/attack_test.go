package play

import (
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/token"
)

// What an attacker has broken once.

func TestAnEmptyPaletteTakesAnyKey(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	p.press(":", "#", "down", "enter", ":", "#", "down", "backspace", "enter")
}

func TestUKeepsTheTimeWhereTheOtherFutureIsOver(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack"), At: 20 * time.Second, NoGuess: true}, 80, 24)
	for range 2 {
		if p.press("u"); p.m.Now().At != 20*time.Second {
			t.Errorf("u leads to %v", p.m.Now().At)
		}
	}
}

func TestUTwiceComesBackToTheStepWithinAnInstant(t *testing.T) {
	for _, name := range testkit.Sample(2, scenarios.Names()) {
		p := start(t, Start{Scenario: get(t, name), At: -1, NoGuess: true}, 80, 24)
		for s := range p.m.st.Steps() {
			p.m.jump(s)
			p.press("right")
			if _, ok := p.m.fault(); !ok {
				continue
			}
			step := p.m.at.Step
			if p.press("u", "u", "esc"); p.m.at.Step != step {
				t.Fatalf("%s: step %d, u u leads to %d", name, step, p.m.at.Step)
			}
		}
	}
}

func TestNothingIsParkedBeforeItIsPublished(t *testing.T) {
	s, err := scenarios.Parse("s.yaml", []byte(`title: Batch
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $1}
  - {id: m2, at: 1s, customer: Bob, amount: $2}
queue: {max-deliveries: 1, batch: 5, redeliver-on: disconnect}
consumers: [naive]
faults:
  - crash: {during: m1, before: ack}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, Start{Scenario: s, At: -1, NoGuess: true}, 80, 24)
	p.press("right")
	p.seesNot("PARKED", "never $2")
	p.press("end")
	p.sees("never $2")
}

func TestTheLineAtAQuestionLeadsToTheQuestion(t *testing.T) {
	for _, name := range scenarios.Names() {
		s := get(t, name)
		p := start(t, Start{Scenario: s, At: -1, ReducedMotion: true}, 120, 40)
		for p.m.at.Step < p.m.st.Steps() {
			if p.press("enter"); p.m.guess.open == nil {
				continue
			}
			n := p.m.Now()
			a := start(t, Start{Scenario: s, At: n.At, Nth: n.Nth, NoGuess: true}, 120, 40)
			if a.m.at.Step != p.m.at.Step {
				t.Errorf("%s: question at step %d, line leads to %d", name, p.m.at.Step, a.m.at.Step)
			}
			p.press("1")
		}
	}
}

func TestWideNamesInOneColumnAreNoTrap(t *testing.T) {
	s := get(t, "lost-ack")
	for i := range s.Messages {
		s.Messages[i].Customer = "\u65e5\u672c"
	}
	p := start(t, Start{Scenario: s, At: -1, NoGuess: true}, 1, 24)
	for range 12 {
		p.press("right")
	}
}

func TestAFileThatRunWouldRefuseIsNotWritten(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack"), At: -1}, 80, 24)
	if p.m.save("mine.yaml", []byte("title: [")); p.m.wants != nil {
		t.Errorf("asks for %v", p.m.wants)
	}
	if p.press("s", "enter"); len(p.wants) != 1 {
		t.Errorf("asks for %v, want a file", p.wants)
	}
}

// The line that is printed opens the very frame again, whatever was changed by hand.
func TestTheLineOpensTheVeryFrameAgain(t *testing.T) {
	type opened struct {
		name string
		keys []string
	}
	var cases []opened
	for _, name := range scenarios.Names() {
		for _, keys := range [][]string{nil, {"A", "C"}, {"]", "u", "esc"}, {"D", "P", "esc"}} {
			cases = append(cases, opened{name, keys})
		}
	}
	for _, c := range testkit.Sample(10, cases) {
		s := get(t, c.name)
		p := start(t, Start{Scenario: s, At: -1, NoGuess: true}, 120, 40)
		p.press("enter", "enter")
		p.press(c.keys...)
		for step := 1; step <= p.m.st.Steps(); step += 1 + p.m.st.Steps()/25 {
			p.m.jump(step)
			p.resize(120, 40)
			n := p.m.Now()
			a := start(t, Start{Scenario: n.From, Edits: n.Edits, At: n.At, Nth: n.Nth, NoGuess: true}, 120, 40)
			a.m.selected = p.m.selected // what u is about is not part of a moment
			a.resize(120, 40)
			if got, want := a.picture(), p.picture(); got != want {
				t.Fatalf("%s, %v, step %d at %v/%d opens\n%s\nwant\n%s", c.name, c.keys, step, n.At, n.Nth, got, want)
			}
		}
	}
}

// picture is the frame without its hints, which know what was changed since it was
// opened.
func (p *player) picture() string {
	text := p.text()
	return text[:strings.LastIndex(text, "\n")]
}

func TestSharingCopiesATokenThatOpensTheMomentAgain(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack"), At: -1, NoGuess: true, Clipboard: true}, 120, 40)
	p.press("]", "u", "s")
	if len(p.wants) != 1 {
		t.Fatalf("asks for %v, want a copy", p.wants)
	}
	got, err := token.Read(string(p.wants[0].(Copy)))
	if err != nil {
		t.Fatal(err)
	}
	if now := p.m.Now(); got.At != now.At || !got.Edits.Equal(now.Edits) || len(now.Edits.Without) != 1 {
		t.Errorf("the token has %v at %v, the screen %v at %v", got.Edits, got.At, now.Edits, now.At)
	}
	p = start(t, Start{Scenario: get(t, "lost-ack"), At: -1, NoGuess: true}, 120, 40)
	if p.press("s"); len(p.wants) != 0 || !strings.Contains(p.text(), "cannot be asked to copy") {
		t.Errorf("asks for %v, and shows\n%s", p.wants, p.text())
	}
}
