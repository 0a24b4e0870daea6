package doctor

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/glossary"
	"dejavu/ui/interview"
	"dejavu/ui/learn"
	"dejavu/ui/story"
)

// A statement that no code computes stands here, with the run that supports it: claims
// about the lesson's own run, or about that run with the lesson's change.
func TestTheStatementsOfLessonsAreTrueOfTheirRuns(t *testing.T) {
	for _, c := range []struct{ lesson, says, claim string }{
		{"ghost-charge", "Of $200 owed, NAIVE took $335 and INBOX $200.", "naive taken $335 and inbox taken $200"},
		{"ghost-charge", "One order, two deliveries.", "naive delivered m2 2 and inbox delivered m2 2"},
		{"ghost-charge", "NAIVE charges Bob's $15 again, and INBOX finds its record.", "naive performs m2/2 and inbox finds m2/2"},
		{"ghost-charge", "The queue did nothing wrong.", "naive delivered m1 1 and naive delivered m2 2 and naive delivered m3 2 and naive delivered m4 1"},
		{"where-from", "Of $205 owed, NAIVE took $410 and BROKER-WINDOW $395.", "naive taken $410 and broker-window taken $395"},
		{"where-from", "Cy's \"done\" was lost, and he pays again with both.", "naive performs m3/2 and broker-window performs m3/2"},
		{"where-from", "So a second worker charges Ann during the freeze.", "naive performs m1/2 and broker-window performs m1/2"},
		{"where-from", "To the queue it was a new message.", "broker-window performs m4b"},
		{"three-orders", "MARK-FIRST owes Ann an item, CHECK-THEN-ACT took two too many.", "mark-first missing 1 and mark-first never m1 and check-then-act excess 2"},
		{"three-orders", "It finds its record, and Ann gets nothing.", "mark-first finds m1/2 and mark-first never m1"},
		{"three-orders", "the second worker waits, then finds the row.", "inbox waits m3b and inbox finds m3b"},
		{"three-orders", "both looked before either one recorded; no worker has to fail for that", "check-then-act performs m3 and check-then-act performs m3b and not check-then-act finds m3b"},
		{"store-must-survive", "MEMORY-SET took $310 of $175, INBOX $175.", "memory-set taken $310 and inbox taken $175"},
		{"store-must-survive", "MEMORY-SET finds her ID in its memory;", "memory-set finds m1/2"},
		{"outside-world", "Of $175 owed, INBOX took $230 and INBOX-AND-GATEWAY-KEY $175.", "inbox taken $230 and inbox-and-gateway-key taken $175"},
		{"outside-world", "so INBOX charges her again too; with a key the bank knows the order.", "inbox performs m1/2 and not inbox-and-gateway-key performs m1/2"},
		{"outside-world", "Cy's charge failed, so the retry charges him once.", "inbox did m3 1 and inbox performs m3/2"},
		{"keys", "Of $215 owed, INBOX took $350, INBOX-KEY $335, GATEWAY-KEY $215.", "inbox taken $350 and inbox-key taken $335 and gateway-key taken $215"},
		{"order-and-leases", "LEASE took one item too many, HIGH-WATER-MARK owes Bob one.", "lease excess 1 and high-water-mark missing 1 and high-water-mark never m2"},
	} {
		l, _ := scenarios.GetLesson(c.lesson)
		if !strings.Contains(allText(l), c.says) {
			t.Errorf("%s does not say %q", c.lesson, c.says)
		}
		told, err := story.Tell(l.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		if claims, err := l.Scenario.Claims(c.claim); err != nil || !learn.Holds(told, claims) {
			t.Errorf("%s: %q, but not so: %s: %v", c.lesson, c.says, c.claim, err)
		}
	}
}

// allText is what a lesson says, in one line.
func allText(l *scenarios.Lesson) string {
	text := l.Intro + " " + l.Words
	for i := range l.Stops {
		text += " " + l.Stops[i].Say
	}
	for _, q := range asked(l) {
		for _, c := range q.Choices {
			text += " " + c.Why
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// What an entry of the glossary says of a consumer is what the search finds.
func TestTheStatementsOfTheGlossaryAreWhatTheSearchFinds(t *testing.T) {
	outage := []check.Kind{check.StoreDown, check.LoseAck}
	for _, c := range []struct {
		entry, says string
		attack      interview.Attack
		fate        interview.Fate
	}{
		{"dedup store outage", "Failing open lets a duplicate through", interview.Attack{Consumer: "fail-open", Business: sim.Stock, Only: outage}, interview.Twice},
		{"dedup store outage", "So does failing closed, if the store goes down between the work and its record.", interview.Attack{Consumer: "fail-closed", Business: sim.Stock, Only: outage}, interview.Twice},
		{"dedup store outage", "Dropping loses the message.", interview.Attack{Consumer: "drop-on-error", Business: sim.Stock, Faults: 1, Only: outage[:1]}, interview.Lost},
	} {
		e, known := glossary.Find(c.entry)
		if !known || !strings.Contains(e.Is+" "+e.Breaks, c.says) {
			t.Errorf("%s does not say %q", c.entry, c.says)
		}
		o, err := c.attack.Make()
		if err != nil || o.Fate != c.fate {
			t.Errorf("%s: %q, but %s ends %v: %v", c.entry, c.says, c.attack.Consumer, o.Fate, err)
		}
	}
}
