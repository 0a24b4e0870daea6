package proof_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

var plain = words.Layout{Paint: words.NoPaint, Width: 100}

// catalogue searches every consumer in every business.
func catalogue(t *testing.T, o check.Options) []proof.Case {
	t.Helper()
	o.Properties = proof.Properties()
	var cases []proof.Case
	for _, c := range testkit.Sample(8, consumers.All()) {
		for _, b := range sim.Businesses() {
			l := sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}
			cases = append(cases, proof.Case{Lane: l, Options: o, Claimed: c.Claims.Of(b)})
		}
	}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		t.Fatal(err)
	}
	return cases
}

func counterexamples(cases []proof.Case) []*check.Trace {
	var all []*check.Trace
	for i := range cases {
		for _, p := range proof.Properties() {
			if e := cases[i].Result.Of(p).Counterexample; e != nil {
				all = append(all, e)
			}
		}
	}
	return all
}

// What is told is the trace: every action once and in order, each step at a line of
// the consumer's own file, each fault with its letter, in few enough lines.
func TestACounterexampleToldIsTheTrace(t *testing.T) {
	cases := append(catalogue(t, check.Options{Faults: 1}), catalogue(t, check.Options{Faults: 1, Kinds: []check.Kind{check.LoseReply}})...)
	cases = append(cases, catalogue(t, check.Options{Faults: 1, Kinds: []check.Kind{check.RepublishAs, check.Restart}})...)
	for _, e := range counterexamples(cases) {
		name := e.Lane.Consumer.Name
		source, _ := consumers.Source(name)
		lines := strings.Split(source, "\n")
		rows := proof.Rows(e)
		next, faults, again := 1, 0, false
		for _, r := range rows {
			if r.First != next || r.Last < r.First {
				t.Errorf("%s: row %d-%d, want it to begin with %d", name, r.First, r.Last, next)
			}
			next = r.Last + 1
			if len(r.What) == 0 || r.What.Plain() == "" {
				t.Errorf("%s: action %d says nothing", name, r.Last)
			}
			again = again || strings.Contains(r.What.Plain(), " "+e.Lane.Business.Parts()[e.Part].Words().Again)
			if strings.HasPrefix(r.What.Plain(), "[") || strings.Contains(r.What.Plain(), " [R] ") {
				faults++
			}
			if r.Code == "" {
				continue
			}
			var at int
			file, number, _ := strings.Cut(r.Site, ":")
			if _, err := fmt.Sscan(number, &at); err != nil || file != strings.ReplaceAll(name, "-", "_")+".go" {
				t.Errorf("%s: action %d is at %q", name, r.Last, r.Site)
			} else if got := strings.TrimPrefix(r.Code, "before "); got != strings.TrimSpace(lines[at-1]) {
				t.Errorf("%s: %s is %q, and the row says %q", name, r.Site, lines[at-1], got)
			}
		}
		if next != len(e.Actions)+1 || faults != e.Faults || len(rows) > 12 {
			t.Errorf("%s: %d rows tell %d of %d actions and %d of %d faults", name, len(rows), next-1, len(e.Actions), faults, e.Faults)
		}
		if again != (e.Property == sim.NeverTwice) {
			t.Errorf("%s: %s is broken, and that it is done AGAIN is told: %t", name, e.Property, again)
		}
	}
}

func TestACardNamesItsBoundsAndHowFarItWent(t *testing.T) {
	c := search(t, sim.Lane{Consumer: consumers.Inbox, Business: sim.Stock}, check.Options{Messages: 1, Workers: 3, Faults: 2, Copies: 1, Kinds: []check.Kind{check.Crash, check.Copy}})
	for _, want := range []string{"1 message", "3 workers", "up to 2 faults of crash and copy", "at most 1 copy of a message", "any number of deliveries"} {
		if !strings.Contains(c.Bounds(), want) {
			t.Errorf("the bounds are %q, want %q in them", c.Bounds(), want)
		}
	}
	for _, want := range []string{"overrun, lose-ack", "more than 1 message, 3 workers or 2 faults"} {
		if !strings.Contains(c.NotCovered(), want) {
			t.Errorf("not tried: %q, want %q in it", c.NotCovered(), want)
		}
	}
	card := c.Card(plain, nil)
	states := words.Count(c.Result.States, "state")
	if strings.Count(card, "holds within these bounds") != 3 || !strings.Contains(card, states+", which cover "+proof.Schedules(c.Result.Schedules)) {
		t.Errorf("the card of a proof is\n%s", card)
	}
	timed := plain
	timed.Timed = true
	c.Took = 1250 * time.Millisecond
	if got := c.Card(timed, nil); !strings.Contains(got, "schedules, in 1.2 s\n") || strings.Contains(card, ", in ") {
		t.Errorf("with its time the card is\n%s", got)
	}
	if strings.Contains(card, "proved") {
		t.Errorf("nothing is proved here:\n%s", card)
	}
}

