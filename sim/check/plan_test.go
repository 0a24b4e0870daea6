package check_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// bySelf counts the faults of a trace that need no plan: a row that runs out, a key that
// makes room.
func bySelf(e *check.Trace) int {
	n, w := 0, e.Begin()
	for _, a := range e.Actions {
		if a.Kind == sim.Evict || w.Expiry(a) == sim.ExpiresUnawaited {
			n++
		}
		w.Do(a)
	}
	return n
}

// overran reports whether a deadline passed in a run while somebody was at work.
func overran(r *sim.Run) bool {
	return slices.ContainsFunc(r.Events(), func(e sim.Event) bool { return e.Kind.EndsWait() && e.Overran })
}

// replays holds that a counterexample breaks the same property of the same thing on
// the timeline, with as many faults; it returns the plan.
func replays(t testkit.T, what string, e *check.Trace) string {
	t.Helper()
	l, ok := e.Plan()
	if !ok {
		t.Errorf("%s: there is no plan for\n\t%s", what, strings.Join(e.Lines(), "\n\t"))
		return ""
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return ""
	}
	slower := 0 // a pause that passes no deadline is no fault
	if n := len(l.Plan) - 1; n >= 0 && l.Plan[n].Kind == sim.PauseFault && (l.Plan[n].For == 5*sim.DefaultTiming().Effect || !overran(r)) {
		slower = 1
	}
	if len(l.Plan)-slower != e.Faults-bySelf(e) {
		t.Errorf("%s: %d faults in the plan %v, %d in the trace", what, len(l.Plan), l.Plan, e.Faults)
	}
	if !e.Shown(r.World()) {
		t.Errorf("%s: the plan %v ends in %v, and does not break %s for %s", what, l.Plan, r.World().Verdicts().Of, e.Property, l.Messages[e.Owed].ID)
	}
	var text []string
	if !allStrike(r) {
		t.Errorf("%s: not all of %v strikes", what, l.Plan)
	}
	for _, f := range l.Plan {
		text = append(text, f.String())
	}
	if !slices.EqualFunc(l.Messages, e.Lane.Messages, func(a, b sim.Owed) bool { return a == b }) {
		text = append(text, "published at")
		for _, m := range l.Messages {
			text = append(text, m.At.String())
		}
	}
	return strings.Join(text, " ")
}

// asked is one question to a search.
type asked struct {
	lane    sim.Lane
	options check.Options
}

func (a *asked) String() string {
	return fmt.Sprintf("%s/%s on %q, batch %d, %d of %v", a.lane.Consumer.Name, a.lane.Business, a.lane.Queue.Name, a.lane.Queue.Batch, a.options.Faults, a.options.Kinds)
}

// everything asks for all of the catalogue, in every business, on every queue, against
// the usual kinds of fault, each kind alone, and each unusual one beside a lost ack.
func everything() []asked {
	bounds := []check.Options{{Faults: 1, MaxStates: 60_000}}
	for _, k := range check.Kinds() {
		bounds = append(bounds, check.Options{Faults: 1, Kinds: []check.Kind{k}, MaxStates: 60_000})
	}
	for _, k := range check.Kinds()[len(check.DefaultKinds()):] {
		bounds = append(bounds, check.Options{Faults: 2, Kinds: []check.Kind{check.LoseAck, k}, MaxStates: 60_000})
	}
	batch := broker.Default()
	batch.Batch, batch.AckUnit = 2, broker.AckBatch
	var all []asked
	for _, q := range append([]broker.Profile{broker.Default(), batch}, broker.Presets()...) {
		for _, o := range bounds {
			for _, c := range consumers.All() {
				for _, b := range sim.Businesses() {
					all = append(all, asked{sim.Lane{Consumer: c, Business: b, Queue: q}, o})
				}
			}
		}
	}
	const most = 10_000 // nobody waits for all of them: every so many of a list that varies what comes last most
	if stride := len(all)/most + 1; stride > 1 {
		kept := 0
		for i := 0; i < len(all); i += stride {
			all[kept] = all[i]
			kept++
		}
		all = all[:kept]
	}
	return all
}

// A counterexample plays on the timeline, with as many faults, or what keeps it from
// that is named.
func TestEveryCounterexamplePlaysOrSaysWhyNot(t *testing.T) {
	plays, not := 0, 0
	for _, a := range testkit.Sample(50, everything()) {
		s, err := check.New(a.lane, a.options)
		if err != nil {
			t.Fatalf("%s: %v", &a, err)
		}
		r, err := s.Run(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", &a, err)
		}
		for _, p := range properties {
			e := r.Of(p).Counterexample
			if e == nil {
				continue
			}
			if _, ok := e.Plan(); ok {
				replays(t, a.String()+": "+p.String(), e)
				plays++
				continue
			}
			not++
			stays(t, a.String()+": "+p.String(), e)
		}
	}
	t.Logf("%d play, %d cannot", plays, not)
}

