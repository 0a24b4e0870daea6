package story

import (
	"strings"
	"testing"

	"dejavu/sim"
)

// Who acks first has told the queue before the charge: nobody waits for that worker.
func TestAnAckBeforeTheEffectIsKnownToTheQueue(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"ack-first"}
	st := tell(t, s)
	first := st.Narrate(st.StepOf(0, st.Lanes[0].Marks()[0].Event)).Lines[0].Plain()
	if want := "The worker charges Ann $40. The queue has its ack already."; first != want {
		t.Errorf("the first charge is told as %q, want %q", first, want)
	}
	told := toldFault(tell(t, with(s, parse(t, "crash:m1/after-effect")[0])), sim.CrashFault)
	if got, want := told.Lines[0].Plain(), "Ann's $40 was taken. m1 was acked before: it does not come again."; !strings.HasSuffix(got, want) {
		t.Errorf("the crash is told as %q, want %q", got, want)
	}
}
