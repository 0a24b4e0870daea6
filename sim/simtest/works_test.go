package simtest_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest"
	"dejavu/sim/testkit"
)

// useless are handlers of which nothing may be said to hold.
var useless = []struct {
	c    sim.Consumer
	says []string
}{
	{decodes, []string{`it returns the error "decode: invalid character 'o' looking for beginning of value"  (in example_test.go:`}},
	{sim.Consumer{Name: "fails-late", Handle: func(p *sim.Proc, m broker.Message) error {
		p.DB.Put("log", m.ID, "x")
		return errors.New("no")
	}}, []string{`it returns the error "no"  (after works_test.go:`}},
	{sim.Consumer{Name: "panics", Handle: func(p *sim.Proc, m broker.Message) error {
		var o *sim.Owed
		o.At = 1
		return p.Perform(m)
	}}, []string{"it panics: runtime error: invalid memory address or nil pointer dereference  (works_test.go:"}},
	{sim.Consumer{Name: "idle", Handle: func(*sim.Proc, broker.Message) error { return nil }}, []string{"worker 1, m1: acks", "m1 is lost"}},
	{sim.Consumer{Name: "never-done", Handle: func(p *sim.Proc, m broker.Message) error {
		if err := p.PerformOnce(m, m.Key); err != nil {
			return err
		}
		return errors.New("and yet")
	}}, []string{"m1 takes effect and is never acked", `it returns the error "and yet"  (after works_test.go:`}},
}

func TestNothingThatNeverWorksPasses(t *testing.T) {
	limited := broker.Default()
	limited.MaxDeliveries = 3
	for _, u := range useless {
		for name, options := range map[string][]simtest.Option{
			"without a limit": nil,
			"never-twice":     {simtest.Properties(sim.NeverTwice)},
			"dead letters":    {simtest.Queue(limited)},
		} {
			if u.c.Name == "never-done" && name == "dead letters" {
				continue // it took effect, and is out of the queue
			}
			for caller, f := range map[string]*fake{"Check": run(t, nil, checking(u.c, options...)), "Sweep": run(t, nil, sweeping(u.c, testkit.Few(100, 1000), options...))} {
				if len(f.errors) != 1 || len(f.logs) > 0 {
					t.Errorf("%s of %s, %s: %d failures, want 1; logs %q", caller, u.c.Name, name, len(f.errors), f.logs)
				}
				contains(t, f.said(), append(u.says, u.c.Name+", card: the handler does not work: m1 ", "although nothing goes wrong\n")...)
				if lines := strings.Count(f.said(), "\n"); lines > 25 {
					t.Errorf("%s of %s, %s: a report of %d lines", caller, u.c.Name, name, lines)
				}
			}
		}
	}
}

func TestAHandlerThatDecodesIsSentWhatItCanRead(t *testing.T) {
	orders := simtest.Deliver(simtest.Message{Body: `{"ID":1}`}, simtest.Message{Body: `{"ID":2}`})
	passes(t, run(t, nil, checking(decodes, orders, simtest.Faults(1))))
	passes(t, run(t, nil, sweeping(decodes, 20, orders)))
}

func TestWhatIsStuckAfterAFaultShowsWhatTheHandlerSays(t *testing.T) {
	contains(t, run(t, nil, checking(lease, simtest.Faults(1))).said(),
		`gives it back: unavailable: nothing was done  (after check_test.go:`, "\n      ... and so on, for ever\n")
}

func TestAFailureNamesTheOtherSingleFaultsThatDoIt(t *testing.T) {
	contains(t, run(t, nil, checking(consumers.Naive)).said(), "\nalso by a single crash, lose-ack, lose-reply, copy\n")
	said := run(t, nil, checking(consumers.Naive, simtest.Kinds(check.Crash, check.Fail))).said()
	if strings.Contains(said, "also by") {
		t.Errorf("a fail does no harm to naive:\n%s", said)
	}
}

func TestAStepInAnotherGoroutineFailsTheTestWithItsLine(t *testing.T) {
	for name, do := range map[string]func(sim.Consumer) func(simtest.TB){
		"simtest.Check: ": func(c sim.Consumer) func(simtest.TB) { return checking(c) },
		"simtest.Sweep: ": func(c sim.Consumer) func(simtest.TB) { return sweeping(c, 1000) },
	} {
		aside := sim.Consumer{Name: "aside", Handle: func(p *sim.Proc, m broker.Message) error {
			var other sync.WaitGroup
			other.Go(func() { _ = p.PerformOnce(m, m.Key) })
			other.Wait()
			return nil
		}}
		contains(t, run(t, nil, do(aside)).said(), name, "works_test.go:", ": handler aside: asked for a step outside of its attempt, in another goroutine")
	}
}
