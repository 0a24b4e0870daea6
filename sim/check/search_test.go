package check_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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

func search(t testing.TB, c sim.Consumer, b sim.Business, o check.Options) *check.Result {
	t.Helper()
	return searchLane(t, sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}, o)
}

func searchLane(t testing.TB, l sim.Lane, o check.Options) *check.Result {
	t.Helper()
	s, err := check.New(l, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// handler makes a consumer of a handler that only a test needs.
func handler(handle sim.Handler) sim.Consumer {
	return sim.Consumer{Name: "test", Clause: "for a test", Handle: handle}
}

// shape is the kinds of a trace's faults and its length: "crash in 11".
func shape(v *check.Ruling) string {
	e := v.Counterexample
	switch {
	case v.Holds:
		return "holds"
	case e == nil:
		return "not decided"
	}
	var faults []string
	w := e.Begin()
	for _, a := range e.Actions {
		if w.Cost(a) > 0 {
			kind := a.Kind.String()
			if n, busy := w.Pending(int(a.Worker)); busy && a.Kind == sim.Crash {
				kind += " before " + n.String()
			}
			faults = append(faults, kind)
		}
		w.Do(a)
	}
	return fmt.Sprintf("%s in %d", strings.Join(append([]string{}, faults...), ", "), len(e.Actions))
}

// What is known of the consumers beforehand, by thinking.
func TestTheSearchFindsWhatIsKnown(t *testing.T) {
	only := func(kinds ...check.Kind) check.Options { return check.Options{Faults: 2, Kinds: kinds} }
	for _, c := range []struct {
		consumer sim.Consumer
		business sim.Business
		opts     check.Options
		twice    string
		lost     string
	}{
		// A pause hands it to both workers at once; with a lost ack it has to come back
		// first.
		{consumers.Naive, sim.Card, only(check.DefaultKinds()...), "time-out in 6", "holds"},
		{consumers.Naive, sim.Card, only(check.Copy), "copy in 6", "holds"},
		{consumers.Naive, sim.Card, only(check.LoseAck), "lose-ack in 7", "holds"},
		{consumers.Inbox, sim.Card, only(check.DefaultKinds()...), "crash before commit in 11", "holds"},
		{consumers.Inbox, sim.Mail, only(check.DefaultKinds()...), "crash before commit in 11", "holds"},
		{consumers.Inbox, sim.Stock, only(check.DefaultKinds()...), "holds", "holds"},
		{consumers.InboxAndGatewayKey, sim.Card, only(check.DefaultKinds()...), "holds", "holds"},
		{consumers.InboxAndGatewayKey, sim.Mail, only(check.DefaultKinds()...), "crash before commit in 11", "holds"},
		{consumers.MarkFirst, sim.Card, only(check.DefaultKinds()...), "holds", "crash before perform in 8"},
		{consumers.AckFirst, sim.Card, only(check.DefaultKinds()...), "copy in 8", "crash before perform in 4"},
		{consumers.AckFirst, sim.Card, only(check.LoseAck), "lose-ack in 8", "holds"},
		{consumers.CheckThenAct, sim.Card, only(check.Crash), "crash before put in 9", "holds"},
		{consumers.CheckThenAct, sim.Card, only(check.LoseAck), "holds", "holds"},
		{consumers.MemorySet, sim.Card, only(check.LoseAck), "lose-ack in 10", "holds"}, // the other process gets it
		{consumers.GatewayKey, sim.Card, only(check.DefaultKinds()...), "holds", "holds"},
		{consumers.InboxKey, sim.Stock, only(check.RepublishAs), "holds", "holds"},
		{consumers.Inbox, sim.Stock, only(check.RepublishAs), "republish-as in 12", "holds"},
	} {
		r := search(t, c.consumer, c.business, c.opts)
		if got := shape(&r.NeverTwice); got != c.twice {
			t.Errorf("%s/%s with %v: never twice: %s, want %s", c.consumer.Name, c.business, c.opts.Kinds, got, c.twice)
		}
		if got := shape(&r.NeverLost); got != c.lost {
			t.Errorf("%s/%s with %v: never lost: %s, want %s", c.consumer.Name, c.business, c.opts.Kinds, got, c.lost)
		}
		if !r.NeverStuck.Holds || !r.Finished {
			t.Errorf("%s/%s: never stuck %s, %v", c.consumer.Name, c.business, shape(&r.NeverStuck), r)
		}
	}
}

// crossed locks two rows, in an order that the message decides, the second of them
// outside of its transaction or not.
func crossed(past bool) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		first, second := "a", "b"
		if m.ID == "m2" {
			first, second = second, first
		}
		tx.Put("account", first, m.ID)
		if past {
			p.DB.Put("account", second, m.ID)
		} else {
			tx.Put("account", second, m.ID)
		}
		return tx.Commit()
	})
}

