package consumers_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A status is set by each message, and the last write wins: no record of what was handled
// helps against an older message that comes late.

// subscription is what becomes of two messages that set one status, m1 and 2 s later m2,
// under a list of faults.
func subscription(t *testing.T, consumer, trouble string) string {
	t.Helper()
	c, ok := consumers.Get(consumer)
	if !ok {
		t.Fatalf("no consumer is called %q", consumer)
	}
	l := sim.Lane{Consumer: c, Business: sim.Status, Queue: broker.Default()}
	for n, id := range []string{"m1", "m2"} {
		l.Messages = append(l.Messages, sim.Owed{ID: id, At: time.Duration(2*n+1) * time.Second, Message: broker.Message{ID: id, Key: id, Group: "sub-1", Seq: n + 1, Customer: "Ann", Amount: 100}})
	}
	for _, text := range strings.Fields(trouble) {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		l.Plan = append(l.Plan, f)
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, of := range r.Verdicts().Of {
		all = append(all, of.String())
	}
	return strings.Join(all, " ")
}

// An older message that comes after the newer sets the status back, whatever dedup there is:
// it is no duplicate. A version check drops it, and that loses nothing. A duplicate does harm
// only where nobody knows it: then it comes after the newer as well. To set the same status
// again at once does none.
func TestAnOlderMessageSetsAStatusBack(t *testing.T) {
	const late, lost, twin = "delay:m1,for=5s", "lose-ack:m1", "copy:m2"
	for consumer, want := range map[string]map[string]string{
		"naive":           {"": "once once", late: "stale once", lost: "stale once", twin: "once once"},
		"inbox":           {"": "once once", late: "stale once", lost: "once once", twin: "once once"},
		"inbox-key":       {"": "once once", late: "stale once", lost: "once once", twin: "once once"},
		"unique-effect":   {"": "once once", late: "stale once", lost: "once once", twin: "once once"},
		"outbox":          {"": "once once", late: "stale once", lost: "once once", twin: "once once"},
		"high-water-mark": {"": "once once", late: "once once", lost: "once once", twin: "once once"},
	} {
		for trouble, want := range want {
			if got := subscription(t, consumer, trouble); got != want {
				t.Errorf("%s under %q: %s, want %s", consumer, trouble, got, want)
			}
		}
	}
}

// What is lost of a status is the newest: an older one that was never set is outdated.
func TestOfAStatusOnlyTheNewestCanBeLost(t *testing.T) {
	for trouble, want := range map[string]string{
		"crash:m1/before-effect":                        "once once",
		"crash:m2/before-effect":                        "once never",
		"crash:m1/before-effect crash:m2/before-effect": "never never",
	} {
		if got := subscription(t, "ack-first", trouble); got != want {
			t.Errorf("ack-first under %q: %s, want %s", trouble, got, want)
		}
	}
}
