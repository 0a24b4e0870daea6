package sim_test

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"dejavu/broker"
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

// What a run leaves behind must not be seen by the next one.
func TestOneSeedAfterAnotherGivesTheVerdictsOfEachAlone(t *testing.T) {
	rates := maps.Clone(hurricane)
	rates[sim.DelayFault], rates[sim.RedriveFault] = .2, .2
	plan := faults("delay:m2", "copy:m3", "store-down,at=9s", "crash:m4/1/before-ack", "restart,at=20s")
	stormyLanes(t, 2, func(t *testing.T, l sim.Lane) {
		if l.Rates = rates; l.Seed > 0 {
			l.Plan, l.MaxEvents = plan, 60
		}
		sameVerdicts(t, l)
	})
}

func TestManyMessagesGiveTheirStepsBackUnderEachSeed(t *testing.T) {
	l := lane(consumers.Inbox, sim.Card, 1200)
	l.Rates = gale
	sameVerdicts(t, l)
}

func TestAFollowingSeedIsNotRunAfterABrokenRule(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if p.Redelivered() {
			_ = p.Ack()
			return p.Ack()
		}
		return p.Perform(m)
	}), sim.Card, 3)
	l.Rates = sim.Rates{sim.LoseAckFault: .3}
	sameVerdicts(t, l)
}

// sameVerdicts holds that a lane comes to the same under some seeds, one of them twice,
// however it is run.
func sameVerdicts(t *testing.T, l sim.Lane) {
	t.Helper()
	ready, err := l.Ready()
	if err != nil {
		t.Fatal(err)
	}
	runs := ready.Reruns()
	for _, seed := range []uint64{3, 1, 7, 3, 2, 11} {
		l.Seed = seed
		want, wantErr := sim.Tally(l)
		got, err := runs.Tally(seed)
		if !reflect.DeepEqual(err, wantErr) || err == nil && !reflect.DeepEqual(*got, want) {
			t.Errorf("seed %d: %v, %v, want %v, %v", seed, *got, err, want, wantErr)
		}
	}
}
