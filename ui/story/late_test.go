package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/sim"
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
	return &Narration{Lines: []Line{nil}}
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
