package scenarios_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// written writes a scenario and reads it again.
func written(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *scenarios.Scenario) *scenarios.Scenario {
	t.Helper()
	file := scenarios.Write(s)
	again, err := scenarios.Parse("again.yaml", file)
	if err != nil {
		t.Fatalf("%+v\nis written\n%s\nwhich is not read: %v", s, file, err)
	}
	return again
}

// bare is what of a scenario a file says.
func bare(s *scenarios.Scenario) *scenarios.Scenario {
	c := *s
	c.Name, c.Source, c.Spared = "", nil, nil
	if len(c.Faults) == 0 {
		c.Faults = nil
	}
	if len(c.Rates) == 0 {
		c.Rates = nil
	}
	return &c
}

func TestTheFlagshipIsWrittenAsAPersonWould(t *testing.T) {
	s, _ := scenarios.Get("lost-ack-then-crash")
	testkit.Golden(t, "testdata/written/lost-ack-then-crash.txt", string(scenarios.Write(s)))
}

func TestEveryShippedScenarioIsReadAsItIsWritten(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		if again := written(t, s); !reflect.DeepEqual(bare(again), bare(s)) {
			t.Errorf("%s is written and read as %+v", s.Name, again)
		}
		for line := range strings.Lines(string(scenarios.Write(s))) {
			if len(line) > 125 || strings.TrimRight(line, " \n")+"\n" != line {
				t.Errorf("%s has the line %q", s.Name, line)
			}
		}
	}
}

// Whatever a scenario says, a file says it as well.
func TestAScenarioIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someScenario(t)
		again := written(t, s)
		if !reflect.DeepEqual(bare(again), bare(s)) {
			t.Fatalf("%+v\nis written\n%s\nand read as\n%+v", s, scenarios.Write(s), again)
		}
		if twice := scenarios.Write(again); string(twice) != string(scenarios.Write(s)) {
			t.Fatalf("written twice it is\n%s", twice)
		}
	})
}

// What is expected of those who are not watched any more cannot be said.
func TestOnlyTheWatchedAreExpectedAnythingOf(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	s.Consumers = []string{"inbox"}
	if again := written(t, s); len(again.Expect) != 1 || again.Expect[0].Consumer != "inbox" {
		t.Errorf("got %+v", again.Expect)
	}
}

// A run that was changed by hand can be written as a test that passes.
func TestWhatCameOutCanBeExpected(t *testing.T) {
	for _, b := range sim.Businesses() {
		for _, s := range scenarios.Shipped() {
			s.Business, s.Expect = b, nil
			for _, name := range s.Consumers {
				s.Expect = append(s.Expect, scenarios.Expect(name, outcome(t, s, name)))
			}
			again := written(t, s)
			for _, name := range again.Consumers {
				e, _ := again.Expectation(name)
				if got := e.Differences(outcome(t, again, name)); len(got) > 0 || e.Twice == nil || e.Missing == nil {
					t.Errorf("%s: %q", s.Name, got)
				}
			}
		}
	}
}

// someText draws what a text may be: words, and whatever YAML could trip over.
func someText(t *rapid.T, most int, lines bool, name string) string {
	odd := []rune(` ,:#[]{}&*!|>'"%@-?=~\/$.+` + "`" + "\u00e9\u4e16")
	if lines {
		odd = append(odd, '\n')
	}
	letter := rapid.OneOf(rapid.SampledFrom(odd), rapid.RuneFrom([]rune("abcxyz 019")), rapid.Rune().Filter(unicode.IsPrint))
	return rapid.OneOf(
		rapid.SampledFrom([]string{"null", "true", "12", "0x1F", "1e3", "1_000", "007", "~", "Lost ack, then a crash", "a: b", "- a", "don't", "2020-01-01", "no", ".5", "---", "a #b"}),
		rapid.StringMatching(`[A-Z][a-z']{0,6}( [a-z$0-9]{1,8}){0,3}[,.?]?`),
		rapid.StringOfN(letter, 1, most, -1),
	).Filter(func(text string) bool { return strings.TrimSpace(text) != "" && len([]rune(text)) <= most }).Draw(t, name)
}

