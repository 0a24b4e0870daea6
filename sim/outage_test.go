package sim_test

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
)

// While the stores are down a step that reports errors reports one, and any other
// step to the database ends the attempt as a nack.
func TestEveryStepToAStoreThatIsDownFails(t *testing.T) {
	for _, v := range vocabulary {
		for _, b := range sim.Businesses() {
			r := telling(t, b, v.ask, "store-down,at=0s,for=1h")
			stored := v.place == sim.InDB || v.place == sim.InCache || v.place == sim.Outside && b.Local()
			i := slices.IndexFunc(r.Events(), func(e sim.Event) bool { return e.Op.Asked() })
			first := &r.Events()[i]
			switch {
			case !stored && (r.Answer(first) == sim.ErrUnavailable.Error() || first.Finished):
				t.Errorf("%s/%s fails: %+v", v.op, b, first)
			case stored && r.Answer(first) != sim.ErrUnavailable.Error():
				t.Errorf("%s/%s is answered %q", v.op, b, r.Answer(first))
			case stored && first.Finished == first.Op.CanFail() || first.Finished && first.Reply != sim.Returned:
				t.Errorf("%s/%s: the attempt ends: %v, and the queue: %d", first.Op, b, first.Finished, first.Reply)
			}
		}
	}
}

// An outage that ends is latency, and nothing else, for whoever nacks.
func TestAnOutageDelaysTheInbox(t *testing.T) {
	for _, b := range sim.Businesses() {
		r := simulate(t, lane(consumers.Inbox, b, 2, "store-down,at=0s,for=20s"))
		if got := r.World().Verdicts().Of; slices.ContainsFunc(got, func(v sim.Verdict) bool { return v != sim.Once }) {
			t.Errorf("%s: %v", b, got)
		}
		up := where(r, func(e *sim.Event) bool { return e.Kind == sim.StoreUp })
		performed := where(r, func(e *sim.Event) bool { return e.Done })
		if len(up) != 1 || up[0].At != 20*time.Second || performed[0].At < up[0].At {
			t.Errorf("%s: up again %+v, performed %+v", b, up, performed)
		}
	}
}

// A transaction that is open when the stores go down goes on when they are back,
// if its attempt has not come to them meanwhile: they were out of reach, not dead.
func TestAnOpenTransactionOutlastsAnOutageThatItDoesNotNotice(t *testing.T) {
	r := simulate(t, lane(consumers.Inbox, sim.Card, 1, "store-down,at=500ms,for=400ms"))
	if got := verdicts(r); got != "once" || r.World().Queue().Deliveries(0) != 1 {
		t.Errorf("%s after %d deliveries", got, r.World().Queue().Deliveries(0))
	}
	r = simulate(t, lane(consumers.Inbox, sim.Card, 1, "store-down,at=500ms,for=10s"))
	commit := where(r, func(e *sim.Event) bool { return e.Op == sim.OpCommit })
	if r.Answer(&commit[0]) != sim.ErrUnavailable.Error() || verdicts(r) != "twice" {
		t.Errorf("commit: %s, verdict %s", r.Answer(&commit[0]), verdicts(r))
	}
}

// Who waits for a row does not wait for a store that is down.
func TestWhoWaitsForARowFailsWhenTheStoreGoesDown(t *testing.T) {
	w := world(lane(consumers.Inbox, sim.Stock, 1))
	play(t, w, atTheLock)
	if can(t, w, "step 2") {
		t.Fatal("worker 2 does not wait")
	}
	if out := play(t, w, "store-down; step 2"); !out.Finished || out.Reply != sim.Returned {
		t.Errorf("worker 2: %+v", out)
	}
	r := simulate(t, lane(consumers.Inbox, sim.Stock, 1, "copy:m1", "store-down,at=300ms,for=10s"))
	if got := verdicts(r); got != "once" {
		t.Errorf("on the timeline: %s", got)
	}
}

