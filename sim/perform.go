package sim

import (
	"iter"
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// A business of several parts is performed part by part, in steps of their own.

// part returns which business a step is about: a part of the world's, where that has
// several.
func (w *World) part(n *program.Node) Business { return w.prog.Parts[n.Part] }

// outside does a step at the receiver of the effect.
func (w *World) outside(out *Outcome, i int, n *program.Node) int32 {
	owed, of := w.Listed(int(out.Receipt.Msg)), w.part(n).Info()
	if n.Op == OpLookup {
		return store.Bit(of.Answers && (*w.counter(owed, int(n.Part)) > 0 || n.Tx && w.takes(i, owed, n.Part)))
	}
	switch {
	case n.Op == OpPerformKey && of.HonoursKeys:
		if answer, known := w.answersKey(i, n); known {
			return answer
		}
	case n.Op == OpPerformUnique && of.Local:
		if w.rows.Read(n.TabNo, n.KeyNo, i, n.Tx) != store.Absent {
			return 0
		}
		w.write(i, n, n.ValNo)
	case n.Op == OpPerformFenced && of.Local:
		if w.fenced(i, n) {
			return program.SaidFenced
		}
	}
	out.Done = true
	joins := n.Tx && of.Local
	w.ledger = append(w.ledger, Effect{
		Owed: int32(owed), Msg: out.Receipt.Msg, Delivery: out.Receipt.Delivery, Worker: int8(i), Part: n.Part, open: joins,
	})
	if joins {
		w.workers[i].taken++
	} else {
		w.setLatest(&w.ledger[len(w.ledger)-1])
		w.noteEffect(i, &w.ledger[len(w.ledger)-1])
		*w.counter(owed, int(n.Part))++
	}
	return 0
}

// fenced reports whether a step's token is too old. One that is not is the highest
// that was seen.
func (w *World) fenced(i int, n *program.Node) bool {
	row := w.rows.Read(n.TabNo, n.KeyNo, i, n.Tx)
	if w.tooOld(n, row) {
		return true
	}
	if row != n.ValNo {
		w.write(i, n, n.ValNo)
	}
	return false
}

// tooOld reports whether a step's token is older than the one that a row has.
func (w *World) tooOld(n *program.Node, row int32) bool {
	seen, _ := strconv.Atoi(w.prog.Names.At(max(row, 0)))
	token, _ := strconv.Atoi(n.Value)
	return token < seen
}

// takings yields where the effects of a worker's open transaction stand in the ledger, items
// taken or statuses set, the last first: it is likely to be near the end.
func (w *World) takings(worker int) iter.Seq[int] {
	return func(yield func(int) bool) {
		left := w.workers[worker].taken
		for k := len(w.ledger) - 1; k >= 0 && left > 0; k-- {
			if e := &w.ledger[k]; e.open && int(e.Worker) == worker {
				if left--; !yield(k) {
					return
				}
			}
		}
	}
}

// endEffects commits or rolls back the effects of a worker's open transaction.
func (w *World) endEffects(i int, commit bool) {
	for k := range w.takings(i) {
		e := &w.ledger[k]
		if e.open = false; commit {
			*w.counter(int(e.Owed), int(e.Part))++
		} else {
			w.ledger = slices.Delete(w.ledger, k, k+1)
		}
	}
}

// takes reports whether a worker's open transaction has had the effect of a part under
// the business key of what is owed: it sees what it has done itself.
func (w *World) takes(i, owed int, part int8) bool {
	for k := range w.takings(i) {
		if e := &w.ledger[k]; e.Part == part && w.class(int(e.Owed)) == w.class(owed) {
			return true
		}
	}
	return false
}

// answersKey is what the receiver says of a request under a key at once: that the key is
// known, in whatever sense. It reports false if the request is the first, and notes that.
func (w *World) answersKey(i int, n *program.Node) (answer int32, known bool) {
	if at, found := w.honoured.At(n.KeyNo); found {
		if w.bank.OtherBody == RefuseBody && w.honoured[at].Body != w.bodyOf(i) {
			return program.SaidOtherBody, true
		}
		return 0, true
	}
	if w.asking(n.Key, i) != broker.None {
		return program.SaidConflict, true
	}
	k := store.BankKey{Key: n.KeyNo}
	if w.bank.OtherBody == RefuseBody {
		k.Body, k.By = w.bodyOf(i), w.author(i)
	}
	w.honoured.Add(k)
	w.writes++ // it will run out
	return 0, false
}

// bodyOf returns the number of the body of what a worker handles.
func (w *World) bodyOf(worker int) int32 {
	return w.prog.Names.Of(w.prog.Text(w.kind(int(w.workers[worker].receipt.Msg))).Body)
}

// A request takes effect at the end of its step, and is at work at the receiver before
// that. To a receiver that lets the second wait that makes no difference: whoever is done
// first has done it. To one that refuses the second it does, so there the world notes that
// a request has arrived. It notes that only once somebody else is about to ask under the
// same key: before, nothing depends on it. A request dies with the process that waits for
// it; that the receiver goes on with it all the same is the crash after the effect.

// keyed reports whether a worker's next step is a request to a receiver that refuses a
// second one, and its key.
//
//go:norace
func (w *World) keyed(i int) (key string, is bool) {
	n := &w.prog.Nodes[w.workers[i].node]
	return n.Key, w.bank.InFlight == Conflict && n.Op == OpPerformKey && w.part(n).HonoursKeys()
}

// asking returns the worker whose request under a key is at work, if it is not the one
// that is given, or broker.None.
//
//go:norace
func (w *World) asking(key string, but int) int {
	for i := range w.workers {
		if wk := &w.workers[i]; i != but && wk.asks && w.prog.Nodes[wk.node].Key == key {
			return i
		}
	}
	return broker.None
}

// canArrive reports whether a worker's request can reach the receiver now, and that
// matters.
//
//go:norace
func (w *World) canArrive(i int) bool {
	key, is := w.keyed(i)
	if !is || w.workers[i].asks || w.asking(key, i) != broker.None {
		return false
	}
	if no, met := w.prog.Names.Find(key); met && w.honoured.Has(no) {
		return false // it will be told so, and nobody else is told anything else
	}
	for j := range w.workers {
		if other, asks := w.keyed(j); asks && j != i && other == key {
			return true
		}
	}
	return false
}

// refused notes what turns an attempt away that ends at a node: a key at the receiver
// under which it has asked for something else, and which the next attempt will meet.
//
//go:norace
func (w *World) refused(wk *worker, at int32) {
	body := w.prog.Text(w.kind(int(wk.receipt.Msg))).Body
	for ; at != 0; at = w.prog.Nodes[at].Parent {
		if w.prog.Nodes[at].Answer != program.SaidOtherBody {
			continue
		}
		n := &w.prog.Nodes[w.prog.Nodes[at].Parent]
		if k, found := w.honoured.At(n.KeyNo); found && w.prog.Names.At(w.honoured[k].Body) != body {
			w.honoured[k].Waited = true
		}
	}
}
