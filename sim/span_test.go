package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// struck lists when a kind of event was seen, and by whom.
func struck(r *sim.Run, kind sim.ActionKind) string {
	var all []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == kind }) {
		all = append(all, fmt.Sprintf("%s at %s", r.Name(&e), sim.Span(e.At)))
	}
	return strings.Join(all, ", ")
}

// The bank is down from 10s to 70s. m1 is charged before that. m2 is refused at 11s and,
// delivered again 30s later, once more at 42s; the third time, at 73s, the bank is back. So it
// is with m3, and each time the same fault has struck.
func TestABankIsDownForASpan(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 3, "fail:all,at=10s,for=1m")
	l.Queue.NackDelay = 30 * time.Second
	l.Messages[1].At, l.Messages[2].At = 10*time.Second, 30*time.Second
	r := simulate(t, l)
	if got := struck(r, sim.Fail); got != "m2 at 11s, m3 at 31s, m2 at 42.01s, m3 at 1m2.01s" {
		t.Errorf("errors: %s", got)
	}
	if got := verdicts(r); got != "once once once" {
		t.Errorf("verdicts: %s", got)
	}
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Fail }) {
		if e.Fault != 0 {
			t.Errorf("struck by fault %d", e.Fault)
		}
	}
}

// While the replies are lost, each delivery charges, and none is told so.
func TestRepliesAreLostForASpan(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 2, "lose-reply:all,at=10s,for=1m")
	l.Queue.NackDelay = 30 * time.Second
	l.Messages[1].At = 10 * time.Second
	r := simulate(t, l)
	if got := struck(r, sim.LoseReply); got != "m2 at 11s, m2 at 42.01s" {
		t.Errorf("replies lost: %s", got)
	}
	if got := r.World().Verdicts().Effects[1]; got != 3 {
		t.Errorf("%d effects of m2", got)
	}
}

// stubborn performs up to three times, one after another.
var stubborn = handler(func(p *sim.Proc, m broker.Message) error {
	for range 2 {
		if p.Perform(m) == nil {
			return nil
		}
	}
	return p.Perform(m)
})

// Where a message has several effects it is the bank that is down, or whoever is named. A bank
// that refuses comes first, and nothing has been done. A mail server that refuses comes last,
// so each try has charged and taken by then.
func TestASpanIsAboutOneReceiver(t *testing.T) {
	for fault, want := range map[string]string{
		"fail:all,for=4s":            "once once once once once once",
		"fail:all,step=mail,for=90s": "twice twice once twice twice once",
	} {
		l := lane(consumers.Naive, sim.Order, 2, fault)
		l.Queue.NackDelay = 30 * time.Second
		if got := verdicts(simulate(t, l)); got != want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
	}
}

// A handler that tries again at once meets the same bank: the span strikes each try, and a
// fault without one strikes the first.
func TestASpanStrikesEachTryOfAHandler(t *testing.T) {
	for fault, want := range map[string]string{
		"fail:m1":              "m1 at 1s",
		"fail:all,for=4s":      "m1 at 1s, m1 at 2s, m1 at 3s",
		"fail:m1,for=2.5s":     "m1 at 1s, m1 at 2s",
		"fail:m1/2,for=1m":     "",
		"fail:m1,at=1m,for=1m": "",
	} {
		if got := struck(simulate(t, lane(stubborn, sim.Card, 1, fault)), sim.Fail); got != want {
			t.Errorf("%s: %q, want %q", fault, got, want)
		}
	}
}

func TestASpanIsWrittenAsItIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"fail:all,at=10s,for=1m":        "",
		"lose-reply:m1/2,for=1m":        "",
		"fail:m1,step=commit,for=1m":    "",
		"fail:m1,at=10s":                "at says when it begins: say for how long as well, such as for=60s",
		"fail:m1,times=2,at=10s,for=1m": "times counts deliveries, and for strikes all within a time: leave out one of them",
		"fail:m1,for=1ns":               "too short",
	} {
		f, err := sim.ParseFault(text)
		switch {
		case want == "" && (err != nil || f.String() != text):
			t.Errorf("%s is read as %s: %v", text, f, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := sim.CheckPlan([]sim.Fault{{Kind: sim.FailFault, Message: sim.AllMessages}}, []sim.Owed{{ID: "m1"}}, nil, 1); err == nil || !strings.Contains(err.Error(), "only for a time") {
		t.Errorf("all without a time: %v", err)
	}
}
