package doctor

import (
	"slices"
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
	held := map[string][]string{}
	for _, c := range []struct{ lesson, says, claim string }{
		{"ghost-charge", "The queue delivers Ann's order and hides it for 30 seconds; the bank takes $40, and the worker says \"done\" (ack).", "naive did m1 1 and naive delivered m1 1 and inbox did m1 1 and inbox delivered m1 1"},
		{"ghost-charge", "Bob's $15 is taken too, but his \"done\" gets lost on its way to the queue.", "naive performs m2 and inbox performs m2 and naive delivered m2 2 and inbox delivered m2 2"},
		{"ghost-charge", "Cy's worker dies after the bank took $120, but before its \"done\".", "naive performs m3 and inbox performs m3 and naive delivered m3 2 and inbox delivered m3 2"},
		{"where-from", "Ann's worker charges $40, and freezes before it can say \"done\".", "naive performs m1 and broker-window performs m1 and naive delivered m1 2 and broker-window delivered m1 2"},
		{"three-orders", "Ann's worker dies just before it takes her item.", "not mark-first performs m1 and not check-then-act performs m1 and not inbox performs m1"},
		{"three-orders", "Bob's worker dies after it took his item; INBOX's open transaction is rolled back, the item too.", "mark-first performs m2 and check-then-act performs m2 and not inbox performs m2 and inbox performs m2/2"},
		{"three-orders", "CHECK-THEN-ACT records last, and that was too late.", "check-then-act performs m2 and check-then-act performs m2/2"},
		{"store-must-survive", "Bob's \"done\" is lost too, and then a new version is deployed, so every process is replaced.", "memory-set delivered m2 2 and not memory-set finds m2/2"},
		{"store-must-survive", "Two processes have two memories.", "memory-set performs m3 and memory-set performs m3b"},
		{"outside-world", "To the worker the charge failed, so it gives the order back.", "inbox performs m2 and inbox delivered m2 2 and inbox-and-gateway-key performs m2 and inbox-and-gateway-key delivered m2 2"},
		{"keys", "Ann buys a lamp for $40, and that is order-1.", "inbox did m1 1 and inbox-key did m1 1 and inbox-key holds order-1 order-2 order-3 order-4 and gateway-key did m1 1"},
		{"keys", "Bob pays $15 for order-3, sees a spinner, and clicks again.", "inbox performs m3 and inbox-key performs m3 and gateway-key performs m3 and inbox performs m3b"},
		{"keys", "Only the bank knew about the charge.", "inbox performs m4/2 and inbox-key performs m4/2 and not gateway-key performs m4/2"},
		{"order-and-leases", "Ann's worker takes its lease, then freezes for 45 seconds.", "lease delivered m1 2 and lease performs m1 and lease performs m1/2"},
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
		held[c.lesson] = append(held[c.lesson], c.says)
		supports(t, l.Scenario, c.says, c.claim)
	}
	for _, l := range scenarios.Lessons() {
		for _, stop := range l.Stops { // what stands in a blank is found in the run
			text := oneLine(stop.Say)
			if said := func(says string) bool { return strings.Contains(text, says) }; !strings.Contains(text, scenarios.Blank) && !slices.ContainsFunc(held[l.Name], said) {
				t.Errorf("%s says %q, and nothing here supports it", l.Name, text)
			}
		}
	}
}

