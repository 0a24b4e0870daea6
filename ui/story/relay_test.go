package story

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	voice "dejavu/sim/tell"
)

// relayed tells a shipped scenario with an outbox, and one without beside it.
func relayed(t *testing.T, name string, consumers ...string) *Story {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	c := *s
	c.Consumers = consumers
	st, err := Tell(&c)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// What the relay does is told in one breath with the attempt that put it into the
// outbox, and a later try with its time: it is no delivery of the queue.
func TestTheRelayIsToldWithTheAttemptThatFedIt(t *testing.T) {
	s := relayed(t, "crash-after-effect", "outbox", "naive")
	var text strings.Builder
	if err := s.WriteText(&text, 160, nil); err != nil {
		t.Fatal(err)
	}
	told := strings.Join(strings.Fields(text.String()), " ")
	for _, want := range []string{
		"into the outbox 0:12.0 → charged 0:13.0 → [C] crash 0:13.0 → relayed again 0:15.0 → charged AGAIN 0:16.0",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q:\n%s", want, text.String())
		}
	}
	l := s.Lanes[0]
	for _, r := range s.Arrivals() {
		if r.Name == "m3" && r.Number == 1 {
			got := voice.Text(l.told(&l.Attempts[r.cell[0]]).Spans(spoken(nil)))
			want := "records m3 in inbox, puts it in the outbox, commits, acks; relay: charges Cy $120, [C] crashes before it marks it sent; relay at 0:15.0: charges Cy $120 AGAIN, marks it sent"
			if got != want {
				t.Errorf("told is\n%s\nwant\n%s", got, want)
			}
		}
		if r.Name == "m3" && r.Number == 2 && r.cell[0] >= 0 {
			t.Error("a try of the relay is told as a delivery of the queue")
		}
	}
	if l.Deliveries != 3 {
		t.Errorf("%d deliveries, want 3: what the relay takes is none", l.Deliveries)
	}
}

// The screen follows the relay: its name, its source, and what is in the outbox.
func TestTheRelayHasAWireAndSourceOfItsOwn(t *testing.T) {
	s := relayed(t, "crash-after-effect", "outbox")
	l := s.Lanes[0]
	body := l.Body()
	for i := range l.Run.Events() {
		e := l.Event(i)
		if !e.Relayed() {
			continue
		}
		if name := l.WorkerName(int(e.Worker)); name != "relay" {
			t.Errorf("the relay is called %s", name)
		}
		switch line := l.Standing(i); {
		case e.Op.Performs() && !strings.Contains(body[line-1], "p.Perform(m)"):
			t.Errorf("the relay performs at %q", body[line-1])
		case e.Op == sim.OpReturn && e.Kind == sim.Step && (line != l.AckLine() || l.AckWord() != "mark sent"):
			t.Errorf("it marks the row sent at line %d, %s", line, l.AckWord())
		}
	}
	var stops []string
	for _, p := range s.Stops() {
		for _, line := range s.Narrate(p.Step).Lines {
			stops = append(stops, line.Plain())
		}
	}
	told := strings.Join(stops, "\n")
	for _, want := range []string{
		"The relay charges Ann $40. In the outbox it is not marked sent yet.",
		"The relay crashes before it marks it sent.",
		"The relay takes m3 out of the outbox for the 2nd time: it died before it had marked it sent.",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("no stop says %q:\n%s", want, told)
		}
	}
	v := s.View(Moment{Step: s.Steps()})
	if w := v.Lanes[0].Wires; len(w) < 2 || w[0].Receipt.Row == 0 || w[0].State != AckTaken {
		t.Errorf("the wires at the end are %+v", w)
	}
}
