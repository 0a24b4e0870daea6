// Package sweep runs a scenario under many seeds, and counts the runs that do harm. Some
// harm shows in every test, some in one run of a thousand.
//
// One seed can make a broken consumer look right; a thousand seeds show how often. The
// result depends only on the seeds, not on the number of jobs.
package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/abreast"
)

// Schema names the form of a Result in JSON. It changes when a field changes its
// meaning or goes; new fields do not change it.
const Schema = "dejavu.sweep/1"

// SeedRange is a range of seeds, both ends included.
type SeedRange struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Len returns how many seeds there are.
func (s SeedRange) Len() uint64 { return s.To - s.From + 1 }

// String writes the seeds as a command line takes them.
func (s SeedRange) String() string { return fmt.Sprintf("%d..%d", s.From, s.To) }

// MaxSeeds is the largest number of seeds of one sweep: days of work.
const MaxSeeds = 100_000_000

// Tally is what came of a scenario under some seeds.
type Tally struct {
	Schema   string `json:"schema"`
	Scenario string `json:"scenario"`
	// Of is the line that was swept, without its seeds: results of one line can be
	// put together.
	Of string `json:"of"`
	// Fingerprint is that of the scenario that the line stood for: a file can be
	// edited between two shards.
	Fingerprint string      `json:"fingerprint"`
	Business    string      `json:"business"`
	Seeds       []SeedRange `json:"seeds"` // that were run, in order, without overlap
	// Whole are the seeds of the sweep that this is a shard of, or some shards; nothing
	// where it is all of it.
	Whole     []SeedRange `json:"whole,omitempty"`
	Runs      uint64      `json:"runs"`
	Consumers []Counts    `json:"consumers"`
}

// Counts are how the runs of one consumer went.
type Counts struct {
	Consumer string `json:"consumer"`
	// Twice and Never count the runs in which anything owed took effect twice or
	// more, or never did.
	Twice Damage `json:"twice"`
	Never Damage `json:"never"`
	// Fine counts the runs in which everything owed took effect once.
	Fine uint64 `json:"fine"`
	// Cut counts the runs that were ended by their budget of events: what they would
	// have come to is not known, and none of them is fine.
	Cut uint64 `json:"cut"`
	// Unsettled counts the runs in which something took effect that the queue has for
	// ever. None of them is fine.
	Unsettled uint64 `json:"unsettled,omitempty"`
}

// Damage is how often something went wrong.
type Damage struct {
	Runs  uint64  `json:"runs"`
	First *uint64 `json:"first"` // the lowest seed that shows it, or null
	// Messages is, by how many messages it befell in one run, in how many runs.
	Messages []Bar `json:"messages"`
}

// Bar is one bar of a distribution.
type Bar struct {
	Messages int    `json:"messages"`
	Runs     uint64 `json:"runs"`
}

// add counts one run in which n messages were harmed.
func (h *Damage) add(seed uint64, n int) {
	i, found := slices.BinarySearchFunc(h.Messages, n, func(b Bar, n int) int { return b.Messages - n })
	if !found {
		h.Messages = slices.Insert(h.Messages, i, Bar{Messages: n})
	}
	h.Messages[i].Runs++
	if n == 0 {
		return
	}
	h.Runs++
	if h.First == nil || seed < *h.First {
		h.First = &seed
	}
}

// join puts the counts of other runs to these.
func (h *Damage) join(o *Damage) {
	h.Runs += o.Runs
	if o.First != nil && (h.First == nil || *o.First < *h.First) {
		first := *o.First
		h.First = &first
	}
	for _, b := range o.Messages {
		i, found := slices.BinarySearchFunc(h.Messages, b.Messages, func(b Bar, n int) int { return b.Messages - n })
		if !found {
			h.Messages = slices.Insert(h.Messages, i, Bar{Messages: b.Messages})
		}
		h.Messages[i].Runs += b.Runs
	}
}

// Plan are what is swept, and how the work is shared.
type Plan struct {
	Scenario *scenarios.Scenario
	Of       string // see Tally
	Seeds    SeedRange
	// Shard of Shards, from 1, runs its part of the seeds only; 0 of 0 runs all.
	Shard, Shards int
	// Jobs is how many runs go on at the same time; less than 1 means 1.
	Jobs int
	// Progress, if not nil, is told now and then how many of the runs are over. It is
	// called by one goroutine at a time.
	Progress func(done, all uint64)
}

// part returns the seeds of a shard.
func (o *Plan) part() SeedRange {
	if o.Shards < 1 {
		return o.Seeds
	}
	n, of, at := o.Seeds.Len(), uint64(o.Shards), uint64(o.Shard-1)
	return SeedRange{o.Seeds.From + n/of*at + min(at, n%of), o.Seeds.From + n/of*(at+1) + min(at+1, n%of) - 1}
}

// chunk is how many seeds are handed out at a time: few enough that an interrupt is
// soon obeyed.
const chunk = 16

