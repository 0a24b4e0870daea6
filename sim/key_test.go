package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"

	"pgregory.net/rapid"
)

// keyLanes are small lanes of every sort: each strategy in each business on queues
// that keep every promise that there is.
func keyLane(t *rapid.T) sim.Lane {
	q := rapid.SampledFrom(queues()).Draw(t, "queue")
	q.MaxDeliveries = rapid.SampledFrom([]int{0, 0, 2, 3}).Draw(t, "most")
	if rapid.Bool().Draw(t, "backoff") {
		q.Backoff = rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, time.Second}), 1, 3).Draw(t, "waits")
	}
	q.AtLimit = rapid.SampledFrom([]broker.Limit{broker.DeadLetter, broker.Drop}).Draw(t, "at the limit")
	q.LateAck = rapid.SampledFrom([]broker.AckRule{broker.Ignored, broker.Accepted, broker.Rejected}).Draw(t, "late")
	q.Rebalance = rapid.SampledFrom([]broker.Rebalancing{broker.Cooperative, broker.Eager}).Draw(t, "rebalance")
	q.Rejects = rapid.Bool().Draw(t, "rejects")
	if q.Assign == broker.OwnerWorker && rapid.Bool().Draw(t, "unfenced") {
		q.StaleAck = broker.Accepted
	}
	q.FreeNacks, q.Resumes = rapid.Bool().Draw(t, "free nacks"), rapid.Bool().Draw(t, "resumes")
	q.MaxNacks = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "most nacks")
	q.StaleNack = rapid.SampledFrom([]broker.AckRule{broker.Ignored, broker.Accepted}).Draw(t, "stale nack")
	if q.Redeliver&broker.OnDisconnect != 0 {
		q.BadAckCloses = rapid.Bool().Draw(t, "closes")
		q.ConsumerTimeout = rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "patience")
		if q.Assign == broker.OwnerWorker && rapid.IntRange(0, 2).Draw(t, "no session") == 0 {
			q.SessionTimeout = 0
		}
	}
	q.CommitsBack = true
	q.CommitsBack = q.Validate() == nil && rapid.Bool().Draw(t, "back") // only a position can go back
	l := lane(rapid.SampledFrom(strategies()).Draw(t, "consumer"), rapid.SampledFrom(sim.Businesses()).Draw(t, "business"), 2)
	l.Queue = q
	if rapid.Bool().Draw(t, "one group") {
		l.Messages[1].Group = l.Messages[0].Group
	}
	if rapid.Bool().Draw(t, "one key") {
		l.Messages[1].Key = l.Messages[0].Key
	}
	if rapid.IntRange(0, 3).Draw(t, "owes") == 0 {
		l.Messages[1].Owes = l.Messages[0].ID
	}
	for i := range l.Messages {
		if rapid.IntRange(0, 3).Draw(t, "not before") == 0 {
			l.Messages[i].NotBefore = time.Hour
		}
	}
	l.Database = rapid.SampledFrom(sim.Databases()).Draw(t, "database")
	l.Threads = rapid.IntRange(1, 2).Draw(t, "threads")
	l.Relays, l.Claim = rapid.IntRange(0, 2).Draw(t, "relays"), rapid.SampledFrom([]sim.RowClaim{sim.NoClaim, sim.ClaimRow}).Draw(t, "claim")
	return l
}

// pick draws an action from a menu, faults seldom: they end what begins.
func pick(t *rapid.T, w *sim.World) (sim.Action, bool) {
	var free, all []sim.Action
	for _, a := range w.Enabled() {
		if all = append(all, a); w.Cost(a) == 0 {
			free = append(free, a)
		}
	}
	if len(free) > 0 && rapid.IntRange(0, 3).Draw(t, "trouble") > 0 {
		all = free
	}
	if len(all) == 0 {
		return sim.Action{}, false
	}
	return rapid.SampledFrom(all).Draw(t, "action"), true
}

