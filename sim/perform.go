package sim

import (
	"iter"
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/sim/store"
)

// A business of several parts is performed part by part, in steps of their own.

// performAll asks for a step for each part of the business, up to the first error.
func (p *Proc) performAll(s step) error {
	of := errand{}
	if p.listens() {
		of = p.as
	}
	for part := range p.prog.Parts {
		if s.part = int8(part); !of.covers(s.part) {
			continue
		}
		if err := answerError(p.ask(&s)); err != nil {
			return err
		}
	}
	return nil
}

// Parts returns what performing comes to: card, stock and mail of an order and, where a
// message has one effect, that alone. A relay whose row is for one part has that one: see
// [Tx.EnqueuePart]. It is no step: a handler knows what it does.
func (p *Proc) Parts() []Business {
	if !p.listens() {
		return nil
	}
	if p.as.of > 0 {
		return []Business{p.prog.Parts[p.as.of-1]}
	}
	return slices.Clone(p.prog.Parts)
}

// PerformPart is Perform of one part of the business, for a handler that does something
// between two effects. part must be one of [Proc.Parts].
func (p *Proc) PerformPart(m broker.Message, part Business) error {
	p.handed(&m, "performed")
	return answerError(p.ask(&step{op: OpPerform, part: p.partOf(part)}))
}

// EnqueuePart is Enqueue of a row that is for one part of the business. For the relay that
// is handed it, performing is that part, and Parts has no other. So each effect has a row
// that is tried again and marked by itself. part must be one of [Proc.Parts]: where a
// message has one effect, it is Enqueue.
func (t Tx) EnqueuePart(m broker.Message, part Business) {
	row := t.p.partOf(part) + 1
	if t.p.listens() && len(t.p.prog.Parts) == 1 {
		row = 0
	}
	t.enqueue(&m, row)
}

// PerformPartOnce is PerformOnce of one part of the business.
func (p *Proc) PerformPartOnce(m broker.Message, part Business, key string) error {
	p.handed(&m, "performed")
	p.keyed(key)
	return answerError(p.ask(&step{op: OpPerformKey, part: p.partOf(part), key: key}))
}

// partOf returns the place of a part in the business.
func (p *Proc) partOf(part Business) int8 {
	if !p.listens() {
		return 0
	}
	i := int8(slices.Index(p.prog.Parts, part))
	if i < 0 {
		p.fault("named a part that the business does not have: take it from p.Parts")
	}
	if !p.as.covers(i) {
		p.fault("performed a part that its row is not for: take it from p.Parts")
	}
	return i
}

// keyed refuses an empty idempotency key.
func (p *Proc) keyed(key string) {
	if key == "" && p.listens() {
		p.fault("performed with an empty idempotency key: pass a key, or call Perform")
	}
}

// answering returns the part that a lookup asks about: the first whose receiver can be
// asked or, where none can, the first. It is the part of the row that a relay was handed.
func (p *Proc) answering() int8 {
	if p.listens() && p.as.of > 0 {
		return p.as.of - 1
	}
	return int8(max(slices.IndexFunc(p.prog.Parts, func(b Business) bool { return b.Info().Answers }), 0))
}

// part returns which business a step is about: a part of the world's, where that has
// several.
func (w *World) part(n *node) Business { return w.prog.Parts[n.part] }

// errand is what a handler is run for: to handle a message or, as the relay, a row of the
// outbox.
type errand struct {
	relay bool
	of    int8 // which part of the business the row is for, from 1, or 0 for all of them
}

// covers reports whether a part is among what the handler is run for.
func (e errand) covers(part int8) bool { return e.of == 0 || e.of == part+1 }

// parted returns how many parts a handler performs that is run for something.
func (p *Program) parted(as errand) int {
	if as.of > 0 {
		return 1
	}
	return len(p.Parts)
}

// rows returns how many rows of the outbox that differ there can be for one message: one for
// all of it and, where it has several parts, one for each.
func (p *Program) rows() int {
	if n := len(p.Parts); n > 1 {
		return n + 1
	}
	return 1
}

// rowAt returns the place of a kind of message, and of what a row of it is for.
func (p *Program) rowAt(kind int32, of int8) int32 { return kind*int32(p.rows()) + int32(of) }

