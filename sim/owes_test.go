package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/testkit"
)

// A message that stands for the debt of an earlier one: one debt, one verdict.

// twoDoors is a lane in which m2 stands for the debt of m1, under a message ID of its own, as
// a republish of m1 under a new one would.
func twoDoors(c sim.Consumer, b sim.Business, plan ...string) sim.Lane {
	l := lane(c, b, 2, plan...)
	of, o := &l.Messages[0], &l.Messages[1]
	o.Owes, o.Message = of.ID, of.Message
	o.Message.ID, o.Seq = "evt-2", of.Seq+1
	o.At = of.At + 20*time.Second
	return l
}

// What a second message does for the debt of the first is judged with what the first does:
// done by both is twice, done by one is once, and the second is owed nothing by itself.
func TestTwoMessagesOfOneDebtAreJudgedTogether(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		business sim.Business
		want     string
		effects  []int32
	}{
		{consumers.Naive, sim.Card, "twice once", []int32{2, 0}},
		{consumers.Inbox, sim.Mail, "twice once", []int32{2, 0}},      // by message ID they are two
		{consumers.InboxKey, sim.Mail, "once once", []int32{1, 0}},    // by key they are one
		{consumers.GatewayKey, sim.Card, "once once", []int32{1, 0}},  // so they are to the bank
		{consumers.GatewayKey, sim.Mail, "twice once", []int32{2, 0}}, // and to nobody else
		{consumers.Naive, sim.Order, "twice twice twice once once once", []int32{2, 2, 2, 0, 0, 0}},
		{consumers.GatewayKey, sim.Order, "once twice twice once once once", []int32{1, 2, 2, 0, 0, 0}},
	} {
		r := simulate(t, twoDoors(c.consumer, c.business))
		v := r.Verdicts()
		if verdicts(r) != c.want || !slices.Equal(v.Effects, c.effects) {
			t.Errorf("%s, %s: %s by %v, want %s by %v", c.consumer.Name, c.business, verdicts(r), v.Effects, c.want, c.effects)
		}
		for p, is := range map[sim.Property]bool{sim.NeverTwice: strings.Contains(c.want, "twice"), sim.NeverLost: false} {
			if r.World().Breaks(p) != is || v.Breaks(p) != is {
				t.Errorf("%s, %s: breaks %s: %v and %v, want %v", c.consumer.Name, c.business, p, r.World().Breaks(p), v.Breaks(p), is)
			}
		}
	}
}

// As long as any message of a debt is to come, in the queue or parked, the debt is not lost;
// and the second can pay what the first has not.
func TestADebtIsLostWithTheLastOfItsMessages(t *testing.T) {
	drops := func(id string) sim.Consumer {
		return sim.Consumer{Name: "drops", Handle: func(p *sim.Proc, m broker.Message) error {
			if m.ID == id || id == "all" {
				return nil
			}
			return p.Perform(m)
		}}
	}
	for id, want := range map[string]string{"m1": "once", "evt-2": "once", "all": "never", "none": "twice"} {
		r := simulate(t, twoDoors(drops(id), sim.Card))
		if got := r.Verdicts().Of[0].String(); got != want {
			t.Errorf("%s dropped: %s, want %s", id, got, want)
		}
		gone := r.Gone(func(int) {})
		if (want == "never") != (len(gone) == 1) || len(gone) == 1 && (gone[0].Debt != 0 || r.Name(&r.Events()[gone[0].Event]) != "m2") {
			t.Errorf("%s dropped: gone is %v, want m1's debt with the end of m2 where all is", id, gone)
		}
	}
	w := sim.New(&sim.Lane{Consumer: drops("m1"), Messages: twoDoors(drops("m1"), sim.Card).Messages, Queue: lane(drops(""), sim.Card, 1).Queue}, -1)
	play(t, w, "publish m1; deliver m1 1; step 1")
	if v := w.Verdicts().Of[0]; v != sim.Pending || w.Breaks(sim.NeverLost) {
		t.Errorf("m1 is dropped and m2 to come: %s, want pending", v)
	}
}