// sameFuture holds that two worlds of one key have the same menu and verdicts, and
// that each action of it does the same to both.
func sameFuture(t *rapid.T, a, b *sim.World) {
	menu := a.Enabled()
	if got := b.Enabled(); !slices.Equal(got, menu) {
		t.Fatalf("menus differ:\n%s\n%s", format(a, menu), format(b, got))
	}
	parted := append(a.AppendFree(nil), a.AppendFaults(nil)...)
	for i, act := range parted {
		if !slices.Contains(menu, act) || a.Cost(act) > 0 != (i >= len(a.AppendFree(nil))) {
			t.Fatalf("%s is not on its part of the menu", a.Format(act))
		}
	}
	if len(parted) != len(menu) {
		t.Fatalf("the parts of the menu have %d actions, the menu %d", len(parted), len(menu))
	}
	v := a.Verdicts()
	if got := b.Verdicts(); !slices.Equal(got.Of, v.Of) {
		t.Fatalf("verdicts %v and %v", v.Of, got.Of)
	}
	for _, p := range []sim.Property{sim.NeverTwice, sim.NeverLost} {
		if a.Breaks(p) != v.Breaks(p) || b.Breaks(p) != v.Breaks(p) {
			t.Fatalf("World.Breaks(%s) is not what Verdicts.Breaks says: %v", p, v)
		}
	}
	if pending := slices.Contains(v.Of, sim.Pending); a.Quiet() && pending || a.Quiet() != b.Quiet() {
		t.Fatalf("quiet %v and %v with verdicts %v", a.Quiet(), b.Quiet(), v.Of)
	}
	form := a.CountsDeliveries()
	for _, act := range menu {
		x, y := a.Clone(), b.Clone()
		if a.Cost(act) != b.Cost(act) {
			t.Fatalf("%s costs %d and %d", a.Format(act), a.Cost(act), b.Cost(act))
		}
		p, q := x.Do(act), y.Do(act)
		if form != a.CountsDeliveries() {
			return // what a handler was found to ask, a moment too late for these two
		}
		if string(x.AppendKey(nil)) != string(y.AppendKey(nil)) {
			t.Fatalf("%s leads to different keys:\n%v\n%v\n%+v\n%+v", a.Format(act), x.AppendKey(nil), y.AppendKey(nil), p, q)
		}
		if p.Answer != q.Answer || p.Reply != q.Reply || p.Done != q.Done || p.Undone != q.Undone || p.Finished != q.Finished {
			t.Fatalf("%s does different things:\n%+v\n%+v", a.Format(act), p, q)
		}
	}
}

func format(w *sim.World, menu []sim.Action) (texts []string) {
	for _, a := range menu {
		texts = append(texts, w.Format(a))
	}
	return texts
}

// A restored world has forgotten all that the key leaves out, so it is the second
// world of each key that a walk comes to.
func TestEqualKeysHaveEqualFutures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := keyLane(t)
		w := sim.New(&l, rapid.SampledFrom([]int{-1, 6}).Draw(t, "budget"))
		if rapid.Bool().Draw(t, "loses writes") {
			w.KeepJournal(rapid.IntRange(0, 3).Draw(t, "last"))
		}
		if rapid.Bool().Draw(t, "forgets acks") {
			w.KeepAcks()
		}
		start := w.AppendKey(nil)
		forms := w.CountsDeliveries()
		for range rapid.IntRange(1, 60).Draw(t, "actions") {
			if forms != w.CountsDeliveries() { // keys of before are of another form
				start, forms = w.AppendKey(nil), w.CountsDeliveries()
			}
			key := w.AppendKey(nil)
			other := w.Clone()
			other.Restore(key)
			copied := w.Clone()
			copied.Restore(start)
			copied.CopyFrom(w)
			if again := copied.AppendKey(nil); string(again) != string(key) || !slices.Equal(copied.Ledger(), w.Ledger()) {
				t.Fatalf("a copy of %v is %v", key, again)
			}
			if again := other.AppendKey(nil); string(again) != string(key) {
				t.Fatalf("restored from %v, the key is %v", key, again)
			}
			folded := w.AppendFoldedKey(nil)
			if again := other.AppendFoldedKey(nil); string(again) != string(folded) {
				t.Fatalf("worlds of one key fold into %v and %v", folded, again)
			}
			renumbered := w.Clone()
			renumbered.Restore(folded)
			if again := renumbered.AppendFoldedKey(nil); string(again) != string(folded) || len(renumbered.Enabled()) != len(w.Enabled()) {
				t.Fatalf("%v is folded again into %v", folded, again)
			}
			form := w.CountsDeliveries()
			sameFuture(t, w, other)
			a, ok := pick(t, w)
			if !ok {
				return
			}
			if form == w.CountsDeliveries() && rapid.IntRange(0, 5).Draw(t, "go on restored") == 0 {
				w = other
			}
			if w.Do(a); w.Err() != nil {
				t.Fatal(w.Err())
			}
		}
	})
}

