package design

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Text writes what was found: the designs that hold with what each costs and its card, or
// that there is none. line writes the command that checks a consumer of the catalogue.
func (f *Known) Text(s words.Layout, line proof.CheckLine) string {
	var b strings.Builder
	b.WriteString(s.Hung("", words.Say(words.Strong, f.title())) + "\n")
	for i := range f.Best {
		b.WriteString(f.design(i, s, line) + "\n")
	}
	b.WriteString(s.Hung("Tried: ", words.Say(words.Plain, f.tried())))
	b.WriteString(s.Hung("Bounds: ", words.Say(words.Plain, f.bounds())))
	return b.String()
}

// title says what was asked, and whether anything holds.
func (f *Known) title() string {
	asked := fmt.Sprintf("%s against %s: %s", f.Business, words.Listed(check.Names(f.Kinds)), f.titles())
	if len(f.Without) > 0 {
		asked += ", without " + words.Listed(f.Without)
	}
	switch {
	case len(f.Best) > 0:
		return asked + ". The cheapest that hold"
	case f.Finished == 0:
		return asked + ". Nothing is known yet"
	case f.Finished < f.Blocks:
		return fmt.Sprintf("%s. None holds with up to %s", asked, words.Count(f.Finished, "block"))
	}
	text := fmt.Sprintf("%s. None holds: none of %s with up to %s", asked, words.Count(f.all(), "different recipe"), words.Count(f.Blocks, "block"))
	if f.Undecided > 0 {
		text += fmt.Sprintf(", but for %d that are too large to search", f.Undecided)
	}
	return text
}

// titles names what is required.
func (f *Known) titles() string {
	names := make([]string, len(f.Require))
	for i, p := range f.Require {
		names[i] = proof.TitleIn(p, f.Business)
	}
	return words.Listed(names)
}

// all is how many recipes were tried.
func (f *Known) all() int {
	n := 0
	for _, of := range f.Recipes {
		n += of
	}
	return n
}

// tried says how many recipes there were, and what became known of them.
func (f *Known) tried() string {
	var parts []string
	for i, n := range f.Recipes {
		parts = append(parts, fmt.Sprintf("%s of %s", words.Grouped(int64(n)), words.Count(i+1, "block")))
	}
	text := words.Listed(parts) + ", each different. "
	if f.Finished < f.Blocks {
		text += "It was interrupted there. "
	}
	text += fmt.Sprintf("%s broke all but %s. Of these %s searched", words.Count(f.Plans, "plan"), words.Grouped(int64(f.Searched+f.Spared)), words.Either(f.Searched == 1, "1 was", fmt.Sprintf("%d were", f.Searched)))
	if f.Spared > 0 {
		text += fmt.Sprintf(", and %s were not: each costs no less than one that holds", words.Grouped(int64(f.Spared)))
	}
	if f.Undecided > 0 {
		text += fmt.Sprintf(". Of %d of them it is not decided: each has more than %s states", f.Undecided, words.Grouped(mostStates))
	}
	return text + "."
}

// bounds says within which bounds something holds, or is impossible.
func (f *Known) bounds() string {
	return fmt.Sprintf("%s, %s, up to %s of %s. Timings are left out.", words.Count(check.DefaultMessages, "message"),
		words.Count(check.DefaultWorkers, "worker"), words.Count(f.Faults, "fault"), words.Listed(check.Names(f.Kinds)))
}

// name is what a design is called: as in the catalogue, or by its place.
func (d *Holder) name(i int) string {
	for _, name := range recipe.Names() {
		if r, _ := recipe.Of(name); slices.Equal(r.Blocks, d.Blocks) {
			return name
		}
	}
	return fmt.Sprintf("design-%d", i+1)
}

// design writes one that holds.
func (f *Known) design(i int, s words.Layout, line proof.CheckLine) string {
	d := f.Best[i]
	d.Name = d.name(i)
	var b strings.Builder
	for k, block := range d.Blocks {
		fmt.Fprintf(&b, "%s%s\n", words.Either(k == 0, fmt.Sprintf("%d.  ", i+1), "    "), block)
	}
	b.WriteString(s.Hung("    ", words.Say(words.Dim, d.Cost.String())))
	o := check.Options{Faults: f.Faults, Kinds: f.Kinds, Properties: f.Require}
	c := proof.Case{Lane: f.lane(d.Consumer(), slices.ContainsFunc(d.Blocks, bySequence)), Options: o, Claimed: f.Require, Required: true, Result: d.Result}
	for text := range strings.Lines(c.Card(words.Layout{Paint: s.Paint, Width: s.Width - 4}, nil)) {
		b.WriteString("    " + text)
	}
	if _, ok := recipe.Of(d.Name); ok {
		fmt.Fprintf(&b, "    Check it: %s\n", line(d.Name, map[string]string{
			"business": f.Business.String(), "only": strings.Join(check.Names(f.Kinds), ","), "faults": fmt.Sprint(f.Faults),
		}))
	}
	return b.String()
}

