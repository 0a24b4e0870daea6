package sim_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A kind of action whose condition or whose mechanics are forgotten is never on the menu,
// or does nothing.
func TestEveryKindOfActionHappensAndChangesTheWorld(t *testing.T) {
	missing := map[sim.ActionKind]bool{}
	for k := sim.Publish; k < sim.KindCount; k++ {
		missing[k] = true
	}
	for seed := range uint64(200) {
		for _, l := range lanesOfAllSorts(t) {
			luck := rand.New(rand.NewPCG(seed, 0))
			w := world(l)
			for range 60 {
				menu := w.Enabled()
				if len(menu) == 0 {
					break
				}
				for _, a := range menu {
					next := w.Clone()
					if next.Do(a); missing[a.Kind] && !bytes.Equal(next.AppendKey(nil), w.AppendKey(nil)) {
						delete(missing, a.Kind)
					}
				}
				if len(missing) == 0 {
					return
				}
				if free := w.AppendFree(nil); len(free) > 0 && luck.IntN(8) > 0 {
					menu = free
				}
				w.Do(menu[luck.IntN(len(menu))])
			}
		}
	}
	for k := range missing {
		t.Errorf("%s: on no menu, or nothing is different after it: see World.Can and World.do", k)
	}
}

// lanesOfAllSorts are lanes in which, together, everything can happen.
func lanesOfAllSorts(t *testing.T) []sim.Lane {
	rates := sim.Rates{}
	for _, k := range sim.FaultKinds() {
		rates[k] = .1
	}
	var all []sim.Lane
	for _, c := range []sim.Consumer{consumers.Outbox, consumers.Lease, consumers.MemoryLRU, consumers.GatewayKey, consumers.InboxTTL} {
		for _, name := range []string{"rabbitmq-quorum", "sqs-fifo", "kafka"} {
			q := preset(t, name)
			q.MaxDeliveries, q.AtLimit, q.NackDelay = 2, broker.DeadLetter, time.Second
			l := sim.Lane{Consumer: c, Business: sim.Card, Queue: q, Messages: owed(2, time.Minute), Rates: rates, Bank: sim.Bank{InFlight: sim.Conflict}}
			l.Messages[1].NotBefore, l.Messages[1].Owes = time.Hour, "m1"
			all = append(all, l)
		}
	}
	return all
}
