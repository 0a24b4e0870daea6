package simtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest"
)

// shipped returns a scenario that comes with the program.
func shipped(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario is called %s", name)
	}
	return s
}

// Read these files line by line when they change.
func TestWhatIsToldReadsAsItShould(t *testing.T) {
	simtest.Golden(t, shipped(t, "lost-ack"))
	simtest.Golden(t, shipped(t, "crash-after-effect"), consumers.Inbox, consumers.InboxAndGatewayKey)
	simtest.GoldenRuns(t, "everything", everyEvent(t)...)
}

// steps takes nearly every step that there is.
var steps = sim.Consumer{Name: "steps", Handle: func(p *sim.Proc, m broker.Message) error {
	if p.Memory.Has(m.ID) || p.Deliveries() > 2 && p.Redelivered() {
		panic("seen too often")
	}
	p.Memory.Add(m.ID)
	p.DB.Put("log", m.ID, p.NewID())
	p.DB.PutIfAbsent("log", m.ID, "again")
	p.DB.CompareAndSet("log", m.ID, "other", "mine")
	p.DB.Add("count", m.Customer, 1)
	p.DB.Delete("log", m.ID)
	if _, err := p.Cache.PutIfAbsent(m.ID, "lease", time.Minute); err != nil {
		return err
	}
	if _, _, err := p.Cache.Get(m.ID); err != nil {
		return err
	}
	if known, err := p.Lookup(m); err != nil || known {
		return err
	}
	tx := p.DB.Begin()
	defer tx.Rollback()
	tx.Insert("inbox", m.ID)
	if err := p.PerformOnce(m, m.Key); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := p.Cache.Set(m.ID, "done", time.Hour); err != nil {
		return err
	}
	return p.Ack()
}}

// everyEvent are runs in which nearly everything happens that can be told.
func everyEvent(t *testing.T) []*sim.Run {
	t.Helper()
	var runs []*sim.Run
	play := func(c sim.Consumer, b sim.Business, queue string, faults ...string) {
		l := sim.Lane{Consumer: c, Business: b, Queue: broker.Default(), Messages: check.Messages(1), Processes: 2}
		if queue != "" {
			l.Queue, _ = broker.Preset(queue)
		}
		l.Queue.MaxDeliveries = 3
		for _, text := range faults {
			f, err := sim.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			l.Plan = append(l.Plan, f)
		}
		r, err := sim.Simulate(l)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	play(steps, sim.Card, "", "lose-reply:m1", "copy:m1", "lose-reply:m1b,step=commit", "restart,at=9s")
	play(steps, sim.Mail, "sqs-fifo", "republish:m1", "republish:m1,new-id=true", "fail:m1,times=9")
	play(consumers.AckFirst, sim.Stock, "", "lose-ack:m1", "pause:m1/before-ack")
	play(consumers.GatewayKey, sim.Card, "", "lose-ack:m1")
	play(consumers.Inbox, sim.Stock, "", "pause:m1/before-ack", "crash:m1/2/after-insert")
	return runs
}

func TestGoldenWritesComparesAndRemedies(t *testing.T) {
	t.Chdir(t.TempDir())
	golden := func(with map[string]string, c sim.Consumer) *fake {
		return run(t, with, func(t simtest.TB) {
			s, _ := scenarios.Get("lost-ack")
			r, err := sim.Simulate(s.Lane(c))
			if err != nil {
				t.Fatalf("%v", err)
				return
			}
			simtest.GoldenRuns(t, "mine", r)
		})
	}
	file := filepath.Join("testdata", "mine.golden")
	contains(t, golden(nil, consumers.Naive).said(), file, "to write it: DEJAVU_UPDATE=1 go test -run '^TestMine$'")
	if _, err := os.Stat(file); err == nil {
		t.Errorf("%s was written, and nobody asked for it", file)
	}
	update := map[string]string{"DEJAVU_UPDATE": "1"}
	f := golden(update, consumers.Naive)
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), file+" is written")
	passes(t, golden(nil, consumers.Naive))
	contains(t, golden(nil, consumers.Inbox).said(), file+" differs", "line 1:\n  - # naive, card: lose-ack:", "\n  + # inbox, card: lose-ack:", "DEJAVU_UPDATE=1 go test -run '^TestMine$'")
	passes(t, golden(update, consumers.Inbox))
	passes(t, golden(nil, consumers.Inbox))
	contains(t, golden(map[string]string{"DEJAVU_UPDATE": "please"}, consumers.Inbox).said(), "DEJAVU_UPDATE='please': want DEJAVU_UPDATE=1")

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "\n", "\r\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	passes(t, golden(nil, consumers.Inbox)) // as a checkout on Windows may have it
}

func TestGoldenSaysWhatItMisses(t *testing.T) {
	for want, do := range map[string]func(simtest.TB){
		`under the name ""`:              func(t simtest.TB) { simtest.GoldenRuns(t, "") },
		`under the name "../up"`:         func(t simtest.TB) { simtest.GoldenRuns(t, "../up", &sim.Run{}) },
		`under the name "none"`:          func(t simtest.TB) { simtest.GoldenRuns(t, "none") },
		`no consumer is called "nobody"`: func(t simtest.TB) { simtest.Golden(t, &scenarios.Scenario{Consumers: []string{"nobody"}}) },
		`consumer "" has no Handle`:      func(t simtest.TB) { simtest.Golden(t, &scenarios.Scenario{}, sim.Consumer{}) },
		"no messages: list at least one": func(t simtest.TB) { simtest.Golden(t, &scenarios.Scenario{}, consumers.Naive) },
		"and at least one run":           func(t simtest.TB) { simtest.Golden(t, &scenarios.Scenario{Name: "empty"}) },
	} {
		contains(t, run(t, nil, do).said(), want)
	}
}
