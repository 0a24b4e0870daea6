package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// kept is n entries of so many bytes of key and value each.
func kept(n, bytes int) sim.Remembered {
	return sim.Remembered{Entries: n, Bytes: n * (bytes + sim.RowOverhead)}
}

// stays is what a strategy costs that forgets nothing: what it has at the end is
// also the most at any time, and never expires.
func stays(r sim.Remembered, c sim.Costs) sim.Costs {
	c.End, c.Peak, c.Stays = r, r, r
	return c
}

// Four messages, m1 to m4, nothing goes wrong. A round trip takes 10 ms.
func TestEachStrategyCostsWhatItsStepsDo(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		consumer sim.Consumer
		want     sim.Costs
	}{
		// No store: four performs.
		{consumers.Naive, sim.Costs{Calls: 4}},
		{consumers.AckFirst, sim.Costs{Calls: 4}},
		// An ID of two bytes a message; asking its own memory is no round trip.
		{consumers.MemorySet, stays(kept(4, 2), sim.Costs{Calls: 4})},
		// Get and put, a row "m1" = "done".
		{consumers.CheckThenAct, stays(kept(4, 6), sim.Costs{Calls: 4, RoundTrips: 8, Added: 80 * ms})},
		// Put-if-absent alone, a row "m1" = "seen".
		{consumers.MarkFirst, stays(kept(4, 6), sim.Costs{Calls: 4, RoundTrips: 4, Added: 40 * ms})},
		// Begin, insert, commit; a row "m1".
		{consumers.Inbox, stays(kept(4, 2), sim.Costs{Calls: 4, RoundTrips: 12, Added: 120 * ms})},
		// The same with the business key: a row "order-m1".
		{consumers.InboxKey, stays(kept(4, 8), sim.Costs{Calls: 4, RoundTrips: 12, Added: 120 * ms})},
		// Nothing here: the bank keeps a key a message.
		{consumers.GatewayKey, sim.Costs{Calls: 4, Keys: 4}},
		{consumers.InboxAndGatewayKey, stays(kept(4, 8), sim.Costs{Calls: 4, RoundTrips: 12, Added: 120 * ms, Keys: 4})},
		// The bank keeps a key for each attempt, to no avail.
		{consumers.GatewayKeyRandom, sim.Costs{Calls: 4, Keys: 4}},
		// The queue has dropped nothing, and what it remembers is its own.
		{consumers.BrokerWindow, sim.Costs{Calls: 4}},
		// Put alone, for the flag is not set; put-if-absent alone, for nothing fails.
		{consumers.RedeliveredFlag, stays(kept(4, 6), sim.Costs{Calls: 4, RoundTrips: 4, Added: 40 * ms})},
		{consumers.MarkRemove, stays(kept(4, 6), sim.Costs{Calls: 4, RoundTrips: 4, Added: 40 * ms})},
		// Put-if-absent and set, "order-m1" = "done". All expire an hour later.
		{consumers.Lease, sim.Costs{Peak: kept(4, 12), Calls: 4, RoundTrips: 8, Added: 80 * ms}},
		// Asked four times, for a second each.
		{consumers.LookupFirst, sim.Costs{Calls: 8, Added: 4 * time.Second}},
		// Begin, get, compare-and-set, commit; a row for each of three groups, "g1" = "1".
		{consumers.HighWaterMark, stays(kept(3, 3), sim.Costs{Calls: 4, RoundTrips: 16, Added: 160 * ms})},
		// All four bodies are empty, so the last three are taken for the first: begin,
		// insert, rollback. One row, 16 digits.
		{consumers.InboxHash, stays(kept(1, 16), sim.Costs{Calls: 1, RoundTrips: 12, Added: 120 * ms})},
		// Put-if-absent, begin, compare-and-set, commit; "order-m1" = 8 digits and " 201".
		// While it was begun, the last row was two bytes longer.
		{consumers.StoredResult, sim.Costs{
			End: kept(4, 20), Stays: kept(4, 20), Peak: sim.Remembered{Entries: 4, Bytes: 4*70 + 2},
			Calls: 4, RoundTrips: 16, Added: 160 * ms, Keys: 4,
		}},
	} {
		if got := simulate(t, lane(test.consumer, sim.Card, 4)).Costs(); got != test.want {
			t.Errorf("%s costs\n%+v, want\n%+v", test.consumer.Name, got, test.want)
		}
	}
}

// A mail server honours no key, so it keeps none.
func TestNobodyKeepsAKeyWhereNoneIsHonoured(t *testing.T) {
	if got := simulate(t, lane(consumers.GatewayKey, sim.Mail, 4)).Costs(); got != (sim.Costs{Calls: 4}) {
		t.Errorf("%+v", got)
	}
}