// past writes past its own transaction, and waits for itself.
var past = handler(func(p *sim.Proc, m broker.Message) error {
	tx := p.DB.Begin()
	defer tx.Rollback()
	tx.Insert("inbox", m.ID)
	p.DB.Put("inbox", m.ID, "done")
	return tx.Commit()
})

// A lease needs a crash to be stuck; who waits outside of its own transaction blocks
// itself without any fault at all.
func TestNeverStuckIsBrokenWhereNothingCanGoOn(t *testing.T) {
	lease := handler(func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 0); err != nil || !free {
			return errors.New("somebody is at work")
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return p.Cache.Delete(m.ID)
	})
	for _, c := range []struct {
		name     string
		consumer sim.Consumer
		want     string
	}{
		{"a lease that never expires", lease, "crash before perform in 9"}, // 4, then it comes again, and is given back
		{"writes past transactions that wait for each other", crossed(true), " in 8"},
		{"a write past one's own transaction", past, " in 8"},
	} {
		r := search(t, c.consumer, sim.Card, check.Options{Faults: 1, Kinds: []check.Kind{check.Crash}, Properties: []sim.Property{sim.NeverStuck}})
		if got := shape(&r.NeverStuck); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Of transactions that wait for each other a database aborts one: nothing is stuck.
func TestADeadlockOfTwoTransactionsIsNotStuck(t *testing.T) {
	r := search(t, crossed(false), sim.Card, check.Options{Faults: 1})
	if !r.NeverStuck.Holds || !r.Finished {
		t.Errorf("%s, finished: %v", shape(&r.NeverStuck), r.Finished)
	}
}

// A reply can only be lost of what was done, and who waits for a row has done nothing.
// Every state that was met is met again.
func TestALostReplyOfAUniqueEffectInATransaction(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if err := p.PerformUnique(m, m.Key); err != nil {
			return err
		}
		return tx.Commit()
	})
	r := search(t, c, sim.Stock, check.Options{Faults: 2, Kinds: []check.Kind{check.LoseReply, check.Fail, check.Copy}})
	if !r.NeverTwice.Holds || !r.NeverLost.Holds || !r.NeverStuck.Holds || !r.Finished {
		t.Errorf("twice %s, lost %s, stuck %s, finished: %v", shape(&r.NeverTwice), shape(&r.NeverLost), shape(&r.NeverStuck), r.Finished)
	}
}

// What is kept for longer than a message is hidden runs out as well, if one waits. To
// expire early is a fault; that it expires at last is not.
func TestWhatRunsOutAtLastIsNotStuck(t *testing.T) {
	row := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("busy", m.ID, time.Hour) {
			return errors.New("somebody is at work, or was")
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		return p.Perform(m)
	})
	short := broker.Default()
	short.Visibility = 10 * time.Second
	pubsub, _ := broker.Preset("pubsub")
	for _, c := range []struct {
		name     string
		consumer sim.Consumer
		queue    broker.Profile
	}{
		{"a lease of 20 s on a queue that hides for 10 s", consumers.Lease, short},
		{"a lease on a queue that extends its deadline", consumers.Lease, pubsub},
		{"a lease with a token", consumers.LeaseFenced, pubsub},
		{"a row that is kept for an hour", row, broker.Default()},
	} {
		r := searchLane(t, sim.Lane{Consumer: c.consumer, Queue: c.queue}, check.Options{Faults: 2})
		if !r.NeverStuck.Holds || !r.Finished {
			t.Errorf("%s: never stuck: %s, %v", c.name, shape(&r.NeverStuck), r)
		}
	}
}

