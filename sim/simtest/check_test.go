package simtest_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest"
	"dejavu/sim/testkit"
)

func checking(c sim.Consumer, options ...simtest.Option) func(simtest.TB) {
	return func(t simtest.TB) { simtest.Check(t, c, options...) }
}

func TestCheckPassesWhatHoldsAndSaysWithinWhichBounds(t *testing.T) {
	f := run(t, nil, checking(consumers.InboxAndGatewayKey, simtest.Faults(2)))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "never-twice, never-lost and never-stuck hold within these bounds: 2 messages, 2 workers, 2 faults (crash, overrun,", "states, up to 2 faults",
		"\ntried: 51.8 billion schedules, in ", "\nnot tried: times, which are left out; more messages, workers or faults; other Kinds: republish, republish-as, ")
	f = run(t, nil, checking(consumers.GatewayKey, simtest.Faults(1), simtest.Kinds(check.Kinds()...), simtest.Properties(sim.NeverLost)))
	contains(t, strings.Join(f.logs, "\n"), "gateway-key, card: never-lost holds within", "there was no place for: ", "not tried: times, which are left out; more messages, workers or faults")
}

func TestCheckAsksForTheBusiness(t *testing.T) {
	passes(t, run(t, nil, checking(consumers.Inbox, simtest.Business(sim.Stock), simtest.Faults(1))))
	contains(t, run(t, nil, checking(consumers.Inbox, simtest.Business(sim.Mail), simtest.Faults(1))).said(), "inbox, mail: never-twice is broken", "worker 1, m1: mails Ann")
}

func TestAFailureTellsTheStoryThePlanAndTheLineThatRepeatsIt(t *testing.T) {
	said := run(t, nil, checking(consumers.Inbox)).said()
	contains(t, said, "inbox, card: never-twice is broken: m1 takes effect twice, by 1 fault:",
		"  m1 is published\n", "  ! worker 1, m1: crashes before commit, and is rolled back  (inbox.go:",
		"m1 is delivered to worker 1 for the 2nd time", "the shortest plan: crash:m1/after-effect\n",
		"cli.Main with inbox: go run . play dv1_", " --consumers naive,inbox\n",
		"to repeat it: DEJAVU_PLAN='crash:m1/after-effect' go test -run '^TestMine$'")
}

func TestBothPropertiesAreToldApart(t *testing.T) {
	f := run(t, nil, checking(consumers.AckFirst, simtest.Faults(1)))
	if len(f.errors) != 2 {
		t.Fatalf("%d failures, want one for each property:\n%s", len(f.errors), f.said())
	}
	contains(t, f.errors[0], "never-twice is broken")
	contains(t, f.errors[1], "never-lost is broken: m1 is lost", "crashes before the effect")
}

var repeat = regexp.MustCompile(`to repeat it: DEJAVU_PLAN='([^']*)' go test`)

func TestEveryLineThatRepeatsAFailureRepeatsIt(t *testing.T) {
	repeated := 0
	type pair struct {
		c sim.Consumer
		b sim.Business
	}
	var pairs []pair
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			pairs = append(pairs, pair{c, b})
		}
	}
	for _, of := range testkit.Sample(21, pairs) {
		options := []simtest.Option{
			simtest.Business(of.b), simtest.Faults(testkit.Few(1, 2)), simtest.Kinds(check.Kinds()...), simtest.MaxStates(500_000),
			simtest.Properties(sim.NeverTwice, sim.NeverLost), // to know that nothing is stuck takes all there is
		}
		for _, failure := range run(t, nil, checking(of.c, options...)).errors {
			plan := repeat.FindStringSubmatch(failure)
			if strings.Contains(failure, "is not decided") {
				continue
			}
			if plan == nil { // the search itself is to be repeated
				contains(t, failure, "to repeat it")
				if !strings.Contains(failure, "it takes no fault at all") {
					contains(t, failure, "no plan shows it")
				}
				continue
			}
			head, _, _ := strings.Cut(failure, ", by ")
			contains(t, run(t, map[string]string{"DEJAVU_PLAN": plan[1]}, checking(of.c, options...)).said(), head)
			repeated++
		}
	}
	if repeated < 8 {
		t.Errorf("%d failures could be repeated: are they all?", repeated)
	}
}

// lease takes a lease that outlives the process that took it, and never comes back.
var lease = sim.Consumer{Name: "lease", Handle: func(p *sim.Proc, m broker.Message) error {
	if free, err := p.Cache.PutIfAbsent(m.ID, "taken", 0); err != nil || !free {
		return sim.ErrUnavailable
	}
	return p.Perform(m)
}}

