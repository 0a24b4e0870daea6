package simtest_test

import (
	"errors"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/simtest"
)

func sweeping(c sim.Consumer, seeds int, options ...simtest.Option) func(simtest.TB) {
	return func(t simtest.TB) { simtest.Sweep(t, c, seeds, options...) }
}

func TestSweepPassesWhatNoSeedHarms(t *testing.T) {
	f := run(t, nil, sweeping(consumers.InboxAndGatewayKey, 1000))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "no harm in 1000 seeds, with lose-ack=10%,crash=10%")
}

func TestSweepStopsAtTheFirstSeedThatHarmsAndDEJAVU_SEEDRepeatsIt(t *testing.T) {
	rare := simtest.Rates(sim.Rates{sim.CrashFault: .01})
	f := run(t, nil, sweeping(consumers.Inbox, 1000, rare))
	if len(f.errors) != 1 {
		t.Fatalf("%d failures, want 1:\n%s", len(f.errors), f.said())
	}
	_, rest, _ := strings.Cut(f.said(), "inbox, card: seed ")
	seed, _, _ := strings.Cut(rest, " ")
	contains(t, f.said(), "breaks never-twice: m", "takes effect twice. What befell it:", "  ! worker ", "the faults that struck it: crash:m", "/after-effect",
		"to repeat it: DEJAVU_SEED="+seed+" go test -run '^TestMine$'")
	again := run(t, map[string]string{"DEJAVU_SEED": seed}, sweeping(consumers.Inbox, 1, rare))
	if again.said() != f.said() {
		t.Errorf("DEJAVU_SEED=%s says\n%s\nand the sweep said\n%s", seed, again.said(), f.said())
	}
	if seed == "1" {
		t.Error("the first seed is none that shows whether others are tried")
	}
}

func TestALossIsToldAsALoss(t *testing.T) {
	f := run(t, nil, sweeping(consumers.AckFirst, 100, simtest.Properties(sim.NeverLost), simtest.Messages(1), simtest.Rates(sim.Rates{sim.CrashFault: .5})))
	contains(t, f.said(), "breaks never-lost: m1 is lost", "all is quiet: m1 is lost", "the faults that struck it: crash:m1")
}

func TestASeedInTheEnvironmentIsPlayedAlone(t *testing.T) {
	f := run(t, map[string]string{"DEJAVU_SEED": "37"}, sweeping(consumers.InboxAndGatewayKey, 10))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "no harm in 1 seed,")
	f = run(t, map[string]string{"DEJAVU_SEED": "lucky"}, sweeping(consumers.Inbox, 10))
	contains(t, f.said(), "DEJAVU_SEED='lucky': want a whole number, such as DEJAVU_SEED=37")
}

func TestWhatIsPendingWhenTheRunEndsIsHarm(t *testing.T) {
	once := sim.Consumer{Name: "once", Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.DB.Insert("seen", m.ID) {
			return errors.New("seen before")
		}
		return p.Perform(m)
	}}
	said := run(t, nil, sweeping(once, 100, simtest.Rates(sim.Rates{sim.FailFault: .1}))).said()
	contains(t, said, "breaks never-lost: m", "has not taken effect when the run ends", "is still pending", "more lines ...",
		"what the handler says of m", `: it returns the error "unavailable: nothing was done"  (after sweep_test.go:`)
	if lines := strings.Count(said, "\n"); lines > 25 {
		t.Errorf("a report of %d lines", lines)
	}
}

func TestASweepNamesWhatIsParkedAndWhatComesAgainAndAgain(t *testing.T) {
	once := sim.Consumer{Name: "once", Handle: func(p *sim.Proc, m broker.Message) error {
		if p.Redelivered() {
			return errors.New("not again")
		}
		return p.Perform(m)
	}}
	limited := broker.Default()
	limited.MaxDeliveries = 3
	f := run(t, nil, sweeping(once, 50, simtest.Queue(limited), simtest.Rates(sim.Rates{sim.FailFault: .1})))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "no harm in 50 seeds", "ended with something in the dead-letter queue that never took effect, such as m")
	f = run(t, nil, sweeping(once, 5, simtest.Messages(1), simtest.Rates(sim.Rates{sim.LoseAckFault: .5})))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "ended with a message that comes again and again, although it took effect, such as m1 with seed ")
}

func TestASweepThatCannotBeSaysWhatToWrite(t *testing.T) {
	for want, f := range map[string]func(simtest.TB){
		"0 seeds: want at least 1":                           sweeping(consumers.Inbox, 0),
		"Faults is not for Sweep: in a Sweep chance decides": sweeping(consumers.Inbox, 1, simtest.Faults(1)),
		"Kinds is not for Sweep":                             sweeping(consumers.Inbox, 1, simtest.Kinds()),
		"never-stuck is about all that can":                  sweeping(consumers.Inbox, 1, simtest.Properties(sim.NeverStuck)),
		"has no Handle: give it a function":                  sweeping(sim.Consumer{}, 1),
		"Rates: rate of crash is 2: 0% to":                   sweeping(consumers.Inbox, 1, simtest.Rates(sim.Rates{sim.CrashFault: 2})),
		"Rates: nothing is left to chance":                   sweeping(consumers.Inbox, 1, simtest.Rates(nil)),
		"Rates: rates draw lose-ack, crash,":                 sweeping(consumers.Inbox, 1, simtest.Rates(sim.Rates{"quake": .1})),
	} {
		contains(t, run(t, nil, f).said(), "simtest.Sweep: ", want)
	}
}