// Two histories that meet: what they share is the key, and so the future.
func TestHistoriesThatMeetHaveTheSameFuture(t *testing.T) {
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		l := keyLane(t)
		start := sim.New(&l, -1)
		if rapid.Bool().Draw(t, "loses writes") {
			start.KeepJournal(2)
		}
		if rapid.Bool().Draw(t, "forgets acks") {
			start.KeepAcks()
		}
		first := map[string]*sim.World{}
		form := start.CountsDeliveries()
		for range 4 {
			w := start.Clone()
			for range rapid.IntRange(10, 40).Draw(t, "actions") {
				a, ok := pick(t, w)
				if !ok {
					break
				}
				w.Do(a)
				if form != w.CountsDeliveries() {
					form = w.CountsDeliveries()
					clear(first)
				}
				key := string(w.AppendKey(nil))
				if other := first[key]; other != nil && !sim.SameState(other, w) {
					sameFuture(t, w, other)
					met++
				}
				first[key] = w.Clone()
			}
		}
	})
	if met < 20 && !testing.Short() { // rapid tries fewer then
		t.Errorf("different histories met %d times: the test tests little", met)
	}
}

// What a key keeps apart, and what it does not, said by example.
func TestKeysKeepApartWhatMatters(t *testing.T) {
	for _, c := range []struct {
		why      string
		consumer sim.Consumer
		business sim.Business
		a, b     string
		same     bool
	}{
		{"who publishes first is forgotten", consumers.Naive, sim.Card, "publish m1; publish m2", "publish m2; publish m1", true},
		{"a message that came back is as good as new", consumers.Naive, sim.Card,
			"publish m1", "publish m1; deliver m1 to 1; crash 1; time-out m1", true},
		{"a third effect changes nothing", consumers.Naive, sim.Mail,
			"publish m1; deliver m1 to 1; step 1; crash 1; time-out m1; deliver m1 to 1; step 1",
			"publish m1; deliver m1 to 1; step 1; crash 1; time-out m1; deliver m1 to 1; step 1; crash 1; time-out m1; deliver m1 to 1; step 1", true},
		{"a second one does", consumers.Naive, sim.Mail,
			"publish m1; deliver m1 to 1; step 1",
			"publish m1; deliver m1 to 1; step 1; crash 1; time-out m1; deliver m1 to 1; step 1", false},
		{"a receipt is the last or it is not", consumers.Naive, sim.Card,
			"publish m1; deliver m1 to 1; publish m2; deliver m2 to 2; time-out m1; time-out m2",
			"publish m1; deliver m1 to 1; publish m2; deliver m2 to 2; time-out m1; time-out m2; step 2; step 2; deliver m1 to 2; crash 2; time-out m1", false},
		{"the receiver remembers keys", consumers.GatewayKey, sim.Card,
			"publish m1; deliver m1 to 1", "publish m1; deliver m1 to 1; step 1; crash 1; time-out m1; deliver m1 to 1", false},
		{"a row is open or committed", consumers.Inbox, sim.Stock,
			"publish m1; deliver m1 to 1; step 1; step 1; crash 1", "publish m1; deliver m1 to 1; step 1; crash 1", true},
		{"memory is of one process", consumers.MemorySet, sim.Card,
			"publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1",
			"publish m1; deliver m1 to 2; step 2; step 2; step 2; step 2", false},
		{"what an idle worker did is forgotten", consumers.Naive, sim.Card,
			"publish m1; deliver m1 to 1; step 1; step 1", "publish m1; deliver m1 to 2; step 2; step 2", true},
	} {
		start := world(lane(c.consumer, c.business, 2))
		a, b := start.Clone(), start.Clone()
		play(t, a, c.a)
		play(t, b, c.b)
		if same := string(a.AppendKey(nil)) == string(b.AppendKey(nil)); same != c.same {
			t.Errorf("%s: the keys of %q and %q are the same: %v\n%v\n%v", c.why, c.a, c.b, same, a.AppendKey(nil), b.AppendKey(nil))
		}
	}
}

