package story

import (
	"slices"
	"strings"
	"testing"
)

// harmOf returns what is said of a lane at the stop that tells its n-th harm.
func harmOf(t *testing.T, st *Story, lane string, nth int) string {
	t.Helper()
	for _, p := range st.Stops() {
		if p.Kind != AtHarm {
			continue
		}
		for _, line := range st.Narrate(p.Step).Lines[1:] {
			names, said, _ := strings.Cut(line.Plain(), ": ")
			for name := range strings.SplitSeq(names, ", ") {
				if name == lane && strings.Contains(said, ", so ") {
					if nth--; nth == 0 {
						return said
					}
				}
			}
		}
	}
	t.Fatalf("%s: no such harm", lane)
	return ""
}

// Why a record was not found when it was looked for, each reason from the story that
// is about it: what took the record away last is the reason, and not what happened to
// an older one.
func TestAHarmSaysWhatBecameOfTheRecord(t *testing.T) {
	for _, c := range []struct{ scenario, lane, says string }{
		// The lease of the frozen worker ran out long before: what counts is that it
		// deleted the other's note.
		{"zombies-revenge", "LEASE", "had its record of m2 deleted by another worker, so LEASE charged $15 again."},
		// All processes were restarted: no memory was left, shared or not.
		{"deploy", "MEMORY-SET", "had m2 in memory only, and memory died with the process, so MEMORY-SET mailed Bob again."},
		{"one-line-too-early", "MEMORY-SET", "had m2 in memory only, and memory died with the process, so MEMORY-SET charged $15 again."},
		// Put answers nothing, and has written all the same.
		{"amnesiac-store", "CHECK-THEN-ACT", "had lost its record of m3 when the stores failed over, so each took another item."},
		{"amnesiac-store", "LEASE", "had lost its record of m3 when the stores failed over, so each took another item."},
		// The worker died between the charge and the note that it is done: only its
		// lease said anything of m3.
		{"powertools-lease", "LEASE", "had only a lease on m3, and that had run out, so LEASE charged $120 again."},
		{"powertools-lease", "INBOX", "lost its record of m3, for the crash rolled it back but not the charge, so INBOX charged $120 again."},
		// One worker after another, no two at once: the commit that failed took it back.
		{"poison-tail", "INBOX", "lost its record of m2, for the failed commit rolled it back but not the charge, so INBOX charged $15 again."},
		{"eight-day-redrive, lease", "LEASE", "had kept its record of m2 only for a time, so each charged $15 again."},
		{"eight-day-redrive", "INBOX-TTL", "had kept its record of m2 only for a time, so INBOX-TTL charged $15 again."},
		{"busy-afternoon", "MEMORY-LRU", "had forgotten m1 to make room for newer ones, so MEMORY-LRU mailed Ann again."},
		{"redis-down-and-lost-ack", "FAIL-OPEN", "could not record m2 while its store was out of reach, so FAIL-OPEN charged $15 again."},
		{"ten-minutes-later", "BROKER-WINDOW", "has a queue that knows a message ID for 5 min only (dedup window): m2b looked new, so BROKER-WINDOW charged $15 again."},
		{"ten-minutes-later", "NAIVE", "keeps no record: m2b looked new, so NAIVE charged $15 again."},
		{"nats-late-ack", "CHECK-THEN-ACT", "had looked for m2 before another worker was given it, so CHECK-THEN-ACT charged $15 again."},
		{"stop-the-world", "LEASE", "had only a lease on m2, and that had run out, so LEASE charged $15 again."},
		{"two-clocks", "SCHEDULER-LOCK", "compared the end of m1 with a clock that was ahead, so SCHEDULER-LOCK mailed Ann again."},
		{"lock-not-replicated", "LEASE", "had lost its record of m1 when the stores failed over, so LEASE charged $40 again."},
		{"twins", "CHECK-THEN-ACT", "looked for m3 before the other worker had written it, so each charged $120 again."},
		{"slow-bank", "CHECK-THEN-ACT", "had looked for m2 before another worker was given it, so CHECK-THEN-ACT charged $15 again."},
		{"impatient-customer", "INBOX", "had recorded m2, but this one says m2b, so each charged $15 again."},
		// Each effect has a record of its own: the one that counts is that of the mail.
		{"three-effects", "RECOVERY-POINTS", "lost its record of m2 mail, for the crash rolled it back but not the mail, so RECOVERY-POINTS mailed Bob again."},
		{"crash-after-effect", "CHECK-THEN-ACT", "never recorded m3 the first time, so CHECK-THEN-ACT charged $120 again."},
	} {
		if said := harmOf(t, tell(t, joined(t, c.scenario)), c.lane, 1); said != c.says {
			t.Errorf("%s, %s: says %q, want %q", c.scenario, c.lane, said, c.says)
		}
	}
	st := tell(t, get(t, "poison-tail"))
	for n := 2; n <= 3; n++ {
		if said := harmOf(t, st, "INBOX", n); !strings.HasPrefix(said, "lost its record of m2, for the failed commit") {
			t.Errorf("harm %d: %q", n, said)
		}
	}
}