// String says what a design costs.
func (c Cost) String() string {
	kept := "nothing kept here"
	if c.Kept.Bytes > 0 {
		kept = words.Bytes(c.Kept.Bytes) + " kept for a message"
	}
	text := fmt.Sprintf("%s · %s · %s", words.Count(c.Lines, "line"), words.Count(c.Trips, "round trip"), kept)
	if c.Keys > 0 {
		text += " · a key at the receiver"
	}
	return text
}

// Alone asks for each property that is required whether it can be had without the others. As
// always, never stuck is required beside it. It ends at the first number of blocks with
// which something holds.
func Alone(f *Known, run func(Demand) (*Known, error)) ([]*Known, error) {
	var all []*Known
	for _, p := range f.Require {
		q := f.Demand
		if q.Require = []sim.Property{p, sim.NeverStuck}; p == sim.NeverStuck {
			continue
		}
		for q.Blocks = 1; ; q.Blocks++ {
			one, err := run(q)
			if err != nil {
				return all, err
			}
			if len(one.Best) > 0 || q.Blocks == f.Blocks {
				all = append(all, one)
				break
			}
		}
	}
	return all, nil
}

// TextAlone writes which of the properties can be had alone.
func TextAlone(alone []*Known) string {
	var b strings.Builder
	for _, f := range alone {
		fmt.Fprintf(&b, "%s alone: ", words.Capital(proof.TitleIn(f.Require[0], f.Business)))
		if len(f.Best) == 0 {
			b.WriteString("none either.\n")
			continue
		}
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(f.Best[0].Recipe.String()), "\n", "; ") + "\n")
	}
	return b.String()
}

// Schema names the form of a report as JSON. It changes when a field changes its meaning or
// goes; new fields do not change it.
const Schema = "dejavu.design/1"

// written is what is known, for programs to read.
type written struct {
	Schema    string         `json:"schema"`
	Business  string         `json:"business"`
	Kinds     []check.Kind   `json:"kinds"`
	Require   []string       `json:"require"`
	Faults    int            `json:"faults"`
	Blocks    int            `json:"blocks"`
	Finished  int            `json:"finished_blocks"`
	Recipes   []int          `json:"recipes"` // by number of blocks
	Plans     int            `json:"plans"`
	Searched  int            `json:"searched"`
	Spared    int            `json:"spared"`
	Undecided int            `json:"undecided"`
	Designs   []writtenOne   `json:"designs"`
	Alone     []writtenAlone `json:"alone"`
}

type writtenOne struct {
	Recipe []string `json:"recipe"`
	Lines  int      `json:"lines"`
	Trips  int      `json:"round_trips"`
	Bytes  int      `json:"bytes"`
	States int      `json:"states"`
}

type writtenAlone struct {
	Property string   `json:"property"`
	Recipe   []string `json:"recipe"` // null if none holds
}

// Write writes what was found as one JSON object on one line.
func (f *Known) Write(w io.Writer, alone []*Known) error {
	x := written{
		Schema: Schema, Business: f.Business.String(), Kinds: f.Kinds, Faults: f.Faults, Blocks: f.Blocks, Finished: f.Finished, Recipes: f.Recipes,
		Plans: f.Plans, Searched: f.Searched, Spared: f.Spared, Undecided: f.Undecided, Designs: []writtenOne{}, Alone: []writtenAlone{},
	}
	for _, p := range f.Require {
		x.Require = append(x.Require, p.String())
	}
	for _, d := range f.Best {
		x.Designs = append(x.Designs, writtenOne{d.Consumer().Body, d.Cost.Lines, d.Trips, d.Kept.Bytes, d.Result.States})
	}
	for _, a := range alone {
		one := writtenAlone{Property: a.Require[0].String()}
		if len(a.Best) > 0 {
			one.Recipe = a.Best[0].Consumer().Body
		}
		x.Alone = append(x.Alone, one)
	}
	return json.NewEncoder(w).Encode(x)
}
