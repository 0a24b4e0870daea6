package consumers_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// troubles are what each consumer meets here, one at a time: a single message,
// two processes, the default queue (hidden for 30 s, a stale ack is ignored).
var troubles = []string{
	lostAck, beforeEffect, afterEffect, beforeAck, longPause,
	failed, noReply, copied, again, newID, lostAckThenDeploy,
}

const (
	lostAck           = "lose-ack:m1"
	beforeEffect      = "crash:m1/before-effect"
	afterEffect       = "crash:m1/after-effect"
	beforeAck         = "crash:m1/before-ack"
	longPause         = "pause:m1/before-effect" // 45 s
	failed            = "fail:m1"
	noReply           = "lose-reply:m1"
	copied            = "copy:m1"      // 1 ms later, while the first is at work
	again             = "republish:m1" // 20 s later, when the first is done
	newID             = "republish:m1,new-id=true"
	lostAckThenDeploy = "lose-ack:m1 restart,at=10s"
)

// outcome is what becomes of the message in each business.
type outcome struct{ card, mail, stock sim.Verdict }

func all(v sim.Verdict) outcome { return outcome{v, v, v} }

var (
	once  = all(sim.Once)
	twice = all(sim.Twice)
	never = all(sim.Never)
	// Only the card gateway honours a key.
	keyOnly = outcome{sim.Once, sim.Twice, sim.Twice}
	// Only a row in the consumer's own database is rolled back.
	rolledBack = outcome{sim.Twice, sim.Twice, sim.Once}
	// Both of them together: mail alone has neither.
	mailTwice = outcome{sim.Once, sim.Twice, sim.Once}
)

func check(t *testing.T, consumer string, want map[string]outcome) {
	t.Helper()
	c, ok := consumers.Get(consumer)
	if !ok {
		t.Fatalf("no consumer is called %q", consumer)
	}
	for _, trouble := range troubles {
		expected, stated := want[trouble]
		if !stated {
			t.Fatalf("%s: nothing is expected under %s", consumer, trouble)
		}
		for b, v := range map[sim.Business]sim.Verdict{sim.Card: expected.card, sim.Mail: expected.mail, sim.Stock: expected.stock} {
			if got := run(t, c, b, trouble).World().Verdicts().Of[0]; got != v {
				t.Errorf("%s/%s under %s: %s, want %s", consumer, b, trouble, got, v)
			}
		}
	}
}

// Whatever comes twice takes effect twice; what was not performed comes again.
func TestNaiveDoublesWhateverComesAgain(t *testing.T) {
	check(t, "naive", map[string]outcome{
		lostAck:           twice,
		beforeEffect:      once,  // nothing was done yet, and it comes again
		afterEffect:       twice, // stock too: it is in no transaction
		beforeAck:         twice,
		longPause:         twice, // the second worker performs at 30 s, the first at 45 s
		failed:            once,  // the nack brings it back
		noReply:           twice, // done, but it looks failed
		copied:            twice,
		again:             twice,
		newID:             twice,
		lostAckThenDeploy: twice,
	})
}

// The queue has let go before the effect, so what goes wrong then loses it, and
// what goes wrong after it does no harm. It still doubles: the ack can be lost.
func TestAckFirstLosesAndStillDoubles(t *testing.T) {
	check(t, "ack-first", map[string]outcome{
		lostAck:           twice, // it does not notice, performs, and the message comes again
		beforeEffect:      never, // acked, and nobody left to perform
		afterEffect:       once,
		beforeAck:         once, // its ack is its first step: nothing has happened yet
		longPause:         once, // nobody else gets it meanwhile
		failed:            never,
		noReply:           once, // the error can no longer be reported
		copied:            twice,
		again:             twice,
		newID:             twice,
		lostAckThenDeploy: twice,
	})
}