func search(t *testing.T, l sim.Lane, o check.Options) *proof.Case {
	t.Helper()
	o.Properties = proof.Properties()
	cases := []proof.Case{{Lane: l, Options: o, Claimed: l.Consumer.Claims.Of(l.Business)}}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		t.Fatal(err)
	}
	return &cases[0]
}

// A search that a bound has stopped never counts as good news.
func TestWhatIsNotFinishedDoesNotHold(t *testing.T) {
	c := search(t, sim.Lane{Consumer: consumers.Inbox, Business: sim.Stock}, check.Options{MaxStates: 500})
	card := c.Card(plain, nil)
	if strings.Contains(card, "holds") || !strings.Contains(card, "not decided") || !strings.Contains(card, "not finished: ") {
		t.Errorf("the card of an unfinished search is\n%s", card)
	}
	if !c.Failed() {
		t.Error("what is claimed and not decided is ok")
	}
	if c.Claimed = nil; !c.Failed() {
		t.Error("what is asked and not decided is ok")
	}
	if c.Required = true; c.Failed() {
		t.Error("what is not required need not be decided")
	}
	if c.Claimed = []sim.Property{sim.NeverLost}; !c.Failed() {
		t.Error("what is required and not decided should fail")
	}
	if report := proof.NewReport([]proof.Case{*c}, unplayed); report.Consumers[0].OK {
		t.Error("a program is told that it is ok")
	}
}

// A card says in its first line which messages of a scenario it is not about.
func TestTheFirstLineSaysWhatWasLeftOut(t *testing.T) {
	l := sim.Lane{Consumer: consumers.InboxKey, Messages: check.Messages(6)}
	l.Messages[4].Key, l.Messages[5].Key = "form", "form"
	for _, c := range []struct {
		messages     int
		first, rests string
	}{
		{2, "INBOX-KEY · card · without m1, m2, m3 and m4: the result says nothing about them\n", "m1, m2, m3 and m4 of 6 messages. Messages that share a debt, an ID, a key, a body or a group are taken first; --messages 6 takes all of them."},
		{1, "INBOX-KEY · card · without m1, m2, m3 and 2 other messages: the result says nothing about them\n", ""},
		{0, "INBOX-KEY · card · without m1, m2, m3 and m4: the result says nothing about them\n", "m1, m2, m3 and m4 of 6 messages: with one more message the search would not finish within 1,000 states. Messages that share a debt, an ID, a key, a body or a group are taken first; --messages 6 takes all of them."},
	} {
		got := search(t, l, check.Options{Messages: c.messages, Faults: 1, GrowStates: 1000, Kinds: []check.Kind{check.LoseAck}})
		if card := got.Card(plain, nil); !strings.HasPrefix(card, c.first) {
			t.Errorf("with %d messages the card begins\n%s", c.messages, card)
		}
		if text := got.LeftOut(); c.rests != "" && text != c.rests {
			t.Errorf("with %d messages: %s", c.messages, text)
		}
	}
}

// Claims are about crashes, pauses, losses and copies; what else was asked for breaks
// none, unless it is required.
func TestAClaimIsHeldOnlyToWhatItIsAbout(t *testing.T) {
	for _, k := range []check.Kind{check.RepublishAs, check.Crash} {
		c := search(t, sim.Lane{Consumer: consumers.Inbox, Business: sim.Card}, check.Options{Faults: 1, Kinds: []check.Kind{k}})
		c.Claimed = []sim.Property{sim.NeverTwice}
		if c.Result.NeverTwice.Counterexample == nil || c.Failed() != (k == check.Crash) {
			t.Errorf("%s: failed is %v, with %v", k, c.Failed(), c.Standing(sim.NeverTwice))
		}
		if c.Required = true; !c.Failed() {
			t.Errorf("%s: required, broken, and no failure", k)
		}
	}
}