func TestOutagesThatOverlapAreOneOutage(t *testing.T) {
	r := simulate(t, lane(consumers.Inbox, sim.Stock, 1, "store-down,at=0s,for=20s", "store-down,at=10s,for=30s", "store-down,at=40s,for=5s"))
	var at []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.StoreDown || e.Kind == sim.StoreUp }) {
		at = append(at, fmt.Sprint(e.Kind, " ", e.At))
	}
	if got := strings.Join(at, ", "); got != "store-down 0s, store-up 45s" {
		t.Error(got)
	}
}

// A step to a store that is down neither fails by another fault nor loses a reply
// that it does not get.
func TestWhatIsOutOfReachIsNotStruckAsWell(t *testing.T) {
	w := world(lane(consumers.Inbox, sim.Stock, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; store-down")
	for _, text := range []string{"fail 1", "lose-reply 1"} {
		if can(t, w, text) {
			t.Errorf("%s is on the menu", text)
		}
	}
	for _, kind := range []string{"fail", "lose-reply"} {
		r := simulate(t, lane(consumers.Inbox, sim.Stock, 1, "store-down,at=500ms,for=2s", kind+":m1"))
		if n := len(struckBy(r)); n != 1 || verdicts(r) != "once" { // the stores go down
			t.Errorf("%s: %d events are struck, %s", kind, n, verdicts(r))
		}
	}
}

// What befalls the world is drawn by seed and message: at the same time in every
// lane, and within half a minute of the publish.
func TestWhatBefallsTheWorldIsDrawnForAllLanes(t *testing.T) {
	for _, k := range []sim.FaultKind{sim.RestartFault, sim.LoseWritesFault, sim.StoreDownFault} {
		said, n := "", 0
		everyLane(func(c sim.Consumer, b sim.Business) {
			l := lane(c, b, 4)
			l.Seed, l.Rates = 5, sim.Rates{k: .5}
			r := simulate(t, l)
			var all []string
			for _, f := range r.Faults {
				all = append(all, f.String())
				if !f.Drawn || f.Kind != k || f.At%time.Minute <= 0 || f.At%time.Minute > 30*time.Second || f.At%(500*time.Millisecond) != 0 {
					t.Errorf("drew %+v", f)
				}
				n++
			}
			if got := strings.Join(all, " "); said != "" && got != said {
				t.Errorf("%s/%s draws %s, another %s", c.Name, b, got, said)
			} else {
				said = got
			}
		})
		if n == 0 {
			t.Errorf("%s was never drawn", k)
		}
	}
}

// marks records after its effect in a store of its choice.
func marks(inCache bool) sim.Consumer {
	return handler(func(p *sim.Proc, m broker.Message) error {
		if inCache {
			if _, seen, err := p.Cache.Get(m.ID); seen || err != nil {
				return err
			}
		} else if _, seen := p.DB.Get("processed", m.ID); seen {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		if inCache {
			return p.Cache.Set(m.ID, "done", 0)
		}
		p.DB.Put("processed", m.ID, "done")
		return nil
	})
}

// A lost record makes a duplicate of whatever comes again, wherever it was. What is
// lost with its effect does not; what cannot be taken back stays.
func TestAFailoverLosesTheNewestCommits(t *testing.T) {
	for _, c := range []struct {
		why  string
		c    sim.Consumer
		b    sim.Business
		plan string
		want string
	}{
		{"the mark alone", marks(false), sim.Card, "lose-writes,at=10s republish:m1", "twice"},
		{"in a cache", marks(true), sim.Card, "lose-writes,at=10s republish:m1", "twice"},
		{"nothing comes again", marks(false), sim.Card, "lose-writes,at=10s", "once"},
		{"row and effect together", consumers.Inbox, sim.Stock, "lose-writes,at=10s republish:m1", "once"},
		{"and nothing comes again", consumers.Inbox, sim.Stock, "lose-writes,at=10s", "never"},
		{"the row without the charge", consumers.Inbox, sim.Card, "lose-writes,at=10s republish:m1", "twice"},
		{"mark and item are two commits", marks(false), sim.Stock, "lose-writes,at=10s,last=2", "never"},
		{"before anything is written", marks(false), sim.Card, "lose-writes,at=1ms republish:m1", "once"},
	} {
		r := simulate(t, lane(c.c, c.b, 1, strings.Fields(c.plan)...))
		if got := verdicts(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
		if got := verdicts(r.Fork(r.Len())); got != c.want {
			t.Errorf("%s: %s when it is taken again", c.why, got)
		}
	}
}

// The newest commit goes first, and all of it.
func TestAFailoverUndoesOneCommitAfterAnother(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		p.DB.Put("t", "a", "1")
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("t", "a", "2")
		tx.Delete("t", "none")
		tx.Insert("t", "b")
		if err := errors.Join(tx.Commit(), p.Cache.Set("c", "3", time.Hour), p.Cache.Set("c", "4", 0), p.Cache.Delete("c")); err != nil {
			return err
		}
		p.DB.Delete("t", "a")
		p.DB.Delete("t", "a") // is not there: commits nothing
		return p.Perform(m)
	}), sim.Card, 1, "lose-writes,at=1h,last=7")
	r := simulate(t, l)
	var got []string
	for i, e := range r.Events() {
		if e.Kind == sim.LoseWrites {
			rows := slices.DeleteFunc(r.At(i+1).Rows(), func(s string) bool { return s == "memory" })
			got = append(got, strings.Join(rows, " "))
		}
	}
	want := []string{
		"t/b= t/a=2", "t/b= t/a=2 cache/c=4", "t/b= t/a=2 cache/c=3", "t/b= t/a=2", "t/a=1", "",
	}
	for i := range got {
		parts := strings.Fields(got[i])
		slices.Sort(parts)
		got[i] = strings.Join(parts, " ")
		parts = strings.Fields(want[min(i, len(want)-1)])
		slices.Sort(parts)
		want[min(i, len(want)-1)] = strings.Join(parts, " ")
	}
	// The entry that lasts an hour is brought back after its hour.
	if !slices.Equal(got, want) {
		t.Errorf("after each loss\n%q, want\n%q", got, want)
	}
	gone := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(gone) != 0 {
		t.Errorf("expired: %+v", gone)
	}
}

// An entry that a failover brings back after its time is not there for ever.
func TestWhatComesBackAfterItsTimeExpiresAtOnce(t *testing.T) {
	l := lane(handler(func(p *sim.Proc, m broker.Message) error {
		if err := p.Cache.Set("lease", m.ID, 10*time.Second); err != nil {
			return err
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return p.Cache.Set("lease", "done", 0)
	}), sim.Card, 1, "lose-writes,at=1m")
	r := simulate(t, l)
	gone := where(r, func(e *sim.Event) bool { return e.Kind == sim.Expire })
	if len(gone) != 1 || gone[0].At != time.Minute || r.World().Remembered().Entries != 0 {
		t.Errorf("expired %+v, and %d are left", gone, r.World().Remembered().Entries)
	}
}

// A loss takes nothing from a transaction that is open, nor its locks.
func TestALossLeavesOpenTransactionsAlone(t *testing.T) {
	l := lane(consumers.Inbox, sim.Stock, 2, "lose-writes,at=100h")
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1; publish m2; copy m2; deliver m2 to 2; step 2; step 2; step 2; lose-writes")
	if can(t, w, "lose-writes") {
		t.Error("there is more to lose")
	}
	play(t, w, "step 1; deliver m2b to 1; step 1")
	if can(t, w, "step 1") {
		t.Error("the lock is gone")
	}
	play(t, w, "step 2; step 2; step 1; step 1")
	if v := w.Verdicts(); v.Of[0] != sim.Never || v.Of[1] != sim.Once {
		t.Errorf("verdicts %v", v)
	}
}

// Writes are kept to be lost only where they can be.
func TestNothingIsKeptToBeLostWhereNothingIsLost(t *testing.T) {
	w := world(lane(consumers.Inbox, sim.Stock, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1")
	if can(t, w, "lose-writes") {
		t.Error("writes can be lost")
	}
	w = world(lane(marks(false), sim.Stock, 1))
	w.KeepJournal(1)
	play(t, w, "publish m1; deliver m1 to 1; step 1; step 1; step 1; lose-writes")
	if can(t, w, "lose-writes") || len(w.Ledger()) != 1 {
		t.Error("one commit was to be kept, the last")
	}
}

// The outbox is in the database: what is lost of it is not sent, or is sent again.
func TestTheOutboxGoesDownAndFailsOverWithTheDatabase(t *testing.T) {
	for plan, want := range map[string]string{
		"store-down,at=10ms,for=20s": "once",  // nobody can mark a row sent, so nobody is handed one
		"lose-writes,at=15s":         "twice", // the mark: the relay does it again
		"lose-writes,at=15s,last=2":  "once",  // and the row itself
		"lose-writes,at=50ms":        "once",  // the row, while the relay is at it: it does not notice
	} {
		r := simulate(t, lane(consumers.Outbox, sim.Card, 1, plan))
		if got := verdicts(r); got != want {
			t.Errorf("%s: %s, want %s", plan, got, want)
		}
	}
	r := simulate(t, lane(consumers.Outbox, sim.Card, 1, "store-down,at=500ms,for=20s"))
	if got := verdicts(r); got != "twice" {
		t.Errorf("down between the effect and the mark: %s", got)
	}
}

// An outage of one store leaves the other as it is: whoever keeps its marks in the cache
// feels only that of the cache, and the inbox only that of the database. Stock is in the
// database, whoever takes it.
func TestAnOutageOfOneStoreLeavesTheOtherAlone(t *testing.T) {
	feels := func(c sim.Consumer, b sim.Business, which string) bool {
		r := simulate(t, lane(c, b, 1, "store-down,at=0s,for=20s"+which))
		return len(where(r, func(e *sim.Event) bool { return e.OutOfReach() })) > 0
	}
	for _, of := range []struct {
		c                sim.Consumer
		b                sim.Business
		both, db, cached bool
	}{
		{consumers.Inbox, sim.Card, true, true, false},
		{consumers.FailOpen, sim.Card, true, false, true},
		{consumers.FailOpen, sim.Stock, true, true, true},
		{consumers.Naive, sim.Card, false, false, false},
		{consumers.Naive, sim.Stock, true, true, false},
		{consumers.Outbox, sim.Card, true, true, false},
	} {
		both, db, cached := feels(of.c, of.b, ""), feels(of.c, of.b, ",which=db"), feels(of.c, of.b, ",which=cache")
		if both != of.both || db != of.db || cached != of.cached {
			t.Errorf("%s/%s feels both %t, the database's %t, the cache's %t", of.c.Name, of.b, both, db, cached)
		}
	}
}

// Outages overlap: that of both stores ends while that of the cache goes on.
func TestOutagesOfDifferentStoresEndOneByOne(t *testing.T) {
	r := simulate(t, lane(consumers.FailClosed, sim.Card, 1, "store-down,at=0s,for=10s", "store-down,at=5s,for=25s,which=cache"))
	performed := where(r, func(e *sim.Event) bool { return e.Done })
	if len(performed) != 1 || performed[0].At < 30*time.Second {
		t.Errorf("performed %+v, want once the cache is back at 30s", performed)
	}
	r = simulate(t, lane(consumers.Inbox, sim.Card, 1, "store-down,at=0s,for=10s", "store-down,at=5s,for=25s,which=cache"))
	if performed := where(r, func(e *sim.Event) bool { return e.Done }); len(performed) != 1 || performed[0].At > 20*time.Second {
		t.Errorf("performed %+v, want once the database is back at 10s", performed)
	}
}
