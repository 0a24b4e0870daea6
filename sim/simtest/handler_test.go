package simtest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dejavu/sim"
	"dejavu/sim/simtest"
)

// bank is a gateway and a handler that asks it for a charge, with an idempotency key or without.
type bank struct {
	gateway simtest.Gateway
	keyed   bool
}

func (b *bank) worker(env *simtest.Env) simtest.HandlerFunc {
	client := &http.Client{Transport: env.Transport(simtest.Serve(&b.gateway))}
	return func(ctx context.Context, m simtest.Message) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://bank.test/charges", strings.NewReader(url.Values{"order": {m.Key}}.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if b.keyed {
			r.Header.Set("Idempotency-Key", m.Key)
		}
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		resp.Body.Close()
		env.Point("charged")
		return nil
	}
}

func (b *bank) fresh() error { b.gateway.Reset(); return nil }

func (b *bank) usual() []simtest.Option {
	return []simtest.Option{simtest.Fresh(b.fresh), simtest.ExactlyOnce(b.gateway.Effects)}
}

// try searches in a folder of its own.
func (b *bank) try(t *testing.T, with map[string]string, options ...simtest.Option) *fake {
	t.Helper()
	t.Chdir(t.TempDir())
	return run(t, with, func(fake simtest.TB) { simtest.Handler(fake, b.worker, append(b.usual(), options...)...) })
}

func TestHandlerFailsWithAReportAndKeepsThePlan(t *testing.T) {
	var b bank
	f := b.try(t, nil)
	contains(t, f.said(),
		"order-1 took effect twice, by a crash before 2-charged:",
		"! ", "CRASHES before charged", "handler_test.go:", "took effect: order-1 ×2",
		"why: POST /charges (handler_test.go:", "also by: crash:m1/before-ack, pause:m1/before-1-post",
		"repeat: DEJAVU_PLAN='crash:m1/before-2-charged' go test -run '^TestMine$'")
	plans, err := os.ReadFile(filepath.Join("testdata", "dejavu", "TestMine.plan"))
	if err != nil || !strings.HasSuffix(string(plans), "\ncrash:m1/before-2-charged\n") {
		t.Errorf("kept %q, %v", plans, err)
	}
	again := b.again(t, nil)
	contains(t, again.said(), "it broke at number 2", "crash:m1/before-2-charged")
	if same, _ := os.ReadFile(filepath.Join("testdata", "dejavu", "TestMine.plan")); string(same) != string(plans) {
		t.Errorf("a plan is kept twice: %q", same)
	}
}

// again searches where the last search was.
func (b *bank) again(t *testing.T, with map[string]string, options ...simtest.Option) *fake {
	t.Helper()
	return run(t, with, func(fake simtest.TB) { simtest.Handler(fake, b.worker, append(b.usual(), options...)...) })
}

func TestHandlerThatHoldsLogsItsPlacesAndBounds(t *testing.T) {
	b := bank{keyed: true}
	f := b.try(t, nil)
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "holds within these bounds: 1 message, 2 faults, 1 switch, 2 workers",
		"POST /charges", "charged", "ack", "lose-reply", "crash lose-ack copy")
}

func TestAPlanIsPlayedInsteadOfSearching(t *testing.T) {
	var b bank
	f := b.try(t, map[string]string{"DEJAVU_PLAN": "lose-ack:m1/at-ack"})
	contains(t, f.said(), "order-1 took effect twice, by a lost ack at ack")
	b.keyed = true
	f = b.again(t, map[string]string{"DEJAVU_PLAN": "lose-ack:m1/at-ack"})
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "holds, for DEJAVU_PLAN='lose-ack:m1/at-ack'")
	f = b.again(t, map[string]string{"DEJAVU_PLAN": "lose-ack:m1/2/at-ack"})
	contains(t, f.said(), "lose-ack:m1/2/at-ack struck nothing: there was no delivery 2 of m1")
}