// supports holds that a claim is true of a run.
func supports(t *testing.T, s *scenarios.Scenario, says, claim string) {
	t.Helper()
	told, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	if claims, err := s.Claims(claim); err != nil || !learn.Holds(told, claims) {
		t.Errorf("%s: %q, but not so: %s: %v", s.Name, says, claim, err)
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// storyClaims are what the stories of scenarios say, and what is true of the run if they are.
var storyClaims = []struct{ scenario, says, claim string }{
	{"quiet-day", "Four orders come in, and four cards are charged: $200 in all.", "naive taken $200 and inbox taken $200 and ack-first taken $200 and mark-first taken $200"},
	{"lost-ack", "it delivers Bob's order again.", "naive performs m2 and naive delivered m2 2 and inbox delivered m2 2"},
	{"lost-ack-then-crash", "the queue delivers both orders again.", "naive performs m2 and naive performs m3 and naive delivered m2 2 and naive delivered m3 2 and inbox delivered m2 2 and inbox delivered m3 2"},
	{"crash-after-effect", "The database rolls back the worker's open transaction, and with it the record that Cy was charged. The charge at the bank stays.", "inbox performs m3 and not inbox finds m3/2 and inbox excess $120"},
	{"crash-before-effect", "When the order comes again, they trust the record, and nobody ever charges the $120.", "mark-first finds m3/2 and mark-first never m3 and mark-first missing $120"},
	{"one-line-too-early", "The crash is the same, but Bob's statement is not.", "mark-first never m2 and memory-set twice m2 and inbox twice none and inbox never none"},
	{"twins", "Both check whether Cy has been charged, and neither has charged yet.", "check-then-act performs m3 and check-then-act performs m3b and not check-then-act finds m3b"},
	{"stop-the-world", "Then the first worker wakes up, knows nothing of this, and charges Bob too.", "naive performs m2 and naive performs m2/2 and lease twice m2"},
	{"slow-bank", "The first worker still waits, and then its charge goes through, too.", "naive performs m2 and naive performs m2/2 and inbox did m2 1"},
	{"producer-retry", "Now there are two messages, and neither of them is a redelivery.", "naive delivered m2 1 and naive delivered m2b 1 and naive performs m2b"},
	{"ten-minutes-later", "The broker remembers IDs for five minutes.", "broker-window delivered m2b 1 and broker-window performs m2b"},
	{"impatient-customer", "A consumer that compares message IDs sees two orders.", "inbox performs m2b and inbox-key finds m2b"},
	{"bank-503", "A consumer that has already recorded the order will now never charge Bob.", "mark-first finds m2/2 and mark-first never m2 and naive did m2 1"},
	{"bank-504", "The bank charges Bob $15, and then its answer is lost: 504, gateway timeout.", "inbox performs m2 and inbox performs m2/2 and gateway-key did m2 1 and gateway-key delivered m2 2"},
	{"commit-never-came", "To the next worker, Bob's order is new.", "inbox performs m2 and inbox performs m2/2 and not inbox finds m2/2"},
	{"poison-tail", "Bob sees four charges.", "inbox did m2 4 and inbox delivered m2 4"},
	{"bare-decrement", "But it runs too often: an ack is lost, a copy comes, and a worker dies right after it.", "naive performs m1/2 and naive performs m2b and naive performs m3/2 and unique-effect twice none"},
	{"deploy", "Every process is replaced, and every list of IDs in memory is gone.", "memory-set performs m2/2 and not memory-set finds m2/2 and inbox finds m2/2"},
	{"eight-day-redrive", "A consumer that kept Bob's ID for less than that has lost it. So has the bank: it keeps an idempotency key for 24 hours.", "inbox-ttl performs m2b and inbox finds m2b and gateway-key performs m2b"},
	{"busy-afternoon", "Ann's message comes again with the same ID and the same body.", "memory-lru performs m1b and inbox-ttl performs m1b and inbox finds m1b"},
	{"two-coffees", "Only one of these pairs is a duplicate.", "inbox did m1 1 and inbox did m3 1 and inbox finds m2/2 and inbox-hash never m3"},
	{"copy-paste-key", "Cy's $120 come second, and look like Bob's $15 to a consumer that compares only the key.", "gateway-key never m3 and inbox-key never m3 and inbox did m3 1"},
	{"amnesiac-store", "When the order comes again, the item is gone, and so is the record.", "check-then-act performs m3/2 and not check-then-act finds m3/2"},
	{"amnesiac-broker", "and delivers those orders again.", "inbox delivered m1 1 and inbox delivered m2 2 and inbox delivered m3 2 and inbox delivered m4 2"},
	{"redis-down", "No ack is lost, nothing crashes, and nothing comes twice.", "fail-open delivered m1 1 and fail-open delivered m2 1 and fail-open twice none and fail-closed twice none and drop-on-error delivered m1 1"},
	{"redis-down-and-lost-ack", "When his order comes again, half a minute later, the store is back, but has no record of him.", "fail-open performs m2/2 and not fail-open finds m2/2"},
	{"out-of-turn", "A consumer that remembers only the highest number has seen 3 when 2 arrives, and takes 2 for a duplicate.", "high-water-mark finds m2 and high-water-mark never m2"},
	{"friendly-fire", "After 30 seconds his order goes to a second worker, which finds it marked, takes it for a duplicate, and acks.", "mark-remove finds m2/2 and mark-remove never m2"},
	{"zombies-revenge", "Two minutes later the shop sends Bob's order again.", "lease performs m2/2 and lease performs m2b and lease-fenced finds m2b"},
	{"forever-ignored", "Then Bob's order is dead-lettered, and Bob has paid for every delivery.", "naive delivered m2 5 and naive did m2 5 and naive queue m2 parked"},
	{"forever-accepted", "After 70 seconds the first worker acks, and the queue forgets Bob's order.", "naive queue m2 done and naive delivered m2 2 and naive did m2 2"},
	{"bad-weather", "Forty orders in ten minutes, on a day when everything fails a little.", "inbox-and-gateway-key twice none and inbox-and-gateway-key never none and not naive excess $0"},
	{"nservicebus-copies", "two threads look before either one writes.", "check-then-act performs m2b and not check-then-act finds m2b and check-then-act finds m3/2"},
	{"watermill-handler-error", "The deduplicator has seen it, and drops it.", "mark-first finds m2/2 and mark-first never m2"},
	{"watermill-equal-payloads", "One ticket is taken from stock, and three people stand at the door.", "inbox-hash did m1 1 and inbox-hash never m2 m3"},
	{"powertools-lease", "It cannot see whether the function died before the charge, as with Bob, or after it, as with Cy.", "not lease performs m2 and lease did m2 1 and lease performs m3 and lease twice m3"},
	{"reserved-for-ever", "Nobody is charged twice, and some are never charged at all.", "open-key did m2 0 and open-key did m3 0 and open-key twice none and error-kept did m3 0 and stored-result did m2 1 and stored-result did m3 1"},
	{"woocommerce-two-doors", "Bob was charged once, but has two mails.", "gateway-key performs m2 and gateway-key performs m2b and gateway-key twice m2"},
	{"unlock-then-commit", "What it notes is not committed yet when the second gets the lock and looks.", "unlock-early performs m3b and not unlock-early finds m3b and unlock-late finds m3b and unlock-late did m3 1"},
	{"three-effects", "The database rolls back what is its own: the record of the order and the item. Nothing rolls back at the bank, and no mail comes back.", "inbox performs m2 and inbox performs m2/2 and inbox twice m2/card m2/mail and naive twice m2 and recovery-points twice m2/mail"},
	{"expired-in-the-buffer", "Dee's lock expires before her turn comes, and another worker charges her.", "naive performs m4 and naive performs m4/2 and naive twice m4 and inbox did m4 1"},
	{"three-deploys", "After the third one the delivery limit is reached, and the message is parked. It never failed.", "naive parked m1 and naive delivered m1 3 and not naive performs m1/3"},
	{"two-relays", "Both read Ann's row before either of them marks it as sent. Both mail her.", "outbox did m1 2 and outbox delivered m1 1 and naive did m1 1"},
	{"one-bad-apple", "all of them come back. Ann and Bob, whose charges were fine, are charged again.", "naive performs m1/2 and naive performs m2/2 and naive delivered m4 2 and naive did m4 1 and inbox finds m1/2"},
	{"later-offset-first", "Then the first worker's process dies, and nobody ever charges Ann.", "naive never m1 and naive delivered m1 1 and naive queue m1 done and naive performs m2"},
	{"channel-closes", "the first worker, which notices nothing, charges Bob and then what is left in its buffer.", "naive performs m2 and naive performs m2/2 and naive performs m4 and naive performs m4/2 and mark-first finds m4"},
	{"lock-not-replicated", "A copy of Ann's order comes, and its worker takes the lock as well.", "lease performs m1 and lease performs m1b and not lease finds m1b and lease twice m1 and inbox finds m1b"},
	{"two-clocks", "That replica sees an expired lock, and Ann gets two mails.", "scheduler-lock performs m1 and scheduler-lock performs m1b and scheduler-lock twice m1 and scheduler-lock finds m2b and skip-if-locked did m1 1"},
	{"number-two-first", "Then Ann's row is committed, behind the cursor. Nobody ever charges Ann.", "cursor-relay never m1 and cursor-relay delivered m1 1 and cursor-relay queue m1 done and cursor-relay performs m2 and outbox performs m1"},
	{"updated-before-created", "Ann has paid, but stays incomplete.", "naive performs m2 and naive performs m1 and naive twice m1 m3 and inbox twice m1 and high-water-mark twice none and high-water-mark never none"},
	{"nats-late-ack", "Then the first worker wakes up, charges Bob too, and acks far too late. The server accepts that ack, and delivers no more.", "naive performs m2 and naive performs m2/2 and naive delivered m2 2 and naive queue m2 done"},
}

// What the story of a scenario says is true of its run.
func TestTheStoriesOfScenariosAreTrueOfTheirRuns(t *testing.T) {
	held := map[string]bool{}
	for _, c := range storyClaims {
		s, _ := scenarios.Get(c.scenario)
		if !strings.Contains(oneLine(s.Story), c.says) {
			t.Errorf("%s does not say %q", c.scenario, c.says)
		}
		held[c.scenario] = true
		supports(t, s, c.says, c.claim)
	}
	for _, name := range scenarios.Names() {
		if !held[name] {
			t.Errorf("nothing here supports the story of %s", name)
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
	return oneLine(text)
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
