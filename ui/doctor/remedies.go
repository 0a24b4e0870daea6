package doctor

import (
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/interview"
)

// Remedy is the run that refutes a misconception.
type Remedy struct {
	Belief scenarios.Misconception
	interview.Attack
	// About are the messages of a scenario that are told of, and Claim is what its run
	// has to make true to refute the belief. A search has neither: it refutes what it
	// breaks.
	About []string
	Claim string
	// So is what has been refuted, in a sentence, now that it was seen.
	So string
}

// one is a question for the search: does one fault of a kind break this consumer?
func one(m scenarios.Misconception, consumer string, b sim.Business, fault check.Kind, so string) Remedy {
	return Remedy{Belief: m, Attack: interview.Attack{Consumer: consumer, Business: b, Faults: 1, Only: []check.Kind{fault}}, So: so}
}

// on is the same on another broker.
func (r Remedy) on(profile string) Remedy {
	r.Profile = profile
	return r
}

// Remedies returns one for every misconception, M1 first.
func Remedies() []Remedy {
	return []Remedy{
		one(1, "broker-window", sim.Card, check.LoseAck,
			"This queue drops what it is sent twice; what it hands out it has to send again if it hears nothing."),
		one(2, "naive", sim.Card, check.LoseReply,
			"After an error nobody knows whether it was done, so the retry needs a key that the bank can recognise."),
		one(3, "inbox", sim.Stock, check.RepublishAs,
			"The broker delivered each message once: the producer sent one order under two IDs, and only a key of the order tells."),
		one(4, "check-then-act", sim.Card, check.Copy,
			"Both looked before either had recorded, so to look and to record must be one step that only one of them can win."),
		one(5, "mark-first", sim.Card, check.Crash,
			"A record made first, in a step of its own, turns the duplicate into a loss at a crash: it says done when nothing was."),
		one(6, "check-then-act", sim.Card, check.Crash,
			"A record made last, in a step of its own, is not there after a crash, and nothing tells of the charge."),
		one(7, "inbox", sim.Card, check.Crash,
			"The rollback took back the record, but no rollback reaches the bank: a transaction covers its own database only."),
		one(8, "memory-set", sim.Card, check.Restart,
			"The IDs died with the process and the message did not: a store has to outlive every delivery that may still come."),
		one(9, "naive", sim.Stock, check.Copy,
			"To take one item is a difference, and a difference counts each time; without an ID nobody can tell that it was the same one."),
		{Belief: 10, Attack: interview.Attack{Consumer: "inbox-hash", Business: sim.Card, Scenario: "two-coffees"},
			About: []string{"m1", "m3"}, Claim: "inbox-hash never m3 and inbox-hash finds m3/1 and inbox-hash did m1 1",
			So: "Ann wanted a second coffee and said so in the same words: a duplicate is the same fact, and only a key names a fact."},
		{Belief: 11, Attack: interview.Attack{Consumer: "mark-remove", Business: sim.Card, Scenario: "friendly-fire"},
			About: []string{"m2"}, Claim: "mark-remove finds m2/2 and mark-remove queue m2 done and mark-remove never m2",
			So: "The duplicate was dropped as done while the first was still at work, and then the first failed: drop it only if the first is finished."},
		one(12, "naive", sim.Card, check.Crash,
			"This queue has no timeout that could be too short: it hands out again what a dead worker held, however far that one got.").on("rabbitmq-quorum"),
		one(13, "naive", sim.Card, check.LoseAck,
			"The order was perfect, the same message right after itself: FIFO says what comes first, and not how often.").on("sqs-fifo"),
		one(14, "naive", sim.Card, check.Overrun,
			"Without a fault every schedule passes, and so did your tests: what goes wrong has to be put into the test."),
		one(15, "gateway-key-random", sim.Card, check.Crash,
			"To the bank a fresh key is a fresh order: the key has to be the same in every attempt, so it comes from the order."),
		{Belief: 16, Attack: interview.Attack{Consumer: "inbox", Business: sim.Card, Scenario: "lost-ack"},
			About: []string{"m2"}, Claim: "inbox finds m2/2 and inbox did m2 1 and inbox queue m2 done and inbox delivered m2 2",
			So: "The second call found the record and said done, as the first had; an error would only have brought the message back."},
		one(17, "redelivered-flag", sim.Card, check.Copy,
			"Neither was flagged: the flag tells what this queue has handed out before, and to it these are two messages."),
		one(18, "ack-first", sim.Card, check.LoseAck,
			"An early ack can get lost like a late one, and then the message comes again; where it arrives, a crash loses the work."),
		one(19, "outbox", sim.Card, check.Crash,
			"An outbox sends at least once: the relay sent, died before it noted that, and sent again, so the receiver needs a key."),
		one(20, "lease", sim.Card, check.Overrun,
			"The lock ran out while its holder slept, and only the receiver can stop that one: by a key or by a fencing token."),
	}
}

// Of returns the remedy for a misconception.
func Of(m scenarios.Misconception) (*Remedy, bool) {
	for _, r := range Remedies() {
		if r.Belief == m {
			return &r, true
		}
	}
	return nil, false
}
