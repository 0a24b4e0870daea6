package doctor

import (
	"fmt"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/interview"
)

// Remedy is the run that refutes a misconception.
type Remedy struct {
	Belief scenarios.Misconception
	interview.Attack
	// About are the messages of a scenario that are told. Claim must be true of its run,
	// or the run does not refute the belief. A search has neither.
	About []string
	Claim string
	// Beside is the consumer in the lane beside it. Of the two one comes to harm, so that
	// they can be compared; sturdy if it is empty.
	Beside string
	// So says in a few sentences what the run has shown.
	So string
}

// sturdy is a consumer that survives nearly everything.
const sturdy = "inbox-and-gateway-key"

// one is a question for the search: does one fault of a kind break this consumer?
func one(m scenarios.Misconception, consumer string, b sim.Business, fault check.Kind) Remedy {
	return Remedy{Belief: m, Attack: interview.Attack{Consumer: consumer, Business: b, Faults: 1, Only: []check.Kind{fault}}}
}

// says is the same with what the run has shown.
func (r Remedy) says(so string) Remedy {
	r.So = so
	return r
}

// on is the same on another broker.
func (r Remedy) on(profile string) Remedy {
	r.Profile = profile
	return r
}

// beside is the same with another consumer in the second lane.
func (r Remedy) beside(consumer string) Remedy {
	r.Beside = consumer
	return r
}

// Remedies returns one for every misconception, M1 first.
func Remedies() []Remedy { return remedies }