// stays holds that a counterexample that has no plan says why: see unexplained.
func stays(t testkit.T, what string, e *check.Trace) {
	t.Helper()
	if text := unexplained(e); text != "" {
		t.Errorf("%s: %s", what, text)
	}
}

// unexplained returns "" if a counterexample that has no plan says why, and that is so:
// none of a crowd of plans that were made without regard to the trace breaks what it
// breaks, with every fault of the plan having struck.
func unexplained(e *check.Trace) string {
	why := e.Obstacle()
	kinds := []string{
		" is kept for ", "the queue remembers ", "the first worker that is idle", "the relay is handed a row as soon as ", "a run of the timeline ends ",
		"a plan strikes the first ", " comes back to another worker than ", "a plan strikes the relay only ", "a plan strikes the effect at the relay, ", "the timeline hands over ",
	}
	if !slices.ContainsFunc(kinds, func(kind string) bool { return strings.Contains(why, kind) }) {
		return fmt.Sprintf("has no plan, and says %q\n\t%s", why, strings.Join(e.Lines(), "\n\t"))
	}
	for _, plan := range crowd(e) {
		l := e.Lane
		l.Plan = plan
		if r, err := sim.Simulate(l); err == nil && e.Shown(r.World()) && allStrike(r) {
			return fmt.Sprintf("says %q, and %v plays it", why, plan)
		}
	}
	return ""
}

func allStrike(r *sim.Run) bool {
	for i := range r.Lane.Plan {
		if !slices.ContainsFunc(r.Events(), func(e sim.Event) bool { return int(e.Fault) == i }) {
			return false
		}
	}
	return true
}

// crowd lists plans of the kinds of fault that a trace has, one of each: everywhere in
// the first deliveries, and at many times. What the search says of them is not asked.
func crowd(e *check.Trace) [][]sim.Fault {
	plans := [][]sim.Fault{nil}
	w := e.Begin()
	for _, a := range e.Actions {
		var more []sim.Fault
		if w.Cost(a) > 0 {
			more = anyFault(a.Kind)
		}
		if w.Do(a); more == nil {
			continue
		}
		var longer [][]sim.Fault
		for _, plan := range plans {
			for _, f := range more {
				longer = append(longer, append(slices.Clone(plan), f))
			}
		}
		plans = longer
	}
	return plans
}

// anyFault lists faults of a kind, without regard to where they do harm.
func anyFault(k sim.ActionKind) []sim.Fault {
	var all []sim.Fault
	moments := []time.Duration{0, 5, 15, 500, 1005, 1015, 2000, 20_000, 29_995, 30_005, 30_015, 31_005, 60_000, 90_000, 121_000, 7_200_000}
	for i := range moments {
		moments[i] *= time.Millisecond
	}
	switch k {
	case sim.LoseAck:
		for d := range 3 {
			all = append(all, sim.Fault{Kind: sim.LoseAckFault, Message: "m1", Delivery: d + 1})
		}
	case sim.Fail, sim.LoseReply:
		kind := map[sim.ActionKind]sim.FaultKind{sim.Fail: sim.FailFault, sim.LoseReply: sim.LoseReplyFault}[k]
		for d := range 3 {
			for _, step := range []string{"perform", "commit", "put-if-absent", "get", "lookup", "cache-add", "cache-set"} {
				all = append(all, sim.Fault{Kind: kind, Message: "m1", Delivery: d + 1, Step: step})
			}
			all = append(all, sim.Fault{Kind: kind, Message: "m1", Delivery: d + 1})
		}
	case sim.Crash:
		for d := range 3 {
			for _, point := range []string{sim.PointEffect, sim.PointAck} {
				all = append(all, sim.Fault{Kind: sim.CrashFault, Message: "m1", Delivery: d + 1, Before: point})
			}
			all = append(all, sim.Fault{Kind: sim.CrashFault, Message: "m1", Delivery: d + 1, After: sim.PointEffect})
		}
	case sim.Republish, sim.RepublishAs:
		for _, d := range moments[:len(moments)-1] { // what waits past a retention is a fault more
			all = append(all, sim.Fault{Kind: sim.RepublishFault, Message: "m1", Later: d, NewID: k == sim.RepublishAs})
		}
	case sim.StoreDown, sim.LoseWrites, sim.Restart:
		kind := map[sim.ActionKind]sim.FaultKind{sim.StoreDown: sim.StoreDownFault, sim.LoseWrites: sim.LoseWritesFault, sim.Restart: sim.RestartFault}[k]
		for _, at := range moments {
			all = append(all, sim.Fault{Kind: kind, At: at})
		}
	}
	return all
}

