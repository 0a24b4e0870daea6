package check_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// enumeration takes every list of actions there is, one by one: no keys, no set of
// what was met, no restored world. It is what the search has to agree with.
type enumeration struct {
	faults    int
	kinds     []check.Kind
	schedules float64
	best      [3][2]int // by property: the fewest faults, then the fewest actions
	found     [3]bool
}

// breaks notes a list that breaks a property.
func (e *enumeration) breaks(p sim.Property, spent, actions int) {
	if at := [2]int{spent, actions}; !e.found[p] || slices.Compare(at[:], e.best[p][:]) < 0 {
		e.found[p], e.best[p] = true, at
	}
}

// walk goes on with a list, and reports whether it can become quiet without a fault.
func (e *enumeration) walk(w *sim.World, spent, actions int) (calm bool) {
	v := w.Verdicts()
	for p := range sim.NeverStuck {
		if v.Breaks(p) {
			e.breaks(p, spent, actions)
		}
	}
	quiet := !slices.Contains(v.Of, sim.Pending)
	for i := range w.Workers() {
		_, busy := w.Handling(i)
		quiet = quiet && !busy && len(w.Held(i)) == 0
	}
	for n := range w.Queue().Len() {
		h, p := w.Queue().Holder(n), w.Queue().Profile()
		rests := h != broker.None && !w.Queue().Gone(h) && p.SessionTimeout > 0 && !p.Timed() // an idle member asks only for what comes next
		quiet = quiet && (w.Queue().State(n).Settled() || rests)
	}
	for range w.Outbox {
		quiet = false
	}
	if quiet {
		e.schedules++
	}
	calm = quiet
	for _, a := range w.Enabled() {
		cost := w.Cost(a)
		if spent+cost > e.faults || cost > 0 && !slices.Contains(e.kinds, check.KindOf(w, a)) {
			continue
		}
		c := w.Clone()
		c.Do(a)
		if e.walk(c, spent+cost, actions+1) && cost == 0 {
			calm = true
		}
	}
	if !calm {
		e.breaks(sim.NeverStuck, spent, actions)
	}
	return calm
}

// mostLists is how many lists are taken one by one. Where a nacked message can go round
// for ever there is no end of them.
const mostLists = 20_000

func TestTheSearchAgreesWithAPlainEnumeration(t *testing.T) {
	walked := map[string]bool{}
	for i, b := range []check.Options{
		{Messages: 1, Workers: 1, Faults: 1}, // the short tier has all of these: they are quick
		{Messages: 1, Workers: 1, Faults: 2},
		{Messages: 1, Workers: 2, Faults: 1},
		{Messages: 2, Workers: 1, Faults: 1},
		{Messages: 2, Workers: 2, Faults: -1},
		{Messages: 1, Workers: 2, Faults: 2, Kinds: []check.Kind{check.Crash, check.Overrun, check.LoseAck}},
		{Messages: 1, Workers: 2, Faults: 1, Kinds: []check.Kind{check.Restart, check.LoseAck}},
	} {
		all := pairs()
		for _, business := range sim.Businesses() {
			all = append(all, pair{crossed(false), business}, pair{crossed(true), business}, pair{past, business})
		}
		if i > 0 {
			all = testkit.Sample(6, all)
		}
		for _, of := range all {
			r := search(t, of.c, of.b, b)
			if r.Schedules > mostLists {
				walked[of.c.Name] = walked[of.c.Name] || math.IsInf(r.Schedules, 1)
				continue
			}
			e := &enumeration{faults: max(b.Faults, 0), kinds: b.Normal().Kinds}
			l := sim.Lane{Consumer: of.c, Business: of.b, Queue: broker.Default(), Messages: check.MessagesFor(of.c, of.b, b.Messages), Processes: b.Workers}
			e.walk(sim.New(&l, -1), 0, 0)
			agree(t, fmt.Sprintf("%s/%s with %+v", of.c.Name, of.b, b), e, r)
			b.Plain = true
			agree(t, fmt.Sprintf("%s/%s with %+v", of.c.Name, of.b, b), e, search(t, of.c, of.b, b))
			b.Plain = false
			walked[of.c.Name] = true
		}
	}
	for _, c := range consumers.All() {
		if !walked[c.Name] {
			t.Errorf("%s has more than %d lists everywhere: add options with fewer", c.Name, mostLists)
		}
	}
}

