package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Bounds of what is searched for a page: small enough to be there at once.
const (
	together = 2 // faults of the usual kinds
	alone    = 1 // of each other kind

	// How far a search goes. Each ends long before that, but where a new key in every
	// attempt makes states without end, as in an outage.
	togetherStates, aloneStates = 300_000, 30_000
)

// Break is what can go wrong with the effect in a business, and by how few faults.
type Break struct {
	Business string `json:"business"`
	Holds    bool   `json:"holds"` // against the usual faults
	Says     string `json:"says"`

	spare bool // it goes first where there is no room: what others say effect by effect, or a status
}

// Within says the bounds of the search for breaks.
func Within() string {
	return fmt.Sprintf("searched: %d messages, %d workers, any %d faults", check.DefaultMessages, check.DefaultWorkers, together)
}

// breaks searches a consumer in every business.
func breaks(c sim.Consumer) ([]Break, error) {
	var beyond []check.Kind
	for _, k := range check.Kinds() {
		// A failover of the stores loses an item of stock for everybody.
		if !slices.Contains(check.DefaultKinds(), k) && k != check.LoseWrites && k != check.LoseDB {
			beyond = append(beyond, k)
		}
	}
	var cases []proof.Case
	for _, b := range sim.Businesses() {
		lane := sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}
		cases = append(cases, proof.Case{Lane: lane, Options: check.Options{Faults: together, MaxStates: togetherStates}})
		for _, k := range beyond {
			o := check.Options{Faults: alone, Kinds: []check.Kind{k}, MaxStates: aloneStates}
			if k == check.ExpireKey || k == check.ClockAhead { // that a key is gone shows when its message comes again
				o.Faults, o.Kinds = together, []check.Kind{check.Republish, k}
			}
			cases = append(cases, proof.Case{Lane: lane, Options: o})
		}
	}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		return nil, err
	}
	var all []Break
	for each := range slices.Chunk(cases, 1+len(beyond)) {
		b := judged(&each[0], each[1:])
		of := each[0].Lane.Business
		b.Business, b.spare = of.String(), len(of.Parts()) > 1 || of.Info().LastWins
		all = append(all, b)
	}
	return all, nil
}

// judged says what the search found: first what the usual faults break, then what only
// other faults break.
func judged(usual *proof.Case, beyond []proof.Case) Break {
	var b Break
	var parts []string
	held, open := []sim.Property{}, false
	for _, p := range proof.Properties() {
		switch v := usual.Result.Of(p); {
		case v.Counterexample != nil:
			parts = append(parts, broken(p, v.Counterexample))
		case v.Holds:
			held = append(held, p)
		default:
			open = true
		}
	}
	switch b.Holds = len(parts) == 0 && !open; {
	case open:
		parts = append(parts, fmt.Sprintf("not decided after %s", words.Count(usual.Result.States, "state")))
	case b.Holds:
		parts = append(parts, fmt.Sprintf("once, against any %d of the usual faults", together))
	}
	renamed := map[sim.Property]bool{} // what a new message ID breaks, it breaks with another body too
	for i := range beyond {
		kind := beyond[i].Options.Kinds[0]
		for _, p := range held {
			t := beyond[i].Result.Of(p).Counterexample
			if t == nil || t.Faults == 0 || kind == check.Reworded && renamed[p] {
				continue
			}
			renamed[p] = renamed[p] || kind == check.RepublishAs
			if says := broken(p, t); !slices.Contains(parts, says) {
				parts = append(parts, says)
			}
		}
	}
	b.Says = strings.Join(parts, "; ")
	return b
}

// broken says what happens if a property breaks, and by which faults.
func broken(p sim.Property, t *check.Trace) string {
	outcome := [...]string{proof.TooMuch(t.Lane.Business), "lost", "stuck"}[p]
	if t.Faults == 0 {
		return outcome + " without any fault"
	}
	return outcome + " by " + proof.By(t)
}

// watched returns the command that plays the shortest way to break a consumer, in
// the first business in which there is one.
func watched(name string, all []Break) (Command, bool) {
	for i := range all {
		if !all[i].Holds {
			return Command{[]string{"check", name, "--business", all[i].Business, "--play"}, "watch it break"}, true
		}
	}
	return Command{}, false
}
