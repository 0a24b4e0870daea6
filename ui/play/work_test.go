package play

import (
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
)

// endless is a run that is cut at so many events, and takes long to tell.
func endless(t testing.TB, events int) *scenarios.Scenario {
	s := get(t, "quiet-day")
	s.Rates, s.MaxEvents, s.Consumers = sim.Rates{sim.FailFault: 1}, events, []string{"inbox"}
	return s
}

// begins presses a key and does not wait for what comes of it.
func (p *player) begins(key string) {
	p.t.Helper()
	p.send(named(key))
}

func TestALongRunIsToldAgainInPartsAndEscLeavesItAsItWas(t *testing.T) {
	p := start(t, Start{Scenario: endless(t, 20_000), NoGuess: true}, 80, 24)
	p.press("end")
	before, was := p.m.st, p.text()
	p.begins("u")
	if p.m.work == nil {
		t.Fatal("20,000 events are told again at once")
	}
	p.sees("Telling it again", "Esc leaves")
	if first := strings.Split(p.text(), "\n")[0]; p.m.st != before || first != strings.Split(was, "\n")[0] {
		t.Errorf("the old picture has gone: %q", first)
	}
	p.begins("home") // is meant for what comes, and is not obeyed
	share := p.m.work.parts.Share()
	w := p.m.work
	p.send(Tick{w})
	if p.m.work != w || w.parts.Share() < share {
		t.Fatalf("after one part: %v, share %v", p.m.work, w.parts.Share())
	}
	p.begins("esc")
	if p.m.work != nil || p.m.st != before || !p.m.version().same(p.m.opened) || p.m.at.Step != before.Steps() {
		t.Error("Esc does not leave everything as it was")
	}
	if p.send(Tick{w}); p.m.work != nil || p.m.st != before {
		t.Error("what was left goes on")
	}
	p.press("u")
	if p.m.st == before || len(p.m.edits.Without) != 1 || p.m.ghost != before {
		t.Error("a second u is not done")
	}
}

func TestALongRunIsOpenedInPartsAndEscLeadsToTheMenu(t *testing.T) {
	o := Start{Scenario: endless(t, 20_000), At: 100 * time.Second, NoGuess: true}
	p := opens(t, o, 80, 24)
	if p.m.work == nil || p.m.st != nil {
		t.Fatal("20,000 events are opened at once")
	}
	p.sees("Telling it: ", "Esc leaves")
	p.seesNot("Start here")
	share := 0.0
	for p.m.work != nil {
		if now := p.m.work.parts.Share(); now < share || now >= 1 {
			t.Errorf("from %v of it to %v", share, now)
		} else {
			share = now
		}
		if p.send(Tick{p.m.work}); p.m.work != nil && len(p.wants) != 1 {
			t.Fatalf("after a part it asks for %v", p.wants)
		}
	}
	if at := p.m.Now().At; p.m.st == nil || at != 100*time.Second || share < 0.6 {
		t.Errorf("it opens at %v, the last share is %v", at, share)
	}

	p = opens(t, o, 80, 24)
	w := p.m.work
	p.begins("esc")
	p.sees("Start here", "Left: everything is as it was.")
	if wants := p.send(Tick{w}); wants != nil || p.m.st != nil {
		t.Error("what was left goes on")
	}
	if p.press("down", "enter"); p.m.from == nil || p.m.from.Name != "quiet-day" {
		t.Error("the menu opens nothing")
	}
}

// However long a run is, a part does about as much as another.
func TestAPartOfALongTellingIsSmall(t *testing.T) {
	p := start(t, Start{Scenario: endless(t, 20_000), NoGuess: true}, 80, 24)
	p.press("end")
	p.begins("u")
	parts := 0
	for ; p.m.work != nil; parts++ {
		p.send(Tick{p.m.work})
	}
	if parts < 2 || parts > 50 {
		t.Errorf("20,000 events are told in %d parts", parts)
	}
}

func TestAShippedScenarioIsToldAgainAtOnce(t *testing.T) {
	for _, name := range scenarios.Names() {
		p := start(t, Start{Scenario: get(t, name), NoGuess: true}, 80, 24)
		for _, key := range []string{"A", "u", "b"} {
			if p.begins(key); p.m.work != nil {
				t.Errorf("%s: %s takes parts", name, key)
			}
		}
	}
}

func BenchmarkEditInALongRun(b *testing.B) {
	for _, events := range []int{10_000, 200_000} {
		p := start(b, Start{Scenario: endless(b, events), NoGuess: true}, 80, 24)
		p.press("end")
		b.Run("first-frame", func(b *testing.B) {
			for b.Loop() {
				p.begins("u")
				p.m.leaveWork()
			}
		})
		b.Run("one-step-back", func(b *testing.B) {
			for b.Loop() {
				p.begins("left")
				p.begins("right")
			}
		})
	}
}
