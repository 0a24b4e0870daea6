package sim_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

const expireAtBank = `expire "order-m1" at the bank`

// bankKeys lists what can expire at the bank now.
func bankKeys(w *sim.World) []string {
	var all []string
	for _, a := range w.Enabled() {
		if a.Kind == sim.Expire && a.Table == sim.AtBank {
			all = append(all, w.Format(a))
		}
	}
	return all
}

// A key can run out once the bank has charged by it, and not before or twice. That is
// always a fault, and what comes then is charged again.
func TestAKeyAtTheBankRunsOutByAFaultAndIsThenANewOne(t *testing.T) {
	w := world(lane(consumers.GatewayKey, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1")
	if got := bankKeys(w); got != nil {
		t.Errorf("before the charge %q can expire", got)
	}
	play(t, w, "step 1; lose-ack 1; time-out m1; deliver m1 to 1")
	if got := bankKeys(w); !slices.Equal(got, []string{expireAtBank}) {
		t.Fatalf("after the charge %q can expire", got)
	}
	a, err := w.Parse(expireAtBank)
	if err != nil || w.Format(a) != expireAtBank {
		t.Fatalf("%q is read as %q: %v", expireAtBank, w.Format(a), err)
	}
	if w.Cost(a) != 1 || w.Expiry(a) != sim.ExpiresUnawaited {
		t.Errorf("it costs %d, and takes %d", w.Cost(a), w.Expiry(a))
	}
	kept := w.Clone()
	play(t, kept, "step 1")
	play(t, w, expireAtBank)
	if got := bankKeys(w); got != nil {
		t.Errorf("%q can expire twice", got)
	}
	play(t, w, "step 1")
	if once, twice := kept.Verdicts().Of[0], w.Verdicts().Of[0]; once != sim.Once || twice != sim.Twice {
		t.Errorf("with the key it is %v, without it %v", once, twice)
	}
}

// What has no place to expire is refused: where keys last for ever, where nobody
// honours any, and where the text is none.
func TestNoKeyRunsOutWhereNoneIsKept(t *testing.T) {
	for name, change := range map[string]func(*sim.Lane){
		"for ever": func(l *sim.Lane) { l.BankKeys = sim.Forever },
		"mail":     func(l *sim.Lane) { l.Business = sim.Mail },
		"stock":    func(l *sim.Lane) { l.Business = sim.Stock },
	} {
		l := lane(consumers.GatewayKey, sim.Card, 1)
		change(&l)
		w := world(l)
		play(t, w, "publish m1; deliver m1 to 1; step 1")
		if got := bankKeys(w); got != nil {
			t.Errorf("%s: %q can expire", name, got)
		}
	}
	w := world(lane(consumers.GatewayKey, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1")
	for _, text := range []string{`expire "order-9" at the bank`, `expire "order-m1" at the banks`, `evict 1 "order-m1" at the bank`} {
		if a, err := w.Parse(text); err == nil {
			t.Errorf("%q is read as %q", text, w.Format(a))
		}
	}
}

// Two worlds that differ in a key at the bank are two states, and each is restored as
// what it was.
func TestAKeyAtTheBankIsPartOfTheState(t *testing.T) {
	w := world(lane(consumers.GatewayKey, sim.Card, 1))
	play(t, w, "publish m1; deliver m1 to 1; step 1; lose-ack 1; time-out m1")
	gone := w.Clone()
	play(t, gone, expireAtBank)
	if slices.Equal(w.AppendKey(nil), gone.AppendKey(nil)) {
		t.Error("a key at the bank makes no difference")
	}
	for _, from := range []*sim.World{w, gone} {
		back := w.Clone()
		back.Restore(from.AppendKey(nil))
		if !slices.Equal(bankKeys(back), bankKeys(from)) || !slices.Equal(back.AppendKey(nil), from.AppendKey(nil)) {
			t.Errorf("restored, %q can expire instead of %q", bankKeys(back), bankKeys(from))
		}
		play(t, back, "deliver m1 to 1; step 1")
		play(t, from, "deliver m1 to 1; step 1")
		if back.Verdicts().Of[0] != from.Verdicts().Of[0] {
			t.Errorf("restored, it ends as %v instead of %v", back.Verdicts().Of[0], from.Verdicts().Of[0])
		}
	}
}

// A run charges again what comes later than the bank keeps its key, from its first use.
func TestARunOutlastsAKeyAtTheBank(t *testing.T) {
	for keys, want := range map[time.Duration]string{0: "twice", 20 * time.Hour: "twice", 26 * time.Hour: "once", sim.Forever: "once"} {
		l := lane(consumers.GatewayKey, sim.Card, 1, "republish:m1,later=25h")
		l.BankKeys = keys
		r := simulate(t, l)
		if got := verdicts(r); got != want {
			t.Errorf("keys are kept for %v: %s, want %s", keys, got, want)
		}
		ends := where(r, func(e *sim.Event) bool { return e.AtBank() && e.Kind == sim.Expire })
		if keys == sim.Forever && len(ends) > 0 {
			t.Errorf("kept for ever, a key ends at %v", ends[0].At)
		}
	}
}

// asksOnce is a consumer that hands its receiver the business key, and says what it heard.
func asksOnce(heard *[]error) sim.Consumer {
	return sim.Consumer{Name: "asks-once", Handle: func(p *sim.Proc, m broker.Message) error {
		err := p.PerformOnce(m, m.Key)
		*heard = append(*heard, err)
		return err
	}}
}

// Worker 1 has sent its request and waits; the copy asks under the same key. Where the
// second waits it is told what the first is told, once that is done; where it is refused,
// it is told at once that the first is at work, and has done nothing.
func TestASecondRequestUnderAKeyAtWorkWaitsOrIsRefused(t *testing.T) {
	for _, bank := range []sim.Bank{{}, {InFlight: sim.Conflict}} {
		var heard []error
		l := lane(asksOnce(&heard), sim.Card, 1, "copy:m1", "slow:m1/1,for=25s")
		l.Bank = bank
		r := simulate(t, l)
		conflicts := where(r, func(e *sim.Event) bool { return e.Conflict() })
		if (len(conflicts) > 0) != (bank.InFlight == sim.Conflict) {
			t.Fatalf("%s: %d requests are refused", bank.InFlight, len(conflicts))
		}
		for _, e := range conflicts {
			if e.Done || e.At >= r.Lane.Timing.Effect+25*time.Second {
				t.Errorf("%s: refused at %v, with an effect: %t", bank.InFlight, e.At, e.Done)
			}
		}
		if got := verdicts(r); got != "once" {
			t.Errorf("%s: %s, want once", bank.InFlight, got)
		}
	}
}

// Two requests that are sent a millisecond apart are at work at once, though the steps
// that they are end one after the other.
func TestTwinsAtTheBankMeetThere(t *testing.T) {
	var heard []error
	l := lane(asksOnce(&heard), sim.Card, 1, "copy:m1,later=1ms")
	l.Bank.InFlight = sim.Conflict
	if refused := where(simulate(t, l), func(e *sim.Event) bool { return e.Conflict() }); len(refused) != 1 || !errors.Is(errors.Join(heard...), sim.ErrConflict) {
		t.Errorf("%d are refused, and hear %v", len(refused), heard)
	}
}

// A request that nobody else asks for is no action of its own, nor is one under another
// key: a search has no more states for that.
func TestARequestArrivesOnlyWhereAnotherIsAboutToAsk(t *testing.T) {
	l := lane(consumers.GatewayKey, sim.Card, 2)
	l.Bank.InFlight = sim.Conflict
	w := world(l)
	play(t, w, "publish m1; publish m2; deliver m1 to 1; deliver m2 to 2")
	if a := (sim.Action{Kind: sim.Request}); w.Can(a) {
		t.Error("the request for m1 arrives, and nobody asks under its key")
	}
	w = world(l)
	play(t, w, "publish m1; copy m1; deliver m1 to 1; deliver m1b to 2")
	waits := w.Clone()
	play(t, w, "request 1; step 2")
	if v := w.Verdicts().Of[0]; v != sim.Pending {
		t.Errorf("the second has done it although the first is at work: %v", v)
	}
	play(t, w, "step 1")
	play(t, waits, "step 2; step 1")
	if a, b := w.Verdicts().Of[0], waits.Verdicts().Of[0]; a != b {
		t.Errorf("%v and %v", a, b)
	}
	w = world(l)
	play(t, w, "publish m1; copy m1; deliver m1 to 1; deliver m1b to 2; request 1; crash 1")
	if play(t, w, "step 2"); w.Ledger() == nil {
		t.Error("the request of a process that is dead is at work")
	}
}

// The bank keeps what it was asked for under a key, and refuses another body for as long.
// What is refused comes again and again: so the key runs out, by no fault, once whoever
// has used it is gone.
func TestAnotherBodyUnderAKeyIsRefusedForAsLongAsItIsKept(t *testing.T) {
	for _, bank := range []sim.Bank{{}, {OtherBody: sim.RefuseBody}} {
		l := lane(consumers.GatewayKey, sim.Card, 1)
		l.Bank = bank
		l.Messages = append(l.Messages, l.Messages[0])
		l.Messages[1].ID, l.Messages[1].Message.ID, l.Messages[1].Body = "m2", "m2", "something else"
		w := world(l)
		play(t, w, "publish m1; publish m2; deliver m1 to 1; step 1; step 1; deliver m2 to 2; step 2")
		if op, _ := w.Pending(1); op != sim.OpReturn {
			t.Fatalf("worker 2 is at %v", op)
		}
		a, err := w.Parse(expireAtBank)
		if err != nil {
			t.Fatal(err)
		}
		if w.Expiry(a) != sim.ExpiresUnawaited {
			t.Errorf("%s: before the attempt has ended, the key takes %v", bank.OtherBody, w.Expiry(a))
		}
		play(t, w, "step 2")
		if free := w.Can(a) && w.Cost(a) == 0; free != (bank.OtherBody == sim.RefuseBody) {
			t.Errorf("%s: that the key runs out is free: %t", bank.OtherBody, free)
		}
		back := w.Clone()
		if back.Restore(w.AppendKey(nil)); back.Cost(a) != w.Cost(a) {
			t.Errorf("%s: restored, it costs %d", bank.OtherBody, back.Cost(a))
		}
	}
}
