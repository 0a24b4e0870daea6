package recipe

import "strings"

// catalogue holds the consumers of package consumers that blocks can express. A test holds
// them equal, and says which are left and why.
var catalogue = []struct{ name, text string }{
	{"naive", "perform"},
	{"ack-first", "ack early; perform"},
	{"memory-set", "look in memory by message ID; perform; record in memory by message ID"},
	{"memory-lru", "mark in memory of 3 by message ID; perform; delete on error"},
	{"redelivered-flag", "look in table by message ID if redelivered; perform; record in table by message ID"},
	{"check-then-act", "look in table by message ID; perform; record in table by message ID"},
	{"mark-first", "mark in table by message ID; perform"},
	{"mark-remove", "mark in table by message ID; perform; delete on error"},
	{"scheduler-lock", "mark in table for 10m by business key; perform; delete on error"},
	{"lease", "lease for 20s by business key; perform; delete on error; note it done for 1h"},
	{"lease-fenced", "look in cache by business key; take a token by business key; lease for 20s by business key, nack if taken; " +
		"perform with token; delete on error if mine; note it done for 1h if mine"},
	{"inbox", "begin; insert by message ID; perform; commit"},
	{"inbox-key", "begin; insert by business key; perform; commit"},
	{"inbox-ttl", "begin; insert for 30m by message ID; perform; commit"},
	{"inbox-hash", "begin; insert by body hash; perform; commit"},
	{"high-water-mark", "begin; insert by sequence; perform; commit"},
	{"unique-effect", "perform unique by business key"},
	{"lookup-first", "ask the receiver; perform"},
	{"gateway-key", "perform with key by business key"},
	{"gateway-key-random", "perform with key by new ID"},
	{"inbox-and-gateway-key", "begin; insert by business key; perform with key by business key; commit"},
	{"outbox", "begin; insert by message ID; enqueue; commit"},
	{"outbox-and-gateway-key", "begin; insert by business key; enqueue with key by business key; commit"},
	{"fail-open", "look in cache by message ID, go on if down; perform; record in cache for 1h by message ID"},
	{"fail-closed", "look in cache by message ID; perform; record in cache for 1h by message ID"},
	{"drop-on-error", "look in cache by message ID, drop if down; perform; record in cache for 1h by message ID"},
}

// Of returns the recipe of a consumer of the catalogue, if blocks can express it.
func Of(name string) (Recipe, bool) {
	for _, c := range catalogue {
		if c.name == name {
			r, err := Parse(name, strings.ReplaceAll(c.text, "; ", "\n"))
			if err != nil {
				panic("recipe: " + err.Error())
			}
			r.Name = name
			return r, true
		}
	}
	return Recipe{}, false
}

// Names are the consumers that [Of] knows, in the order of learning.
func Names() []string {
	names := make([]string, len(catalogue))
	for i, c := range catalogue {
		names[i] = c.name
	}
	return names
}