// relaysOf returns the nodes at which relaying a kind of message, or a part of it, begins.
func (p *Program) relaysOf(kind int32) []int32 {
	if p.Relay == nil {
		return nil
	}
	return p.relays[p.rowAt(kind, 0):p.rowAt(kind+1, 0)]
}

// outside does a step at the receiver of the effect.
func (w *World) outside(out *Outcome, i int, n *node) int32 {
	owed, of := w.Listed(int(out.Receipt.Msg)), w.part(n).Info()
	if n.op == OpLookup {
		return store.Bit(of.Answers && (*w.counter(owed, int(n.part)) > 0 || n.tx && w.takes(i, owed, n.part)))
	}
	switch {
	case n.op == OpPerformKey && of.HonoursKeys:
		if answer, known := w.answersKey(i, n); known {
			return answer
		}
	case n.op == OpPerformUnique && of.Local:
		if w.rows.Read(n.tabNo, n.keyNo, i, n.tx) != store.Absent {
			return 0
		}
		w.write(i, n, n.valNo)
	case n.op == OpPerformFenced && of.Local:
		if w.fenced(i, n) {
			return saidFenced
		}
	}
	out.Done = true
	joins := n.tx && of.Local
	w.ledger = append(w.ledger, Effect{
		Owed: int32(owed), Msg: out.Receipt.Msg, Delivery: out.Receipt.Delivery, Worker: int8(i), Part: n.part, open: joins,
	})
	if joins {
		w.workers[i].taken++
	} else {
		w.setLatest(&w.ledger[len(w.ledger)-1])
		w.noteEffect(i, &w.ledger[len(w.ledger)-1])
		*w.counter(owed, int(n.part))++
	}
	return 0
}

// fenced reports whether a step's token is too old. One that is not is the highest
// that was seen.
func (w *World) fenced(i int, n *node) bool {
	row := w.rows.Read(n.tabNo, n.keyNo, i, n.tx)
	if w.tooOld(n, row) {
		return true
	}
	if row != n.valNo {
		w.write(i, n, n.valNo)
	}
	return false
}

// tooOld reports whether a step's token is older than the one that a row has.
func (w *World) tooOld(n *node, row int32) bool {
	seen, _ := strconv.Atoi(w.prog.names.At(max(row, 0)))
	token, _ := strconv.Atoi(n.value)
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
func (w *World) answersKey(i int, n *node) (answer int32, known bool) {
	if at, found := w.honoured.At(n.keyNo); found {
		if w.bank.OtherBody == RefuseBody && w.honoured[at].Body != w.bodyOf(i) {
			return saidOtherBody, true
		}
		return 0, true
	}
	if w.asking(n.key, i) != broker.None {
		return saidConflict, true
	}
	k := store.BankKey{Key: n.keyNo}
	if w.bank.OtherBody == RefuseBody {
		k.Body, k.By = w.bodyOf(i), w.author(i)
	}
	w.honoured.Add(k)
	w.writes++ // it will run out
	return 0, false
}

// bodyOf returns the number of the body of what a worker handles.
func (w *World) bodyOf(worker int) int32 {
	return w.prog.names.Of(w.prog.text(w.kind(int(w.workers[worker].receipt.Msg))).Body)
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
	n := &w.prog.nodes[w.workers[i].node]
	return n.key, w.bank.InFlight == Conflict && n.op == OpPerformKey && w.part(n).HonoursKeys()
}

// asking returns the worker whose request under a key is at work, if it is not the one
// that is given, or broker.None.
//
//go:norace
func (w *World) asking(key string, but int) int {
	for i := range w.workers {
		if wk := &w.workers[i]; i != but && wk.asks && w.prog.nodes[wk.node].key == key {
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
	if no, met := w.prog.names.Find(key); met && w.honoured.Has(no) {
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
	body := w.prog.text(w.kind(int(wk.receipt.Msg))).Body
	for ; at != 0; at = w.prog.nodes[at].parent {
		if w.prog.nodes[at].answer != saidOtherBody {
			continue
		}
		n := &w.prog.nodes[w.prog.nodes[at].parent]
		if k, found := w.honoured.At(n.keyNo); found && w.prog.names.At(w.honoured[k].Body) != body {
			w.honoured[k].Waited = true
		}
	}
}
