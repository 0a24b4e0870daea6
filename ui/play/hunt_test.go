package play

import (
	"strings"
	"testing"
	"time"

	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// hunts lets a hunt come to its end, slice by slice.
func (p *player) hunts() {
	p.t.Helper()
	p.press("x")
	if p.m.panel == nil {
		p.t.Fatalf("x opens nothing:\n%s", p.text())
	}
	for range 10_000 {
		h := p.m.hunt
		if h == nil || h.of.Result != nil && (h.stage == len(stages)-1 || h.panel.goes != nil) {
			return
		}
		p.send(Tick{h})
	}
	p.t.Fatal("the hunt does not end")
}

// The last act of the flagship: one lost ack breaks NAIVE, one crash in the one gap
// that matters breaks INBOX, and nothing breaks the third.
func TestXFindsTheShortestWayToBreakALaneAndEnterPlaysIt(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, NoGuess: true}, 120, 40)
	p.hunts()
	p.sees("NAIVE on card: one lost ack", "charges Cy $120 AGAIN", "enter plays it")
	p.press("enter", "end")
	p.sees("NAIVE broken on card by one lost ack", "m3 $120 AGAIN", "INBOX took")

	p = start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, NoGuess: true}, 120, 40)
	p.press("tab")
	p.hunts()
	p.sees("INBOX on card: one crash, between the charge and the commit", "m3 is charged twice")
	p.press("enter")
	p.sees("INBOX broken on card by one crash, between the charge", "Cy's worker crashes")
	p.press("end")
	if l := p.m.st.Lanes[p.m.focus]; l.Consumer.Name != "inbox" || len(l.Outcome.Twice) != 1 {
		t.Errorf("in focus is %s with %+v", l.Consumer.Name, l.Outcome)
	}
	p.press("b", "b")
	p.hunts()
	p.sees("INBOX on stock: nothing breaks it within these bounds", "states", "up to 3 faults", "Not tried:")

	if testkit.Few(0, 1) == 0 {
		return // the next takes as long as all of the above
	}
	p.m.watch([]string{"naive", "inbox-and-gateway-key"})
	p.press("esc", "b", "b")
	p.hunts()
	p.sees("INBOX-AND-GATEWAY-KEY on card: nothing breaks it")
}

// A counterexample is a story of its own, and a door that opens both ways.
func TestEscAndRLeadBackFromACounterexample(t *testing.T) {
	for _, back := range []string{"esc", "r"} {
		p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, Present: true}, 80, 24)
		toQuestion(t, p)
		p.press("3", "enter", "u")
		before, now := p.text(), p.m.Now()
		p.hunts()
		p.press("enter")
		p.sees("NAIVE broken on card by one lost ack")
		if n := p.m.Now(); n.At < 5*time.Second || p.m.st.StopAt(p.m.at.Step).Kind != story.AtFault {
			t.Errorf("it begins at %v: want the first fault", n.At)
		}
		p.press("home")
		p.sees("This is the shortest way to break NAIVE on card: one lost ack.")
		p.seesNot("Nothing has to be broken")
		p.press("end", "b", "tab")
		p.hunts()
		p.press("enter")
		p.sees("INBOX broken on mail by")
		p.press(back)
		if got := p.text(); got != before {
			t.Errorf("%s leads to\n%s\nwant\n%s", back, got, before)
		}
		if n := p.m.Now(); n.At != now.At || n.From != now.From || !n.Edits.Equal(now.Edits) || p.m.outer != nil {
			t.Errorf("%s leads to %+v, want %+v", back, n, now)
		}
	}
}

func TestTheLaneInFocusIsSeen(t *testing.T) {
	for _, o := range []Start{{Present: true}, {}, {ASCII: true}} {
		o.Scenario, o.At, o.Theme = get(t, "lost-ack-then-crash"), -1, &grid.Mono
		p := start(t, o, 80, 24)
		mark := words.Either(o.ASCII, ">", "▸")
		p.sees(mark + "NAIVE")
		p.seesNot(mark + "INBOX")
		p.press("tab")
		p.sees(mark + "INBOX")
		p.seesNot(mark + "NAIVE")
	}
}

func TestAHuntIsLeftAtAnyTime(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, NoGuess: true}, 80, 24)
	p.press("tab", "b", "b", "x")
	h := p.m.hunt
	for h.stage < len(stages)-1 || h.search.States() < 2 {
		p.send(Tick{h})
	}
	p.sees("states so far")
	p.press("esc")
	if wants := p.send(Tick{h}); wants != nil || p.m.panel != nil {
		t.Error("a hunt that was left goes on")
	}
	if strings.Contains(p.text(), "so far") {
		t.Error("it is still to be seen")
	}
}

// What the screen finds takes no more faults than what check finds, whatever it
// tries first.
func TestAHuntFindsTheFewestFaults(t *testing.T) {
	for _, name := range testkit.Sample(0, []string{"mark-remove", "lease", "redelivered-flag"}) {
		p := start(t, Start{Scenario: get(t, "quiet-day"), At: -1, NoGuess: true}, 120, 40)
		p.m.watch([]string{name})
		p.hunts()
		found := p.m.hunt.of.Result
		search, err := check.New(p.m.hunt.of.Lane, check.Options{GrowStates: huntStates})
		if err != nil {
			t.Fatal(err)
		}
		for !search.Step(1 << 20) {
		}
		best, here := -1, -1
		for _, property := range proof.Properties() {
			if c := search.Result().Of(property).Counterexample; c != nil && (best < 0 || c.Faults < best) {
				best = c.Faults
			}
			if c := found.Of(property).Counterexample; c != nil && here < 0 {
				here = c.Faults
			}
		}
		if here != best {
			t.Errorf("%s is broken by %d faults, and x shows %d", name, best, here)
		}
	}
}