// Every counterexample of the catalogue can be played on the quietest of scenarios,
// and written as one. Who counts needs messages that are numbered in one group, and
// the quiet day has none: what is about their order can only be written. So it is with a
// status that is stale. The short tier
// has those of one fault.
func TestEveryCounterexampleCanBePlayed(t *testing.T) {
	quiet, _ := scenarios.Get("quiet-day")
	for _, e := range counterexamples(catalogue(t, check.Options{Faults: testkit.Few(1, 2)})) {
		name := fmt.Sprint(e.Lane.Consumer.Name, " ", e.Lane.Business, " ", e.Property)
		if needsGroup := e.Lane.Business.Info().LastWins && (e.Property == sim.NeverTwice || e.Lane.Consumer.Cursor); !needsGroup && (e.Lane.Consumer.Identity != sim.Sequence || e.Property != sim.NeverLost) {
			played(t, name, e, quiet)
		}
		file, ok := proof.File(e)
		if !ok && e.Lane.Business.Info().LastWins && e.Lane.Consumer.Cursor && e.Obstacle() != "" {
			continue // the newer is behind the cursor only if the older draws the later number
		}
		if !ok {
			t.Errorf("%s cannot be written", name)
			continue
		}
		same, err := scenarios.Parse("found.yaml", scenarios.Write(file))
		if err != nil {
			t.Errorf("%s: %v in\n%s", name, err, scenarios.Write(file))
			continue
		}
		if v, broken := ends(t, same.Lane(e.Lane.Consumer), e.Property); !broken || len(same.Check(e.Lane.Consumer.Name, v)) > 0 {
			t.Errorf("%s: as a file it ends in %v", name, v.Of)
		}
	}
}

// What takes a queue of a sort, or time, or other messages, can be written as well.
func TestRarerCounterexamplesCanBeWritten(t *testing.T) {
	dead := broker.Default()
	dead.MaxDeliveries = 1
	for _, c := range []struct {
		lane    sim.Lane
		options check.Options
		story   string
	}{
		{sim.Lane{Consumer: consumers.InboxTTL, Queue: dead}, check.Options{Faults: 3, Kinds: []check.Kind{check.LoseAck, check.ExpireKey, check.Redrive}}, "m1 shows it."},
		{sim.Lane{Consumer: consumers.MemoryLRU, Queue: broker.Default()}, check.Options{Faults: 2, Workers: 1, Kinds: []check.Kind{check.LoseAck, check.Evict}}, "m1 shows it. With m3 and m4 there is enough to push it out of memory."},
		{sim.Lane{Consumer: consumers.Outbox, Queue: broker.Default()}, check.Options{Kinds: []check.Kind{check.LoseWrites}}, "m1 shows it."},
		{sim.Lane{Consumer: consumers.MemorySet, Queue: broker.Default()}, check.Options{Kinds: []check.Kind{check.ForgetAcks}}, "m1 shows it."},
	} {
		c.options.Properties = proof.Properties()
		cases := []proof.Case{{Lane: c.lane, Options: c.options}}
		if err := proof.Search(context.Background(), cases, nil); err != nil {
			t.Fatal(err)
		}
		found := counterexamples(cases)
		if len(found) == 0 {
			t.Errorf("%s breaks nowhere", c.lane.Consumer.Name)
		}
		for _, e := range found {
			file, ok := proof.File(e)
			if !ok {
				t.Errorf("%s, %s cannot be written", c.lane.Consumer.Name, e.Property)
				continue
			}
			same, err := scenarios.Parse("found.yaml", scenarios.Write(file))
			if err != nil || !strings.HasSuffix(same.Story, c.story) {
				t.Errorf("%s: %v in\n%s", c.lane.Consumer.Name, err, scenarios.Write(file))
				continue
			}
			if v, broken := ends(t, same.Lane(e.Lane.Consumer), e.Property); !broken || len(same.Check(e.Lane.Consumer.Name, v)) > 0 {
				t.Errorf("%s: as a file it ends in %v", c.lane.Consumer.Name, v.Of)
			}
		}
	}
}

// played plays a counterexample on a scenario, with as many faults as it has.
func played(t *testing.T, name string, e *check.Trace, on *scenarios.Scenario) {
	t.Helper()
	told, edits, ok := proof.Replay(e, on)
	if !ok {
		t.Errorf("%s cannot be played", name)
		return
	}
	faults := len(edits.With)
	if e.Faults == 0 && faults == 1 && edits.With[0].Kind == sim.PauseFault {
		faults = 0 // what breaks by the order of steps alone: a pause that passes no deadline makes that
	}
	if faults != e.Faults {
		t.Errorf("%s: %v for %d faults", name, edits.With, e.Faults)
	}
	if v, broken := ends(t, edits.Apply(told).Lane(e.Lane.Consumer), e.Property); !broken {
		t.Errorf("%s: %v ends in %v", name, edits.With, v.Of)
	}
}

