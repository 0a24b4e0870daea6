package consumers_test

import (
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
)

// It holds where the same process, still alive, gets the message again. The mark comes
// before the effect, but dies in the crash that would make it a lie.
func TestMemoryLRUHoldsWithinOneProcessOnly(t *testing.T) {
	check(t, "memory-lru", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once, // the mark dies with the process
		afterEffect:       twice,
		beforeAck:         twice,
		longPause:         twice, // the other process has another memory
		failed:            once,  // removed by the error
		noReply:           twice, // removed, though it was done
		copied:            twice, // the copy goes to the other process
		again:             once,
		newID:             twice,
		lostAckThenDeploy: twice,
	})
}

// The retention is no fault of a day: within half an hour it is an inbox.
func TestInboxTTLIsAnInboxForHalfAnHour(t *testing.T) {
	check(t, "inbox-ttl", inbox(twice))
	for later, want := range map[string]sim.Verdict{"29m": sim.Once, "31m": sim.Twice} {
		if v := run(t, consumers.InboxTTL, sim.Stock, "republish:m1,later="+later).World().Verdicts().Of[0]; v != want {
			t.Errorf("%s later: %s, want %s", later, v, want)
		}
	}
}

// The row of the effect has a unique key. Card and mail have no such row.
func TestUniqueEffectIsExactWhereTheEffectIsARow(t *testing.T) {
	row := rolledBack // twice outside, once as a row: here because the second is refused
	check(t, "unique-effect", map[string]outcome{
		lostAck:           row,
		beforeEffect:      once,
		afterEffect:       row,
		beforeAck:         row,
		longPause:         row,
		failed:            once,
		noReply:           row,
		copied:            row,
		again:             row,
		newID:             row, // the key is the order's
		lostAckThenDeploy: row,
	})
}

// The token stops the worker that comes too late, where the receiver looks at it. It
// does not say what was done: a crash before "done" lets the next one in.
func TestLeaseFencedStopsTheZombieAndNotTheCrash(t *testing.T) {
	check(t, "lease-fenced", map[string]outcome{
		lostAck:           once, // done
		beforeEffect:      once, // the lease runs out at 20 s, the message comes at 30 s
		afterEffect:       twice,
		beforeAck:         once,
		longPause:         rolledBack, // at 45 s the stock has seen token 2, and refuses 1
		failed:            once,       // the lease was still its own, and is given up
		noReply:           twice,      // given up, though it was done; token 2 is let through
		copied:            once,       // busy, given back, and done by then
		again:             once,
		newID:             once, // the key is the order's
		lostAckThenDeploy: once,
	})
}

// What the worker that woke too late must not do: delete what its successor noted.
func TestOnlyAnUnconditionalDeleteLetsAReplayThrough(t *testing.T) {
	trouble := longPause + " " + failed + " republish:m1,later=2m"
	for c, want := range map[string]sim.Verdict{"lease": sim.Twice, "lease-fenced": sim.Once} {
		consumer, _ := consumers.Get(c)
		if v := run(t, consumer, sim.Card, trouble).World().Verdicts().Of[0]; v != want {
			t.Errorf("%s: %s, want %s", c, v, want)
		}
	}
}

// While their store answers, all three look, perform and note, in this order.
func TestTheThreeDifferOnlyWhenTheirStoreIsDown(t *testing.T) {
	for _, name := range []string{"fail-open", "fail-closed", "drop-on-error"} {
		check(t, name, map[string]outcome{
			lostAck:           once,
			beforeEffect:      once,
			afterEffect:       twice, // not noted yet
			beforeAck:         once,
			longPause:         twice, // the second looks before the first notes
			failed:            once,
			noReply:           twice,
			copied:            twice, // both look, then both perform
			again:             once,
			newID:             twice,
			lostAckThenDeploy: once,
		})
	}
	for name, want := range map[string][2]sim.Verdict{
		"fail-open":     {sim.Once, sim.Twice}, // it cannot note what it does then
		"fail-closed":   {sim.Once, sim.Once},  // it waits
		"drop-on-error": {sim.Never, sim.Once}, // the lost ack saves it: it comes again when the store is up
	} {
		c, _ := consumers.Get(name)
		down := run(t, c, sim.Card, "store-down,at=0s,for=20s").World().Verdicts().Of[0]
		if down != want[0] {
			t.Errorf("%s, store down: %s, want %s", name, down, want[0])
		}
		lost := run(t, c, sim.Card, "store-down,at=0s,for=20s lose-ack:m1").World().Verdicts().Of[0]
		if lost != want[1] {
			t.Errorf("%s, store down and a lost ack: %s, want %s", name, lost, want[1])
		}
	}
}