// An outage strikes a redelivery just as it strikes the first: when that is at its step.
func TestAnOutageMayStrikeARedelivery(t *testing.T) {
	r := search(t, consumers.FailOpen, sim.Stock, check.Options{Faults: 2, Kinds: []check.Kind{check.LoseAck, check.StoreDown}})
	e := r.NeverTwice.Counterexample
	if plan := replays(t, "fail-open", e); plan != "lose-ack:m1 store-down,at=30.005s,for=10ms" {
		t.Errorf("the plan is %q", plan)
	}
}

// An outage strikes the relay while it looks up whether it has done its work: in the
// first attempt, in one that comes back after a mark that failed, and for so short a
// time that the mark after it does not fail.
func TestAnOutageMayStrikeALookupOfTheRelay(t *testing.T) {
	for _, c := range []struct {
		refused, failed verdict
		property        sim.Property
		faults          int
		want            string
	}{
		{ackIt, goOn, sim.NeverTwice, 2, "store-down,at=2.045s,for=10ms store-down,at=7.055s,for=1.01s"},
		{ackIt, ackIt, sim.NeverLost, 1, "store-down,at=1.035s,for=10ms"},
		{nackIt, ackIt, sim.NeverStuck, 1, "store-down,at=2.045s published at 29.5s 0s"},
	} {
		what := fmt.Sprintf("refused %d, failed %d, %s", c.refused, c.failed, c.property)
		relay := []doing{{Do: "lookup", Refused: c.refused, Failed: c.failed}, {Do: "perform", Failed: nackIt}}
		l := sim.Lane{Consumer: relaying(nil, relay), Business: sim.Stock}
		e := searchLane(t, l, check.Options{Faults: 2, Kinds: []check.Kind{check.StoreDown}}).Of(c.property).Counterexample
		if e == nil || e.Faults != c.faults {
			t.Errorf("%s: %v, want %d faults", what, e, c.faults)
			continue
		}
		if got := replays(t, what, e); got != c.want {
			t.Errorf("%s: the plan is %s, want %s", what, got, c.want)
		}
	}
}

// One worker that is slower than another is no fault, and may be what it takes.
func TestAPauseThatPassesNoDeadlineCostsNothing(t *testing.T) {
	q := broker.Profile{Redeliver: broker.OnDisconnect, Order: broker.PartitionOrder, AckUnit: broker.AckCumulative}
	l := sim.Lane{Consumer: consumers.Naive, Queue: q, Messages: check.Messages(2)}
	for i := range l.Messages {
		l.Messages[i].Group, l.Messages[i].At = "p0", time.Second
	}
	r := searchLane(t, l, check.Options{Faults: 1, Kinds: []check.Kind{check.Crash}})
	e := r.NeverLost.Counterexample
	got, ok := e.Plan()
	if want := "[crash:m1/before-effect pause:m1/before-effect,for=5s]"; !ok || fmt.Sprint(got.Plan) != want {
		t.Errorf("the plan is %v, want %s", got.Plan, want)
	}
}

// Where the timeline cannot follow, no plan is made up, and what is in the way is named.
func TestThereIsNoPlanForWhatTheTimelineNeverDoes(t *testing.T) {
	jetstream, _ := broker.Preset("jetstream")
	jetstream.DedupBy = broker.ByMessageID
	servicebus, _ := broker.Preset("servicebus-peeklock")
	batch := broker.Default()
	batch.Batch, batch.AckUnit = 2, broker.AckBatch
	for _, c := range []struct {
		consumer sim.Consumer
		queue    broker.Profile
		kinds    []check.Kind
		why      string
	}{
		{consumers.InboxTTL, broker.Default(), []check.Kind{check.LoseAck, check.ExpireKey}, "inbox/m1 is kept for 30m, and m1 is done with 30.03s after it is first handled"},
		{consumers.Lease, servicebus, []check.Kind{check.Fail}, "order-1 is kept for 20s, and m1 is done with 7.05s after it is first handled"},
		{consumers.CheckThenAct, jetstream, []check.Kind{check.Republish}, "the queue remembers the message ID of m1 for 2m, and no worker is at work on m1 when that ends"},
		{consumers.MemorySet, batch, []check.Kind{check.Fail}, "the first worker that is idle is handed what comes back, and of m1 that is always the one that has handled it; here it takes another"},
	} {
		e := searchLane(t, sim.Lane{Consumer: c.consumer, Queue: c.queue}, check.Options{Faults: len(c.kinds), Kinds: c.kinds}).NeverTwice.Counterexample
		if l, ok := e.Plan(); ok || l.Plan != nil {
			t.Errorf("%s: there is a plan: %v", c.consumer.Name, l.Plan)
		}
		if why := e.Obstacle(); why != c.why {
			t.Errorf("%s: %q, want %q", c.consumer.Name, why, c.why)
		}
		stays(t, c.consumer.Name, e)
	}
}