// Who loses something says what it was lost with: an ack that spoke for others, a delivery
// too many. Whoever did not give it back, or did not ack it, is not said to have.
func TestALossSaysWhatItWasLostWith(t *testing.T) {
	for _, c := range []struct{ scenario, lane, says string }{
		{"later-offset-first", "NAIVE", "had m1 at work when the ack of m2 settled it too (cumulative ack), and nothing was charged"},
		{"one-bad-apple", "MARK-FIRST", "had recorded m3 before the effect, so the next delivery looked done, and nothing was charged"},
		{"three-deploys", "NAIVE", "came to no ack in 3 deliveries: nothing was mailed"},
		{"reserved-for-ever", "ERROR-KEPT", "gave it back once too often: nothing was charged"},
	} {
		st, said := tell(t, get(t, c.scenario)), []string(nil)
		for _, p := range st.Stops() {
			for k, l := range st.Lanes {
				if p.Kind == AtHarm && p.Harmed(k) && l.Title() == c.lane {
					said = append(said, l.Excuse(&p, p.Event[k], c.lane))
				}
			}
		}
		if !slices.Contains(said, c.says) {
			t.Errorf("%s, %s: says %q, want %q", c.scenario, c.lane, said, c.says)
		}
	}
}

// Acked is not done: of a lane that has lost what another does twice nobody may say
// that its outcome is the same.
func TestALaneThatLosesIsNotSaidToComeToTheSame(t *testing.T) {
	for scenario, want := range map[string]string{
		"one-line-too-early":       "MARK-FIRST: finds m2 in processed, acks, and nothing was charged.",
		"watermill-equal-payloads": "INBOX-HASH: finds a80025ab7758fe7c in inbox, acks, and nothing was taken.",
	} {
		st, found := tell(t, get(t, scenario)), false
		for _, p := range st.Stops() {
			for _, line := range st.Narrate(p.Step).Lines {
				found = found || line.Plain() == want
			}
		}
		if !found {
			t.Errorf("%s: nowhere %q", scenario, want)
		}
	}
}

// An ack that is lost when the queue has the message down as done already, by the late
// ack of another worker, brings no redelivery.
func TestALostAckOfWhatIsDoneAlreadyBringsNothing(t *testing.T) {
	st := tell(t, get(t, "nats-late-ack"))
	var told []string
	for _, p := range st.Stops() {
		if n := st.Narrate(p.Step); p.Kind == AtFault && n.Badge == "ack lost" {
			told = append(told, n.Lines[0].Plain())
		}
	}
	if len(told) != 2 || !strings.HasSuffix(told[0], "Until its 30 s are over, m2 stays hidden.") ||
		!strings.HasSuffix(told[1], "It makes no difference: another ack came first, and m2 is done.") {
		t.Errorf("told as %q", told)
	}
}

