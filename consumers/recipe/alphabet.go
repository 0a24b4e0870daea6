package recipe

import (
	"slices"
	"time"
)

// Choices are the options of which an alphabet is made.
type Choices struct {
	IDs    []ID
	Leases []time.Duration // how long a lease lasts
	Keep   []time.Duration // how long a cache keeps what is done
	Retain []time.Duration // how long a table keeps a row; that it does for ever is always a choice
	Most   []int           // how many keys a memory holds; that there is no limit is always a choice
	// Conditions has blocks look only at a redelivery, write only a lease of their own, give
	// back what is taken, and go on or drop where a cache is down.
	Conditions bool
}

// Alphabet returns every block of some choices that makes sense by itself. Those of one step
// stand together, in the order of [Verbs].
func Alphabet(c Choices) (all []Block) {
	for _, s := range Verbs() {
		row := &rows[s]
		some := []Block{{Do: s}}
		some = each(some, row.in, func(b *Block, in Store) { b.In = in })
		some = each(some, row.how, func(b *Block, how Way) { b.How = how })
		if row.accepts(optID) || row.accepts(optHow) {
			some = each(some, append([]ID{NoID}, c.IDs...), func(b *Block, by ID) { b.By = by })
		}
		if row.accepts(optMost) {
			some = each(some, append([]int{0}, c.Most...), func(b *Block, most int) { b.Most = most })
		}
		if row.accepts(optFor) {
			some = c.lengths(some)
		}
		if c.Conditions {
			some = each(some, []bool{false, true}, func(b *Block, yes bool) { b.Redelivered = yes })
			some = each(some, []bool{false, true}, func(b *Block, yes bool) { b.Mine = yes })
			some = each(some, []Reaction{Usual, Nack}, func(b *Block, a Reaction) { b.Taken = a })
			some = each(some, []Reaction{Usual, GoOn, Drop}, func(b *Block, a Reaction) { b.Down = a })
		}
		all = append(all, slices.DeleteFunc(some, func(b Block) bool { return b.odd() != "" })...)
	}
	return all
}

// lengths gives each block each length that is for it.
func (c *Choices) lengths(some []Block) (all []Block) {
	for _, b := range some {
		lengths := append([]time.Duration{0}, c.Retain...)
		switch {
		case b.Do == Lease:
			lengths = c.Leases
		case b.In == Cache || b.Do == Done:
			lengths = c.Keep
		}
		all = append(all, each([]Block{b}, lengths, func(b *Block, d time.Duration) { b.For = d })...)
	}
	return all
}

// each gives each block each value; where there is none, it leaves them as they are.
func each[T any](some []Block, values []T, set func(*Block, T)) (all []Block) {
	if len(values) == 0 {
		return some
	}
	for _, b := range some {
		for _, v := range values {
			set(&b, v)
			all = append(all, b)
		}
	}
	return all
}
