package play

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
)

// hammers presses keys, one after the other in turn, so many times at an interval. What
// moves goes on meanwhile, and comes to rest afterwards.
func (p *player) hammers(times int, every time.Duration, keys ...Key) {
	p.t.Helper()
	p.now = p.now.Add(time.Second)
	next := p.now
	for n := range times {
		for p.m.playing && p.now.Add(time.Second/30).Before(next) {
			p.now = p.now.Add(time.Second / 30)
			p.send(Tick{p.m.turn})
		}
		p.now = next
		p.send(keys[n%len(keys)])
		next = next.Add(every)
	}
	p.rest()
}

// A remote has one key, and people hammer it. Whatever the pace, a burst leads to the next
// stop or to the question, and not beyond.
func TestHammeringNeverPassesOverAStopOrTheQuestion(t *testing.T) {
	for _, o := range []Start{{Present: true}, {}, {ReducedMotion: true}} {
		for _, every := range []time.Duration{10, 30, 90, 170, 300} {
			o.Scenario, o.At = get(t, "lost-ack-then-crash"), -1
			p := start(t, o, 80, 24)
			var seen []int
			asked, bursts := false, 0
			for p.m.at.Step < p.m.st.Steps() {
				if bursts++; bursts > 30 {
					t.Fatalf("every %d ms leads to step %d and not on", every, p.m.at.Step)
				}
				open := p.m.guess.open
				p.hammers(25, every*time.Millisecond, "pgdown", "enter", "right")
				if q := p.m.guess.open; q != nil && q != open {
					asked = true
				} else if p.m.st.StopAt(p.m.at.Step) != nil {
					seen = append(seen, p.m.at.Step)
				}
			}
			var all []int
			for _, s := range p.m.st.Stops() {
				all = append(all, s.Step)
			}
			if !slices.Equal(seen, all) || !asked {
				t.Errorf("every %d ms: stops %v of %v, asked: %v", every, seen, all, asked)
			}
		}
	}
}

// What a remote can do ends with the scenario.
func TestPresentingOnlyThreeKeysLeaveAScenario(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: time.Hour, Present: true}, 80, 24)
	for range 3 {
		p.press("enter", "pgdown", "right", "end", "n", "esc")
	}
	if p.m.from.Name != "lost-ack-then-crash" || p.m.at.Step != p.m.st.Steps() {
		t.Errorf("on the screen is %s at step %d", p.m.from.Name, p.m.at.Step)
	}
	p.press("m")
	if p.m.st != nil {
		t.Error("m does not lead to the menu")
	}
	p = start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: time.Hour}, 80, 24)
	p.press("enter")
	if p.m.from.Name == "lost-ack-then-crash" {
		t.Error("alone with it, enter leads to the next story")
	}
}

// Space, the speed, the way back and q are meant whenever they are pressed.
func TestSomeKeysAlwaysWork(t *testing.T) {
	for _, key := range []string{"space", "+", "-", "backspace", "pgup"} {
		p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, NoGuess: true}, 80, 24)
		p.press("enter", "enter")
		step, speed := p.m.at.Step, p.m.speed
		p.send(named(key))
		if p.m.at.Step == step && p.m.speed == speed && !p.m.playing {
			t.Errorf("%s right after a stop does nothing", key)
		}
	}
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	toQuestion(t, p)
	if p.send(Key("q")); !p.m.left {
		t.Error("q right after the question does not quit")
	}
}

// However long a way is, a room waits for it three seconds at most.
func TestNoEnterTakesLongerThanThreeSeconds(t *testing.T) {
	for _, s := range testkit.Sample(8, scenarios.Shipped()) {
		p := start(t, Start{Scenario: s, At: -1}, 80, 24)
		for p.m.at.Step < p.m.st.Steps() {
			at := p.m.at.Step
			if took := p.press("enter"); took > 3*time.Second+100*time.Millisecond {
				t.Errorf("%s: enter at step %d takes %v", s.Name, at, took)
			}
		}
	}
}

// What nobody can read is not shown: while the story moves, the words of the stop that was
// left stay.
func TestNoCaptionFlashes(t *testing.T) {
	for _, o := range []Start{{Present: true}, {}} {
		o.Scenario, o.At, o.NoGuess = get(t, "lost-ack-then-crash"), -1, true
		p := start(t, o, 80, 24)
		for p.m.at.Step < p.m.st.Steps() {
			head := p.m.st.Narrate(p.m.at.Step).Headline()
			head = strings.Join(strings.Fields(head)[:min(5, len(strings.Fields(head)))], " ")
			p.now = p.now.Add(time.Second)
			for p.send(Key("enter")); p.m.playing; p.send(Tick{p.m.turn}) {
				if !strings.Contains(p.flat(), head) {
					t.Fatalf("on the way from %q, at step %d:\n%s", head, p.m.at.Step, p.text())
				}
				p.now = p.now.Add(time.Second / 30)
			}
		}
	}
}