// What lies in the dead-letter queue is not lost: somebody can look there.
func TestParkedIsNotLost(t *testing.T) {
	q := broker.Default()
	q.MaxDeliveries = 1
	r := searchLane(t, sim.Lane{Consumer: consumers.Naive, Queue: q}, check.Options{Faults: 2, Kinds: []check.Kind{check.Fail, check.Crash}})
	if !r.NeverLost.Holds || !r.NeverTwice.Holds || !r.NeverStuck.Holds {
		t.Errorf("lost: %s, twice: %s, stuck: %s", shape(&r.NeverLost), shape(&r.NeverTwice), shape(&r.NeverStuck))
	}
	// A copy of it is parked as well, and that the mark was set counts for nothing.
	r = searchLane(t, sim.Lane{Consumer: consumers.MarkFirst, Queue: q}, check.Options{Faults: 2, Kinds: []check.Kind{check.Crash}})
	if !r.NeverLost.Holds {
		t.Errorf("mark-first, parked after one delivery: %s", shape(&r.NeverLost))
	}
}

// A trace is a run: each of its actions is on the menu, and at its end the property
// is broken for what it says; no shorter part of it breaks it.
func TestACounterexampleCanBePlayed(t *testing.T) {
	for of, r := range searched(t) {
		for _, p := range []sim.Property{sim.NeverTwice, sim.NeverLost} {
			e := r.Of(p).Counterexample
			if e == nil {
				continue
			}
			w := sim.New(&e.Lane, e.Faults)
			for i, a := range e.Actions {
				if w.Breaks(p) || !w.Can(a) {
					t.Fatalf("%s/%s: action %d of %q: can %v, broken before %v", of.c.Name, of.b, i, e.Lines(), w.Can(a), w.Breaks(p))
				}
				w.Do(a)
			}
			if v := w.Verdicts(); !v.Breaks(p) || !v.Of[of.b.Debt(e.Owed, e.Part)].Breaks(p) {
				t.Errorf("%s/%s: %q ends in %v", of.c.Name, of.b, e.Lines(), v.Of)
			}
		}
	}
}

func TestABoundThatStopsTheSearchIsAdmitted(t *testing.T) {
	for _, o := range []check.Options{{MaxStates: 5000}, {MaxBytes: 400_000}} {
		r := search(t, consumers.InboxAndGatewayKey, sim.Card, o)
		if r.Finished || r.UpTo != 1 || r.NeverTwice.Holds || r.NeverTwice.Finished || r.NeverStuck.Holds || r.NeverTwice.Counterexample != nil {
			t.Errorf("%+v: %v, %+v", o, r, r.NeverTwice)
		}
		if o.MaxStates > 0 && r.States > o.MaxStates+100 || o.MaxBytes > 0 && r.Bytes > 2*o.MaxBytes {
			t.Errorf("%+v: %d states, %d bytes", o, r.States, r.Bytes)
		}
		if r.OutOfMemory() != (o.MaxBytes > 0) {
			t.Errorf("%+v: out of memory: %v", o, r.OutOfMemory())
		}
		if got := r.String(); !strings.HasPrefix(got, "not finished: ") || !strings.HasSuffix(got, " states, up to 1 fault") {
			t.Errorf("it says %q", got)
		}
	}
	// What was found before the bound is found all the same.
	if r := search(t, consumers.Naive, sim.Card, check.Options{MaxStates: 300}); !r.NeverTwice.Finished || r.NeverTwice.Holds || r.NeverLost.Finished {
		t.Errorf("%v: %+v, %+v", r, r.NeverTwice, r.NeverLost)
	}
}