var remedies = []Remedy{
	one(1, "broker-window", sim.Card, check.LoseAck).
		says("This queue drops a second publish of one ID. But without an ack it must deliver the message again."),
	one(2, "naive", sim.Card, check.LoseReply).
		says("After an error the worker cannot know whether the bank charged. So the retry needs a key that the bank recognises."),
	one(3, "inbox", sim.Stock, check.RepublishAs).
		says("The broker delivered each message once. The producer sent one order under two message IDs, and only the order's key shows that.").beside("inbox-key"),
	one(4, "check-then-act", sim.Card, check.Copy).
		says("Both workers looked before either one recorded. Look and record must be one step that only one worker can win."),
	one(5, "mark-first", sim.Card, check.Crash).
		says("If the record comes first, in a separate step, a crash loses the effect: the record says done, but nothing was done."),
	one(6, "check-then-act", sim.Card, check.Crash).
		says("If the record comes last, in a separate step, a crash prevents it, and nothing shows that the charge happened."),
	one(7, "inbox", sim.Card, check.Crash).
		says("The rollback undid the record, but it cannot undo a charge at the bank. A transaction covers only its own database."),
	one(8, "memory-set", sim.Card, check.Restart).
		says("The IDs were lost with the process, but the message was not. A store must outlive every delivery that may still come."),
	one(9, "naive", sim.Stock, check.Copy).
		says("Taking one item is a relative change, so it counts each time. Without an ID the worker cannot see that it is the same order."),
	{Belief: 10, Attack: interview.Attack{Consumer: "inbox-hash", Business: sim.Card, Scenario: "two-coffees"},
		About: []string{"m1", "m3"}, Claim: "inbox-hash never m3 and inbox-hash finds m3/1 and inbox-hash did m1 1",
		So: "Ann wanted a second coffee, and her second message had the same content. A duplicate is the same fact, and only a key names a fact."},
	{Belief: 11, Attack: interview.Attack{Consumer: "mark-remove", Business: sim.Card, Scenario: "friendly-fire"},
		About: []string{"m2"}, Claim: "mark-remove finds m2/2 and mark-remove queue m2 done and mark-remove never m2",
		So: "The duplicate was dropped as done during the first attempt, and then that attempt failed. Drop a duplicate only after the first attempt has finished."},
	one(12, "naive", sim.Card, check.Crash).
		says("This queue has no timeout that could be too short. It delivers a dead worker's messages again, however far that worker got.").on("rabbitmq-quorum"),
	one(13, "naive", sim.Card, check.LoseAck).
		says("The order was right: the same message came twice in a row. FIFO decides which message comes first, not how often.").on("sqs-fifo"),
	one(14, "naive", sim.Card, check.Overrun).
		says("Without a fault every schedule passes, and so did your tests. A test must contain the faults."),
	one(15, "gateway-key-random", sim.Card, check.Crash).
		says("To the bank a new key is a new order. The key must be the same in every attempt, so make it from the order."),
	{Belief: 16, Beside: "naive", Attack: interview.Attack{Consumer: "inbox", Business: sim.Card, Scenario: "lost-ack"},
		About: []string{"m2"}, Claim: "inbox finds m2/2 and inbox did m2 1 and inbox queue m2 done and inbox delivered m2 2",
		So: "The second call found the record and acked, as the first did. An error would only have brought the message back."},
	one(17, "redelivered-flag", sim.Card, check.Copy).
		says("Neither was flagged. The flag marks messages that this queue delivered before, and to the queue these are two messages."),
	one(18, "ack-first", sim.Card, check.LoseAck).
		says("An early ack can get lost too, and then the message comes again. And if the ack arrives, a crash loses the work."),
	one(19, "outbox", sim.Card, check.Crash).
		says("The relay sent, died before it recorded that, and sent again. An outbox sends at least once, so the receiver needs a key.").beside("outbox-and-gateway-key"),
	one(20, "lease", sim.Card, check.Overrun).
		says("The lock expired while its worker was frozen. Only the receiver can stop that worker: by a key or by a fencing token."),
	one(21, "naive", sim.Card, check.Overrun).
		says("The worker was alive and had charged. The queue sees neither: it sees only that no ack came in time."),
	{Belief: 22, Beside: "check-then-act", Attack: interview.Attack{Consumer: "inbox", Business: sim.Stock, Scenario: "twins"},
		About: []string{"m3b"}, Claim: "inbox twice none and inbox never none and inbox waits m3b/1",
		So: "Two copies came at once, and one item was taken. The second insert waited for the first, and then found its row."},
	one(23, "naive", sim.Card, check.LoseAck).
		says("No worker crashed. One ack got lost after the work was done, and the order was charged again."),
	{Belief: 24, Attack: interview.Attack{Consumer: "naive", Business: sim.Card, Scenario: "lost-ack"},
		About: []string{"m1", "m2"}, Claim: "naive delivered m1 1 and naive delivered m2 2 and naive twice m2",
		So: "Ann's order came once, because its ack arrived. At-least-once means that a message may come again, not that it will."},
	{Belief: 25, Beside: "inbox-key", Attack: interview.Attack{Consumer: "inbox", Business: sim.Card, Scenario: "impatient-customer"},
		About: []string{"m2", "m2b"}, Claim: "inbox twice m2 and inbox performs m2b/1",
		So: "One order came in two messages with two IDs. The ID names a message, and only the order's number names the order."},
	one(26, "gateway-key", sim.Mail, check.LoseAck).
		says("The key went along with both mails, and the mail server does not look at keys. A key helps only if the receiver keeps it.").beside("inbox"),
	{Belief: 27, Beside: "mark-first", Attack: interview.Attack{Consumer: "naive", Business: sim.Card, Scenario: "crash-before-effect"},
		About: []string{"m3"}, Claim: "naive never none and naive delivered m3 2 and naive did m3 1",
		So: "The worker died without an ack, so the queue delivered the order again. It is lost only if something says \"done\" too early."},
}

// Refute returns the run that refutes a misconception, in the business of a lesson if
// there is one.
func Refute(m scenarios.Misconception, l *scenarios.Lesson) (*Refutation, error) {
	remedy, known := Of(m)
	switch {
	case !known:
		return nil, fmt.Errorf("nothing refutes %s", m)
	case l != nil:
		return remedy.In(l.Scenario.Business)
	}
	return remedy.Refute()
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