// The redelivered flag and the count are kept apart for who asks for them, and
// only for them.
func TestDeliveriesAreCountedForWhoAsks(t *testing.T) {
	came := func(times int) string {
		script := "publish m1"
		for range times {
			script += "; deliver m1 to 1; crash 1; time-out m1"
		}
		return script
	}
	flag := handler(func(p *sim.Proc, m broker.Message) error {
		if p.Redelivered() {
			return nil
		}
		return p.Perform(m)
	})
	count := handler(func(p *sim.Proc, m broker.Message) error {
		if p.Deliveries() > 2 {
			return nil
		}
		return p.Perform(m)
	})
	for _, c := range []struct {
		consumer sim.Consumer
		most     int
		want     string // whether 1 is as 0, 2 as 1, 3 as 2
	}{
		{consumers.Naive, 0, "[true true true]"}, {flag, 0, "[false false true]"}, {count, 0, "[false false false]"},
		{consumers.Naive, 5, "[false false false]"},
	} {
		l := lane(c.consumer, sim.Card, 1)
		l.Queue.MaxDeliveries = c.most
		start := world(l)
		play(t, start.Clone(), came(1)) // what it asks is known from here on
		var same []bool
		for n := range 3 {
			a, b := start.Clone(), start.Clone()
			play(t, a, came(n))
			play(t, b, came(n+1))
			same = append(same, string(a.AppendKey(nil)) == string(b.AppendKey(nil)))
		}
		if fmt.Sprint(same) != c.want {
			t.Errorf("%s, at most %d deliveries: %v, want %s", c.consumer.Name, c.most, same, c.want)
		}
	}
}

// Restoring a world leaves its clones alone, and theirs it.
func TestRestoreTouchesNoClone(t *testing.T) {
	w := world(lane(consumers.Inbox, sim.Card, 2))
	empty := w.AppendKey(nil)
	play(t, w, "publish m1; copy m1; deliver m1 to 1; step 1; step 1")
	busy := w.AppendKey(nil)
	for range 3 {
		c := w.Clone()
		want := string(c.AppendKey(nil))
		w.Restore(empty)
		play(t, w, "publish m2; republish-as m2")
		if got := string(c.AppendKey(nil)); got != want {
			t.Fatalf("the clone was %v and is %v", []byte(want), []byte(got))
		}
		if w.Restore(busy); string(w.AppendKey(nil)) != string(busy) || w.Name(2) != "m1b" {
			t.Fatalf("restored as %v, want %v", w.AppendKey(nil), busy)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	l := lane(consumers.Inbox, sim.Stock, 2)
	w := sim.New(&l, -1)
	for _, text := range []string{"publish m1", "copy m1", "deliver m1 to 1", "step 1", "step 1", "step 1"} {
		a, _ := w.Parse(text)
		w.Do(a)
	}
	key := w.AppendKey(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key = w.AppendKey(key[:0])
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.Restore(key)
		}
	})
}

// A world that had another consumer is, to the byte, the one that is made for this.
func TestAReusedWorldIsAsANewOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := keyLane(t)
		now := was
		now.Consumer = rapid.SampledFrom(strategies()).Filter(func(c sim.Consumer) bool {
			return (c.Relay == nil) == (was.Consumer.Relay == nil) && c.Cursor == was.Consumer.Cursor && c.Window == was.Consumer.Window
		}).Draw(t, "next")
		start := sim.New(&was, -1)
		reused := start.Clone()
		for range 30 {
			if a, ok := pick(t, reused); ok {
				reused.Do(a)
			}
		}
		start.Reuse(&now.Consumer)
		reused.CopyFrom(start)
		made := sim.New(&now, -1)
		for i := range 30 {
			a, ok := pick(t, made)
			if !ok {
				break
			}
			if made.Do(a); !reused.Can(a) {
				t.Fatalf("step %d: %v is not possible in the reused world", i, a)
			}
			if reused.Do(a); string(made.AppendKey(nil)) != string(reused.AppendKey(nil)) || string(made.AppendFoldedKey(nil)) != string(reused.AppendFoldedKey(nil)) {
				t.Fatalf("step %d: after %v the reused world is another", i, a)
			}
		}
	})
}

// Of a status that can be lost, a key counts what was set in its turn and what was stale each
// by itself: that one is set back can be lost says nothing of the other.
func TestAKeyCountsStaleAndOtherEffectsApart(t *testing.T) {
	l := oneStatus(consumers.Naive, 2)
	w := sim.New(&l, -1)
	w.KeepJournal(1)
	for _, text := range []string{
		"publish m1", "deliver m1 to 1", "step 1", "time-out m1", "deliver m1 to 2", "step 2", // set twice in its turn
		"time-out m1", "step 1", "deliver m1 to 1", "step 2", "publish m2", "deliver m2 to 2", "step 2",
	} {
		a := action(t, w, text)
		if !w.Can(a) {
			t.Fatalf("%s is not possible", text)
		}
		w.Do(a)
	}
	key, other := w.AppendKey(nil), w.Clone()
	other.Restore(key)
	back := action(t, w, "step 1")
	w.Do(back)
	other.Do(back)
	if want, got := w.AppendKey(nil), other.AppendKey(nil); string(got) != string(want) {
		t.Errorf("from one key, m1 set back leads to\n%v and\n%v", want, got)
	}
}