// So it does about a bank that refuses: a second request that arrives while the first is
// at work, and another body under a key that it keeps until nobody is turned away by it.
func TestTheSearchAgreesWithAPlainEnumerationAboutABankThatRefuses(t *testing.T) {
	shared := check.Messages(2)
	shared[1].Key = shared[0].Key
	for _, of := range []struct {
		c        sim.Consumer
		messages []sim.Owed
		faults   int
	}{
		{consumers.GatewayKey, check.Messages(1), 1},
		{consumers.GatewayKey, shared, -1},
		{consumers.InboxAndGatewayKey, check.Messages(1), 1},
		{consumers.OutboxAndGatewayKey, check.Messages(1), -1},
	} {
		for _, bank := range []sim.Bank{{InFlight: sim.Conflict}, {InFlight: sim.Conflict, OtherBody: sim.RefuseBody}} {
			q := broker.Default()
			q.MaxDeliveries = 2 // or what is refused goes round for ever
			l := sim.Lane{Consumer: of.c, Business: sim.Card, Queue: q, Messages: of.messages, Processes: 2, Bank: bank}
			what := fmt.Sprintf("%s, %d messages, %s and %s, %d faults", of.c.Name, len(of.messages), bank.InFlight, bank.OtherBody, of.faults)
			r := searchedLane(t, l, check.Options{Faults: of.faults})
			if r.Schedules > mostLists {
				t.Errorf("%s: %.0f lists: ask for less", what, r.Schedules)
				continue
			}
			e := &enumeration{faults: max(of.faults, 0), kinds: check.DefaultKinds()}
			e.walk(sim.New(&l, -1), 0, 0)
			agree(t, what, e, r)
			agree(t, what, e, searchedLane(t, l, check.Options{Faults: of.faults, Plain: true}))
		}
	}
}

// Two relays, with rows that they lock and with rows that they only read.
func TestTheSearchAgreesWithAPlainEnumerationOfSeveralRelays(t *testing.T) {
	type relays struct {
		claim  sim.RowClaim
		c      sim.Consumer
		faults int
	}
	var all []relays
	for _, faults := range []int{-1, 1} {
		for _, c := range []sim.Consumer{consumers.Outbox, consumers.OutboxAndGatewayKey} {
			for _, claim := range []sim.RowClaim{sim.NoClaim, sim.ClaimRow} {
				all = append(all, relays{claim, c, faults})
			}
		}
	}
	for _, of := range testkit.Sample(5, all) {
		o := check.Options{Faults: of.faults, Workers: 1, Kinds: []check.Kind{check.Crash, check.LoseReply}}
		l := sim.Lane{Consumer: of.c, Business: sim.Card, Queue: broker.Default(), Messages: check.Messages(1), Processes: 1, Relays: 2, Claim: of.claim}
		what := fmt.Sprintf("%s, claim %s, %d faults", of.c.Name, of.claim, of.faults)
		agreesWithPlain(t, listed{what, l, 20}, o)
	}
}

// Several rows of one message, each for a part: with one relay and two, with a failover that
// takes back marks and rows, and with a cursor that goes by their numbers.
func TestTheSearchAgreesWithAPlainEnumerationOfRowsForParts(t *testing.T) {
	bare := sim.Consumer{Name: "bare", Clause: "for a test", Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.EnqueuePart(m, sim.Mail)
		tx.EnqueuePart(m, sim.Stock)
		return tx.Commit()
	}, Relay: func(p *sim.Proc, m broker.Message) error {
		_ = p.PerformPart(m, p.Parts()[0])
		return nil
	}}
	cursor := bare
	cursor.Name, cursor.Cursor = "bare with a cursor", true
	noTimer := broker.Profile{Redeliver: broker.OnDisconnect, StaleAck: broker.Ignored} // or there are too many lists
	for i, c := range []struct {
		consumer sim.Consumer
		relays   int
		claim    sim.RowClaim
		faults   int
		kinds    []check.Kind
	}{
		{consumers.OutboxPerEffect, 1, sim.NoClaim, 1, []check.Kind{check.Crash, check.LoseReply}},
		{bare, 2, sim.ClaimRow, -1, nil},
		{bare, 1, sim.NoClaim, 1, []check.Kind{check.LoseWrites, check.Crash}},
		{cursor, 1, sim.NoClaim, 1, []check.Kind{check.LoseWrites, check.Crash}},
		{bare, 2, sim.NoClaim, 1, []check.Kind{check.Fail}},
	} {
		if i > 3 && testing.Short() {
			break
		}
		o := check.Options{Faults: c.faults, Kinds: c.kinds, Workers: 1, Messages: 1}
		l := sim.Lane{Consumer: c.consumer, Business: sim.Order, Queue: noTimer, Messages: check.Messages(1), Processes: 1, Relays: c.relays, Claim: c.claim}
		what := fmt.Sprintf("%s, %d relays, claim %s, %d faults of %v", c.consumer.Name, c.relays, c.claim, c.faults, c.kinds)
		agreesWithPlain(t, listed{what, l, 20}, o)
	}
}

