package sim_test

import (
	"fmt"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
)

// A seed that somebody has written down means these faults. New kinds are drawn
// after those that were there before them: if this golden file changes, the past
// has.
func TestSeedsMeanTheFaultsThatTheyAlwaysMeant(t *testing.T) {
	var b strings.Builder
	rates := sim.Rates{
		sim.LoseAckFault: .1, sim.CrashFault: .1, sim.PauseFault: .1, sim.FailFault: .1, sim.LoseReplyFault: .1,
		sim.CopyFault: .2, sim.RepublishFault: .2,
	}
	for seed := range uint64(8) {
		for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox} {
			l := lane(c, sim.Card, 12)
			l.Rates, l.Seed = rates, seed
			r := simulate(t, l)
			fmt.Fprintf(&b, "seed %d, %s:", seed, c.Name)
			for _, f := range r.Faults {
				fmt.Fprintf(&b, " %s", f)
			}
			b.WriteString("\n")
		}
	}
	golden(t, "seeds", b.String())
}