func TestHandlerTakesTheMessagesAndTheBrokerOfOthers(t *testing.T) {
	b := bank{keyed: true}
	f := b.try(t, nil, simtest.Faults(1), simtest.Switches(0), simtest.Broker("sqs-fifo"),
		simtest.Deliver(simtest.Message{Key: "a", Group: "g", Headers: map[string]string{"h": "1"}}, simtest.Message{Key: "b", Group: "g"}))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "2 messages, 1 fault, 0 switches, 2 workers")
}

// Two messages of one debt are to be charged once together, whatever keys they have.
func TestHandlerJudgesTwoMessagesOfOneDebtTogether(t *testing.T) {
	b := bank{keyed: true}
	f := b.try(t, nil, simtest.Faults(0), simtest.Switches(0), simtest.Deliver(simtest.Message{}, simtest.Message{Owes: "m1"}))
	passes(t, f)
	f = b.again(t, nil, simtest.Faults(0), simtest.Switches(0), simtest.Deliver(simtest.Message{}, simtest.Message{Owes: "m1", Key: "another"}))
	contains(t, f.said(), "order-1 took effect twice")
}

func TestHandlerRefusesWhatIsNotForIt(t *testing.T) {
	var b bank
	for want, option := range map[string]simtest.Option{
		"Workers is not for Handler: a handler of your own runs in real time on real stores": simtest.Workers(3),
		"Switches(9): want 0 to 4":             simtest.Switches(9),
		`Without: fault "crush": want crash`:   simtest.Without("crush"),
		"Within(-1, 0s): want numbers above 0": simtest.Within(-1, 0),
		`Broker("sqs"): no broker is called`:   simtest.Broker("sqs"),
	} {
		contains(t, b.try(t, nil, option).said(), "simtest.Handler: "+want)
	}
	contains(t, run(t, nil, func(f simtest.TB) { simtest.Check(f, sim.Consumer{}, simtest.Switches(1)) }).said(), "Switches is not for Check")
	contains(t, run(t, nil, func(f simtest.TB) { simtest.Handler(f, nil) }).said(), "no factory")
	contains(t, run(t, nil, func(f simtest.TB) { simtest.Handler(f, b.worker) }).said(), "nothing must hold: add ExactlyOnce")
}

func TestASearchWithinLessThanItTakesIsNotDecided(t *testing.T) {
	b := bank{keyed: true}
	f := b.try(t, nil, simtest.Within(3, 0))
	contains(t, f.said(), "not decided: 3 schedules in ", "raise Within, or ask for fewer Faults or Switches, or Ignore places")
	passes(t, b.again(t, nil, simtest.Ignore("POST", "charged", "ack"), simtest.Within(0, time.Hour)))
}

func TestHoldsStandsBesideExactlyOnce(t *testing.T) {
	b := bank{keyed: true}
	f := b.try(t, nil, simtest.Holds(func() error { return errors.New("the books do not balance") }), simtest.See("balance", func() string { return "0" }))
	contains(t, f.said(), "the books do not balance, without any fault:", "it takes no fault at all")
}

func TestHandlerRunsInABubble(t *testing.T) {
	b := bank{keyed: true}
	passes(t, b.try(t, nil, simtest.Bubble(t), simtest.Faults(1)))
}

func TestADiagramLiesAmongTheArtifacts(t *testing.T) {
	var b bank
	t.Chdir(t.TempDir())
	f := &drawn{fake: fake{name: "TestMine"}, dir: t.TempDir()}
	run(t, nil, func(simtest.TB) { simtest.Handler(f, b.worker, b.usual()...) })
	text, err := os.ReadFile(filepath.Join(f.dir, "dejavu.mmd"))
	if err != nil || !strings.HasPrefix(string(text), "sequenceDiagram\n") {
		t.Errorf("%q, %v", text, err)
	}
}

// drawn is a test that has a place for artifacts.
type drawn struct {
	fake
	dir string
}

func (d *drawn) ArtifactDir() string { return d.dir }
