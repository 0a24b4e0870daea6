package frame

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"dejavu/scenarios/scenariotest"
	"dejavu/ui/story"
)

// tellWith tells a shipped scenario with other consumers, and with a plan: how many
// deliveries there are at most where a number comes first, then faults.
func tellWith(t testing.TB, name string, consumers []string, plan ...string) *story.Story {
	t.Helper()
	s := scenariotest.Get(t, name)
	s.Consumers, s.Faults, s.Queue.MaxDeliveries = consumers, nil, 0
	for _, text := range plan {
		if n, err := strconv.Atoi(text); err == nil {
			s.Queue.MaxDeliveries = n
		} else {
			s.Faults = append(s.Faults, scenariotest.Faults(t, text)...)
		}
	}
	return toldAs(t, s)
}

// A lease drains and loses its holder, what was kept too short is counted down, a
// message lies in the dead-letter queue and leaves it, a result is answered again, an
// ack is lost while the relay is at work, and the relay dies.
func TestWhatAStrategyDrawsOnLooksAsItsGoldenFrame(t *testing.T) {
	lease := tellWith(t, "quiet-day", []string{"lease", "inbox"}, "crash:m2/before-effect")
	kept := tellWith(t, "quiet-day", []string{"lease", "inbox"}, "republish:m1,later=2h")
	parked := tellWith(t, "quiet-day", []string{"naive", "inbox"}, "1", "lose-ack:m2", "redrive:m2,later=10m")
	result := tellWith(t, "lost-ack", []string{"stored-result", "inbox"}, "lose-ack:m2")
	refused := tellWith(t, "copy-paste-key", []string{"stored-result", "inbox-key"}, "3", "lose-ack:m1")
	relay := tellWith(t, "lost-ack-then-crash", []string{"outbox", "outbox-and-gateway-key"}, "lose-ack:m2", "crash:m3/after-effect")
	s := New()
	for _, m := range []struct {
		name string
		st   *story.Story
		at   time.Duration
		zoom bool
	}{
		{"lease-drains", lease, 14*time.Second + 15*time.Millisecond, false},
		{"lease-zoomed", lease, 14*time.Second + 15*time.Millisecond, true},
		{"lease-over", lease, 26*time.Second + 15*time.Millisecond, false},
		{"retention-drains", kept, 43 * time.Second, false},
		{"retention-over", kept, time.Hour + 3*time.Second, false},
		{"dead-letter", parked, 37 * time.Second, false},
		{"put-back", parked, 10*time.Minute + 7*time.Second, false},
		{"result-again", result, 35*time.Second + 45*time.Millisecond, false},
		{"request-refused", refused, 12*time.Second + 45*time.Millisecond, false},
		{"relay-ack-lost", relay, 5*time.Second + 55*time.Millisecond, false},
		{"relay-dies", relay, 13*time.Second + 45*time.Millisecond, false},
	} {
		for _, size := range [][2]int{{200, 60}, {120, 40}, {80, 24}} {
			g := s.Draw(m.st.View(story.Moment{Step: m.st.StepAt(m.at)}), size[0], size[1], Look{Hints: someHints, Zoom: m.zoom})
			golden(t, fmt.Sprintf("%s-%dx%d.txt", m.name, size[0], size[1]), rightTrimmed(g.Text()))
			check(t, m.name, g, size)
		}
	}
}

// Every step of what runs out, is parked or is answered again is exact at every size.
func TestWhatAStrategyDrawsOnIsExactAtEveryStep(t *testing.T) {
	s := New()
	for i, st := range []*story.Story{
		tellWith(t, "lost-ack", []string{"lease", "stored-result"}, "crash:m2/before-effect", "lose-ack:m1", "copy:m3"),
		tellWith(t, "lost-ack", []string{"outbox", "lease"}, "2", "crash:m2/before-effect", "redrive:m2,later=8d", "slow:all,for=70s"),
	} {
		for step := range st.Steps() + 1 {
			for n, size := range sizes {
				g := s.Draw(st.View(story.Moment{Step: step, Toward: float64((step+n)%4) / 4}), size[0], size[1], Look{Hints: someHints, Zoom: step%3 == 0, Focus: step % 2})
				check(t, fmt.Sprintf("story %d step %d at %v", i, step, size), g, size)
			}
		}
	}
}
