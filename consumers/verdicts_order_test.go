package consumers_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
)

// An order is three effects of one message: a charge, an item, a mail, in that order.

// parts is what becomes of the three under a list of faults: "twice once twice" is charged
// twice, taken once, mailed twice.
func parts(t *testing.T, consumer, trouble string) string {
	t.Helper()
	c, ok := consumers.Get(consumer)
	if !ok {
		t.Fatalf("no consumer is called %q", consumer)
	}
	var all []string
	for _, of := range run(t, c, sim.Order, trouble).World().Verdicts().Of {
		all = append(all, of.String())
	}
	return strings.Join(all, " ")
}

// Points between the three: what a crash there leaves behind.
const (
	afterCharge = "crash:m1/after-card"
	afterItem   = "crash:m1/after-stock"
	failedMail  = "fail:m1,step=mail"
	noMailReply = "lose-reply:m1,step=mail"
	failedItem  = "fail:m1,step=stock"
)

// One crash shows that "idempotent" is a word about each effect, and not about a handler:
// the same inbox, in the same attempt, doubles two effects and repeats one harmlessly.
func TestOneCrashOfAnOrderComesToSomethingElseForEachEffect(t *testing.T) {
	for consumer, want := range map[string][4]string{
		// after the charge, after the item, after all three, before the ack
		"naive":       {"twice once once", "twice twice once", "twice twice twice", "twice twice twice"},
		"mark-first":  {"once never never", "once once never", "once once once", "once once once"},
		"inbox":       {"twice once once", "twice once once", "twice once twice", "once once once"}, // the item is rolled back
		"gateway-key": {"once once once", "once twice once", "once twice twice", "once twice twice"},
		// The item and the key are covered, by the database and by the bank: mail has neither.
		"inbox-and-gateway-key": {"once once once", "once once once", "once once twice", "once once once"},
		"unique-effect":         {"twice once once", "twice once once", "twice once twice", "twice once twice"},
		// The bank knows of the charge. Nobody asks after the rest.
		"lookup-first": {"once never never", "once once never", "once once once", "once once once"},
		// Marked sent at the end only: the relay begins again.
		"outbox":                 {"twice once once", "twice twice once", "twice twice twice", "twice twice twice"},
		"outbox-and-gateway-key": {"once once once", "once twice once", "once twice twice", "once twice twice"},
		// A row for each of the two outside. By the time of the mail the charge is marked, and the
		// item was committed with the record: after-stock strikes the handler, before its commit.
		"outbox-per-effect": {"once once once", "once once once", "once once twice", "once once once"},
		"cursor-relay":      {"twice once once", "twice twice once", "twice twice twice", "twice twice twice"},
		"recovery-points":   {"once once once", "once once once", "once once twice", "once once once"},
	} {
		for i, trouble := range []string{afterCharge, afterItem, afterEffect, beforeAck} {
			if c, _ := consumers.Get(consumer); c.Relay != nil && trouble == beforeAck {
				continue // it strikes the handler, which has only enqueued by then
			}
			if got := parts(t, consumer, trouble); got != want[i] {
				t.Errorf("%s under %s: %s, want %s", consumer, trouble, got, want[i])
			}
		}
	}
}

// A mail server that refuses sends the whole message back: what came before is done again
// wherever nothing covers it. A fault strikes a part by its name.
func TestAnErrorOfTheLastEffectRepeatsTheOthers(t *testing.T) {
	for consumer, want := range map[string][2]string{
		"naive":                 {"twice twice once", "twice twice twice"},
		"inbox":                 {"twice once once", "twice once twice"},
		"gateway-key":           {"once twice once", "once twice twice"},
		"inbox-and-gateway-key": {"once once once", "once once twice"},
		"recovery-points":       {"once once once", "once once twice"},
		"outbox-per-effect":     {"once once once", "once once twice"},
		"lookup-first":          {"once once never", "once once once"}, // "yes", says the bank
		"mark-first":            {"once once never", "once once once"},
	} {
		for i, trouble := range []string{failedMail, noMailReply} {
			if got := parts(t, consumer, trouble); got != want[i] {
				t.Errorf("%s under %s: %s, want %s", consumer, trouble, got, want[i])
			}
		}
	}
}

// Every other trouble strikes an order as a whole: a part comes out as it would alone.
func TestWhatStrikesAMessageAsAWholeStrikesEachPart(t *testing.T) {
	for consumer, want := range map[string]string{
		"naive": "twice twice twice", "inbox": "once once once", "gateway-key": "once twice twice",
		"recovery-points": "once once once", "outbox": "once once once", "outbox-per-effect": "once once once",
	} {
		for _, trouble := range []string{lostAck, copied, again, lostAckThenDeploy} {
			if got := parts(t, consumer, trouble); got != want {
				t.Errorf("%s under %s: %s, want %s", consumer, trouble, got, want)
			}
		}
	}
}

// As inbox-and-gateway-key where a message has one effect.
func TestRecoveryPointsLeaveOneGapForMail(t *testing.T) {
	check(t, "recovery-points", map[string]outcome{
		lostAck:           once,
		beforeEffect:      once, // the point is rolled back with its phase
		afterEffect:       mailTwice,
		beforeAck:         once, // all points are committed
		longPause:         once, // the second waits for the row lock
		failed:            once,
		noReply:           mailTwice,
		copied:            once,
		again:             once,
		newID:             once, // it goes by the order
		lostAckThenDeploy: once,
	})
}

// A bank forgets a key after a day. Whoever has got past the charge by then does not ask it
// again: the points are worth more than the key where a later effect fails for long.
func TestAPointOutlastsTheKeyOfTheBank(t *testing.T) {
	for consumer, want := range map[string]string{
		"inbox-and-gateway-key": "twice once once", // rolled back up to the charge, and the key is gone
		"recovery-points":       "once once once",
	} {
		c, _ := consumers.Get(consumer)
		l := run(t, c, sim.Order, failedMail).Lane
		l.Queue.NackDelay, l.Until = 25*time.Hour, 72*time.Hour
		r, err := sim.Simulate(l)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, of := range r.World().Verdicts().Of {
			all = append(all, of.String())
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%s, tried again after 25 h: %s, want %s", consumer, got, want)
		}
	}
}
