package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// retentions returns of everything stored after n entries, and kept for a time, until
// when it is, by key.
func retentions(r *sim.Run, n int) map[string]time.Duration {
	all := map[string]time.Duration{}
	for s := range r.At(n).Stored {
		if k, ends := r.Retention(&s); ends {
			all[s.Key] = k.Until
		}
	}
	return all
}

// What is said to run out at a moment does so then, unless it is overwritten or given
// up before; and whatever runs out was said to, from the step on that stored it.
func TestWhatIsStoredForATimeRunsOutWhenTheRunSays(t *testing.T) {
	for name, c := range map[string]sim.Consumer{
		"a lease":                      consumers.Lease,
		"a row":                        keptFor(false, 10*time.Minute),
		"a row from its commit onward": keptFor(true, 10*time.Minute),
	} {
		for _, plan := range [][]string{nil, {"crash:m2/before-effect"}, {"crash:m2/after-effect", "lose-ack:m3"}} {
			r := simulate(t, lane(c, sim.Card, 3, plan...))
			gone := 0
			for i, e := range r.Events() {
				for key, until := range retentions(r, i+1) {
					if until < e.At {
						t.Errorf("%s, %q, after entry %d: %s is still there, %s after its end", name, plan, i, key, e.At-until)
					}
				}
				if e.Kind != sim.Expire {
					continue
				}
				gone++
				k, known := r.RanOut(&e)
				if !known || k.Until != e.At || k.From >= k.Until {
					t.Errorf("%s, %q: what ran out at %s was kept from %s until %s", name, plan, e.At, k.From, k.Until)
				}
				last := r.Events()[i-1].At
				if s := retentions(r, i); len(s) == 0 || last > e.At {
					t.Errorf("%s, %q: before entry %d nothing was about to run out", name, plan, i)
				}
			}
			if gone < 3 {
				t.Errorf("%s, %q: %d ran out, want the three that were kept", name, plan, gone)
			}
		}
	}
}

// A lease has a holder as long as that is at work on it: a crash leaves it to nobody.
func TestALeaseKnowsWhetherItsHolderIsAtWork(t *testing.T) {
	r := simulate(t, lane(consumers.Lease, sim.Card, 1, "crash:m1/before-effect"))
	var went []string
	for i := range r.Events() {
		now := "none"
		for s := range r.At(i + 1).Stored {
			now = map[bool]string{true: "held", false: "left"}[s.Held]
		}
		if len(went) == 0 || went[len(went)-1] != now {
			went = append(went, now)
		}
	}
	if want := "none held left none held left none"; strings.Join(went, " ") != want {
		t.Errorf("the lease went through %q, want %q", went, want)
	}
}

// Whoever finds a key taken writes nothing: what is stored runs out when its writer
// said, however often somebody asks for it meanwhile.
func TestAKeyThatWasFoundTakenKeepsItsTime(t *testing.T) {
	look := func(again func(p *sim.Proc, m broker.Message)) sim.Consumer {
		return handler(func(p *sim.Proc, m broker.Message) error {
			if free, err := p.Cache.PutIfAbsent(m.ID, "mine", time.Hour); err != nil || !free {
				return err
			}
			again(p, m)
			return p.Perform(m)
		})
	}
	for name, c := range map[string]sim.Consumer{
		"lease":              consumers.Lease,
		"put if absent":      look(func(p *sim.Proc, m broker.Message) { _, _ = p.Cache.PutIfAbsent(m.ID, "yours", time.Minute) }),
		"set if it is":       look(func(p *sim.Proc, m broker.Message) { _, _ = p.Cache.SetIf(m.ID, "yours", "ours", time.Minute) }),
		"a row":              keptFor(false, time.Hour),
		"a row, transaction": keptFor(true, time.Hour),
	} {
		r := simulate(t, lane(c, sim.Card, 1, "lose-ack:m1,times=2", "copy:m1,later=10m"))
		gone := 0
		for i := range r.Events() {
			e := &r.Events()[i]
			if e.Kind != sim.Expire {
				continue
			}
			gone++
			if until := retentions(r, i)[key(r, e)]; until != e.At {
				t.Errorf("%s: %s ran out at %s, and was said to at %s", name, r.Key(e), e.At, until)
			}
		}
		if gone == 0 {
			t.Errorf("%s: nothing ran out", name)
		}
	}
}

// key is what an event is about, without its table.
func key(r *sim.Run, e *sim.Event) string {
	text := r.Key(e)
	return text[strings.Index(text, "/")+1:]
}