// A relay with a cursor, where the order in which rows are numbered and committed decides:
// with a failover that takes back the mark, with a rollback that leaves a gap, and with a
// copy, whose handler draws a number for the same message.
func TestTheSearchAgreesWithAPlainEnumerationOfACursor(t *testing.T) {
	bare := sim.Consumer{Name: "bare", Clause: "for a test", Cursor: true, Relay: consumers.Naive.Handle, Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.Enqueue(m)
		return tx.Commit()
	}}
	noTimer := broker.Profile{Redeliver: broker.OnDisconnect, StaleAck: broker.Ignored} // or there are too many lists
	lanes := []struct {
		consumer sim.Consumer
		messages int
		workers  int
		faults   int
		kinds    []check.Kind
	}{
		{bare, 2, 2, -1, nil},
		{bare, 1, 2, 1, []check.Kind{check.Crash, check.LoseReply}},
		{consumers.CursorRelay, 1, 1, 1, []check.Kind{check.Crash, check.LoseWrites, check.Fail}},
		{bare, 1, 1, 2, []check.Kind{check.LoseWrites, check.Crash}},
		{bare, 2, 1, 1, []check.Kind{check.LoseWrites}},
		{bare, 1, 2, 1, []check.Kind{check.LoseWrites, check.Copy}},
	}
	for i, c := range lanes {
		if i >= testkit.Few(1, len(lanes)) {
			break
		}
		o := check.Options{Faults: c.faults, Kinds: c.kinds, Workers: c.workers, Messages: c.messages}
		l := sim.Lane{Consumer: c.consumer, Business: sim.Card, Queue: noTimer, Messages: check.Messages(c.messages), Processes: c.workers}
		what := fmt.Sprintf("%s, %d messages, %d workers, %d faults of %v", c.consumer.Name, c.messages, c.workers, c.faults, c.kinds)
		agreesWithPlain(t, listed{what, l, 40}, o)
	}
}

// A row that is taken over too early, by a worker whose clock is ahead: in a transaction, and
// as a write of its own that an error frees again. And statements that fail, in a transaction
// and outside, of a handler and of a relay.
func TestTheSearchAgreesWithAPlainEnumerationOfClocksAndStatements(t *testing.T) {
	noTimer := broker.Profile{Redeliver: broker.OnDisconnect, StaleAck: broker.Ignored} // or there are too many lists
	for _, of := range []struct {
		consumer sim.Consumer
		faults   int
		kinds    []check.Kind
	}{
		{consumers.SchedulerLock, 2, []check.Kind{check.ClockAhead, check.Copy}},
		{consumers.InboxTTL, 2, []check.Kind{check.ClockAhead, check.Crash}},
		{consumers.SchedulerLock, 2, []check.Kind{check.ClockAhead, check.LoseWrites, check.ExpireKey}},
		{consumers.CheckThenAct, 1, []check.Kind{check.FailDB, check.Crash}},
		{consumers.Inbox, 1, []check.Kind{check.FailDB, check.Fail}},
		{consumers.Outbox, 1, []check.Kind{check.FailDB}},
		{consumers.LeaseFenced, 1, []check.Kind{check.LoseCache, check.LoseDB}}, // a token in the database, a lease in the cache
		{consumers.SkipIfLocked, 1, []check.Kind{check.FailDB}},
	} {
		o := check.Options{Faults: of.faults, Kinds: of.kinds, Workers: 2, Messages: 1}
		l := sim.Lane{Consumer: of.consumer, Business: sim.Stock, Queue: noTimer, Messages: check.Messages(1), Processes: 2}
		what := fmt.Sprintf("%s, %d faults of %v", of.consumer.Name, of.faults, of.kinds)
		agreesWithPlain(t, listed{what, l, 20}, o)
	}
}

