package sim_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// both writes a row, then an entry, then another row, and never anything twice.
var both = sim.Consumer{Name: "both", Handle: func(p *sim.Proc, m broker.Message) error {
	p.DB.Put("t", "first", "")
	if err := p.Cache.Set("entry", "", 0); err != nil {
		return err
	}
	p.DB.Put("t", "second", "")
	return nil
}}

// A failover strikes the store that it is of. What that one has written last may not be the
// last of all; what the other has written since stays.
func TestAFailoverOfOneStoreLosesWhatThatOneHasWrittenLast(t *testing.T) {
	for fault, want := range map[string]string{
		"lose-writes,at=10s":                    "first entry",
		"lose-writes,at=10s,last=2":             "first",
		"lose-writes,at=10s,which=db":           "first entry",
		"lose-writes,at=10s,which=db,last=2":    "entry",
		"lose-writes,at=10s,which=cache":        "first second",
		"lose-writes,at=10s,which=cache,last=3": "first second", // it had no more to lose
	} {
		r := simulate(t, lane(both, sim.Card, 1, fault))
		got := ""
		for _, key := range []string{"first", "entry", "second"} {
			for s := range r.World().Stored {
				if s.Key == key {
					got += " " + key
				}
			}
		}
		if got != " "+want {
			t.Errorf("%s: there is%s, want %s", fault, got, want)
		}
		if lost := where(r, func(e *sim.Event) bool { return e.Kind.LosesWrites() }); len(lost) == 0 || lost[0].At != 10*time.Second {
			t.Errorf("%s: %+v", fault, lost)
		}
	}
}