// What is kept for a time, or up to a number, runs out by itself: that fault is not in
// the plan. What brings the message again comes late enough, or after enough others.
func TestWhatRunsOutByItselfIsNotInThePlan(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		kinds    []check.Kind
		workers  int
		want     string
	}{
		{consumers.InboxTTL, []check.Kind{check.Republish, check.ExpireKey}, 2, "republish:m1,later=1d1h"},
		{consumers.Lease, []check.Kind{check.Republish, check.ExpireKey}, 2, "republish:m1,later=1d1h"},
		{consumers.MemoryLRU, []check.Kind{check.LoseAck, check.Evict}, 1, "lose-ack:m1 published at 0s 2s 4s 6s"},
		{consumers.MemoryLRU, []check.Kind{check.Republish, check.Evict}, 1, "republish:m1 published at 0s 2s 4s 6s"},
	} {
		r := search(t, c.consumer, sim.Card, check.Options{Faults: 2, Kinds: c.kinds, Workers: c.workers})
		e := r.NeverTwice.Counterexample
		if e == nil || e.Faults != 2 {
			t.Errorf("%s: %s", c.consumer.Name, shape(&r.NeverTwice))
			continue
		}
		if got := replays(t, c.consumer.Name, e); got != c.want {
			t.Errorf("%s: the plan is %s, want %s", c.consumer.Name, got, c.want)
		}
	}
}

// What takes several faults, what a store of its own decides, and what gets stuck.
func TestLongerCounterexamplesArePlansAsWell(t *testing.T) {
	fickle := handler(func(p *sim.Proc, m broker.Message) error {
		if p.Deliveries() > 2 {
			return nil // gives up
		}
		return p.Perform(m)
	})
	lease := handler(func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 10*time.Second); err != nil || !free {
			return errors.New("somebody is at work, or was")
		}
		if _, done := p.DB.Get("done", m.ID); done {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		p.DB.Put("done", m.ID, "yes")
		return p.Cache.Delete(m.ID)
	})
	ever := handler(func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 0); err != nil || !free {
			return errors.New("somebody is at work, or was")
		}
		return p.Perform(m)
	})
	for _, c := range []struct {
		name     string
		consumer sim.Consumer
		property sim.Property
		kinds    []check.Kind
		faults   int
	}{
		{"two crashes", fickle, sim.NeverLost, []check.Kind{check.Crash}, 2},
		{"two failures", fickle, sim.NeverLost, []check.Kind{check.Fail}, 2},
		{"one pause", fickle, sim.NeverTwice, []check.Kind{check.Overrun}, 1},
		{"a lease that runs out", lease, sim.NeverTwice, []check.Kind{check.Overrun}, 1},
		{"a crash under a lease", lease, sim.NeverTwice, []check.Kind{check.Crash}, 1},
		{"a lease that never runs out", ever, sim.NeverStuck, []check.Kind{check.Crash}, 1},
	} {
		r := search(t, c.consumer, sim.Mail, check.Options{Faults: 2, Kinds: c.kinds, Properties: []sim.Property{c.property}})
		e := r.Of(c.property).Counterexample
		if e == nil || e.Faults != c.faults {
			t.Errorf("%s: %s", c.name, shape(r.Of(c.property)))
			continue
		}
		plan := replays(t, c.name, e)
		if testing.Verbose() {
			t.Log(c.name, plan, e.Lines())
		}
	}
}

// The timeline plays a lock that is taken over too early, however long it is kept.
func TestAClockThatIsAheadIsPlayedOnTheTimeline(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.SchedulerLock, consumers.InboxTTL} {
		r := search(t, c, sim.Card, check.Options{Faults: 2, Kinds: []check.Kind{check.ClockAhead, check.Copy}})
		e := r.NeverTwice.Counterexample
		if e == nil {
			t.Fatalf("%s is never twice", c.Name)
		}
		if plan := replays(t, c.Name, e); !strings.Contains(plan, "clock-ahead:") {
			t.Errorf("%s: the plan is %s", c.Name, plan)
		}
	}
}