// someScenario draws a scenario that a file can hold.
func someScenario(t *rapid.T) *scenarios.Scenario {
	sometimes := rapid.Bool()
	s := &scenarios.Scenario{
		Title: someText(t, 80, false, "title"), Business: rapid.SampledFrom(sim.Businesses()).Draw(t, "business"),
		Seed: rapid.Uint64().Draw(t, "seed"), Workers: rapid.IntRange(1, sim.MaxWorkers).Draw(t, "workers"), Queue: someQueue(t),
	}
	for _, text := range []struct {
		into  *string
		most  int
		lines bool
	}{{&s.Teaches, 160, false}, {&s.Story, 600, true}, {&s.Question, 200, false}} {
		if sometimes.Draw(t, "text") {
			*text.into = someText(t, text.most, text.lines, "text")
		}
	}
	if sometimes.Draw(t, "until") {
		s.Until = someLength(t, "until")
	}
	if sometimes.Draw(t, "bank") {
		s.Database = rapid.SampledFrom(sim.Databases()).Draw(t, "database")
		s.Bank = sim.Bank{InFlight: rapid.SampledFrom([]sim.InFlight{sim.Wait, sim.Conflict}).Draw(t, "in flight"), OtherBody: rapid.SampledFrom([]sim.OtherBody{sim.IgnoreBody, sim.RefuseBody}).Draw(t, "other body")}
		s.BankKeys = rapid.SampledFrom([]time.Duration{sim.Forever, time.Hour, 24 * time.Hour}).Draw(t, "keys")
	}
	s.Consumers = rapid.SliceOfNDistinct(rapid.SampledFrom(consumers.Names()), 1, 4, rapid.ID).Draw(t, "consumers")
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9_-]{0,6}[A-Z0-9_-]`), 1, 6, rapid.ID).Draw(t, "ids") // no copy's name ends so
	for i, id := range ids {
		s.Messages = append(s.Messages, someMessage(t, id, i))
		of := rapid.IntRange(0, i).Draw(t, "of")
		if sometimes.Draw(t, "owes") && of < i && s.Messages[of].Owes == "" {
			someOwes(t, &s.Messages[i], &s.Messages[of])
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "faults") {
		f := someFault(t)
		if f.Message != "" {
			f.Message = rapid.SampledFrom(ids).Draw(t, "struck")
		}
		f.Worker = min(f.Worker, s.Workers)
		late := func(o sim.Fault) bool { return o.Kind == sim.DelayFault && o.Message == f.Message }
		if f.Kind == sim.DelayFault && slices.ContainsFunc(s.Faults, late) {
			continue // a message can be late once
		}
		s.Faults = append(s.Faults, f.Normal())
	}
	if sometimes.Draw(t, "chance") {
		s.Rates = sim.Rates{}
		for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(sim.FaultKinds()), 1, 3, rapid.ID).Draw(t, "kinds") {
			s.Rates[k] = rapid.OneOf(rapid.SampledFrom([]float64{0, 1, 0.05, 0.125, 1.0 / 3}), rapid.Float64Range(0, 1)).Draw(t, "rate")
		}
	}
	for _, name := range s.Consumers {
		if sometimes.Draw(t, "expected") {
			s.Expect = append(s.Expect, someExpectation(t, name, debts(s), s.Business))
		}
	}
	return s
}

func someLength(t *rapid.T, name string) time.Duration {
	unit := rapid.SampledFrom([]time.Duration{1, time.Millisecond, time.Second, time.Minute, 24 * time.Hour}).Draw(t, "unit")
	return min(unit*time.Duration(rapid.IntRange(1, 500).Draw(t, name)), broker.MaxVisibility)
}

// someWait is a length that lasts, or none.
func someWait(t *rapid.T, name string) time.Duration {
	if d := someLength(t, name); d >= broker.MinSpan {
		return d
	}
	return 0
}

// debts are the messages of a scenario that are debts of their own.
func debts(s *scenarios.Scenario) (ids []string) {
	for i := range s.Messages {
		if s.Messages[i].Owes == "" {
			ids = append(ids, s.Messages[i].ID)
		}
	}
	return ids
}

// someOwes makes a message stand for the debt of another, in words of its own or of that one.
func someOwes(t *rapid.T, m, of *sim.Owed) {
	m.Owes, m.Customer, m.Amount = of.ID, of.Customer, of.Amount
	if rapid.Bool().Draw(t, "the same") {
		m.Key, m.Group, m.Body = of.Key, of.Group, of.Body
	}
}

func someMessage(t *rapid.T, id string, place int) sim.Owed {
	customer := someText(t, 24, false, "customer")
	cents := rapid.Int64Range(1, scenarios.MaxAmount).Draw(t, "cents")
	m := sim.Owed{ID: id, At: someLength(t, "at"), Message: broker.Message{
		ID: id, Key: id, Group: id, Seq: place + 1, Body: customer + " " + scenarios.Money(cents), Customer: customer, Amount: cents,
	}}
	for _, text := range []struct {
		into *string
		most int
	}{{&m.Message.ID, 64}, {&m.Key, 64}, {&m.Group, 64}, {&m.Body, 200}} {
		if rapid.IntRange(0, 4).Draw(t, "own") == 0 {
			*text.into = someText(t, text.most, false, "identity")
		}
	}
	if last := m.Message.ID[len(m.Message.ID)-1]; last >= 'b' && last <= 'z' {
		m.Message.ID = id // or it may be what another one's copy is called
	}
	if rapid.IntRange(0, 4).Draw(t, "placed") == 0 {
		m.Seq = rapid.IntRange(1, 1_000_000_000).Draw(t, "seq")
	}
	return m
}

// someQueue draws a preset or the default, with some of it changed.
func someQueue(t *rapid.T) broker.Profile {
	q := rapid.SampledFrom(append(broker.Presets(), broker.Default())).Draw(t, "queue")
	was := q
	change := func(name string, to func()) {
		if rapid.IntRange(0, 5).Draw(t, name) == 0 {
			to()
		}
	}
	rule := func() broker.AckRule { return broker.AckRule(rapid.IntRange(0, 2).Draw(t, "rule")) }
	change("visibility", func() { q.Visibility = max(someLength(t, "visibility"), broker.MinSpan) })
	change("late", func() { q.LateAck = rule() })
	change("stale", func() { q.StaleAck = rule() })
	change("redeliver", func() { q.Redeliver = broker.Trigger(rapid.IntRange(1, 3).Draw(t, "trigger")) })
	change("max", func() { q.MaxDeliveries = rapid.IntRange(0, sim.MaxDeliveries).Draw(t, "max") })
	change("nack", func() { q.NackDelay = someWait(t, "nack") })
	change("backoff", func() {
		q.Backoff = []time.Duration{someWait(t, "backoff"), 0}[:rapid.IntRange(0, 2).Draw(t, "waits")]
	})
	change("heartbeat", func() { q.Heartbeat = (q.Heartbeat + 1) % (broker.HeartbeatAtWork + 1) })
	change("transactional", func() { q.Transactional = !q.Transactional })
	change("order", func() { q.Order = broker.Order(rapid.IntRange(0, 2).Draw(t, "order")) })
	change("unit", func() { q.AckUnit = broker.AckUnit(rapid.IntRange(0, 2).Draw(t, "unit")) })
	change("batch", func() { q.Batch = rapid.IntRange(1, broker.MaxBatch).Draw(t, "batch") })
	change("assign", func() { q.Assign = broker.Assignment(rapid.IntRange(0, 1).Draw(t, "assign")) })
	change("dedup-by", func() { q.DedupBy = broker.Dedup(rapid.IntRange(0, 2).Draw(t, "by")) })
	change("limit", func() { q.AtLimit = broker.Limit(rapid.IntRange(0, 1).Draw(t, "limit")) })
	change("interval", func() { q.HeartbeatInterval = someWait(t, "interval") })
	change("session", func() {
		q.SessionTimeout, q.Assign, q.Redeliver = someWait(t, "session"), broker.OwnerWorker, broker.OnDisconnect
	})
	change("patience", func() { q.ConsumerTimeout = someWait(t, "patience") })
	change("nacks", func() { q.MaxNacks = rapid.IntRange(0, 5).Draw(t, "nacks") })
	change("free", func() { q.FreeNacks = !q.FreeNacks })
	change("stale nack", func() { q.StaleNack = broker.AckRule(rapid.IntRange(0, 1).Draw(t, "stale nack")) })
	change("back", func() {
		if q.CommitsBack = !q.CommitsBack; q.CommitsBack {
			q.SessionTimeout, q.Assign, q.Redeliver, q.AckUnit = max(someWait(t, "back"), broker.MinSpan), broker.OwnerWorker, broker.OnDisconnect, broker.AckCumulative
		}
	})
	change("rejects", func() { q.Rejects = !q.Rejects })
	change("closes", func() { q.BadAckCloses = !q.BadAckCloses })
	change("resumes", func() { q.Resumes = !q.Resumes })
	change("rebalance", func() { q.Rebalance = broker.Rebalancing(rapid.IntRange(0, 1).Draw(t, "rebalance")) })
	change("dedup", func() { q.DedupWindow = someWait(t, "dedup") })
	if len(q.Backoff) == 0 {
		q.Backoff = nil
	}
	if q.Validate() != nil {
		return was
	}
	if !reflect.DeepEqual(q, was) {
		q = q.Unnamed() // as a file with a changed preset is read
	}
	return q
}

func someExpectation(t *rapid.T, consumer string, ids []string, b sim.Business) scenarios.Expectation {
	e := scenarios.Expectation{Consumer: consumer}
	for _, into := range []*[]string{&e.Twice, &e.Never, &e.Parked, &e.Pending} {
		if rapid.Bool().Draw(t, "stated") {
			*into = slices.Clone(ids[:rapid.IntRange(0, len(ids)).Draw(t, "ids")])
			*into = append([]string{}, *into...)
		}
	}
	for _, into := range []**int64{&e.Excess, &e.Missing} {
		if rapid.Bool().Draw(t, "stated") {
			units := rapid.Int64Range(0, 1e12).Draw(t, "units")
			*into = &units
		}
	}
	e.InMoney = b != sim.Card && (e.Excess != nil || e.Missing != nil) && rapid.Bool().Draw(t, "in money")
	return e
}

// Whoever opens a file sees which businesses there are. What is hashed and sent does not
// change with one that is new, and means the same.
func TestAFileListsEveryBusiness(t *testing.T) {
	var all []string
	for _, b := range sim.Businesses() {
		all = append(all, b.String())
	}
	list := strings.Join(all, " | ")
	for _, name := range []string{"lost-ack-then-crash", "quiet-day"} {
		s, _ := scenarios.Get(name)
		for what, text := range map[string][]byte{"written": scenarios.Write(s), "shipped": s.Source} {
			if !strings.Contains(string(text), "# "+list+"\n") {
				t.Errorf("%s, %s, does not list %s:\n%s", name, what, list, text)
			}
		}
		sent := string(scenarios.Canonical(s))
		if !strings.Contains(sent, "business: card   # card | mail | stock\n") {
			t.Errorf("%s is sent with another comment, and has another hash:\n%s", name, sent)
		}
		if again, err := scenarios.Parse("again.yaml", []byte(sent)); err != nil || !reflect.DeepEqual(bare(again), bare(s)) {
			t.Errorf("%s is sent as something else, %v:\n%s", name, err, sent)
		}
	}
}
