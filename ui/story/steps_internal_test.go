package story

import (
	"testing"

	"dejavu/scenarios"
)

// Two lanes that are at the same thing, one with more steps before it than the other, are
// seen to do it together: the one that comes first waits.
func TestWhoIsAtTheSameThingDoesItInOneStep(t *testing.T) {
	s, _ := scenarios.Get("quiet-day")
	s.Consumers = []string{"naive", "inbox", "recovery-points"}
	st, err := Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	together := 0
	for _, a := range st.Lanes[0].Attempts {
		for k, l := range st.Lanes[1:] {
			b := l.places[a.place()]
			for _, at := range [][2]int{{a.effect, b.effect}, {a.ack, b.ack}} {
				if mine, other := st.StepOf(0, at[0]), st.StepOf(k+1, at[1]); mine != other {
					t.Errorf("%v: step %d of %s, and step %d of %s", a.Receipt, mine, st.Lanes[0].Consumer.Name, other, l.Consumer.Name)
				}
				together++
			}
		}
	}
	if want := 2 * 2 * len(s.Messages); together != want {
		t.Errorf("%d effects and acks were compared, want %d", together, want)
	}
}
