package consumers_test

import (
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// The lock is held until the commit: whoever gets it sees the row. So it is an inbox by
// the business key.
func TestUnlockLateIsExactForStockAndDoublesOutside(t *testing.T) {
	check(t, "unlock-late", inbox(once))
}

// Between the unlock and the commit lie 20 ms, and the worker that waits for the lock looks
// 10 ms after the unlock: a copy or a second delivery, which comes while the first is at work,
// falls into the gap.
func TestUnlockEarlyIsTooShortByTheCommit(t *testing.T) {
	want := inbox(once)
	want[copied], want[longPause] = twice, twice
	check(t, "unlock-early", want)
	// Where the commit takes 3 s, who holds the lock until then keeps the copy out.
	for _, b := range tooOften() {
		for c, want := range map[string]sim.Verdict{"unlock-early": sim.Twice, "unlock-late": sim.Once, "inbox-key": sim.Once} {
			consumer, _ := consumers.Get(c)
			if v := run(t, consumer, b, copied+" pause:m1/before-commit,for=3s").World().Verdicts().Of[0]; v != want {
				t.Errorf("%s/%s: %s, want %s", c, b, v, want)
			}
		}
	}
}

// It is an inbox as long as the worker that it trusts succeeds.
func TestSkipIfLockedTrustsAWorkerThatMayFail(t *testing.T) {
	check(t, "skip-if-locked", inbox(once))
	// The copy finds the lock taken and is acked. What becomes of the message hangs on
	// the first alone: its own delivery comes again after an error. After a pause past the
	// visibility timeout it is its own second delivery that is acked.
	for trouble, want := range map[string]outcome{
		longPause + " " + failed:             never,
		copied + " " + failed:                once,
		longPause + " crash:m1/after-effect": {sim.Once, sim.Once, sim.Never}, // the effect outside is had, the item is rolled back
	} {
		for b, v := range map[sim.Business]sim.Verdict{sim.Card: want.card, sim.Mail: want.mail, sim.Stock: want.stock} {
			if got := run(t, consumers.SkipIfLocked, b, trouble).World().Verdicts().Of[0]; got != v {
				t.Errorf("%s under %s: %s, want %s", b, trouble, got, v)
			}
			if got := run(t, consumers.InboxKey, b, longPause+" "+failed).World().Verdicts().Of[0]; got != sim.Once {
				t.Errorf("inbox-key, %s, which waits: %s", b, got)
			}
		}
	}
}

// Nobody is left behind a lock whose worker died: the second delivery, 30 s later, finds
// it free.
func TestALockOfTheDatabaseDiesWithItsWorker(t *testing.T) {
	for _, name := range []string{"unlock-early", "unlock-late", "skip-if-locked"} {
		c, _ := consumers.Get(name)
		if v := run(t, c, sim.Stock, afterEffect+" crash:m1/2/before-commit").World().Verdicts().Of[0]; v != sim.Once {
			t.Errorf("%s: %s", name, v)
		}
	}
}

// On the default queue the ack follows the commit, and nothing is remembered: only a
// rollback undoes an item. Where the queue is a table of the database, the ack is part of
// that: nothing that happens to a worker takes the item twice, and what is republished is
// taken twice.
func TestAckInTransactionIsExactWhereTheQueueIsATable(t *testing.T) {
	check(t, "ack-in-transaction", map[string]outcome{
		lostAck:           twice,
		beforeEffect:      once,
		afterEffect:       rolledBack,
		beforeAck:         twice, // committed, and not acked
		longPause:         twice,
		failed:            once,
		noReply:           rolledBack,
		copied:            twice,
		again:             twice,
		newID:             twice,
		lostAckThenDeploy: twice,
	})
	table, _ := broker.Preset("postgres-skip-locked")
	for trouble, want := range map[string]outcome{
		lostAck:                                 once, // there is none to be lost
		beforeEffect:                            once,
		afterEffect:                             rolledBack,
		beforeAck:                               once, // acked with the commit
		longPause:                               once, // no timer runs
		failed:                                  once,
		noReply:                                 rolledBack,
		copied:                                  twice,
		again:                                   twice,
		newID:                                   twice,
		lostAckThenDeploy:                       once,
		"lose-reply:m1,step=commit":             once, // committed, and the message with it
		"lose-writes,at=20s,last=1":             rolledBack,
		"lose-writes,at=20s,last=1 lose-ack:m1": rolledBack,
		"lose-reply:m1,step=commit restart,at=2s": once,
	} {
		for b, v := range map[sim.Business]sim.Verdict{sim.Card: want.card, sim.Mail: want.mail, sim.Stock: want.stock} {
			if got := runOn(t, sim.Lane{Consumer: consumers.AckInTransaction, Business: b, Queue: table}, trouble).World().Verdicts().Of[0]; got != v {
				t.Errorf("%s on a table, under %s: %s, want %s", b, trouble, got, v)
			}
		}
	}
}

// Whoever finds the lock trusts the one that holds it, which may be dead. The lock lasts for
// ten minutes, so all that comes sooner finds it.
func TestSchedulerLockIsAMarkForTenMinutes(t *testing.T) {
	check(t, "scheduler-lock", map[string]outcome{
		lostAck:           once,
		beforeEffect:      never, // the second delivery finds the lock of the first
		afterEffect:       once,
		beforeAck:         once,
		longPause:         once,
		failed:            once, // freed, and done by the retry
		noReply:           twice,
		copied:            once,
		again:             once,
		newID:             once, // the run has one key
		lostAckThenDeploy: once,
	})
}

// ahead is a second publish, to a worker whose clock is an hour ahead.
const ahead = "republish:m1 clock-ahead:all,by=1h"

// A clock that is ahead harms those who keep a row for a time that a worker looks at. It
// changes nothing for anybody else: no other consumer asks a clock. And to set the same
// status twice is no harm.
func TestAClockThatIsAheadHarmsWhoeverAsksIt(t *testing.T) {
	for _, c := range consumers.All() {
		reads := c.Name == "scheduler-lock" || c.Name == "inbox-ttl"
		for _, b := range sim.Businesses() {
			asks := reads && !b.Info().LastWins
			got, without := run(t, c, b, ahead).World().Verdicts().Of[0], run(t, c, b, again).World().Verdicts().Of[0]
			if want := map[bool]sim.Verdict{true: sim.Twice, false: without}[asks]; got != want {
				t.Errorf("%s/%s: %s, want %s; with clocks that agree %s", c.Name, b, got, want, without)
			}
			if asks && without != sim.Once {
				t.Errorf("%s/%s: with clocks that agree it is %s", c.Name, b, without)
			}
		}
	}
}
