package sim_test

import (
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
)

func TestAPanicIsToldWithTheLineOfTheHandler(t *testing.T) {
	for name, panics := range map[string]func(){
		"by hand":            func() { panic("no") },
		"of the runtime":     func() { var o *sim.Owed; o.At = 1 },
		"within the library": func() { _ = make([]string, len(strings.Repeat("x", -1))) },
		"with a number":      func() { panic(7) },
	} {
		for _, early := range []bool{true, false} {
			c := sim.Consumer{Name: "test", Handle: func(p *sim.Proc, m broker.Message) error {
				if early {
					panics()
				}
				p.DB.Put("t", m.ID, p.NewID())
				panics()
				return nil
			}}
			l := lane(c, sim.Card, 1)
			l.Queue.MaxDeliveries = 1
			r := simulate(t, l)
			found := false
			for i, e := range r.Events() {
				if e.Op == sim.OpPanic {
					found = true
					if site := r.Site(i); site.File != "panic_test.go" || site.Line < 12 || site.Line > 18 {
						t.Errorf("%s, early %v: %v", name, early, site)
					}
				}
			}
			if !found {
				t.Errorf("%s: no panic in the run", name)
			}
		}
	}
}
