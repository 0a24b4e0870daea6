package design

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dejavu/consumers/recipe"
	"dejavu/sim/check"
)

// Lengths of time in the designs. A search leaves times out, so that no other would do
// better: see package check.
const (
	leaseFor = 20 * time.Second
	keepFor  = time.Hour
	rowsFor  = 30 * time.Minute
)

// letters are the blocks that designs are made of. What makes no difference to the question
// is left out: a message ID is a business key by another name as long as nothing is published
// again under a new one, a row that expires is a row that stays as long as nothing outlasts
// it, and a key is for a receiver that honours it.
func (q *Demand) letters() []recipe.Block {
	tried := func(some ...check.Kind) bool {
		return slices.ContainsFunc(some, func(k check.Kind) bool { return slices.Contains(q.Kinds, k) })
	}
	c := recipe.Choices{
		IDs:    []recipe.ID{recipe.BusinessKey, recipe.Sequence, recipe.NewID},
		Leases: []time.Duration{leaseFor}, Keep: []time.Duration{keepFor}, Most: []int{3}, Conditions: true,
	}
	if tried(check.RepublishAs, check.RedriveAs) {
		c.IDs = append(c.IDs, recipe.MessageID)
	}
	if tried(check.ExpireKey) {
		c.Retain = []time.Duration{rowsFor}
	}
	down := tried(check.Fail, check.LoseReply, check.StoreDown, check.DBDown, check.CacheDown)
	all := recipe.Alphabet(c)
	slices.SortStableFunc(all, func(a, b recipe.Block) int { return cmp.Compare(durable(a.In), durable(b.In)) })
	return slices.DeleteFunc(all, func(b recipe.Block) bool {
		asks := b.Do == recipe.Perform || b.Do == recipe.Enqueue
		switch {
		case b.By == recipe.NewID && !asks: // what is kept under it is never found
			return true
		case b.By == recipe.Sequence && (asks || b.Do == recipe.Token): // a key like another
			return true
		case b.Do == recipe.Record && b.Most > 0 && !tried(check.Evict):
			return true
		case b.Down != recipe.Usual && !down:
			return true
		case slices.ContainsFunc(parts(b), func(part string) bool { return slices.Contains(q.Without, part) }):
			return true
		}
		of := q.Business.Info()
		switch b.How {
		case recipe.WithKey:
			return !of.HonoursKeys
		case recipe.Unique, recipe.WithToken: // a row of the same database
			return !of.Local
		}
		return b.Do == recipe.Ask && !of.Answers
	})
}

// parts are the names by which a block is left out.
func parts(b recipe.Block) (names []string) {
	for _, part := range []string{b.Do.String(), b.In.String(), b.How.String()} {
		if part != "" {
			names = append(names, strings.ReplaceAll(part, " ", "-"))
		}
	}
	return names
}