// What a harm comes from has a stop of its own, before the harm.
func TestWhatDecidesAHarmIsSeenBeforeIt(t *testing.T) {
	for _, c := range []struct{ scenario, badge, says string }{
		{"eight-day-redrive", "parked", "m2 is parked (dead-letter queue): delivered 3 times, and never acked."},
		{"eight-day-redrive", "forgotten", "INBOX-TTL: the inbox forgets m2: kept for 30 min."},
		{"eight-day-redrive, lease", "forgotten", "LEASE: the cache forgets m2: kept for 1 h."},
		{"busy-afternoon", "forgotten", "MEMORY-LRU: worker 1 forgets m1 to make room for m4."},
		{"busy-afternoon", "forgotten", "INBOX-TTL: the inbox forgets m1: kept for 30 min."},
		{"zombies-revenge", "lease over", "LEASE, LEASE-FENCED: the lease of m2 runs out after 20 s: its holder froze."},
		{"zombies-revenge", "deleted", "LEASE: worker 1 deletes the record of m2, which another worker has written."},
		{"friendly-fire", "lease over", "LEASE: the lease of m2 runs out after 20 s: its holder froze."},
		{"forever-ignored", "late ack", "NAIVE, GATEWAY-KEY: the ack for m2 comes too late, and is ignored: whoever has m2 now must say done."},
		{"stop-the-world", "late ack", "NAIVE, LEASE, LEASE-FENCED, MARK-FIRST: the ack for m2 comes too late, and is ignored: m2 was done already."},
		{"forever-ignored", "parked", "NAIVE, GATEWAY-KEY: m2 is parked (dead-letter queue): delivered 5 times, and never acked."},
		{"forever-accepted", "late ack", "NAIVE, GATEWAY-KEY, INBOX: the ack for m2 comes late, and the queue takes it: m2 is done, though another worker was given it."},
		{"nats-late-ack", "late ack", "The ack for m2 comes late, and the queue takes it: m2 is done, though another worker was given it."},
	} {
		st, found := tell(t, joined(t, c.scenario)), false
		var told []string
		for _, p := range st.Stops() {
			n := st.Narrate(p.Step)
			found = found || p.Kind == AtNotice && n.Badge == c.badge && n.Lines[0].Plain() == c.says
			if p.Kind == AtNotice {
				told = append(told, n.Badge+": "+n.Lines[0].Plain())
			}
		}
		if !found {
			t.Errorf("%s: nowhere %q, but\n%s", c.scenario, c.says, strings.Join(told, "\n"))
		}
	}
}

// How often is said of each: four charges are more than two.
func TestTheEndSaysHowOften(t *testing.T) {
	for scenario, want := range map[string]string{
		"poison-tail":       "INBOX took $220 of $175 owed: m2 charged 4 times, $45 too much.",
		"eight-day-redrive": "NAIVE took $220 of $175 owed: m2 charged 4 times, $45 too much.",
		"bare-decrement":    "NAIVE took 6 of 3 items owed: m1 m2 m3 taken twice, 3 items too many.",
	} {
		st := tell(t, get(t, scenario))
		if told := toldAt(st, st.When(st.Steps())); !strings.Contains(told, want) {
			t.Errorf("%s: %q is not in %q", scenario, want, told)
		}
	}
}

// What a lane did itself is not said to have come to the same, and what becomes of an
// effect later is not told on the screen before it happens.
func TestTheScreenTellsNothingBeforeItsTime(t *testing.T) {
	st := tell(t, get(t, "amnesiac-store"))
	for n := range st.Steps() + 1 {
		for _, line := range st.Narrate(n).Lines {
			if text := line.Plain(); strings.Contains(text, "to be lost") || strings.Contains(text, "takes 1 item for Cy, takes nothing") {
				t.Errorf("step %d: %q", n, text)
			}
		}
	}
	if !strings.Contains(string(text(t, st, 100)), "takes 1 item for Cy, to be lost in a failover") {
		t.Error("the text, which tells a delivery to its end, does not say that the item is lost")
	}
}