// It is judged as a republish of the same under a new ID is, whoever handles it and whatever
// strikes the first. What differs is only who is named: the copy is m1b, the message m2.
func TestAMessageThatOwesIsJudgedAsARepublish(t *testing.T) {
	type doors struct {
		c       sim.Consumer
		b       sim.Business
		trouble string
	}
	var all []doors
	for _, c := range strategies() {
		for _, b := range sim.Businesses() {
			for _, trouble := range []string{"", "crash:m1/after-effect", "crash:m1/before-effect", "lose-ack:m1", "pause:m1/before-effect,for=60s", "fail:m1", "lose-reply:m1"} {
				all = append(all, doors{c, b, trouble})
			}
		}
	}
	for _, of := range testkit.Sample(400, all) {
		owes, again := twoDoors(of.c, of.b), lane(of.c, of.b, 1, "republish:m1,later=20s,new-id=true")
		if of.trouble != "" {
			owes.Plan, again.Plan = faults(of.trouble), append(again.Plan, faults(of.trouble)...)
		}
		again.Messages[0] = owes.Messages[0]
		x, y := simulate(t, owes).Verdicts(), simulate(t, again).Verdicts()
		n := len(of.b.Parts())
		if !slices.Equal(x.Of[:n], y.Of) || !slices.Equal(x.Effects[:n], y.Effects) {
			t.Errorf("%s, %s, %q: %v by %v, as a republish %v by %v", of.c.Name, of.b, of.trouble, x.Of[:n], x.Effects[:n], y.Of, y.Effects)
		}
	}
}

// Faults name the message that they strike, and copies are called after it.
func TestAFaultStrikesTheMessageThatItNames(t *testing.T) {
	r := simulate(t, twoDoors(consumers.InboxKey, sim.Card, "lose-ack:m2", "copy:m2,later=1s"))
	var struck, names []string
	for i := range r.Events() {
		e := &r.Events()[i]
		if e.Fault >= 0 && e.Kind == sim.LoseAck {
			struck = append(struck, r.Name(e))
		}
		if e.Kind == sim.Copy {
			names = append(names, r.Name(e))
		}
	}
	if fmt.Sprint(struck, names) != "[m2] [m2b]" {
		t.Errorf("lost acks and copies are %v %v, want those of m2", struck, names)
	}
	if w := r.World(); w.Owed(2) != 0 || w.Listed(2) != 1 || w.Listed(1) != 1 || w.Owed(1) != 0 {
		t.Errorf("a copy of m2 counts for %d and is one of %d, want 0 and 1", w.Owed(2), w.Listed(2))
	}
}

// With a key of its own, a second message is another fact to whoever goes by the key, and the
// bank knows nothing of it under that. It is one debt all the same.
func TestADebtMayHaveTwoKeys(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.InboxKey, consumers.GatewayKey, consumers.LookupFirst} {
		one, two := twoDoors(c, sim.Card), twoDoors(c, sim.Card)
		two.Messages[1].Key = "another"
		if a, b := verdicts(simulate(t, one)), verdicts(simulate(t, two)); a != "once once" || b != "twice once" {
			t.Errorf("%s: %s under one key and %s under two, want once and twice", c.Name, a, b)
		}
	}
}

func TestWhatAMessageCanOweIsChecked(t *testing.T) {
	for want, change := range map[string]func(m []sim.Owed){
		"m2 owes m2: that is itself":                         func(m []sim.Owed) { m[1].Owes = "m2" },
		"m1 owes m2: no message of that id is listed before": func(m []sim.Owed) { m[0].Owes = "m2" },
		"m2 owes m9: no message of that id is listed before": func(m []sim.Owed) { m[1].Owes = "m9" },
		"m3 owes m2: that one owes m1 itself. Write owes: m1": func(m []sim.Owed) {
			m[2].Owes = "m2"
		},
		"one debt has one customer, not Ann and Bob": func(m []sim.Owed) { m[1].Customer = "Bob" },
		"one debt has one amount":                    func(m []sim.Owed) { m[1].Amount++ },
	} {
		l := lane(consumers.Naive, sim.Card, 3)
		l.Messages[1].Owes = "m1"
		change(l.Messages)
		if err := l.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
