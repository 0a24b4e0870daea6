package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// The handler of an order: the record, a row for the charge, the item, a row for the mail,
// the commit. Then its relay is handed the charge first, for that row is the older one.
const (
	orderPosted  = "publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1; step 1; step 1"
	chargeIsDone = orderPosted + "; deliver m1 to relay; step relay; step relay"
)

func orderWorld(relays int, claim sim.RowClaim) *sim.World {
	l := lane(consumers.OutboxPerEffect, sim.Order, 1)
	l.Relays, l.Claim = relays, claim
	w := world(l)
	w.KeepJournal(0)
	return w
}

// waiting is what the rows of the outbox are for, in their order.
func waiting(w *sim.World) string {
	var all []string
	for row := range w.Outbox {
		all = append(all, row.For.String())
	}
	return strings.Join(all, " ")
}

func ofParts(w *sim.World) string {
	var all []string
	for _, of := range w.Verdicts().Of {
		all = append(all, of.String())
	}
	return strings.Join(all, " ")
}

// One row for each effect outside, and none for the item, which is taken with the commit.
// Each is performed and marked by itself, and what has no row any more is not pending.
func TestEachEffectHasARowOfItsOwn(t *testing.T) {
	w := orderWorld(1, sim.NoClaim)
	play(t, w, orderPosted)
	if got := waiting(w); got != "card mail" || ofParts(w) != "pending once pending" {
		t.Errorf("rows for %q, %s", got, ofParts(w))
	}
	play(t, w, "step 1; deliver m1 to relay; step relay")
	if got := ofParts(w); got != "once once pending" {
		t.Errorf("the relay has charged: %s", got)
	}
	play(t, w, "step relay; deliver m1 to relay; step relay; step relay")
	if got := ofParts(w); got != "once once once" || !w.Quiet() {
		t.Errorf("at the end: %s, quiet %v", got, w.Quiet())
	}
}

// A relay that dies at the mail leaves the row of the mail, and no other.
func TestACrashAtTheMailRepeatsTheMailOnly(t *testing.T) {
	w := orderWorld(1, sim.NoClaim)
	play(t, w, chargeIsDone+"; deliver m1 to relay; step relay; crash relay")
	if got := waiting(w); got != "mail" {
		t.Errorf("rows for %q after the crash", got)
	}
	play(t, w, "deliver m1 to relay; step relay; step relay")
	if got := ofParts(w); got != "once once twice" {
		t.Error(got)
	}
}

// An error at the charge keeps the mail waiting for nothing: its row is taken next. The
// charge comes when its delay is over.
func TestARowThatFailsKeepsNoOtherBack(t *testing.T) {
	w := orderWorld(1, sim.NoClaim)
	play(t, w, orderPosted+"; deliver m1 to relay; fail relay; step relay; deliver m1 to relay; step relay; step relay")
	if got := ofParts(w); got != "pending once once" || can(t, w, "deliver m1 to relay") {
		t.Errorf("the charge failed: %s", got)
	}
	play(t, w, "retry m1; deliver m1 to relay; step relay; step relay")
	if got := ofParts(w); got != "once once once" {
		t.Error(got)
	}
}

// Two relays that lock their rows are at the two effects of one message at the same time.
// Two that only read come to the older row first, both of them: the bank knows the key, and
// the mail is sent twice.
func TestTwoRelaysAtTheRowsOfOneMessage(t *testing.T) {
	w := orderWorld(2, sim.ClaimRow)
	play(t, w, orderPosted+"; deliver m1 to relay; deliver m1 to relay2; step relay2")
	if got := ofParts(w); got != "pending once once" {
		t.Errorf("relay2 has passed over the row that is locked: %s", got)
	}
	for claim, want := range map[sim.RowClaim]string{sim.ClaimRow: "once once once", sim.NoClaim: "once once twice"} {
		l := lane(consumers.OutboxPerEffect, sim.Order, 1)
		l.Relays, l.Claim = 2, claim
		if got := ofParts(simulate(t, l).World()); got != want {
			t.Errorf("claim %s: %s, want %s", claim, got, want)
		}
	}
}

// A failover that loses a mark brings the row of that part back, and no other. One that
// loses the handler's commit takes the item, the record and both rows with it: the relay
// that is at the charge does not notice.
func TestAFailoverLosesWhatOneCommitHasDone(t *testing.T) {
	w := orderWorld(1, sim.NoClaim)
	play(t, w, chargeIsDone+"; lose-writes")
	if got := waiting(w); got != "mail card" {
		t.Errorf("the mark of the charge is lost: rows for %q", got)
	}
	play(t, w, "deliver m1 to relay; step relay; step relay; lose-writes")
	if got := waiting(w); got != "card mail" {
		t.Errorf("the mark of the mail is lost: rows for %q", got)
	}
	w = orderWorld(1, sim.NoClaim)
	play(t, w, orderPosted+"; deliver m1 to relay; lose-writes; step relay; step relay; step 1")
	if got := ofParts(w); got != "once never never" || waiting(w) != "" {
		t.Errorf("the commit is lost after the relay was handed the charge: %s, rows for %q", got, waiting(w))
	}
}

