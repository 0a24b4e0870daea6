package sim_test

import (
	"slices"
	"testing"
	"time"

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
