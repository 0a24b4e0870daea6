package sim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// What parts a business has, and where each effect of it lies.

// performedParts lists the parts that took effect in a run, in order.
func performedParts(r *sim.Run) string {
	var all []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Done }) {
		all = append(all, r.Part(&e).String())
	}
	return strings.Join(all, " ")
}

// The receiver of a part is told from the others by what it is: two that honour keys would
// share them, and two that are local would share the rows that they keep.
func TestNoTwoPartsOfABusinessAreOfOneKind(t *testing.T) {
	for _, b := range sim.Businesses() {
		keyed, local := 0, 0
		for _, part := range b.Parts() {
			if len(part.Parts()) != 1 {
				t.Errorf("%s is a part of %s, and has parts of its own", part, b)
			}
			if part.HonoursKeys() {
				keyed++
			}
			if part.Local() {
				local++
			}
		}
		if keyed > 1 || local > 1 || len(b.Parts()) == 0 {
			t.Errorf("%s: %d parts, %d honour keys, %d are local", b, len(b.Parts()), keyed, local)
		}
	}
}

func TestAnOrderIsPerformedPartByPartInOrder(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.GatewayKey, consumers.UniqueEffect, consumers.LeaseFenced, consumers.RecoveryPoints} {
		if got := performedParts(simulate(t, lane(c, sim.Order, 1))); got != "card stock mail" {
			t.Errorf("%s performs %s", c.Name, got)
		}
	}
}

// A key means something to the bank, a unique row and a token to the database, and nobody
// looks at what is meant for another.
func TestEachReceiverLooksAtWhatItKnows(t *testing.T) {
	for _, c := range []struct {
		what   string
		handle sim.Handler
		again  string // what the second delivery does
	}{
		{"a key", func(p *sim.Proc, m broker.Message) error { return p.PerformOnce(m, m.Key) }, "stock mail"},
		{"a unique row", func(p *sim.Proc, m broker.Message) error { return p.PerformUnique(m, m.Key) }, "card mail"},
		// It counts down: the item is refused, which ends the attempt before the mail.
		{"a token", func(p *sim.Proc, m broker.Message) error {
			_ = p.PerformFenced(m, max(2-p.Deliveries(), 0))
			return nil
		}, "card"},
	} {
		r := simulate(t, lane(handler(c.handle), sim.Order, 1, "lose-ack:m1"))
		if got := performedParts(r); got != "card stock mail "+c.again {
			t.Errorf("%s: %s", c.what, got)
		}
	}
}

// The bank answers for the charge, and for nothing that comes after it.
func TestALookupOfAnOrderAsksTheBank(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error {
		for _, part := range p.Parts() {
			done, err := p.Lookup(m)
			if err != nil {
				return err
			}
			if part == sim.Card && done {
				return nil
			}
			if err := p.PerformPart(m, part); err != nil {
				return err
			}
		}
		return nil
	})
	r := simulate(t, lane(c, sim.Order, 1, "crash:m1/after-card"))
	if got := performedParts(r); got != "card" {
		t.Errorf("performed %s: the bank has the charge, and that ends it", got)
	}
	lookups := where(r, func(e *sim.Event) bool { return e.Op == sim.OpLookup && e.Kind == sim.Step })
	if n := len(lookups); n != 2 || lookups[0].Answer != 0 || lookups[1].Answer != 1 || r.Part(&lookups[0]) != sim.Card {
		t.Errorf("%d lookups: %+v", n, lookups)
	}
}

// Only the item joins a transaction. It is told from the others while that is open, too.
func TestOnlyTheItemOfAnOrderIsRolledBack(t *testing.T) {
	r := simulate(t, lane(consumers.Inbox, sim.Order, 1, "crash:m1/after-effect"))
	if got, want := r.World().Verdicts().Effects, []int32{2, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("effects %v, want %v", got, want)
	}
}

func TestAPartThatTheBusinessDoesNotHaveIsARuleBroken(t *testing.T) {
	c := handler(func(p *sim.Proc, m broker.Message) error { return p.PerformPart(m, sim.Mail) })
	if _, err := sim.Simulate(lane(c, sim.Order, 1)); err != nil {
		t.Errorf("an order has a mail: %v", err)
	}
	var broken *sim.HandlerError
	if _, err := sim.Simulate(lane(c, sim.Card, 1)); !errors.As(err, &broken) || !strings.Contains(broken.Rule, "a part that the business does not have") {
		t.Errorf("got %v", err)
	}
}

// While the database is down, the bank and the mail server are not.
func TestAnOutageStrikesTheItemAlone(t *testing.T) {
	r := simulate(t, lane(consumers.Naive, sim.Order, 1, "store-down,at=0s,for=20s"))
	if got := r.World().Verdicts().Effects; got[0] < 2 || got[1] != 1 || got[2] != 1 {
		t.Errorf("effects %v: each retry charges again until there is an item to be taken", got)
	}
}

// The stores can lose the item, which is theirs. The charge before it and the mail after it
// stay, in the ledger and in what is told of the run.
func TestAFailoverTakesBackTheItemAlone(t *testing.T) {
	for _, at := range []string{"2500ms", "10s"} { // before the mail, after the ack
		r := simulate(t, lane(consumers.Naive, sim.Order, 1, "lose-writes,at="+at))
		if got, want := r.World().Verdicts().Effects, []int32{1, 0, 1}; !slices.Equal(got, want) {
			t.Errorf("at %s: effects %v, want %v", at, got, want)
		}
		marks := r.Marks(nil)
		for debt, n := range r.World().Verdicts().Effects {
			if got := len(marks.Effects[debt]); got != int(n) {
				t.Errorf("at %s: %d effects of debt %d are marked, and the ledger has %d", at, got, debt, n)
			}
		}
		if len(marks.TakenBack) != 1 || marks.TakenBack[0].Debt != 1 {
			t.Errorf("at %s: taken back %+v", at, marks.TakenBack)
		}
	}
}
