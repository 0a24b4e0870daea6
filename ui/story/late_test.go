package story

import (
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/words"
)

// plainText tells a story in plain sentences.
func plainText(t *testing.T, st *Story) string {
	t.Helper()
	var text strings.Builder
	if err := st.WritePlain(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// toldFault returns what is said where a kind of fault strikes.
func toldFault(st *Story, k sim.FaultKind) *Narration {
	for _, p := range st.Stops() {
		if f, ok := st.FaultAtStep(p.Step); ok && f.Kind == k {
			return st.Narrate(p.Step)
		}
	}
	return &Narration{Lines: []words.Line{nil}}
}

func TestADelayIsToldWhereTheMessageArrives(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Faults = []string{"naive"}, parse(t, "delay:m1,for=6s")
	st := tell(t, s)
	if want := "m1 is published, [L] reaches the queue 6 s late."; !strings.Contains(plainText(t, st), want) {
		t.Errorf("%q is not in\n%s", want, plainText(t, st))
	}
	told := toldFault(st, sim.DelayFault)
	if want := "Ann's order m1 reaches the queue 6 s late. m2 came first."; told.Badge != "late" || told.Lines[0].Plain() != want {
		t.Errorf("told as %q, want %q", told.Lines[0].Plain(), want)
	}
}

// What is dead can be put back: the screen tells whose doing the next delivery is.
func TestARedriveIsTold(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue.MaxDeliveries = 1
	s.Consumers, s.Faults = []string{"naive", "inbox"}, parse(t, "lose-ack:m2")
	st := tell(t, with(s, parse(t, "redrive:m2,later=8d,new-id=true")[0]))
	if want := "m2b: [D] m2 is put back from the dead-letter queue, new message ID."; !strings.Contains(plainText(t, st), want) {
		t.Errorf("%q is not in\n%s", want, plainText(t, st))
	}
	told := toldFault(st, sim.RedriveFault)
	if want := "An operator puts m2 back from the dead-letter queue, as m2b, under a new message ID."; told.Badge != "redrive" || told.Lines[0].Plain() != want {
		t.Errorf("told as %q", told.Lines[0].Plain())
	}
	if got := verdictOf(st); got != "m2 m2" {
		t.Errorf("twice: %s", got)
	}
}

func verdictOf(st *Story) string {
	var all []string
	for _, l := range st.Lanes {
		all = append(all, l.Outcome.Twice...)
	}
	return strings.Join(all, " ")
}

// A failover of the broker is nobody's fault at work: it is told as what the broker
// does, and the next delivery says whose doing it is.
func TestAForgottenAckIsTold(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "inbox"}
	st := tell(t, with(s, parse(t, "forget-acks,at=20s,last=2")[0]))
	for _, want := range []string{
		"0:20.0, naive: [B] the broker fails over and forgets the ack of m3, so m3 comes again, though it was settled.",
		"0:20.0, naive: [B] the broker also forgets the ack of m2, so m2 comes again, though it was settled.",
		"NAIVE charged Bob $15 twice (m2): published 0:05.0 → charged 0:06.0 → acked 0:06.0 → [B] ack forgotten 0:20.0 → delivered again 0:20.0 → charged AGAIN 0:21.0.",
	} {
		if !strings.Contains(plainText(t, st), want) {
			t.Errorf("%q is not in\n%s", want, plainText(t, st))
		}
	}
	told := toldFault(st, sim.ForgetAcksFault)
	if want := "The broker fails over and forgets the ack of m3, so m3 comes again, though it was settled. Cy's $120 was taken. The queue does not know that."; told.Badge != "ack forgotten" || told.Lines[0].Plain() != want {
		t.Errorf("told as %q", told.Lines[0].Plain())
	}
	head, lines := st.Why(st.Steps(), 0)
	if head != "Why is m2 charged twice?" && head != "Why is m3 charged twice?" || !strings.Contains(lines[len(lines)-1].Plain(), "the fault forget-acks,at=20s,last=2") {
		t.Errorf("%s %v", head, lines)
	}
	for _, l := range lines {
		if strings.Contains(l.Plain(), "also forgets") {
			t.Errorf("out of its place: %s", l.Plain())
		}
	}
	var text strings.Builder
	if err := st.WriteText(&text, 100, words.NoPaint); err != nil {
		t.Fatal(err)
	}
	if want := "2nd time: [B] the broker forgot its ack"; !strings.Contains(text.String(), want) {
		t.Errorf("%q is not in\n%s", want, text.String())
	}
}