// A key has what each row is for: two worlds in which another effect is left differ, and a
// world that is restored from a key goes on with that effect.
func TestWhatARowIsForIsInTheKey(t *testing.T) {
	mailLeft, chargeLeft := orderWorld(1, sim.NoClaim), orderWorld(1, sim.NoClaim)
	play(t, mailLeft, chargeIsDone)
	play(t, chargeLeft, orderPosted+"; deliver m1 to relay; fail relay; step relay; deliver m1 to relay; step relay; step relay; retry m1")
	key := mailLeft.AppendKey(nil)
	if string(key) == string(chargeLeft.AppendKey(nil)) {
		t.Error("what is left does not show in the key")
	}
	other := orderWorld(1, sim.NoClaim).Clone()
	begun := mailLeft.Clone()
	begun.Restore(key)
	if play(t, begun, "deliver m1 to relay; step relay; step relay"); ofParts(begun) != "once once once" {
		t.Errorf("restored with the mail left: %s", ofParts(begun))
	}
	if other.CopyFrom(mailLeft); waiting(other) != "mail" {
		t.Errorf("a copy has rows for %q", waiting(other))
	}
	// What is enqueued and not committed is as well: the rows are there after the commit.
	open := orderWorld(1, sim.NoClaim)
	play(t, open, strings.TrimSuffix(orderPosted, "; step 1"))
	restored := open.Clone()
	restored.Restore(open.AppendKey(nil))
	if play(t, restored, "step 1"); waiting(restored) != "card mail" {
		t.Errorf("restored within the transaction: rows for %q", waiting(restored))
	}
}

// On the timeline. A part that a fault names is struck wherever it is: the item in the
// handler, the charge and the mail at the relay, each counted from its own first attempt.
// Without a name the first effect of the relay is the charge, and the last the mail.
func TestPartsWithRowsOfTheirOwnOnTheTimeline(t *testing.T) {
	for fault, want := range map[string]string{
		"crash:m1/after-card":              "once once once", // the row is repeated, and the bank knows the key
		"crash:m1/before-mail":             "once once once",
		"crash:m1/after-mail":              "once once twice",
		"crash:m1/after-effect":            "once once twice",
		"crash:m1/before-effect":           "once once once",
		"crash:m1/after-stock":             "once once once", // rolled back with the record
		"crash:m1/before-commit":           "once once once",
		"crash:m1/after-commit":            "once once once",
		"lose-reply:m1,step=mail":          "once once twice",
		"lose-reply:m1":                    "once once once", // that of the charge
		"fail:m1,step=stock":               "once once once",
		"fail:m1,step=mail,times=3":        "once once once",
		"lose-ack:m1":                      "once once once",
		"republish:m1,later=20s":           "once once once",
		"pause:m1/before-card,for=45s":     "once once once", // no timer runs over a row
		"restart,at=2s":                    "once once once",
		"fail:m1,step=mail,at=0s,for=2d":   "once once never",
		"lose-reply:m1,step=card,times=20": "once once once",
	} {
		l := lane(consumers.OutboxPerEffect, sim.Order, 1, fault)
		l.Messages = owed(1, 0)
		if strings.Contains(fault, "for=2d") {
			l.Until, want = 24*time.Hour, "once once pending"
		}
		r := simulate(t, l)
		if got := ofParts(r.World()); got != want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
		if struck := struckBy(r); len(struck) == 0 {
			t.Errorf("%s did not strike", fault)
		}
	}
}

// Where a message has one effect, a row for it is a row for the message, and the item needs
// none: what strikes the effect strikes the handler then.
func TestOneEffectIsARowOrNone(t *testing.T) {
	for _, c := range []struct {
		business sim.Business
		relayed  int
	}{{sim.Card, 2}, {sim.Mail, 2}, {sim.Stock, 0}} {
		r := simulate(t, lane(consumers.OutboxPerEffect, c.business, 1, "crash:m1/after-effect"))
		taken := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && e.Relayed() })
		if len(taken) != c.relayed || len(struckBy(r)) != 1 {
			t.Errorf("%s: handed to the relay %d times, struck %d times", c.business, len(taken), len(struckBy(r)))
		}
	}
}

// A relay has the part that its row is for, and a row for all of the message has all parts.
// The source line of a step is found in either.
func TestARelayKnowsItsPart(t *testing.T) {
	var had []string
	c := sim.Consumer{Name: "parts", Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.EnqueuePart(m, sim.Mail)
		tx.Enqueue(m)
		return tx.Commit()
	}, Relay: func(p *sim.Proc, m broker.Message) error {
		for _, part := range p.Parts() {
			p.DB.Put("parts", part.String(), "had")
			if err := p.PerformPart(m, part); err != nil {
				return err
			}
		}
		_, err := p.Lookup(m) // a mail server keeps nothing that could be asked; the bank does
		return err
	}}
	r := simulate(t, lane(c, sim.Order, 1))
	for i := range r.Events() {
		e := &r.Events()[i]
		if e.Op == sim.OpPut {
			_, key := r.Row(e)
			had = append(had, key)
		}
		if site := r.Site(i); e.Op.Asked() && site.File != "outboxparts_test.go" {
			t.Errorf("%s was asked for at %s", e.Op, site)
		}
		if e.Op == sim.OpLookup {
			had = append(had, r.Answer(e))
		}
	}
	if got := strings.Join(had, " "); got != "mail no card stock mail yes" {
		t.Errorf("the relay had %s", got)
	}
}

// What a row is for is no part of another row: a relay that performs one is told so.
func TestARelayThatPerformsAnotherPartIsToldSo(t *testing.T) {
	c := consumers.OutboxPerEffect
	c.Relay = func(p *sim.Proc, m broker.Message) error { return p.PerformPart(m, sim.Mail) }
	if _, err := sim.Simulate(lane(c, sim.Order, 1)); err == nil || !strings.Contains(err.Error(), "its row is not for") {
		t.Errorf("got %v", err)
	}
}
