package sweep

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
)

// Merge puts together the results of shards, or of other seeds, of one line. The
// order does not matter. No seed may be in two of them.
func Merge(results []*Tally) (*Tally, error) {
	if len(results) == 0 {
		return nil, errors.New("nothing to merge: name the files of at least one sweep")
	}
	all := slices.Clone(results)
	slices.SortStableFunc(all, func(a, b *Tally) int { return cmp.Compare(first(a), first(b)) })
	sum := &Tally{Schema: Schema, Scenario: all[0].Scenario, Of: all[0].Of, Fingerprint: all[0].Fingerprint, Business: all[0].Business, Seeds: []SeedRange{}}
	for _, c := range all[0].Consumers {
		sum.Consumers = append(sum.Consumers, Counts{Consumer: c.Consumer, Twice: Damage{Messages: []Bar{}}, Never: Damage{Messages: []Bar{}}})
	}
	for _, r := range all {
		if r.Of != sum.Of || r.Business != sum.Business || !slices.EqualFunc(r.Consumers, sum.Consumers, func(a, b Counts) bool { return a.Consumer == b.Consumer }) {
			return nil, fmt.Errorf("two different sweeps cannot be merged: %q and %q", sum.Of, r.Of)
		}
		if r.Fingerprint != sum.Fingerprint {
			return nil, fmt.Errorf("%s changed between the sweeps of %s and %s: sweep one of them again", sum.Scenario, told(r.Seeds), told(all[0].Seeds))
		}
		for _, s := range r.Seeds {
			if n := len(sum.Seeds); n > 0 && s.From <= sum.Seeds[n-1].To {
				return nil, fmt.Errorf("seed %d is in two of the sweeps: merge each seed once", s.From)
			}
			if n := len(sum.Seeds); n > 0 && sum.Seeds[n-1].To+1 == s.From {
				sum.Seeds[n-1].To = s.To
			} else {
				sum.Seeds = append(sum.Seeds, s)
			}
		}
		sum.Runs += r.Runs
		for i := range r.Consumers {
			sum.Consumers[i].Twice.join(&r.Consumers[i].Twice)
			sum.Consumers[i].Never.join(&r.Consumers[i].Never)
			sum.Consumers[i].Fine += r.Consumers[i].Fine
			sum.Consumers[i].Cut += r.Consumers[i].Cut
			sum.Consumers[i].Unsettled += r.Consumers[i].Unsettled
		}
		sum.Whole = append(append(sum.Whole, r.Whole...), r.Seeds...)
	}
	if sum.Whole = joined(sum.Whole); slices.Equal(sum.Whole, sum.Seeds) {
		sum.Whole = nil // as if one machine had done it
	}
	return sum, nil
}

// joined are ranges in order, those that overlap or touch as one.
func joined(all []SeedRange) []SeedRange {
	slices.SortFunc(all, func(a, b SeedRange) int { return cmp.Compare(a.From, b.From) })
	var one []SeedRange
	for _, s := range all {
		if n := len(one); n > 0 && (s.From <= one[n-1].To || s.From == one[n-1].To+1) {
			one[n-1].To = max(one[n-1].To, s.To)
		} else {
			one = append(one, s)
		}
	}
	return one
}

// Missing are the seeds of the whole sweep that were not run.
func (r *Tally) Missing() []SeedRange {
	var all []SeedRange
	for _, w := range r.Whole {
		at, over := w.From, false // over where a range ends with the last number there is
		for _, s := range r.Seeds {
			if s.To < w.From || s.From > w.To {
				continue
			}
			if s.From > at {
				all = append(all, SeedRange{at, s.From - 1})
			}
			at, over = s.To+1, s.To == w.To
		}
		if !over && at <= w.To {
			all = append(all, SeedRange{at, w.To})
		}
	}
	return all
}

// first returns the lowest seed of a result, or the highest there is for one of
// nothing.
func first(r *Tally) uint64 {
	if len(r.Seeds) == 0 {
		return ^uint64(0)
	}
	return r.Seeds[0].From
}

