package quiz

import (
	"strings"
	"testing"
)

// A relay that takes a row once more is asked about by itself: the queue has no part in it.
func TestTheOutboxIsAskedAboutWhereARelayDoesTheHarm(t *testing.T) {
	for _, c := range []struct{ scenario, consumer, asks string }{
		{"two-relays", "outbox", "Relay 2 takes m1 out of the outbox, as another one does. What does its row say?" +
			" | that Ann was mailed: it marks it sent (a row says that it is sent once its relay marks it, and not before)" +
			" | *not sent yet: it mails Ann (OUTBOX still had it in the outbox: no relay claims its row, so OUTBOX mailed Ann again)" +
			" | that the other is at it: it passes over it (whoever only reads a row leaves no sign on it)"},
		{"crash-after-effect", "outbox", "The relay takes m3 out of the outbox again. What does its row say?" +
			" | that Cy was charged: it marks it sent (a row says that it is sent once its relay marks it, and not before)" +
			" | *not sent yet: it charges Cy $120 (OUTBOX still had it in the outbox: the relay died before it had marked it sent, so OUTBOX charged $120 again)" +
			" | nothing: the row went with the relay (a row stays until it is marked sent, whatever becomes of the relay)"},
		{"crash-after-effect", "cursor-relay", "The relay takes m3 out of the outbox again. Where is its cursor?" +
			" | at m3: it goes on with the next row (the cursor moves once the relay is done with a row, and not before)" +
			" | *before m3: it charges Cy $120 (CURSOR-RELAY still had it in the outbox: the relay died before it had moved the cursor, so CURSOR-RELAY charged $120 again)" +
			" | nowhere: it went with the relay (the cursor is a row of the database: it stays, whatever becomes of the relay)"},
	} {
		s := get(t, c.scenario)
		s.Consumers = []string{c.consumer}
		all := Questions(tell(t, s))
		if len(all) != 1 {
			t.Errorf("%s: %d questions", c.scenario, len(all))
			continue
		}
		got := all[0].Text
		for i, o := range all[0].Choices {
			got += " | " + strings.Repeat("*", map[bool]int{true: 1}[all[0].Right == i+1]) + o.Text + " (" + o.Why + ")"
		}
		if got != c.asks {
			t.Errorf("%s asks\n%s\nwant\n%s", c.scenario, got, c.asks)
		}
	}
}

// RECOVERY-POINTS keeps a record for each effect. What it finds first is that of the charge,
// which says nothing about the mail.
func TestNobodyIsAskedAboutTheRecordOfAnotherEffect(t *testing.T) {
	s := get(t, "three-effects")
	s.Consumers = []string{"recovery-points"}
	for _, q := range Questions(tell(t, s)) {
		if q.Topic == AskStore || q.Topic == AskLine {
			t.Errorf("asks %s %+v", q.Text, q.Choices)
		}
	}
}