func TestBoundsAreRespected(t *testing.T) {
	count := func(o check.Options) (r *check.Result) { return search(t, consumers.Naive, sim.Mail, o) }
	if r := count(check.Options{Faults: -1}); !r.NeverTwice.Holds || r.UpTo != 0 || r.Bounds.Faults != 0 {
		t.Errorf("without faults: %v, %s", r, shape(&r.NeverTwice))
	}
	if r := count(check.Options{Kinds: []check.Kind{check.Fail}}); !r.NeverTwice.Holds || r.UpTo != 3 {
		t.Errorf("failing steps alone: %v, %s", r, shape(&r.NeverTwice))
	}
	one, two := count(check.Options{Copies: 1, Messages: 1}), count(check.Options{Copies: 2, Messages: 1})
	if one.States >= two.States {
		t.Errorf("%d states with one copy, %d with two", one.States, two.States)
	}
	for _, o := range []check.Options{{Messages: 9}, {Workers: -1}, {Faults: 99}, {Kinds: []check.Kind{"sleep"}}, {Copies: 99}} {
		if _, err := check.New(sim.Lane{Consumer: consumers.Naive}, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if _, err := check.New(sim.Lane{Consumer: consumers.Naive, Messages: check.Messages(1)}, check.Options{Messages: 2}); err == nil {
		t.Error("a lane of one message is searched with two")
	}
	if _, err := check.New(sim.Lane{Consumer: consumers.Naive, Threads: 2}, check.Options{Workers: 3}); err == nil {
		t.Error("three workers are put into processes of two threads")
	}
}

// A kind of fault that there is no place for was not tried, and that it breaks nothing
// says nothing.
func TestAKindWithoutAPlaceIsNamed(t *testing.T) {
	rabbit, _ := broker.Preset("rabbitmq-quorum")
	deaf := rabbit
	deaf.HeartbeatInterval, deaf.ConsumerTimeout = 0, 0 // it listens for no heartbeats, and has no timer
	for _, c := range []struct {
		consumer sim.Consumer
		queue    broker.Profile
		kinds    []check.Kind
		want     []check.Kind
	}{
		{consumers.Inbox, broker.Default(), nil, nil},
		{consumers.Naive, rabbit, nil, nil}, // a frozen worker is cut off
		{consumers.Naive, deaf, nil, []check.Kind{check.Overrun}},
		{consumers.Inbox, broker.Default(), []check.Kind{check.LoseAck, check.ExpireKey, check.Evict, check.Delay}, []check.Kind{check.ExpireKey, check.Evict, check.Delay}},
		{consumers.InboxTTL, broker.Default(), []check.Kind{check.ExpireKey}, nil},
	} {
		r := searchLane(t, sim.Lane{Consumer: c.consumer, Queue: c.queue}, check.Options{Faults: 1, Kinds: c.kinds})
		if !slices.Equal(r.NoPlace, c.want) {
			t.Errorf("%s on %q with %v: no place for %v, want %v", c.consumer.Name, c.queue.Name, c.kinds, r.NoPlace, c.want)
		}
	}
	if r := search(t, consumers.Naive, sim.Card, check.Options{MaxStates: 10, Kinds: []check.Kind{check.Redrive}}); r.NoPlace != nil {
		t.Errorf("it is not known, and yet there was no place for %v", r.NoPlace)
	}
}

// Sliced or whole, now or later: the same result, to the byte.
func TestSlicesGiveTheSameResult(t *testing.T) {
	l := sim.Lane{Consumer: consumers.CheckThenAct, Business: sim.Mail}
	o := check.Options{Faults: 2}
	whole := searchLane(t, l, o)
	s, err := check.New(l, o)
	if err != nil {
		t.Fatal(err)
	}
	steps, states := 0, s.States()
	for !s.Step(7) {
		if steps++; s.States() < states {
			t.Fatal("states get fewer")
		}
		states = s.States()
		if steps%500 == 0 {
			s.Result() // to look changes nothing
		}
	}
	got := s.Result()
	for _, r := range []*check.Result{got, whole} {
		r.Bytes = 0 // capacities are the allocator's business
		for p := sim.NeverTwice; p <= sim.NeverStuck; p++ {
			if e := r.Of(p).Counterexample; e != nil {
				e.Lane.Consumer.Handle = nil // functions are not comparable
			}
		}
	}
	if !reflect.DeepEqual(got, whole) || steps < 100 {
		t.Errorf("in %d slices\n%+v, whole\n%+v", steps, got, whole)
	}
}

// overAt is a context that is over when it has been asked that often.
type overAt struct {
	context.Context
	asks int
}

func (o *overAt) Err() error {
	if o.asks--; o.asks > 0 {
		return nil
	}
	return context.DeadlineExceeded
}

func TestASearchCanBeCancelled(t *testing.T) {
	s, err := check.New(sim.Lane{Consumer: consumers.Inbox, Business: sim.Stock}, check.Options{Faults: 8})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(&overAt{context.Background(), 3})
	if !errors.Is(err, context.DeadlineExceeded) || r.Finished || r.NeverTwice.Holds || r.States < 10 {
		t.Errorf("cancelled: %v, %v", r, err)
	}
}

// A handler that turns out to count deliveries needs keys that tell them apart:
// what was met before that is known must not stay merged.
func TestAHandlerThatCountsDeliveriesIsSearchedAgain(t *testing.T) {
	gives := handler(func(p *sim.Proc, m broker.Message) error {
		if _, seen := p.DB.Get("tried", m.ID); !seen {
			p.DB.Put("tried", m.ID, "once")
			return errors.New("not at the first try")
		}
		if p.Deliveries() > 3 {
			return nil // gives up
		}
		return p.Perform(m)
	})
	r := search(t, gives, sim.Card, check.Options{Messages: 1, Workers: 1, Faults: 2, Kinds: []check.Kind{check.Crash}})
	if e := r.NeverLost.Counterexample; e == nil || e.Faults != 2 {
		t.Errorf("it gives up after three deliveries, the first in vain, so two crashes lose it: %s", shape(&r.NeverLost))
	}
}

func TestARuleThatTheHandlerBreaksIsReported(t *testing.T) {
	broken := handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Perform(m); err != nil {
			return p.PerformOnce(m, "")
		}
		return nil
	})
	broken.Name = "forgetful"
	s, err := check.New(sim.Lane{Consumer: broken}, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	var rule *sim.HandlerError
	if !errors.As(err, &rule) || rule.Consumer != "forgetful" || r.NeverTwice.Holds || r.Finished {
		t.Errorf("%v, %v", r, err)
	}
}

// Who counts is sent what can be counted; the others have nothing in common. What a
// consumer calls itself does not matter.
func TestASequenceIsSentInOneGroupAndCountsUp(t *testing.T) {
	counts := handler(func(p *sim.Proc, m broker.Message) error {
		if p.DB.Add("marks", "all", 1) != m.Seq {
			return nil
		}
		return p.Perform(m)
	})
	counted := check.MessagesFor(counts, sim.Card, 3)
	for i, m := range counted {
		if m.Seq != i+1 || m.Group != counted[0].Group {
			t.Errorf("message %d of a sequence is number %d of %s", i, m.Seq, m.Group)
		}
	}
	plain := handler(func(p *sim.Proc, m broker.Message) error { return p.Perform(m) })
	plain.Identity = sim.Sequence
	if plain := check.MessagesFor(plain, sim.Card, 2); plain[0].Group == plain[1].Group {
		t.Error("nobody counts, and yet the messages share a group")
	}
}

// Three messages and three workers are searched to their end for much of the catalogue,
// far within the bounds on states and memory that a search has by default. The short tier
// holds how many states there are of two messages: see testdata/catalogue.golden.
func TestThreeOfEachAreSearchedToTheirEnd(t *testing.T) {
	testkit.Long(t)
	ended := 0
	for _, c := range consumers.All() {
		if search(t, c, sim.Card, check.Options{Messages: 3, Workers: 3, Faults: 2, MaxStates: 300_000}).Finished {
			ended++
		}
	}
	if ended < 10 {
		t.Errorf("%d consumers of %d: want 10 or more", ended, len(consumers.All()))
	}
}
