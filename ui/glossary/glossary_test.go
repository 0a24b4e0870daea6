package glossary_test

import (
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/glossary"
)

func each(f func(family string, e *glossary.Term)) {
	for _, family := range glossary.Families() {
		for i := range family.Entries {
			f(family.Title, &family.Entries[i])
		}
	}
}

func TestNoTwoEntriesHaveOneName(t *testing.T) {
	seen := map[string]string{}
	each(func(_ string, e *glossary.Term) {
		if other, twice := seen[glossary.Key(e.Name)]; twice {
			t.Errorf("%s and %s are looked up by the same letters: make one of them", other, e.Name)
		}
		seen[glossary.Key(e.Name)] = e.Name
	})
}

func TestEveryKindOfFaultHasAnEntry(t *testing.T) {
	entries := map[string]bool{}
	each(func(_ string, e *glossary.Term) { entries[e.Name] = true })
	for _, name := range sim.FaultNames() {
		if !entries[name] {
			t.Errorf("%s: explain says nothing of it: add it to faults.go", name)
		}
	}
}

func TestEveryEntrySaysWhatItIsInWholeSentences(t *testing.T) {
	each(func(family string, e *glossary.Term) {
		if e.Is == "" {
			t.Errorf("%s, %s: does not say what it is", family, e.Name)
		}
		for _, text := range []string{e.Is, e.Breaks} {
			if text != "" && (strings.Trim(text[len(text)-1:], ".?") != "" || strings.Contains(text, "  ")) {
				t.Errorf("%s: %q is no whole sentence", e.Name, text)
			}
		}
	})
}

func TestEveryWordThatIsReferredToIsExplained(t *testing.T) {
	each(func(_ string, e *glossary.Term) {
		for _, word := range append(e.See, e.Shows) {
			if _, known := glossary.Find(word); !known && word != "" {
				t.Errorf("%s refers to %q, which is not explained", e.Name, word)
			}
		}
		if len(e.See) == 0 {
			t.Errorf("%s refers to nothing: a reader should find the way on", e.Name)
		}
	})
}

func TestCaseAndPunctuationDoNotMatter(t *testing.T) {
	for typed, name := range map[string]string{
		"at least once": "at-least-once", "Exactly-Once": "exactly-once", "exactly once": "exactly-once", "SELECT ... FOR UPDATE": "SELECT FOR UPDATE",
		"setnx": "SETNX", "transactional": "@Transactional", "idempotency_key": "idempotency key", "Pub/Sub": "pubsub", "XA/2PC": "XA",
		"leases": "lease", "dead letter queues": "dead-letter queue", "INSERT ... ON CONFLICT DO NOTHING": "ON CONFLICT", "kafka": "Kafka",
	} {
		if e, known := glossary.Find(typed); !known || e.Name != name {
			t.Errorf("%q is taken for %q, want %q", typed, e.Name, name)
		}
	}
	for _, nothing := range []string{"", "...", "s", "foobar"} {
		if e, known := glossary.Find(nothing); known {
			t.Errorf("%q is taken for %q", nothing, e.Name)
		}
	}
}
