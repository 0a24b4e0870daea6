package explain

import (
	"slices"
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/glossary"
)

// A page says what this fault does, and not what else happens in the story that shows
// it: a message that is late doubles nobody, whatever becomes of the ack of the next.
func TestAFaultIsJudgedByWhatItDoes(t *testing.T) {
	pages := map[sim.FaultKind]*Page{}
	for _, c := range []struct {
		fault       sim.FaultKind
		label, name string
		listed      bool
	}{
		{sim.DelayFault, "Survived by", "naive", true},
		{sim.DelayFault, "Twice with", "naive", false},
		{sim.DelayFault, "Lost with", "high-water-mark", true},
		// Without a second delivery nobody asks for the writes that were lost.
		{sim.LoseWritesFault, "Twice with, lose-writes", "check-then-act", true},
		{sim.LoseWritesFault, "Survived by, lose-writes", "gateway-key", true},
		{sim.LoseWritesFault, "Survived by, lose-cache-writes", "inbox", true},
		{sim.LoseWritesFault, "Twice with, lose-cache-writes", "lease", true},
		{sim.RedriveFault, "Twice with, redrive", "inbox-ttl", true},
		{sim.RedriveFault, "Survived by, redrive", "inbox", true},
		{sim.StoreDownFault, "Twice or lost with, store-down", "drop-on-error", true},
		{sim.StoreDownFault, "Twice or lost with, cache-down", "drop-on-error", true},
		{sim.StoreDownFault, "Twice with, store-down", "naive", false}, // a lost ack alone does that
		{sim.ClockFault, "Twice with", "scheduler-lock", true},
		{sim.ClockFault, "Twice anyway", "gateway-key-random", true},
		{sim.StoreDownFault, "Survived by, cache-down", "inbox", true},
	} {
		p := pages[c.fault]
		if p == nil { // each is searched for: once is enough
			s, _ := Find(string(c.fault))
			var err error
			if p, err = Explain(s); err != nil {
				t.Fatal(err)
			}
			pages[c.fault] = p
		}
		i := slices.IndexFunc(p.Facts, func(f Fact) bool { return f.Label == c.label })
		if listed := i >= 0 && slices.Contains(p.Facts[i].names, c.name); listed != c.listed {
			t.Errorf("%s: %q lists %s: %v, want %v", c.fault, c.label, c.name, listed, c.listed)
		}
		for _, word := range []string{"2 messages", "2 workers", "one such fault"} {
			if !strings.Contains(p.Within, word) {
				t.Errorf("%s: the bounds are %q, without %q", c.fault, p.Within, word)
			}
		}
	}
}

// Whatever else the glossary calls a consumer, a fault or a broker profile leads to the page
// of that, and not to the bare term.
func TestWhatIsAlsoCalledSoHasTheSamePage(t *testing.T) {
	led := 0
	for _, f := range glossary.Families() {
		for _, e := range f.Entries {
			page, _ := Find(e.Name)
			if page.Kind == Term {
				continue
			}
			for _, word := range slices.Concat([]string{e.Term}, e.Said, e.Named) {
				if meant, _ := glossary.Find(word); meant.Name != e.Name {
					continue // it is first of all something else
				}
				led++
				if got, _ := Find(word); got.Name != page.Name || got.Kind != page.Kind {
					t.Errorf("%q leads to the %s %s, want the %s %s", word, got.Kind, got.Name, page.Kind, page.Name)
				}
			}
		}
	}
	if led < 100 {
		t.Errorf("only %d words lead to another name: the test shows little", led)
	}
}

// "msdct" looks like msdtc, and not like XA, the page on which msdtc stands.
func TestASuggestionLooksLikeWhatWasTyped(t *testing.T) {
	for typed, want := range map[string]string{"msdct": "msdtc", "ShouldBeUniqe": "shouldbeunique", "inbx": "inbox"} {
		if near := Near(typed, 3); len(near) == 0 || near[0] != want {
			t.Errorf("%q: suggests %q, want %q first", typed, near, want)
		}
	}
}
