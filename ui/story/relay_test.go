package story

import (
	"slices"
	"strings"
	"testing"
	"time"

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

// Where a row is passed over is told with whoever does it: the worker that commits it behind
// the cursor or, if that comes first, the relay that moves the cursor past it. Why something
// is never done names both.
func TestARowThatACursorPassesIsTold(t *testing.T) {
	for _, c := range []struct {
		paused time.Duration
		told   []string
		why    []string
	}{
		{5 * time.Second, []string{"commits a row behind the cursor: no relay will read it, acks", "[P] freezes for 5 s 0:01.0 → behind the cursor 0:06.0 → acked"}, []string{
			"0:01.0 worker 1: [P] freezes for 5 s before commit", "0:03.0 the relay: moves the cursor", "0:06.0 worker 1: commits a row behind the cursor", "the fault pause:m1/before-commit,for=5s",
		}},
		{1500 * time.Millisecond, []string{"relay: charges Bob $15, moves the cursor, past a row that it never read"}, []string{
			"0:01.0 worker 1: [P] freezes for 1.5 s before commit", "0:02.5 worker 1: commits", "0:03.0 the relay: moves the cursor, past a row that it never read",
		}},
	} {
		file, _ := scenarios.Get("number-two-first")
		s := *file
		s.Consumers = []string{"cursor-relay"}
		s.Faults = slices.Clone(s.Faults)
		s.Faults[0].For = c.paused
		st, err := Tell(&s)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := st.WriteText(&text, 160, nil); err != nil {
			t.Fatal(err)
		}
		told := strings.Join(strings.Fields(text.String()), " ")
		for _, want := range c.told {
			if !strings.Contains(told, want) {
				t.Errorf("it does not say %q:\n%s", want, text.String())
			}
		}
		why := answer(st, st.Steps(), 0)
		for _, want := range c.why {
			if !strings.Contains(why, want) {
				t.Errorf("why does not say %q:\n%s", want, why)
			}
		}
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

// Of two relays each goes by its number: what one did, the other has not.
func TestOfSeveralRelaysEachIsNamed(t *testing.T) {
	said := func(st *Story) string {
		var all []string
		for n := range st.Steps() + 1 {
			all = append(all, answer(st, n, 0))
			for _, line := range st.Narrate(n).Lines {
				all = append(all, line.Plain())
			}
		}
		return strings.Join(all, "\n")
	}
	s := get(t, "two-relays")
	s.Consumers = []string{"outbox"}
	read := said(tell(t, s))
	s.Claim, s.Faults = sim.ClaimRow, parse(t, "crash:m1/after-effect")
	died := said(tell(t, s))
	for _, c := range []struct{ told, want string }{
		{read, "0:01.0 relay 2 takes m1 again: no relay claims its row\n"},
		{read, "Why is m1 mailed twice?\n"},
		{read, "\nno fault: the setting claim, none: a relay reads a row and locks nothing"},
		{read, "Relay 2 takes m1 out of the outbox for the 2nd time: no relay claims its row."},
		{died, "relay 2 takes m1 again: relay 1 died before it had marked it sent\n"},
		{died, "Relay 2 takes m1 out of the outbox for the 2nd time: relay 1 died before it had marked it sent."},
	} {
		if !strings.Contains(c.told, c.want) {
			t.Errorf("nowhere %q:\n%s", c.want, c.told)
		}
	}
	for i, name := range []string{"relay 1", "relay 2"} {
		if l := tell(t, s).Lanes[0]; l.WorkerName(l.Run.World().Relay()+i) != name {
			t.Errorf("%s is called %s", name, l.WorkerName(l.Run.World().Relay()+i))
		}
	}
}
