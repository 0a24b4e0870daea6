package sim

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
)

// endless is a run that does not end, of messages that are all handled again and again.
func endless(tb testing.TB, events int) *Run {
	tb.Helper()
	l := Lane{
		Consumer: Consumer{Name: "keeps", Handle: func(p *Proc, m broker.Message) error {
			if _, seen := p.DB.Get("seen", m.ID); seen {
				return nil
			}
			if err := p.Perform(m); err != nil {
				return err
			}
			p.DB.Put("seen", m.ID, "")
			return nil
		}},
		Processes: 2, MaxEvents: events, Until: 3000 * 24 * time.Hour, Queue: broker.Default(),
		Rates: Rates{LoseAckFault: 1},
	}
	l.Queue.MaxDeliveries = 0
	for i := range 40 {
		id := string(rune('a'+i/26)) + string(rune('a'+i%26))
		l.Messages = append(l.Messages, Owed{ID: id, Message: broker.Message{ID: id, Key: id}, At: time.Duration(i) * time.Second})
	}
	r, err := Simulate(l)
	if err != nil {
		tb.Fatal(err)
	}
	if r.Ending != OutOfEvents || r.Len() != events {
		tb.Fatalf("ends %v after %d events", r.Ending, r.Len())
	}
	return r
}

func TestAPlayerThatGoesBackTakesNoMoreThanWhatLiesBetweenTwoPlaces(t *testing.T) {
	r := endless(t, 200_000)
	p, m := r.Player(), r.Meter()
	p.At(r.Len())
	m.At(r.Len())
	for n := r.Len() - 1; n > 0; n -= 33_333 {
		was, read := p.taken, m.taken
		p.At(n)
		m.At(n)
		if most := p.kept.every; p.taken-was > most || m.taken-read > most {
			t.Errorf("back at %d: %d and %d entries taken again, want at most %d", n, p.taken-was, m.taken-read, most)
		}
	}
	if got := len(p.kept.all); got >= mostPlaces {
		t.Errorf("%d places are kept", got)
	}
	if most := r.Len() / 10; p.kept.every > most {
		t.Errorf("two places are %d entries apart", p.kept.every)
	}
}

// shown is what is to be seen of a world.
func shown(w *World) string {
	text := fmt.Sprintln(len(w.Ledger()), w.Remembered())
	for n := range w.Queue().Len() {
		text += fmt.Sprintln(w.Name(n), w.Queue().State(n), w.Queue().Deliveries(n))
	}
	for i := range w.Workers() {
		r, busy := w.Handling(i)
		op, _ := w.Pending(i)
		text += fmt.Sprintln(r, busy, op)
	}
	return text
}

// Wherever it comes from, a player shows what one shows who comes from the beginning.
func TestAPlayerShowsTheSameWhereverItComesFrom(t *testing.T) {
	r := endless(t, 50_000)
	p, m := r.Player(), r.Meter()
	for _, n := range []int{50_000, 49_999, 8192, 8191, 0, 30_000, 16_384, 16_385, 50_000, 1} {
		if got, want := shown(p.At(n)), shown(r.Player().At(n)); got != want {
			t.Errorf("after %d entries the world is another:\n%s\nwant\n%s", n, got, want)
		}
		if got, want := m.At(n), r.Meter().At(n); got != want {
			t.Errorf("after %d entries it has cost %+v, want %+v", n, got, want)
		}
	}
}

// A run in parts is the run.
func TestARecordingInPartsIsTheRun(t *testing.T) {
	whole := endless(t, 3000)
	ready, err := whole.Lane.Ready()
	if err != nil {
		t.Fatal(err)
	}
	parts, steps := ready.Record(), 1
	for ; !parts.Step(100); steps++ {
		if got := parts.Len(); got != 100*steps {
			t.Fatalf("after %d parts of 100 there are %d events", steps, got)
		}
	}
	run, err := parts.Run()
	if err != nil || run.Len() != whole.Len() || run.Ending != whole.Ending || run.End != whole.End || steps != 31 {
		t.Fatalf("in %d parts: %d events, %v at %v, %v", steps, run.Len(), run.Ending, run.End, err)
	}
	for i := range run.events {
		if run.events[i] != whole.events[i] {
			t.Fatalf("event %d is another", i)
		}
	}
}