func searchedLane(t *testing.T, l sim.Lane, o check.Options) *check.Result {
	t.Helper()
	s, err := check.New(l, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func agree(t *testing.T, what string, e *enumeration, r *check.Result) {
	t.Helper()
	if r.Schedules != e.schedules {
		t.Errorf("%s: %.0f schedules, one by one %.0f", what, r.Schedules, e.schedules)
	}
	for _, p := range properties {
		v := r.Of(p)
		if v.Holds == e.found[p] {
			t.Errorf("%s: %s holds: %v, one by one %v", what, p, v.Holds, !e.found[p])
			continue
		}
		x := v.Counterexample
		if x == nil {
			continue
		}
		length := len(x.Actions)
		if p == sim.NeverStuck { // it goes on to where nothing goes on at all
			length = min(length, e.best[p][1])
		}
		if [2]int{x.Faults, length} != e.best[p] {
			t.Errorf("%s: %s breaks with %d faults in %d actions, one by one %v", what, p, x.Faults, length, e.best[p])
		}
	}
}

// The worlds that a search makes from keys are those that one comes to by cloning.
func TestTheSearchMeetsEveryWorldThatCloningReaches(t *testing.T) {
	for _, of := range testkit.Sample(6, pairs()) {
		l := sim.Lane{Consumer: of.c, Business: of.b, Queue: broker.Default(), Messages: check.MessagesFor(of.c, of.b, 2), Processes: 2}
		met := map[string]bool{}
		type at struct {
			w     *sim.World
			spent int
		}
		const faults = 1
		usual := func(k sim.ActionKind) bool { return k <= sim.Copy && k != sim.Publish } // the rest is only tried when asked for
		var now []at
		add := func(x at) {
			if key := string(x.w.AppendKey(nil)); !met[key] {
				met[key] = true
				now = append(now, x)
			}
		}
		add(at{sim.New(&l, -1), 0})
		var later []at
		for spent := 0; spent <= faults; spent++ {
			for i := 0; i < len(now); i++ {
				for _, a := range now[i].w.Enabled() {
					c := now[i].w.Clone()
					cost := c.Cost(a)
					if c.Do(a); cost == 0 {
						add(at{c, spent})
					} else if spent < faults && usual(a.Kind) && now[i].w.Expiry(a) != sim.ExpiresUnawaited {
						later = append(later, at{c, spent + 1})
					}
				}
			}
			now = now[:0]
			for _, x := range later {
				add(x)
			}
			later = later[:0]
		}
		if r := search(t, of.c, of.b, check.Options{Faults: faults, Plain: true}); r.States != len(met) {
			t.Errorf("%s/%s: %d states, by cloning %d", of.c.Name, of.b, r.States, len(met))
		}
	}
}

// listed is a lane that is enumerated, which may take so many times the usual lists.
type listed struct {
	what  string
	lane  sim.Lane
	lists float64
}

// agreesWithPlain holds a search, and one that folds nothing, against the enumeration of a
// lane.
func agreesWithPlain(t *testing.T, of listed, o check.Options) {
	t.Helper()
	r := searchedLane(t, of.lane, o)
	if r.Schedules > of.lists*mostLists {
		t.Errorf("%s: %.0f lists: ask for less", of.what, r.Schedules)
		return
	}
	e := &enumeration{faults: max(o.Faults, 0), kinds: o.Normal().Kinds}
	w := sim.New(&of.lane, -1)
	if slices.ContainsFunc(o.Kinds, func(k check.Kind) bool { return k == check.LoseWrites || k == check.LoseDB || k == check.LoseCache }) {
		w.KeepJournal(0)
	}
	e.walk(w, 0, 0)
	agree(t, of.what, e, r)
	o.Plain = true
	agree(t, of.what, e, searchedLane(t, of.lane, o))
}

// A position that goes back, and acks that are forgotten with it: what was done comes again.
func TestTheSearchAgreesWithAPlainEnumerationOfACommitThatGoesBack(t *testing.T) {
	q, _ := broker.Preset("kafka")
	q.StaleAck, q.Rebalance, q.Batch = broker.Accepted, broker.Cooperative, 1
	for _, of := range []struct {
		messages, faults int
		kinds            []check.Kind
	}{{2, 1, []check.Kind{check.Rebalance}}, {1, 2, []check.Kind{check.Rebalance, check.Crash}}} {
		all := check.Messages(of.messages)
		for i := range all {
			all[i].Group = "one"
		}
		o := check.Options{Faults: of.faults, Kinds: of.kinds, Workers: 2, Messages: of.messages}
		l := sim.Lane{Consumer: consumers.Naive, Business: sim.Card, Queue: q, Messages: all, Processes: 2}
		agreesWithPlain(t, listed{fmt.Sprintf("%d messages, %d faults of %v", of.messages, of.faults, of.kinds), l, 20}, o)
	}
}
