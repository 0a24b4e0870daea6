package whatif

import (
	"slices"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/story"
)

// Whoever is at work can be struck between any two steps that a fault can name, and then
// the fault strikes there and nowhere else.
func TestAWorkerIsStruckWhereItStands(t *testing.T) {
	for _, name := range consumers.Names() {
		s := get(t, "quiet-day")
		s.Consumers, s.Messages = []string{name}, s.Messages[:1]
		st := tell(t, s)
		for n := 1; n < st.Steps(); n++ {
			f, ok := Here(st, sim.CrashFault, n)
			if !ok {
				if working := slices.ContainsFunc(st.Lanes[0].Attempts, func(a story.Attempt) bool {
					return !a.Relayed() && a.Begins() < st.Upto(n, 0) && slices.Contains(a.Events, st.Upto(n, 0))
				}); working {
					t.Errorf("%s, step %d: a worker is at work, and nobody is struck", name, n)
				}
				continue
			}
			struck := tell(t, (Edits{With: []sim.Fault{f}}).Apply(s))
			if at := struck.Strikes(); len(at) != 1 || at[0].Step < n || at[0].Step > n+1 {
				t.Errorf("%s, step %d: %s strikes at %v", name, n, f, at)
			}
		}
	}
}