func TestTroubleCostsWhatItRepeats(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		what     string
		consumer sim.Consumer
		fault    string
		want     sim.Costs
	}{
		{"it is performed again", consumers.Naive, "lose-ack:m1", sim.Costs{Calls: 2}},
		{"begin, insert, which finds it, and rollback come on top", consumers.Inbox, "lose-ack:m1",
			stays(kept(1, 2), sim.Costs{Calls: 1, RoundTrips: 6, Added: 60 * ms})},
		{"begin and insert were in vain, and so was the charge", consumers.Inbox, "crash:m1/after-effect",
			stays(kept(1, 2), sim.Costs{Calls: 2, RoundTrips: 5, Added: 50 * ms})},
		{"begin and insert, the charge that fails, rollback; then all of it", consumers.Inbox, "fail:m1",
			stays(kept(1, 2), sim.Costs{Calls: 2, RoundTrips: 6, Added: 60 * ms})},
		{"the commit is done, the rollback too, and the next time it is found", consumers.Inbox, "lose-reply:m1,step=commit",
			stays(kept(1, 2), sim.Costs{Calls: 1, RoundTrips: 7, Added: 70 * ms})},
		{"a pause is nobody's round trip", consumers.Inbox, "pause:m1/before-commit,for=10s",
			stays(kept(1, 2), sim.Costs{Calls: 1, RoundTrips: 3, Added: 30 * ms})},
		// m1 inserts at 20 ms and commits at 1.03 s. m1b comes 1 ms later than m1: its
		// insert is due at 21 ms, waits for 1.009 s, finds m1 and rolls back.
		{"the copy waits for the row", consumers.Inbox, "copy:m1",
			stays(kept(1, 2), sim.Costs{Calls: 1, RoundTrips: 6, Waited: 1009 * ms, Added: 1069 * ms})},
		// The owner of the row pauses for 5 s before it commits; it does not wait for
		// anything. Who waits for it does, for 6.009 s.
		{"a pause of the owner is a wait of the other", consumers.Inbox, "pause:m1/before-commit,for=5s copy:m1",
			stays(kept(1, 2), sim.Costs{Calls: 1, RoundTrips: 6, Waited: 6009 * ms, Added: 6069 * ms})},
		// Two processes, each with an ID in memory.
		{"each process remembers it", consumers.MemorySet, "copy:m1", stays(kept(2, 2), sim.Costs{Calls: 2})},
		{"the key is at the bank already", consumers.GatewayKey, "copy:m1", sim.Costs{Calls: 2, Keys: 1}},
	} {
		l := lane(test.consumer, sim.Card, 1)
		for f := range strings.FieldsSeq(test.fault) {
			l.Plan = append(l.Plan, faults(f)...)
		}
		if got := simulate(t, l).Costs(); got != test.want {
			t.Errorf("%s with %s: %s, but it costs\n%+v, want\n%+v", test.consumer.Name, test.fault, test.what, got, test.want)
		}
	}
}