// Nothing of it is lost, for it waits for ever: a Check must not pass because of that.
func TestWhatIsStuckDoesNotPass(t *testing.T) {
	contains(t, run(t, nil, checking(lease, simtest.Faults(1))).said(), "never-stuck is broken: m1 is stuck")
}

func TestStuckIsAskedForByName(t *testing.T) {
	passes(t, run(t, nil, checking(lease, simtest.Faults(0), simtest.Properties(sim.NeverStuck))))
	said := run(t, nil, checking(lease, simtest.Faults(1), simtest.Properties(sim.NeverStuck))).said()
	contains(t, said, "never-stuck is broken: m1 is stuck")
	if strings.Contains(said, "never-twice") {
		t.Errorf("nobody asked for never-twice:\n%s", said)
	}
}

func TestWhatBreaksWithoutAnyFaultSaysSo(t *testing.T) {
	twice := sim.Consumer{Handle: func(p *sim.Proc, m broker.Message) error {
		_ = p.Perform(m)
		return p.Perform(m)
	}}
	contains(t, run(t, nil, checking(twice)).said(), "the consumer, card", "by 0 faults", "it takes no fault at all\n", "to repeat it: go test -run '^TestMine$'")
}

func TestASearchThatWasStoppedIsNotDecided(t *testing.T) {
	said := run(t, nil, checking(consumers.InboxAndGatewayKey, simtest.MaxStates(100))).said()
	contains(t, said, "never-twice is not decided (not finished: ", "never-lost is not decided", "raise MaxStates")
	said = run(t, nil, checking(consumers.InboxAndGatewayKey, simtest.MaxBytes(100_000))).said()
	contains(t, said, "never-twice is not decided (not finished: ", "raise MaxBytes")
}

func TestKindsAndQueueBoundTheSearch(t *testing.T) {
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	passes(t, run(t, nil, checking(consumers.Inbox, simtest.Kinds(check.LoseAck, check.Copy), simtest.Messages(1), simtest.Workers(1))))
	passes(t, run(t, nil, checking(consumers.GatewayKey, simtest.Queue(rabbit), simtest.Faults(1))))
}

func TestAPlanInTheEnvironmentIsPlayedInstead(t *testing.T) {
	with := map[string]string{"DEJAVU_PLAN": "lose-ack:m1; publish:m2,at=2s"}
	said := run(t, with, checking(consumers.Naive)).said()
	contains(t, said, "never-twice is broken: m1 takes effect twice, by DEJAVU_PLAN='lose-ack:m1; publish:m2,at=2s'",
		"! worker 1, m1: its ack is lost", "   2s    m2 is published", "m1 took effect twice, m2 took effect once")
	f := run(t, with, checking(consumers.Inbox))
	passes(t, f)
	contains(t, strings.Join(f.logs, "\n"), "breaks nothing that is asked for", "all is quiet: m1 took effect once")
}

func TestALongStoryIsCutInTheMiddle(t *testing.T) {
	never := sim.Consumer{Handle: func(*sim.Proc, broker.Message) error { return sim.ErrUnavailable }}
	f := run(t, map[string]string{"DEJAVU_PLAN": "lose-ack:m1"}, checking(never, simtest.Properties(sim.NeverStuck)))
	contains(t, f.said(), "m1 is published", " more lines ...\n", "= a message was delivered too often: m1 is still pending")
	if lines := strings.Count(f.said(), "\n"); lines > 25 {
		t.Errorf("a story of %d lines: nobody reads that in a failure", lines)
	}
}

func TestAPlanThatCannotBeSaysWhatToWrite(t *testing.T) {
	for plan, want := range map[string]string{
		"explode:m1":       "explode",
		"crash:m9":         "m9",
		"lose-ack:m1;":     `unknown fault ""`,
		"publish:m7,at=1s": "want publish:MESSAGE,at=TIME, such as publish:m1,at=30s; the messages are m1, m2",
		"publish:m1":       "want publish:MESSAGE,at=TIME",
		"publish:m1,at=x":  `"publish:m1,at=x": `,
	} {
		f := run(t, map[string]string{"DEJAVU_PLAN": plan}, checking(consumers.Inbox))
		if len(f.fatally) != 1 || len(f.errors) > 0 {
			t.Errorf("%s: %d fatal failures and %d others, want 1 and none", plan, len(f.fatally), len(f.errors))
		}
		contains(t, f.said(), "DEJAVU_PLAN: ", want, "such as DEJAVU_PLAN='lose-ack:m1;crash:m1/2/after-effect'")
	}
}