// Missing are the parts of a recipe that are not to be had.
func (q *Demand) Missing(r recipe.Recipe) (all []string) {
	for _, b := range r.Blocks {
		for _, part := range parts(b) {
			if slices.Contains(q.Without, part) && !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	return all
}

// Parts are all names of what a design can be asked to do without.
func Parts() []string {
	var all []string
	for _, v := range recipe.Verbs() {
		for _, b := range append([]recipe.Block{{Do: v}}, withAll(v)...) {
			for _, part := range parts(b) {
				if !slices.Contains(all, part) && part != recipe.Perform.String() {
					all = append(all, part)
				}
			}
		}
	}
	return all
}

func withAll(v recipe.Verb) (all []recipe.Block) {
	for _, in := range v.Stores() {
		all = append(all, recipe.Block{Do: v, In: in})
	}
	for _, how := range v.Ways() {
		all = append(all, recipe.Block{Do: v, How: how})
	}
	return all
}

// durable orders stores: of two designs that cost the same, the one that keeps more comes
// first.
func durable(in recipe.Store) int {
	return [...]int{recipe.NoStore: 0, recipe.Table: 1, recipe.Transaction: 2, recipe.Cache: 3, recipe.Memory: 4}[in]
}

// tooLate reports whether the last block only looks or claims, behind an effect that stands:
// what it finds changes nothing. In an open transaction it still undoes the effect.
func tooLate(blocks []recipe.Block) bool {
	last := len(blocks) - 1
	switch blocks[last].Do {
	case recipe.Look, recipe.Ask, recipe.Mark, recipe.Insert, recipe.Lease, recipe.Token:
	default:
		return false
	}
	open, stands := false, false
	for _, b := range blocks[:last] {
		switch {
		case b.Do == recipe.Begin:
			open = true
		case b.Do == recipe.Commit:
			open, stands = false, slices.ContainsFunc(blocks[:last], acts)
		case acts(b):
			stands = !open
		}
	}
	return stands
}

func acts(b recipe.Block) bool { return b.Do == recipe.Perform || b.Do == recipe.Enqueue }

// counts reports whether each attempt counts a token or an ID up before it is turned away.
// Then no search comes to an end: such a block is tried behind a look in the cache, as one
// writes it.
func counts(blocks []recipe.Block) bool {
	looked := false
	for _, b := range blocks {
		switch {
		case b.Do == recipe.Look && b.In == recipe.Cache && !b.Redelivered:
			looked = true
		case b.Do == recipe.Token, b.Do == recipe.Lease && slices.ContainsFunc(blocks, func(o recipe.Block) bool { return o.Mine }):
			if !looked {
				return true
			}
		}
	}
	return false
}

// growing goes through every recipe of n letters that is different: none does what a shorter
// one does, or another in which independent blocks have changed places. Where doomed says
// that nothing can come of a beginning that ends with the effect, all that go on with it are
// counted and not yielded.
type growing struct {
	letters []recipe.Block
	n       int
	doomed  func(begun []recipe.Block) bool
	yield   func(blocks []recipe.Block) bool
	grown   func() // is called with each recipe that is grown
	count   int
	first   int // the place of the first letter: how far it has come
}

// all reports false if yield has, which ends it.
func (g *growing) all() bool {
	begun := make([]recipe.Block, 0, g.n)
	for g.first = range g.letters {
		if !g.extend(recipe.Prefix{}, append(begun, g.letters[g.first]), false) {
			return false
		}
	}
	return true
}

func (g *growing) extend(p recipe.Prefix, begun []recipe.Block, dead bool) bool {
	switch {
	case !p.Add(begun) || !distinct(begun) || tooLate(begun):
		return true
	case len(begun) == g.n:
		if !p.Whole() || !needed(begun) {
			return true
		}
		if g.grown(); counts(begun) {
			return true
		}
		g.count++
		return dead || g.yield(slices.Clone(begun))
	}
	dead = dead || len(begun) > 0 && acts(begun[len(begun)-1]) && g.doomed(begun)
	if left := g.n - len(begun); !p.CanEnd(left) {
		return true
	}
	for i := range g.letters {
		if !g.extend(p, append(begun, g.letters[i]), dead) {
			return false
		}
	}
	return true
}

// distinct reports whether the last block neither repeats another to no purpose nor stands
// in the wrong one of two orders that are the same.
func distinct(blocks []recipe.Block) bool {
	last := len(blocks) - 1
	b := &blocks[last]
	if b.Do == recipe.Begin || b.Do == recipe.Commit {
		return true
	}
	for i := last - 1; i >= 0; i-- {
		before := &blocks[i]
		if *before == *b && (b.Do != recipe.Look || !slices.ContainsFunc(blocks[i:last], claims)) {
			return false // only after a claim there may be something new to be seen
		}
		if i == last-1 && independent(before, b) && order(before) > order(b) {
			return false
		}
	}
	return true
}

func claims(b recipe.Block) bool {
	return b.Do == recipe.Mark || b.Do == recipe.Insert || b.Do == recipe.Lease
}

// independent reports whether two neighbours do the same in either order. Two that only
// look do: what either finds ends the attempt, and none is seen by another. So does what is
// written into memory, which nobody else sees, beside what neither ends the attempt nor
// looks there.
func independent(a, b *recipe.Block) bool {
	looks := func(x *recipe.Block) bool { return x.Do == recipe.Look && x.In != recipe.Cache }
	remembers := func(x *recipe.Block) bool { return x.Do == recipe.Record && x.In == recipe.Memory }
	writes := func(x *recipe.Block) bool { return x.Do == recipe.Record || x.Do == recipe.Token }
	return looks(a) && looks(b) || remembers(a) && writes(b) || writes(a) && remembers(b)
}

// order is any order of blocks.
func order(b *recipe.Block) int {
	n := int(b.Do)
	for _, part := range []int{int(b.In), int(b.By), int(b.Most), int(b.Taken), int(b.Down)} {
		n = n<<4 + part
	}
	if b.Redelivered {
		n++
	}
	return n
}

// needed reports whether each block is of use to another: what is looked for is written, what
// is written is looked for, a token is shown, and something is in a transaction.
func needed(blocks []recipe.Block) bool {
	for i := range blocks {
		b := &blocks[i]
		switch b.Do {
		case recipe.Look:
			if !slices.ContainsFunc(blocks, func(o recipe.Block) bool { return o.Do != recipe.Look && meets(&o, b) }) {
				return false
			}
		case recipe.Record:
			if !slices.ContainsFunc(blocks, func(o recipe.Block) bool { return o.Do != recipe.Record && meets(&o, b) }) {
				return false
			}
		case recipe.Token:
			if !slices.ContainsFunc(blocks, func(o recipe.Block) bool { return o.How == recipe.WithToken || o.Mine }) {
				return false
			}
		case recipe.Begin:
			end := i + slices.IndexFunc(blocks[i:], func(o recipe.Block) bool { return o.Do == recipe.Commit })
			if end <= i+1 || !slices.ContainsFunc(blocks[i+1:max(end, i+1)], joins) {
				return false
			}
		}
	}
	return true
}

// joins reports whether a block is part of an open transaction.
func joins(b recipe.Block) bool {
	return b.Do == recipe.Insert || b.In == recipe.Transaction || b.Do == recipe.Enqueue || b.Do == recipe.Perform
}

// meets reports whether two blocks are about the same entry.
func meets(a, b *recipe.Block) bool { return a.By == b.By && a.Place() == b.Place() }
