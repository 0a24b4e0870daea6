package story

import (
	"slices"
	"strings"
	"testing"
	"time"

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
	if want := "m1 is published [L] and reaches the queue 6 s late."; !strings.Contains(plainText(t, st), want) {
		t.Errorf("%q is not in\n%s", want, plainText(t, st))
	}
	told := toldFault(st, sim.DelayFault)
	if want := "Ann's order m1 reaches the queue 6 s late. m2 came first."; told.Badge != "late" || told.Lines[0].Plain() != want {
		t.Errorf("told as %q, want %q", told.Lines[0].Plain(), want)
	}
}

// What is dead can be put back: the screen offers it once something is, and tells
// whose doing the next delivery is.
func TestARedriveIsOfferedAndTold(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue.MaxDeliveries = 1
	s.Consumers, s.Faults = []string{"naive", "inbox"}, parse(t, "lose-ack:m2")
	offered := func(st *Story, at time.Duration) (all []string) {
		for _, o := range st.Offers(st.StepAt(at)) {
			if o.Fault.Kind == sim.RedriveFault {
				all = append(all, o.Text)
			}
		}
		return all
	}
	st := tell(t, s)
	if all := offered(st, 20*time.Second); len(all) > 0 {
		t.Errorf("offered before anything is dead: %q", all)
	}
	want := []string{
		"m2 is put back from the dead-letter queue at 0:36.0, under the same message ID",
		"m2 is put back from the dead-letter queue at 0:36.0, under a new message ID",
	}
	if all := offered(st, 40*time.Second); !slices.Equal(all, want) {
		t.Errorf("offered %q", all)
	}
	st = tell(t, Edits{}.Add(parse(t, "redrive:m2,later=8d,new-id=true")[0]).Apply(s))
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

// A redrive that finds nothing says so.
func TestARedriveOfWhatIsNotDeadSaysWhy(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Faults = []string{"naive"}, parse(t, "redrive:m2")
	st := tell(t, s)
	if got := strings.Join(st.Unmet(s.Faults[0]), "|"); got != "NAIVE never met it: m2 was not in the dead-letter queue then" {
		t.Error(got)
	}
}

// A failover of the broker is nobody's fault at work: it is told as what the broker
// does, and the next delivery says whose doing it is.
func TestAForgottenAckIsOfferedAndTold(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "inbox"}
	var offered string
	st := tell(t, s)
	for _, o := range st.Offers(st.StepAt(8 * time.Second)) {
		if o.Fault.Kind == sim.ForgetAcksFault {
			offered = o.Text + " " + o.Line
		}
	}
	if want := "the broker fails over at 0:07.0, and forgets the last ack - forget-acks: {at: 7s}"; offered != want {
		t.Errorf("offered %q, want %q", offered, want)
	}
	st = tell(t, Edits{}.Add(parse(t, "forget-acks,at=20s,last=2")[0]).Apply(s))
	for _, want := range []string{
		"0:20.0, naive: the broker fails over and forgets the ack of m3; it will come again.",
		"0:20.0, naive: the broker also forgets the ack of m2; it will come again.",
		"NAIVE charged Bob $15 twice (m2): published 0:05.0 → charged 0:06.0 → acked 0:06.0 → [B] ack forgotten 0:20.0 → delivered again 0:20.0 → charged AGAIN 0:21.0.",
	} {
		if !strings.Contains(plainText(t, st), want) {
			t.Errorf("%q is not in\n%s", want, plainText(t, st))
		}
	}
	told := toldFault(st, sim.ForgetAcksFault)
	if want := "The broker fails over and forgets the ack of m3. Cy's $120 was taken. The queue does not know that. It is handed out again, though it was settled."; told.Badge != "ack forgotten" || told.Lines[0].Plain() != want {
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

// An ack can be forgotten when all is done: then that is what is left that could go
// wrong.
func TestWhatIsOverCanStillComeBack(t *testing.T) {
	st := tell(t, get(t, "quiet-day"))
	if got := offered(st.Offers(st.Steps())); !slices.Equal(got, []string{"forget-acks,at=57s"}) {
		t.Errorf("at the end %v is offered", got)
	}
}