func TestOptionsThatCannotBeSayWhatToWrite(t *testing.T) {
	for want, option := range map[string]simtest.Option{
		"Messages(0): want 1 to 8":               simtest.Messages(0),
		"Workers(9): want 1 to 8":                simtest.Workers(9),
		"Deliver of 0 messages: want 1 to 8":     simtest.Deliver(),
		"Deliver of 9 messages: want 1 to 8":     simtest.Deliver(make([]simtest.Message, 9)...),
		"message 1 has the Seq -1: want":         simtest.Deliver(simtest.Message{Seq: -1}),
		`messages 1 and 2 have the ID "m2"`:      simtest.Deliver(simtest.Message{ID: "m2"}, simtest.Message{}),
		"Threads(0): want 1 to 8":                simtest.Threads(0),
		"Visibility(0s): want more than 0s":      simtest.Visibility(0),
		"Times: Store is -1s: want more than 0s": simtest.Times(sim.Timing{Store: -time.Second}),
		"call one, such as simtest.Messages(1)":  {},
		"Faults(-1): want 0 to 8":                simtest.Faults(-1),
		"MaxStates(0): want 1 to":                simtest.MaxStates(0),
		"MaxBytes(0): want 1 to":                 simtest.MaxBytes(0),
		"Business(9): want sim.Card":             simtest.Business(9),
		"Properties(9): want sim.NeverTwice":     simtest.Properties(9),
		"Properties(): name at least one":        simtest.Properties(),
		"Queue: a queue that never redelivers":   simtest.Queue(broker.Profile{}),
		`unknown kind of fault "rain"`:           simtest.Kinds("rain"),
		"Rates is not for Check: Check tries":    simtest.Rates(simtest.DefaultRates()),
	} {
		f := run(t, nil, checking(consumers.Inbox, option))
		if len(f.fatally) != 1 || len(f.errors) > 0 {
			t.Errorf("%s: %d fatal failures and %d others, want 1 and none", want, len(f.fatally), len(f.errors))
		}
		contains(t, f.said(), "simtest.Check: ", want)
	}
}

func TestAHandlerThatBreaksTheRulesIsToldSo(t *testing.T) {
	calls := 0
	fickle := sim.Consumer{Name: "fickle", Handle: func(p *sim.Proc, m broker.Message) error {
		if calls++; calls%2 == 0 {
			p.Memory.Add(m.ID)
		}
		return p.Perform(m)
	}}
	contains(t, run(t, nil, checking(fickle)).said(), "simtest.Check: ", "deterministic")
	contains(t, run(t, nil, checking(sim.Consumer{})).said(), "has no Handle: give it a function")
}

// nameless is a test without a name.
type nameless struct{ simtest.TB }

func TestTheLineThatRepeatsFitsTheTest(t *testing.T) {
	said := func(name string) string {
		return run(t, nil, func(tb simtest.TB) {
			tb.(*fake).name = name
			simtest.Check(tb, consumers.Naive, simtest.Faults(1))
		}).said()
	}
	contains(t, said("TestMine/it's_(odd)"), `go test -run '^TestMine$/^it'\''s_\(odd\)$'`)
	contains(t, said("BenchmarkMine"), "go test -run '^$' -bench '^BenchmarkMine$'")
	plain := run(t, nil, func(tb simtest.TB) { simtest.Check(nameless{tb}, consumers.Naive, simtest.Faults(1)) }).said()
	if !strings.HasSuffix(plain, "' go test") {
		t.Errorf("a test without a name is run by go test:\n%s", plain)
	}
}

func TestCheckSaysTheSameEveryTime(t *testing.T) {
	once := run(t, nil, checking(consumers.CheckThenAct)).said()
	if again := run(t, nil, checking(consumers.CheckThenAct)).said(); again != once {
		t.Errorf("first\n%s\nthen\n%s", once, again)
	}
}

// A claim that outlives the visibility timeout does not make a crash safe.
func TestCheckFailsAClaimOfAnyLength(t *testing.T) {
	for name, take := range map[string]func(*sim.Proc, broker.Message) bool{
		"a minute in the cache": func(p *sim.Proc, m broker.Message) bool {
			free, err := p.Cache.PutIfAbsent(m.ID, "taken", time.Minute)
			return err == nil && free
		},
		"a minute in a row": func(p *sim.Proc, m broker.Message) bool { return p.DB.InsertFor("taken", m.ID, time.Minute) },
		"a row with a reaper of ten minutes": func(p *sim.Proc, m broker.Message) bool {
			return p.DB.InsertFor("processing", m.ID, 10*time.Minute)
		},
	} {
		c := sim.Consumer{Handle: func(p *sim.Proc, m broker.Message) error {
			if !take(p, m) {
				return sim.ErrUnavailable
			}
			return p.Perform(m)
		}}
		said := run(t, nil, checking(c, simtest.Messages(1), simtest.Faults(1))).said()
		if !strings.Contains(said, "never-twice is broken: m1 takes effect twice, by 1 fault") {
			t.Errorf("%s passes:\n%s", name, said)
		}
	}
}
