package sim

import (
	"cmp"
	"slices"
	"time"
)

// Retention is how long something stored is kept: a row, an entry of the cache, or a
// lease. A world knows that it has one and not when that ends: time is the
// timeline's, which notes it here.
type Retention struct{ From, Until time.Duration }

// kept is a retention and what has it.
type kept struct {
	write int32 // see entry.write and row.kept
	place place
	Retention
}

// keeps notes when what a write has stored will run out. Writes are numbered in
// order, but a transaction's begin to count with its commit, and so may be late.
func (r *Run) keeps(d *due, from int64) {
	k := kept{d.turn, place{d.table, d.key}, Retention{time.Duration(from), time.Duration(d.at)}}
	i, _ := slices.BinarySearchFunc(r.kept, d.turn, byWrite)
	r.kept = slices.Insert(r.kept, i, k)
}

func byWrite(k kept, write int32) int { return cmp.Compare(k.write, write) }

// Retention returns how long something stored is kept, and whether it ever runs out.
// Of a forked run nobody knows: nothing is due in it.
func (r *Run) Retention(s *Stored) (Retention, bool) {
	i, found := slices.BinarySearchFunc(r.kept, s.kept, byWrite)
	if !found {
		return Retention{}, false
	}
	return r.kept[i].Retention, true
}

// RanOut returns the retention that ran out with an event.
func (r *Run) RanOut(e *Event) (Retention, bool) {
	for _, k := range slices.Backward(r.kept) {
		if e.Kind == Expire && k.Until == e.At && k.place == (place{e.table, e.key}) {
			return k.Retention, true
		}
	}
	return Retention{}, false
}
