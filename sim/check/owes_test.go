package check_test

import (
	"fmt"
	"slices"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
)

// A message that stands for the debt of an earlier one, in the search.

// debtLane is a lane of two messages that are one debt, under one key or two.
func debtLane(c sim.Consumer, b sim.Business, oneKey bool) sim.Lane {
	l := sim.Lane{Consumer: c, Business: b, Queue: broker.Default(), Messages: check.Messages(2), Processes: 1}
	owes(l.Messages, 1, oneKey)
	return l
}

// The search takes every list that there is, and judges both messages together as a plain
// enumeration does.
func TestTheSearchAgreesWithAPlainEnumerationOfTwoMessagesOfOneDebt(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox, consumers.InboxKey, consumers.GatewayKey, consumers.UniqueEffect} {
		for _, b := range []sim.Business{sim.Card, sim.Stock} {
			for _, oneKey := range []bool{true, false} {
				o := check.Options{Workers: 1, Faults: 1, Kinds: []check.Kind{check.Crash, check.LoseAck, check.Copy}}
				agreesWithPlain(t, listed{fmt.Sprintf("%s, %s, one key: %v", c.Name, b, oneKey), debtLane(c, b, oneKey), 40}, o)
			}
		}
	}
	l := debtLane(consumers.Inbox, sim.Order, true)
	agreesWithPlain(t, listed{"inbox, order", l, 40}, check.Options{Workers: 1, Faults: -1})
	agreesWithPlain(t, listed{"inbox, stock, lost writes", debtLane(consumers.Inbox, sim.Stock, true), 40}, check.Options{Workers: 1, Faults: 1, Kinds: []check.Kind{check.LoseWrites}})
}

// Without any fault, two messages of one debt are done twice by whoever goes by the message
// ID, and once by whoever goes by a key that both have. What breaks is the debt of the first.
func TestADebtOfTwoMessagesBreaksWithoutAFault(t *testing.T) {
	for _, c := range []struct {
		consumer      sim.Consumer
		oneKey, holds bool
	}{
		{consumers.Inbox, true, false},
		{consumers.InboxKey, true, true},
		{consumers.InboxKey, false, false},
		{consumers.GatewayKey, true, true},
		{consumers.GatewayKey, false, false},
	} {
		r := searchedLane(t, debtLane(c.consumer, sim.Card, c.oneKey), check.Options{Faults: -1})
		v := r.Of(sim.NeverTwice)
		if v.Holds != c.holds {
			t.Errorf("%s, one key %v: never twice holds: %v", c.consumer.Name, c.oneKey, v.Holds)
		}
		if e := v.Counterexample; e != nil {
			if e.Owed != 0 {
				t.Errorf("%s: the trace is about %s, want m1", c.consumer.Name, e.Lane.Messages[e.Owed].ID)
			}
			replays(t, c.consumer.Name, e)
		}
		if lost := r.Of(sim.NeverLost); !lost.Holds {
			t.Errorf("%s, one key %v: m2 is owed nothing by itself, and counts as lost", c.consumer.Name, c.oneKey)
		}
	}
}

// A search that takes some messages of a lane takes no debt without its first message.
func TestRelatedMessagesKeepADebtTogether(t *testing.T) {
	all := check.Messages(5)
	owes(all, 3, false)
	all[2].Key = all[1].Key
	for n, want := range []string{1: "m1", 2: "m1 m4", 3: "m1 m2 m4", 4: "m1 m2 m3 m4", 5: "m1 m2 m3 m4 m5"} {
		if n == 0 {
			continue
		}
		got := ""
		for i, m := range check.Related(all, n) {
			if got += m.ID; i < n-1 {
				got += " "
			}
		}
		if got != want {
			t.Errorf("of %d: %s, want %s", n, got, want)
		}
	}
	if i := slices.IndexFunc(all, func(m sim.Owed) bool { return m.Owes != "" }); i != 3 {
		t.Fatal("nothing owes: this test holds nothing")
	}
}
