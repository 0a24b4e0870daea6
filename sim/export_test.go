package sim

import (
	"reflect"
	"slices"
	"strings"

	"dejavu/sim/action"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// KindCount is how many kinds of action there are.
const KindCount = action.Count

// WithoutGuessing runs f while no handler goes on with a guessed answer.
func WithoutGuessing(f func()) { program.WithoutGuessing(f) }

// Rows returns the committed rows and the cache entries of a world as text, so
// that worlds with different numbers for the same names can be compared.
func (w *World) Rows() []string {
	var all []string
	text := w.prog.Names.At
	for _, r := range w.rows {
		line := w.prog.Tables.At(int32(r.Table)) + "/" + text(r.Key)
		if r.Value != store.Absent {
			line += "=" + text(r.Value)
		}
		if r.Owner != 0 {
			line += " locked by " + string(rune('0'+r.Owner))
		}
		all = append(all, line)
	}
	for _, e := range w.cache {
		all = append(all, "cache/"+text(e.Key)+"="+text(e.Value))
	}
	for _, m := range w.memory {
		var keys []string
		for _, key := range m.Keys {
			keys = append(keys, text(key))
		}
		slices.Sort(keys) // they lie in the order of their numbers
		all = append(all, strings.Join(append([]string{"memory"}, keys...), " "))
	}
	return all
}

// SameState reports whether two worlds are the same to the last number, but for
// the tree of steps, which may have been grown in another order.
func SameState(a, b *World) bool {
	x, y := *a, *b
	x.prog, y.prog = nil, nil
	x.groups, y.groups = nil, nil
	x.moves, y.moves = nil, nil
	if x.journal.on != y.journal.on { // who can go on by hand keeps one
		x.journal, y.journal = journal{}, journal{}
	}
	x.forgetful, y.forgetful = false, false                             // and acks
	x.journal.open, y.journal.open, x.took, y.took = false, false, 0, 0 // scratch
	x.lost, y.lost = nil, nil
	x.moved, x.passed, y.moved, y.passed = nil, false, nil, false // scratch, and so is that of the queue, which a clone lacks
	x.queue, y.queue = x.queue.Clone(), y.queue.Clone()
	for _, w := range []*World{&x, &y} {
		w.workers = append([]worker(nil), w.workers...)
		for i := range w.workers { // what is compared is the step, not its node
			w.workers[i].node = min(w.workers[i].node, 1)
		}
	}
	return reflect.DeepEqual(x, y)
}