// A process that dies takes its memory along: the peak was before, and what comes
// again is remembered again.
func TestWhatACrashForgetsIsNotKeptButWasOnce(t *testing.T) {
	got := simulate(t, lane(consumers.MemorySet, sim.Card, 2, "crash:m2/before-ack")).Costs()
	want := sim.Costs{Peak: kept(2, 2), End: kept(1, 2), Stays: kept(1, 2), Calls: 3}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A minute apart and kept for 90 s, there are never more than two entries, and
// in the end there is none; what is set without an end stays.
func TestWhatExpiresIsKeptForAWhile(t *testing.T) {
	marks := func(ttl time.Duration) sim.Consumer {
		return handler(func(p *sim.Proc, m broker.Message) error {
			if _, err := p.Cache.PutIfAbsent(m.ID, "seen", ttl); err != nil {
				return err
			}
			return p.Perform(m)
		})
	}
	got := simulate(t, lane(marks(90*time.Second), sim.Card, 4)).Costs()
	if want := (sim.Costs{Peak: kept(2, 6), RoundTrips: 4, Calls: 4, Added: 40 * time.Millisecond}); got != want {
		t.Errorf("for 90 s: %+v, want %+v", got, want)
	}
	got = simulate(t, lane(marks(0), sim.Card, 4)).Costs()
	if want := stays(kept(4, 6), sim.Costs{RoundTrips: 4, Calls: 4, Added: 40 * time.Millisecond}); got != want {
		t.Errorf("for ever: %+v, want %+v", got, want)
	}
	l := lane(marks(90*time.Second), sim.Card, 4)
	l.Until = 3*time.Minute + 2*time.Second // m3 and m4 are there, but not for ever
	if got := simulate(t, l).Costs(); got.End != kept(2, 6) || got.Stays != (sim.Remembered{}) {
		t.Errorf("cut short: %+v", got)
	}
}

// An inbox with a retention of 90 s has the same round trips as one without, and
// like a cache never more than two rows: m1 is committed at 1.03 s and gone before
// m3 is committed at 2:01.03.
func TestARetentionKeepsTheTableSmallAndCostsNoRoundTrip(t *testing.T) {
	inbox := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.InsertFor("inbox", m.ID, 90*time.Second) {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
	got := simulate(t, lane(inbox, sim.Card, 4)).Costs()
	want := sim.Costs{Peak: kept(2, 2), RoundTrips: 12, Calls: 4, Added: 120 * time.Millisecond}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Memory with room for two never has more, and keeps the last two.
func TestALeastRecentlyUsedSetIsNeverLarger(t *testing.T) {
	lru := handler(func(p *sim.Proc, m broker.Message) error {
		if !p.Memory.AddWithin(m.ID, 2) {
			return nil
		}
		return p.Perform(m)
	})
	got := simulate(t, lane(lru, sim.Card, 4)).Costs()
	if want := stays(kept(2, 2), sim.Costs{Calls: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// To ask the receiver takes as long as to perform, and a naive consumer does not.
func TestALookupIsACallAndTakesItsTime(t *testing.T) {
	asks := handler(func(p *sim.Proc, m broker.Message) error {
		if done, err := p.Lookup(m); done || err != nil {
			return err
		}
		return p.Perform(m)
	})
	got := simulate(t, lane(asks, sim.Card, 2, "lose-ack:m1")).Costs()
	if want := (sim.Costs{Calls: 5, Added: 3 * time.Second}); got != want { // asked thrice
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Whatever happens, what the meter adds up is what a count of the world gives,
// and it does not matter from where it comes to a moment.
func TestTheMeterReadsWhatTheWorldRemembers(t *testing.T) {
	stormyLanes(t, 2, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		m, p := r.Meter(), r.Player()
		var peak sim.Remembered
		for n := range r.Len() + 1 {
			now := p.At(n).Remembered()
			peak = sim.Remembered{Entries: max(peak.Entries, now.Entries), Bytes: max(peak.Bytes, now.Bytes)}
			c := m.At(n)
			if c.End != now || c.Peak != peak || c.Stays.Entries > now.Entries || c.Added < c.Waited {
				t.Fatalf("after %d of %d: %+v; the world remembers %+v, at most %+v", n, r.Len(), c, now, peak)
			}
		}
		half := m.At(r.Len() / 2)
		if all := m.At(r.Len()); all != r.Costs() || half != r.Meter().At(r.Len()/2) {
			t.Errorf("read again: %+v and %+v", half, all)
		}
	})
}

// A stock that keeps its effects under unique keys keeps them anyway: it is no
// dedup table. The token that a fence has seen is one, a row "order-m1" = "7". The
// copy waits for nothing, for it comes to the row when that is committed.
func TestAUniqueEffectIsNoEntryAndAFenceIsOne(t *testing.T) {
	careful := handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.PerformUnique(m, m.Key); err != nil {
			return err
		}
		return p.PerformFenced(m, 7)
	})
	got := simulate(t, lane(careful, sim.Stock, 2, "copy:m1,later=1m")).Costs()
	if want := stays(kept(2, 9), sim.Costs{Calls: 6}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// That the receiver is slow is nobody's wait. m1 is at it from 10 ms to 70.01 s; its
// copy, 1 ms behind, has its item at 1.011 s and pauses for 80 s before it commits,
// at 81.021 s. So m1 waits for the row for 11.011 s more, and finds it there. Both
// begin and commit.
func TestASlowReceiverIsNotAWait(t *testing.T) {
	once := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if err := p.PerformUnique(m, m.Key); err != nil {
			return err
		}
		return tx.Commit()
	})
	const ms = time.Millisecond
	for _, test := range []struct {
		plan []string
		want sim.Costs
	}{
		{[]string{"slow:m1,for=70s"}, sim.Costs{RoundTrips: 2, Calls: 1, Added: 20 * ms}},
		{
			[]string{"slow:m1,for=70s", "copy:m1", "pause:m1b/before-commit,for=80s"},
			sim.Costs{RoundTrips: 4, Calls: 2, Added: 11051 * ms, Waited: 11011 * ms},
		},
	} {
		l := lane(once, sim.Stock, 1, test.plan...)
		l.Queue.Visibility = 10 * time.Minute
		if got := simulate(t, l).Costs(); got != test.want {
			t.Errorf("%v: %+v, want %+v", test.plan, got, test.want)
		}
	}
}

// BenchmarkCosts reads the costs of a long run: what whoever asks for them pays.
func BenchmarkCosts(b *testing.B) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox, consumers.MemorySet} {
		for _, n := range []int{1e3, 1e5} {
			r, err := sim.Simulate(busyLane(c, n, stormy))
			if err != nil {
				b.Fatal(err)
			}
			b.Run(c.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r.Costs()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(r.Len()), "ns/action")
			})
		}
	}
}