// ends runs a lane, and says what it ends in and whether that breaks a property. What is
// stuck may be pending or have taken effect: it shows in that the world never gets quiet.
func ends(t *testing.T, l sim.Lane, p sim.Property) (v sim.Verdicts, broken bool) {
	t.Helper()
	run, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	v = run.Verdicts()
	return v, v.Breaks(p) || p == sim.NeverStuck && !run.World().Quiet()
}

// However many processors there are, the report is the same to the byte.
func TestTheReportDoesNotDependOnTheProcessors(t *testing.T) {
	var texts []string
	for _, n := range []int{1, 4} {
		before := runtime.GOMAXPROCS(n)
		var b bytes.Buffer
		report := proof.NewReport(catalogue(t, check.Options{Faults: 1}), unplayed)
		if err := report.Write(&b); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b.String())
		runtime.GOMAXPROCS(before)
	}
	if texts[0] != texts[1] {
		t.Errorf("with 1 and with 4 processors:\n%s\n%s", texts[0], texts[1])
	}
}

// A search that is stopped leaves nothing behind, and says which were not done. That no
// goroutine is left is the bubble's to say: a count would see those that are just ending.
func TestAStoppedSearchKeepsWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		cases := make([]proof.Case, 20)
		for i := range cases {
			cases[i] = proof.Case{Lane: sim.Lane{Consumer: consumers.MemorySet}, Options: check.Options{Faults: 3, Properties: proof.Properties()}}
		}
		stop()
		if err := proof.Search(ctx, cases, nil); err != context.Canceled {
			t.Errorf("the error is %v", err)
		}
		for i := range cases {
			if r := cases[i].Result; r != nil && r.Finished {
				t.Errorf("case %d is finished", i)
			}
		}
	})
}

// Of a number that is counted up, what it has come to is told: a token is nothing else.
func TestATokenIsToldAsWhatWasCounted(t *testing.T) {
	lane := sim.Lane{Consumer: consumers.LeaseFenced, Business: sim.Stock}
	e := search(t, lane, check.Options{Faults: 1, Kinds: []check.Kind{check.Overrun}}).Result.NeverTwice.Counterexample
	text := ""
	for _, row := range proof.Rows(e) {
		text += row.What.Plain() + "\n"
	}
	if !strings.Contains(text, "counts order-1 up to 1") || !strings.Contains(text, "counts order-1 up to 2") {
		t.Errorf("the tokens are not told:\n%s", text)
	}
}

func TestWordsOfAFault(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		kind     check.Kind
		business sim.Business
		want     string
	}{
		{consumers.Inbox, check.Crash, sim.Card, "one crash, between the charge and the commit"},
		{consumers.Naive, check.LoseAck, sim.Card, "one lost ack"},
		{consumers.Naive, check.LoseReply, sim.Mail, "one lost reply, of the mail"},
		{consumers.Naive, check.Copy, sim.Stock, "one copy"},
		{consumers.Inbox, check.Fail, sim.Card, "one failure, of the commit"},
		{consumers.Naive, check.Overrun, sim.Card, "one pause past a deadline, between the charge and the ack"},
		{consumers.Inbox, check.RepublishAs, sim.Card, "one republish under a new message ID"},
	} {
		r := search(t, sim.Lane{Consumer: c.consumer, Business: c.business}, check.Options{Faults: 1, Kinds: []check.Kind{c.kind}}).Result
		if e := r.NeverTwice.Counterexample; e == nil || proof.By(e) != c.want {
			t.Errorf("%s of %s: %v, want %q", c.kind, c.consumer.Name, e, c.want)
		}
	}
	if !proof.Alike(consumers.Inbox, slices.Concat(check.Messages(1), check.Messages(1))) || proof.Alike(consumers.Inbox, check.Messages(8)) {
		t.Error("messages are alike that share an ID, and no others")
	}
	coffees := check.Messages(2)
	coffees[1].Body = coffees[0].Body
	if !proof.Alike(consumers.InboxHash, coffees) || proof.Alike(consumers.Inbox, coffees) {
		t.Error("messages that say the same are alike to who knows them by what they say, and to nobody else")
	}
}

// unplayed has no command for a counterexample.
func unplayed(*check.Trace) (string, bool) { return "", false }
