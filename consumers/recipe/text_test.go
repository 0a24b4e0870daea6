package recipe_test

import (
	"errors"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

func TestARecipeIsReadAsPeopleWriteIt(t *testing.T) {
	r, err := recipe.Parse("mine", "# in one transaction\n\n  begin\n\tINSERT by message id for 30m, nack if taken # a row\nperform\r\ncommit")
	if want := "begin\ninsert for 30m by message ID, nack if taken\nperform\ncommit\n"; err != nil || r.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, r, want)
	}
}

// What is wrong is said with its place, and with what to write instead.
func TestAMistakeInARecipeIsPointedAt(t *testing.T) {
	var b strings.Builder
	for _, text := range []string{
		"", "perfrom", "perform\nlook", "look in tabel by message ID\nperform", "look in table", "look in table by", "look in table by message", "look in table by mesage ID",
		"lease by message ID\nperform", "lease for ever by message ID", "lease for 1us by message ID", "mark in memory by message ID", "mark in memory of many by message ID",
		"mark in transaction by message ID", "record in cache by message ID", "record in memory for 1h by message ID", "begin by message ID", "perform by message ID", "perform with key",
		"perform with key with token", "perform unique by body", "enqueue unique by message ID", "look in table by message ID, go on if down", "look in cache by sequence", "insert if mine by message ID",
		"commit", "perform\ncommit", "begin\nperform", "begin\nbegin\nperform\ncommit", "insert by message ID", "enqueue", "look in transaction by message ID\nperform",
		"perform\nperform", "ack early\nack early\nperform", "perform with token", "note it done for 1h\nperform", "delete on error", "perform\ndelete on error",
		"mark in table by message ID\nperform\ndelete on error if mine", "mark in table by sequence\nperform\ndelete on error",
		"mark in table by message ID\nlook in table by message ID\nperform", "begin\ninsert by message ID\nmark in table by message ID\nperform\ncommit",
		"begin\ninsert by message ID\nperform\nrecord in table by message ID\ncommit", "lease for 1m by message ID\nlease for 1m by business key\nperform", "take a token by message ID\ntake a token by message ID",
		"record in cache for 1h by body hash\nbegin\nenqueue\nlook in cache by body hash\ncommit", "ack early", strings.Repeat("ask the receiver\n", 17), "perform \u2192 bank", "begin now", "look in table in cache",
	} {
		_, err := recipe.Parse("mine", text)
		var m *recipe.Mistake
		if !errors.As(err, &m) {
			t.Errorf("%q is read, or refused otherwise: %v", text, err)
			continue
		}
		b.WriteString(m.Error() + "\n\n")
	}
	testkit.Golden(t, "testdata/mistakes.golden", b.String())
}

// A step is told at the line of the recipe that asks for it, at the relay as well.
func TestAStepKnowsItsLine(t *testing.T) {
	for name, want := range map[string]map[string]int{
		"mark-remove":   {"put-if-absent": 1, "perform": 2, "delete": 3},
		"outbox":        {"begin": 1, "insert": 2, "enqueue": 3, "commit": 4, "perform": 3},
		"lease-fenced":  {"cache-get": 1, "add": 2, "cache-put-if-absent": 3, "perform-fenced": 4, "cache-delete-if": 5, "cache-set-if": 6},
		"memory-lru":    {"remember-within": 1, "perform": 2, "remove": 3},
		"drop-on-error": {"cache-get": 1, "perform": 2, "cache-set": 3},
	} {
		r, _ := recipe.Of(name)
		fault, err := sim.ParseFault("fail:m1")
		if err != nil {
			t.Fatal(err)
		}
		run, err := sim.Simulate(sim.Lane{Consumer: r.Consumer(), Queue: broker.Default(), Processes: 2, Messages: check.Messages(1), Plan: []sim.Fault{fault}})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range run.Events() {
			if !e.Op.Asked() || e.Op == sim.OpRollback {
				continue
			}
			if at := run.Site(i); at != (sim.Site{File: name, Line: want[e.Op.String()]}) {
				t.Errorf("%s: %s is said to be at %v, want line %d", name, e.Op, at, want[e.Op.String()])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range recipe.Names() {
		r, _ := recipe.Of(name)
		f.Add(r.String())
	}
	f.Add("look in table by message ID if redelivered, nack if taken # why\n\ncommit")
	f.Add("perform with key by \x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := recipe.Parse("fuzz", text)
		var m *recipe.Mistake
		switch {
		case err == nil:
			if again, err := recipe.Parse("fuzz", r.String()); err != nil || again.String() != r.String() {
				t.Errorf("%q is written as %q, and that is read as %q: %v", text, r, again, err)
			}
			r.Go()
		case !errors.As(err, &m):
			t.Errorf("%q: %v is no mistake", text, err)
		case m.Line < 1 || m.Col < 1 || m.Line > strings.Count(text, "\n")+1 || m.Msg == "" || strings.Count(m.Error(), "\n") > 2:
			t.Errorf("%q: %v", text, m)
		}
	})
}