// The queue looks at what is published, and at nothing else.
func TestBrokerWindowStopsOnlyWhatIsPublishedAgainInTime(t *testing.T) {
	check(t, "broker-window", map[string]outcome{
		lostAck:           twice, // one publish, two deliveries
		beforeEffect:      once,
		afterEffect:       twice,
		beforeAck:         twice,
		longPause:         twice,
		failed:            once,
		noReply:           twice,
		copied:            twice, // made behind the window
		again:             once,  // the one duplicate that it is for
		newID:             twice,
		lostAckThenDeploy: twice,
	})
	if r := run(t, consumers.BrokerWindow, sim.Card, "republish:m1,later=301s"); r.World().Verdicts().Of[0] != sim.Twice {
		t.Error("published again after the five minutes it takes effect once: the window is over")
	}
}

// The memory of the process helps where the same process, still alive, gets the
// message again; the lowest-numbered idle worker does.
func TestMemorySetHoldsWithinOneProcessOnly(t *testing.T) {
	check(t, "memory-set", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once,
		afterEffect:       twice, // not remembered yet, and wiped
		beforeAck:         twice, // remembered, and wiped
		longPause:         twice, // the other process has another memory
		failed:            once,
		noReply:           twice, // the error comes before it would remember
		copied:            twice, // the copy goes to the other process
		again:             once,
		newID:             twice, // a message ID never seen
		lostAckThenDeploy: twice, // the deploy wipes it
	})
}

// The record comes after the effect: what falls between leaves none.
func TestCheckThenActDoublesInTheGapBeforeTheRecord(t *testing.T) {
	check(t, "check-then-act", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once,
		afterEffect:       twice,
		beforeAck:         once,  // recorded
		longPause:         twice, // the second looks before the first records
		failed:            once,
		noReply:           twice,
		copied:            twice, // both look, then both perform
		again:             once,
		newID:             twice,
		lostAckThenDeploy: once, // the table is durable
	})
}

// The record comes before the effect: what falls between loses it.
func TestMarkFirstLosesInTheGapAfterTheMark(t *testing.T) {
	check(t, "mark-first", map[string]outcome{
		lostAck:           once,
		beforeEffect:      never, // marked, not performed
		afterEffect:       once,
		beforeAck:         once,
		longPause:         once, // the second finds the mark, the first performs in the end
		failed:            never,
		noReply:           once,
		copied:            once,
		again:             once,
		newID:             twice,
		lostAckThenDeploy: once,
	})
}

// Record and effect in one transaction: both or neither, if the effect is a row.
func TestInboxIsExactForStockAndDoublesOutside(t *testing.T) {
	check(t, "inbox", inbox(twice))
}

func TestInboxKeyStandsANewMessageID(t *testing.T) {
	check(t, "inbox-key", inbox(once))
}

func inbox(underNewID outcome) map[string]outcome {
	return map[string]outcome{
		lostAck:           once,
		beforeEffect:      once,       // the record is rolled back with the crash
		afterEffect:       rolledBack, // so it is here, but a charge stays
		beforeAck:         once,       // committed
		longPause:         once,       // the second waits for the first one's row lock
		failed:            once,       // rolled back by the handler
		noReply:           rolledBack, // as after a crash
		copied:            once,       // the copy waits for the row lock
		again:             once,
		newID:             underNewID,
		lostAckThenDeploy: once,
	}
}

// Everything hangs on the receiver: the same request under the same key.
func TestGatewayKeyIsExactWhereKeysAreHonoured(t *testing.T) {
	check(t, "gateway-key", map[string]outcome{
		lostAck:           keyOnly,
		beforeEffect:      once,
		afterEffect:       keyOnly,
		beforeAck:         keyOnly,
		longPause:         keyOnly,
		failed:            once, // nothing was done, and the key is not spent
		noReply:           keyOnly,
		copied:            keyOnly,
		again:             keyOnly,
		newID:             keyOnly, // the key is the order's, not the message's
		lostAckThenDeploy: keyOnly,
	})
}