// Run sweeps. If ctx ends before all is done, it returns what was done by then,
// without a gap, and the error of ctx.
func Run(ctx context.Context, o Plan) (*Tally, error) {
	if o.Scenario == nil || !o.Scenario.Rates.Any() {
		return nil, errors.New("nothing is left to chance, so every seed gives the same run: add rates, such as lose-ack=5%")
	}
	seeds := o.part()
	if o.Seeds.To < o.Seeds.From || o.Seeds.Len() > MaxSeeds || o.Seeds.Len() == 0 {
		return nil, fmt.Errorf("seeds %v: 1 to %d of them, the lower first", o.Seeds, MaxSeeds)
	}
	r := &Tally{Schema: Schema, Scenario: o.Scenario.Name, Of: o.Of, Fingerprint: fingerprint(o.Scenario), Business: o.Scenario.Business.String(), Seeds: []SeedRange{}}
	lanes, err := o.Scenario.Lanes()
	if err != nil {
		return nil, err
	}
	for _, l := range lanes {
		r.Consumers = append(r.Consumers, Counts{Consumer: l.Lane().Consumer.Name, Twice: Damage{Messages: []Bar{}}, Never: Damage{Messages: []Bar{}}})
	}
	if seeds != o.Seeds {
		r.Whole = []SeedRange{o.Seeds}
	}
	if seeds.To+1 == seeds.From { // a shard of nothing
		return r, nil
	}
	w := &work{o: &o, lanes: lanes, seeds: seeds, result: r, parts: map[uint64]*part{}}
	return r, w.run(ctx)
}

// fingerprint tells a scenario from others. Its seed is not part of it.
func fingerprint(s *scenarios.Scenario) string {
	unseeded := *s
	unseeded.Seed = 0
	sum := sha256.Sum256(scenarios.Canonical(&unseeded))
	return hex.EncodeToString(sum[:8])
}

// work is a sweep under way. Parts are put together in the order of their seeds, so
// that what was done when it is interrupted has no gap.
type work struct {
	o      *Plan
	lanes  []sim.Ready
	seeds  SeedRange
	result *Tally

	mu    sync.Mutex
	next  uint64 // chunks handed out
	taken uint64 // chunks that are in the result
	parts map[uint64]*part
	err   error
}

// part is what came of one chunk.
type part struct {
	seeds  SeedRange
	counts []Counts
	err    error
}

func (w *work) chunks() uint64 { return (w.seeds.Len() + chunk - 1) / chunk }

func (w *work) run(ctx context.Context) error {
	abreast.Do(max(w.o.Jobs, 1), func(int) {
		lanes := make([]*sim.Reruns, len(w.lanes))
		for k := range lanes {
			lanes[k] = w.lanes[k].Reruns()
		}
		for ctx.Err() == nil {
			n, more := w.take()
			if !more {
				return
			}
			w.put(n, w.sweep(n, lanes))
		}
	})
	if w.err != nil {
		return w.err
	}
	if w.taken < w.chunks() {
		return ctx.Err()
	}
	return nil
}

// take hands out a chunk.
func (w *work) take() (n uint64, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next >= w.chunks() || w.err != nil {
		return 0, false
	}
	w.next++
	return w.next - 1, true
}

// put takes in what came of a chunk, and of those after it that came sooner.
func (w *work) put(n uint64, p *part) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts[n] = p
	for p := w.parts[w.taken]; p != nil && w.err == nil; p = w.parts[w.taken] {
		delete(w.parts, w.taken)
		if w.err = p.err; w.err != nil {
			return
		}
		w.taken++
		w.result.join(p.seeds, p.counts)
		if w.o.Progress != nil {
			w.o.Progress(w.result.Runs, w.seeds.Len())
		}
	}
}

// sweep runs the seeds of a chunk in every lane.
func (w *work) sweep(n uint64, lanes []*sim.Reruns) *part {
	from := w.seeds.From + n*chunk
	p := &part{seeds: SeedRange{from, from + min(chunk-1, w.seeds.To-from)}, counts: make([]Counts, len(lanes))}
	for k, lane := range lanes {
		for i := range p.seeds.Len() {
			v, err := lane.Tally(p.seeds.From + i)
			if err != nil {
				p.err = err
				return p
			}
			p.counts[k].add(p.seeds.From+i, v)
		}
	}
	return p
}

// add counts one run.
func (c *Counts) add(seed uint64, v *sim.Verdicts) {
	twice, never, fine := 0, 0, v.Ending != sim.OutOfEvents && len(v.Unsettled) == 0
	for _, of := range v.Of {
		switch of {
		case sim.Twice, sim.Stale:
			twice++
		case sim.Never:
			never++
		}
		fine = fine && of == sim.Once
	}
	c.Twice.add(seed, twice)
	c.Never.add(seed, never)
	if fine {
		c.Fine++
	}
	if v.Ending == sim.OutOfEvents {
		c.Cut++
	}
	if len(v.Unsettled) > 0 {
		c.Unsettled++
	}
}

// join puts runs of further seeds, higher than all so far, to a result.
func (r *Tally) join(s SeedRange, counts []Counts) {
	r.Runs += s.Len()
	if n := len(r.Seeds); n > 0 && r.Seeds[n-1].To+1 == s.From {
		r.Seeds[n-1].To = s.To
	} else {
		r.Seeds = append(r.Seeds, s)
	}
	for i := range counts {
		r.Consumers[i].Twice.join(&counts[i].Twice)
		r.Consumers[i].Never.join(&counts[i].Never)
		r.Consumers[i].Fine += counts[i].Fine
		r.Consumers[i].Cut += counts[i].Cut
		r.Consumers[i].Unsettled += counts[i].Unsettled
	}
}
