package story

import (
	"strings"
	"testing"

	"dejavu/sim"
)

// A worker that waits for a slow receiver is at work, and is told as such: nobody
// froze.
func TestASlowReceiverIsToldAsAWait(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Faults = []string{"naive", "inbox"}, parse(t, "slow:m2/1")
	st := tell(t, s)
	var text strings.Builder
	if err := st.WritePlain(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"worker 1, m2: [S] waits 1m10s for the bank.",
		"NAIVE charged Bob $15 twice (m2):",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "freezes") {
		t.Error("somebody freezes")
	}
	var told *Narration
	for _, p := range st.Stops() {
		if f, ok := st.FaultAtStep(p.Step); ok && f.Kind == sim.SlowFault {
			told = st.Narrate(p.Step)
			v := st.View(Moment{Step: p.Step})
			for k := range v.Lanes {
				if w := v.Lanes[k].Wires[0]; w.State != Working {
					t.Errorf("%s: the wire is in state %d", v.Lanes[k].Consumer.Name, w.State)
				}
			}
		}
	}
	if told == nil || told.Badge != "slow" || !strings.HasPrefix(told.Lines[0].Plain(), "Bob's worker waits 1m10s for the bank. The queue waits for 30 s only.") {
		t.Errorf("told as %+v", told)
	}
	head, lines := st.Why(st.Steps(), 0)
	if head != "Why is m2 charged twice?" || !strings.Contains(lines[len(lines)-1].Plain(), "the fault slow:m2/1") {
		t.Errorf("%s %v", head, lines)
	}
}