// told are seeds in words.
func told(seeds []SeedRange) string {
	var all []string
	for _, s := range seeds {
		all = append(all, s.String())
	}
	if len(all) == 0 {
		return "no seeds"
	}
	return "seeds " + strings.Join(all, ", ")
}

// MaxBytes is how large a result may be that is read.
const MaxBytes = 16 << 20

// Read reads a result that was written as JSON. What it says of itself must add up:
// a file that was cut or edited is refused.
func Read(r io.Reader) (*Tally, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("larger than %d bytes, and no sweep is", MaxBytes)
	}
	var x Tally
	if err := json.Unmarshal(text, &x); err != nil {
		return nil, fmt.Errorf("not the result of a sweep: %w; write one with sweep --json", err)
	}
	if x.Schema != Schema {
		return nil, fmt.Errorf("schema %q, want %q: write it with sweep --json", x.Schema, Schema)
	}
	return &x, x.check()
}

// check holds that a result adds up, and is of what this program can sweep: its words
// go to a terminal.
func (r *Tally) check() error {
	var runs uint64
	for i, s := range r.Seeds {
		if s.To < s.From || s.To-s.From >= MaxSeeds || i > 0 && s.From <= r.Seeds[i-1].To {
			return fmt.Errorf("seeds %v are out of order: the file was changed", s)
		}
		runs += s.Len()
	}
	for i, s := range r.Whole {
		if s.To < s.From || s.To-s.From >= MaxSeeds || i > 0 && s.From <= r.Whole[i-1].To {
			return fmt.Errorf("seeds %v of the whole are out of order: the file was changed", s)
		}
	}
	if runs != r.Runs {
		return fmt.Errorf("%d runs of %d seeds: the file was changed", r.Runs, runs)
	}
	if !slices.ContainsFunc(sim.Businesses(), func(b sim.Business) bool { return b.String() == r.Business }) {
		return fmt.Errorf("unknown business %q: the file was changed", r.Business)
	}
	if len(r.Consumers) == 0 {
		return errors.New("no consumers: the file was changed")
	}
	for i := range r.Consumers {
		c := &r.Consumers[i]
		if _, known := consumers.Get(c.Consumer); !known {
			return fmt.Errorf("unknown consumer %q: it was written by another version, or changed", c.Consumer)
		}
		if slices.ContainsFunc(r.Consumers[:i], func(o Counts) bool { return o.Consumer == c.Consumer }) {
			return fmt.Errorf("%s is counted twice: the file was changed", c.Consumer)
		}
		if err := c.check(r); err != nil {
			return err
		}
	}
	return nil
}

// check holds that the counts of one consumer are those of the runs of a result.
func (c *Counts) check(r *Tally) error {
	for _, h := range []*Damage{&c.Twice, &c.Never} {
		var all, harmed uint64
		for k, b := range h.Messages {
			if k > 0 && b.Messages <= h.Messages[k-1].Messages || b.Messages < 0 {
				return fmt.Errorf("the distribution of %s is out of order: the file was changed", c.Consumer)
			}
			if b.Runs > r.Runs-all {
				return fmt.Errorf("the runs of %s do not add up: the file was changed", c.Consumer)
			}
			all += b.Runs
			if b.Messages > 0 {
				harmed += b.Runs
			}
		}
		if all != r.Runs || harmed != h.Runs || max(c.Cut, c.Unsettled) > r.Runs || c.Fine > r.Runs-max(harmed, c.Cut, c.Unsettled) || (h.First == nil) != (harmed == 0) {
			return fmt.Errorf("the runs of %s do not add up: the file was changed", c.Consumer)
		}
		if h.First != nil && !slices.ContainsFunc(r.Seeds, func(s SeedRange) bool { return s.From <= *h.First && *h.First <= s.To }) {
			return fmt.Errorf("the first seed of %s, %d, is not among the seeds that were run: the file was changed", c.Consumer, *h.First)
		}
	}
	return nil
}

// Write writes a result as JSON, in a form that depends on nothing else.
func (r *Tally) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
