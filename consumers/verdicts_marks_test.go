package consumers_test

import (
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
)

// The flag is set where the queue has delivered this broker message before. Where it
// is, the consumer is check-then-act; where it is not, it is naive.
func TestRedeliveredFlagTrustsWhoeverIsNotFlagged(t *testing.T) {
	check(t, "redelivered-flag", map[string]outcome{
		lostAck:           once, // flagged, looked for, found
		beforeEffect:      once,
		afterEffect:       twice, // flagged and looked for, but the record was still to come
		beforeAck:         once,
		longPause:         twice, // the redelivery looks before the first records
		failed:            once,
		noReply:           twice, // the error comes before the record
		copied:            twice, // a broker message of its own: not flagged
		again:             twice, // likewise, although the record has long been there
		newID:             twice,
		lostAckThenDeploy: once, // the table is durable, and the flag is the queue's
	})
}

// The record comes before the effect and is removed by an error. A crash is no error,
// and an error is no proof that nothing was done.
func TestMarkRemoveLosesByACrashAndDoublesByAnError(t *testing.T) {
	check(t, "mark-remove", map[string]outcome{
		lostAck:           once,
		beforeEffect:      never, // nobody is left to remove the record
		afterEffect:       once,
		beforeAck:         once,
		longPause:         once, // the second finds the record, the first performs in the end
		failed:            once, // removed, and done by the retry
		noReply:           twice,
		copied:            once, // acked while the first is at work: it went well
		again:             once,
		newID:             twice,
		lostAckThenDeploy: once,
	})
}

// At 30 s the redelivery finds the record of the first attempt, which sleeps, and is
// acked: the queue lets go. At 45 s the first wakes up and fails; its nack is late and
// changes nothing, and the record is gone as well. Either fault alone does no harm.
func TestMarkRemoveLosesWhatItAckedWhileTheFirstAttemptWasToFail(t *testing.T) {
	if v := run(t, consumers.MarkRemove, sim.Card, longPause+" "+failed).World().Verdicts().Of[0]; v != sim.Never {
		t.Errorf("%s, want never", v)
	}
}

// The entry says "busy" for 20 s and "done" for an hour, and is in no transaction with
// the effect, whatever the business.
func TestLeaseDoublesByACrashAPauseOrAnUnclearError(t *testing.T) {
	check(t, "lease", map[string]outcome{
		lostAck:           once,  // done
		beforeEffect:      once,  // the lease runs out at 20 s, the message comes at 30 s
		afterEffect:       twice, // as before: nobody noted that it is done
		beforeAck:         once,
		longPause:         twice, // the lease does not wait for who sleeps
		failed:            once,  // deleted, so that the retry need not wait
		noReply:           twice, // deleted as well, but it was done
		copied:            once,  // nacked while the first is at work, then found done
		again:             once,
		newID:             once, // the key is the order's
		lostAckThenDeploy: once, // the cache is not part of the process
	})
}

// The lease is over before the message comes back. Were it longer, the redelivery at
// 30 s would find it and be nacked, and Ann would wait for her order.
func TestLeaseRunsOutBeforeTheMessageComesBack(t *testing.T) {
	r := run(t, consumers.Lease, sim.Card, beforeEffect)
	if n := r.World().Queue().Deliveries(0); n != 2 {
		t.Errorf("%d deliveries: want the one that crashed and the one that performs", n)
	}
}

// A worker sleeps past its lease; another takes over and notes "done" at 31 s. At 45 s
// the first wakes up, fails without having done anything, and deletes the entry: that
// of the other. What is published again at 60 s is a second effect.
func TestLeaseIsDeletedByWhoHasLostIt(t *testing.T) {
	const later = "republish:m1,later=60s"
	for trouble, want := range map[string]int32{longPause + " " + failed: 1, longPause + " " + failed + " " + later: 2} {
		if v := run(t, consumers.Lease, sim.Card, trouble).World().Verdicts(); v.Effects[0] != want {
			t.Errorf("%s: %d effects, want %d", trouble, v.Effects[0], want)
		}
	}
}

// What is done is remembered for an hour, counted from when it was done.
func TestLeaseForgetsAfterAnHour(t *testing.T) {
	for later, want := range map[string]sim.Verdict{"59m": sim.Once, "61m": sim.Twice} {
		if v := run(t, consumers.Lease, sim.Card, "republish:m1,later="+later).World().Verdicts().Of[0]; v != want {
			t.Errorf("published again after %s: %s, want %s", later, v, want)
		}
	}
}
