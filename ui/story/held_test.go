package story

import (
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// held tells what becomes of m1, which is not begun before 3 h, on a queue.
func held(t *testing.T, queue, more string) *Story {
	t.Helper()
	s, err := scenarios.Parse("held.yaml", []byte("title: At six o'clock\nmessages:\n"+
		"  - {id: m1, at: 2s, customer: Ann, amount: $40, not-before: 3h}\nbusiness: mail\n"+
		"queue: "+queue+"\nconsumers: [naive, inbox]\nworkers: 4\n"+more))
	if err != nil {
		t.Fatal(err)
	}
	return tell(t, s)
}

// Three workers hold it at last, and each is shown with what it holds: none is at work, and
// none has lost anything. The text says of each that it holds it, and until when.
func TestWhoHoldsAMessageIsShown(t *testing.T) {
	st := held(t, "{profile: celery-redis}", "")
	v := st.View(Moment{Step: st.StepAt(2*time.Hour + time.Minute)})
	if l := &v.Lanes[0]; len(l.Wires) != 3 {
		t.Fatalf("%d workers hold m1, want 3", len(l.Wires))
	}
	for _, w := range v.Lanes[0].Wires {
		if w.State != Holding || w.Name != "m1" {
			t.Errorf("worker %d is in state %d with %s, want %d", w.Worker+1, w.State, w.Name, Holding)
		}
	}
	v = st.View(Moment{Step: st.StepAt(3*time.Hour + 500*time.Millisecond)})
	for _, w := range v.Lanes[0].Wires {
		if w.State != Working {
			t.Errorf("at its time worker %d is in state %d, want %d", w.Worker+1, w.State, Working)
		}
	}
	if got := st.Lanes[0].Busy(); got != 3 {
		t.Errorf("%d workers are at work at the same time, want 3", got)
	}
	for k, a := range st.Lanes[0].Attempts {
		if got := words.Line(st.Lanes[0].told(&a).Spans(now)).Plain(); !strings.HasPrefix(got, "holds it until 3:00:00, at 3:00:01 mails Ann") {
			t.Errorf("attempt %d: %q", k+1, got)
		}
	}
}

// A worker that loses what it holds is told to have lost it, by what: it is at work no more.
func TestWhoLosesWhatItHoldsIsTold(t *testing.T) {
	for more, want := range map[string]string{
		"faults:\n  - restart: {at: 10m}\n":             "holds it until 3:00:00, at 10:00.0 [X] loses it with its process",
		"faults:\n  - restart: {at: 10m, drain: 20s}\n": "holds it until 3:00:00, at 10:00.0 [X] is asked to end, and gives it back",
		"": "holds it until 3:00:00, at 30:02.0 loses it with its connection",
	} {
		st := held(t, "{profile: rabbitmq-quorum, consumer-timeout: 30m}", more)
		a := st.Lanes[0].Attempts[0]
		if got := words.Line(st.Lanes[0].told(&a).Spans(now)).Plain(); got != want {
			t.Errorf("%q: %q, want %q", more, got, want)
		}
		if !a.Over {
			t.Errorf("%q: it is still at work", more)
		}
	}
}