// Two nets: the gateway's key covers the gap before the commit, where there is a
// gateway; the inbox covers the rest.
func TestInboxAndGatewayKeyLeavesOneGapForMail(t *testing.T) {
	check(t, "inbox-and-gateway-key", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once,
		afterEffect:       mailTwice,
		beforeAck:         once,
		longPause:         once,
		failed:            once,
		noReply:           mailTwice,
		copied:            once,
		again:             once,
		newID:             once,
		lostAckThenDeploy: once,
	})
}

// The handler meets the queue, and finds what it has recorded. The effect is the
// relay's, and so is what strikes there: it has no record of its own.
func TestOutboxDoublesWhereTheRelayDies(t *testing.T) {
	check(t, "outbox", outbox(twice, twice))
}

func TestOutboxAndGatewayKeyIsExactWhereKeysAreHonoured(t *testing.T) {
	check(t, "outbox-and-gateway-key", outbox(keyOnly, once))
}

// Where a message has one effect, the card and the mail are a row of an outbox with a key,
// and the item is in the handler's transaction: there it is an inbox, and what strikes the
// effect strikes the handler.
func TestOutboxPerEffectLeavesOneGapForMail(t *testing.T) {
	check(t, "outbox-per-effect", outbox(mailTwice, once))
}

func outbox(relayDies, underNewID outcome) map[string]outcome {
	return map[string]outcome{
		lostAck:           once,      // the redelivery is found in the inbox
		beforeEffect:      once,      // the row is still there
		afterEffect:       relayDies, // done, not marked: stock too, for it is not in the handler's transaction
		beforeAck:         once,      // the handler has committed
		longPause:         once,      // no timer runs over a row
		failed:            once,      // the relay tries again
		noReply:           relayDies, // as after a crash
		copied:            once,
		again:             once,
		newID:             underNewID,
		lostAckThenDeploy: once,
	}
}

// tooOften are the businesses in which a repeat does harm: all but those in which the last
// write wins.
func tooOften() []sim.Business {
	return slices.DeleteFunc(sim.Businesses(), func(b sim.Business) bool { return b.Info().LastWins })
}

// One message at a time it is outbox. Two whose transactions overlap need no fault: m1 draws
// its number first and waits before its commit, and m2, 2 s later, commits and is relayed
// meanwhile. A rollback of m1 leaves a gap, and nobody waits for that.
func TestCursorRelayLosesWhatCommitsBehindItsCursor(t *testing.T) {
	check(t, "cursor-relay", outbox(twice, twice))
	for fault, want := range map[string]map[string]sim.Verdict{
		"pause:m1/before-commit,for=10s":  {"cursor-relay": sim.Never, "outbox": sim.Once},
		"pause:m1/before-enqueue,for=10s": {"cursor-relay": sim.Once},
		"crash:m1/before-commit":          {"cursor-relay": sim.Once},
	} {
		for name, want := range want {
			for _, b := range tooOften() {
				c, _ := consumers.Get(name)
				f, err := sim.ParseFault(fault)
				if err != nil {
					t.Fatal(err)
				}
				l := sim.Lane{Consumer: c, Business: b, Queue: broker.Default(), Plan: []sim.Fault{f}}
				for n, id := range []string{"m1", "m2"} {
					l.Messages = append(l.Messages, sim.Owed{ID: id, At: time.Duration(n) * 2 * time.Second, Message: broker.Message{ID: id, Key: id}})
				}
				r, err := sim.Simulate(l)
				if err != nil {
					t.Fatal(err)
				}
				for part, of := range b.Parts() {
					all := r.World().Verdicts().Of
					if got, other := all[b.Debt(0, part)], all[b.Debt(1, part)]; got != want || other != sim.Once {
						t.Errorf("%s/%s of %s under %s: %s and %s, want %s and once", name, of, b, fault, got, other, want)
					}
				}
			}
		}
	}
}
